"""The moves that were supposed, as a reader of deeds meets them."""

from __future__ import annotations

from dataclasses import dataclass

from brinkmanship.results.result import Result


@dataclass(frozen=True)
class Supposed:
    """A move: its day (as ISO 8601 writes it), who makes it, which, and on whom where that was said."""

    day: str
    actor: str
    action: str
    target: str
    made: int

    def is_deed(self, actor: str, action: str, target: str) -> bool:
        """Whether a deed is this one, but for the day."""
        return (actor, action) == (self.actor, self.action) and self.target in ("", target)


def supposed_moves(result: Result) -> tuple[Supposed, ...]:
    """The moves that a result supposes, with the number of runs in which each was made."""
    moves = []
    for text, made in zip(result.made["given"], result.made["made"], strict=True):
        day, actor, deed, *_ = text.split()
        action, _, target = (deed, "", "") if deed in result.record.actions else deed.partition(".")
        moves.append(Supposed(day, actor, action, target, int(made)))
    return tuple(moves)
