"""Whether ablations can be made: their paths, what they ask for, and the crisis that each leaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from brinkmanship.core.lowering.lower import lower
from brinkmanship.core.program import Lowered
from brinkmanship.errors import Code, CrisisError, Diagnostic, UsageError, nearest, one_of
from brinkmanship.model.ablations import Ablation, Expectation
from brinkmanship.model.folder import CrisisText
from brinkmanship.model.interventions import ON_OFF, edited

_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")
DATED = ("ever", "first")
"""Kinds of outcomes that come true on a day."""
Path = tuple[str | int, ...]


def ablation_faults(text: CrisisText, lowered: Lowered, suppose: Callable[[str], Any]) -> list[Diagnostic]:
    """Faults of all ablations.

    Parameters
    ----------
    text, lowered
        A crisis without faults.
    suppose
        Reads a move that is supposed; raises `UsageError` when it cannot.
    """
    found: list[Diagnostic] = []
    for name, ablation in text.record.ablations.items():
        path: Path = ("ablations", name)
        found += _edit_faults(text, path)
        for index, each in enumerate(ablation.given):
            try:
                suppose(each)
            except UsageError as error:
                found.append(Diagnostic(text.tree.place((*path, "given", index)), Code.BAD_MOVE, str(error)))
        for index, each in enumerate(ablation.expect):
            found += _expectation_faults(text, lowered, each, (*path, "expect", index))
        found += _date_faults(text, ablation, path)
    return found


def _edit_faults(text: CrisisText, path: Path) -> Iterator[Diagnostic]:
    """What is wrong with an edit, or with the crisis that it leaves.

    Lowering takes most of the time of a check, and is left to the ablation itself where only numbers and switches
    change.
    """
    block = text.tree.root["ablations"][path[1]]["edit"]
    try:
        after = edited(text, block)
        if not all(map(_is_plain, block.values())):
            lower(after)
    except CrisisError as error:
        for each in error.diagnostics:
            if each.place.file == block.place.file:
                yield each
            else:
                message = f"this edit makes {each.place.file}, line {each.place.line} wrong: {each.message}"
                yield Diagnostic(text.tree.place((*path, "edit"), key=True), Code.BAD_EDIT, message, each.hint)


def _is_plain(value: Any) -> bool:
    """Whether a value is a number or a switch."""
    return isinstance(value, str) and (value in ON_OFF or _NUMBER.fullmatch(value) is not None)


def _expectation_faults(text: CrisisText, lowered: Lowered, wanted: Expectation, path: Path) -> Iterator[Diagnostic]:
    if wanted.outcome is None:
        slots = [key for key, spec in lowered.program.slots.items() if not spec.hidden]
        name = slot_named(wanted.quantity or "")
        if name not in slots:
            yield _unknown(text, (*path, "quantity"), "quantity", name, slots)
        return
    kinds = {spec.name: spec.kind for spec in lowered.program.outcomes}
    if wanted.outcome not in kinds:
        yield _unknown(text, (*path, "outcome"), "outcome", wanted.outcome, list(kinds))
    elif wanted.at is not None and kinds[wanted.outcome] not in DATED:
        message = f"`{wanted.outcome}` is known at the end only, on no day before"
        yield Diagnostic(text.tree.place((*path, "at")), Code.BAD_VALUE, message, "leave out `at`")


def slot_named(text: str) -> str:
    """The name of a quantity's entry as the program writes it."""
    return text.replace(" ", "")


def _unknown(text: CrisisText, path: Path, what: str, name: str, known: list[str]) -> Diagnostic:
    hint = nearest(name, known) or one_of(known)
    return Diagnostic(text.tree.place(path), Code.UNKNOWN_NAME, f"there is no {what} `{name}`", hint)


def _date_faults(text: CrisisText, ablation: Ablation, path: Path) -> Iterator[Diagnostic]:
    """Dates outside the futures that are asked about."""
    clock = text.record.clock
    first = ablation.from_ or clock.origin
    dates: list[tuple[Path, date | None, date]] = [((*path, "from"), ablation.from_, clock.start)]
    dates += [((*path, "expect", index, "at"), each.at, first) for index, each in enumerate(ablation.expect)]
    for where, day, low in dates:
        if day is not None and not low <= day < clock.end:
            message = f"{day} lies outside the days asked about ({low} to {clock.end})"
            hint = f"the last of them is {clock.end - timedelta(days=1)}" if day >= clock.end else ""
            yield Diagnostic(text.tree.place(where), Code.OUTSIDE_CLOCK, message, hint)
