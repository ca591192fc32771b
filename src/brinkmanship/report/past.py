"""The documented past that is replayed before the future begins."""

from __future__ import annotations

from brinkmanship.model.documents import Move
from brinkmanship.report.moments import Moment
from brinkmanship.results import labels
from brinkmanship.results.result import Result


def documented_past(result: Result) -> list[Moment]:
    """What is replayed: moves and measurements before the first day of the future, in order of days."""
    record = result.record
    rows = [_move(result, move) for move in record.history.moves if not move.off]
    for each in record.history.measurements:
        if not each.off:
            unit = labels.unit(record, each.quantity)
            what = f"{labels.quantity(record, each.quantity)}: {each.value}{' ' + unit if unit else ''}"
            rows.append(Moment(str(each.date), "", what, because=each.because))
    return sorted((each for each in rows if each.day < str(result.made["from"])), key=lambda each: each.day)


def _move(result: Result, move: Move) -> Moment:
    record = result.record
    names = [move.actor] if isinstance(move.actor, str) else list(move.actor or ())
    who = " or ".join(labels.short(labels.actor(record, name)) for name in names)
    for kind in ("event", "vote", "agreement"):
        if name := getattr(move, kind):
            members = ", ".join(labels.words(member) for member in move.members.values())
            what = labels.label(record, labels.SECTIONS[kind], name) + (f" ({members})" if members else "")
            break
    else:
        kind, name = "action", move.action or ""
        what = labels.deed(record, name, move.on or "")
    turned_out = labels.branch(record, kind, name, move.branch or "")
    return Moment(str(move.date), who, what, turned_out, because=move.because)
