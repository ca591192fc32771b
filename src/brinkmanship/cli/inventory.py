"""What else is in a crisis: quantities, mechanisms, institutions, and the documented past, an entry a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rich.table import Table

from brinkmanship.cli.tables import titled_table
from brinkmanship.model.base import Prior
from brinkmanship.model.documents import Move
from brinkmanship.model.records import CrisisRecord
from brinkmanship.results import labels
from brinkmanship.results.formats import listed, number


def inventory(record: CrisisRecord) -> Iterator[Table]:
    """A table for each kind of entry; one may be empty."""
    for section, (title, last, describe) in SECTIONS.items():
        table = named_table(title, "label", last)
        for name, entry in getattr(record, section).items():
            table.add_row(name, _label(entry), describe(entry))
        yield table
    yield _moves(record)


def inventory_summary(record: CrisisRecord) -> dict[str, Any]:
    """The same as data."""
    found: dict[str, Any] = {
        section: {
            name: {"label": labels.label(record, section, name), "what": describe(entry)}
            for name, entry in getattr(record, section).items()
        }
        for section, (_, _, describe) in SECTIONS.items()
    }
    moves = [{"date": each.date.isoformat(), "who": _who(each), "what": _what(each)} for each in _told(record)]
    return found | {"moves": moves}


def named_table(title: str, *heads: str) -> Table:
    """A table of entries, the name that a file or a command takes in front."""
    table = titled_table(title)
    for head in ("name", *heads):
        table.add_column(head, style="cyan" if head == "name" else None, overflow="fold")
    return table


def _label(entry: Any) -> str:
    return entry.label or ""


def _quantity(entry: Any) -> str:
    over = f", over {' × '.join(entry.over)}" if entry.over else ""
    if entry.levels:
        return " < ".join(map(labels.words, entry.levels)) + over
    if entry.bounds is None:
        return entry.kind + over
    low, high = map(number, entry.bounds)
    return f"{entry.kind}, {low} to {high}{f' {entry.unit}' if entry.unit else ''}{over}"


def _text(value: str | Prior | None) -> str:
    """An amount as it stands in the file, on one line; a prior by its median."""
    if isinstance(value, Prior):
        return "a prior" if value.value is None else f"about {value.value:g}"
    return " ".join((value or "").split())


def _event(entry: Any) -> str:
    each = f"; each {', '.join(entry.each.values())}" if entry.each else ""
    return f"per day: {_text(entry.hazard)}{each}"


def _process(entry: Any) -> str:
    toward = [f"toward {_text(entry.toward)}"] if entry.toward is not None else []
    drift = [f"drift {_text(entry.drift)}"] if entry.drift is not None else []
    noise = ["noise"] if entry.noise is not None else []
    return f"{_text(entry.of)}: {listed([*toward, *drift, *noise])}"


SECTIONS: dict[str, tuple[str, str, Callable[[Any], str]]] = {
    "quantities": ("Quantities", "kind and range", _quantity),
    "events": ("Events: what nobody chooses", "how often", _event),
    "processes": ("Processes: what runs on by itself", "what it moves", _process),
    "calendar": ("Calendar", "day", lambda entry: entry.on.isoformat()),
    "clocks": ("Clocks", "runs out after", lambda entry: f"{_text(entry.days)} days"),
    "votes": ("Votes", "who votes", lambda entry: entry.among),
    "agreements": ("Agreements", "sides", lambda entry: ", ".join(entry.sides)),
}
"""Sections that are listed: the title, the head of the last column, and what stands in it."""


def _told(record: CrisisRecord) -> list[Move]:
    return sorted(record.history.moves, key=lambda each: each.date)


def _moves(record: CrisisRecord) -> Table:
    origin = record.clock.origin
    table = titled_table(f"Documented moves (replayed if before {origin}, or before `--from`)")
    for head in ("date", "who", "what"):
        table.add_column(head, no_wrap=head == "date", overflow="fold")
    for each in _told(record):
        table.add_row(each.date.isoformat(), _who(each), _what(each))
    return table


def _who(move: Move) -> str:
    if isinstance(move.actor, dict):
        return " or ".join(f"{name} ({chance:.0%})" for name, chance in move.actor.items())
    return move.actor or next(kind for kind in ("event", "vote", "agreement") if getattr(move, kind))


def _what(move: Move) -> str:
    name = move.action or move.event or move.vote or move.agreement or ""
    target = f".{move.on}" if move.on else ""
    members = f" [{', '.join(move.members.values())}]" if move.members else ""
    return f"{name}{target}{members}" + (f" {move.branch}" if move.branch else "") + (" (off)" if move.off else "")
