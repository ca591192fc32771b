"""Seats of votes: there are some, and a quorum or majority can be reached with them."""

from __future__ import annotations

from brinkmanship.core.lowering.builder import Builder
from brinkmanship.core.program import Lowered
from brinkmanship.core.reachable import beginning, reach
from brinkmanship.errors import Code
from brinkmanship.lang.interval import Ranges, interval
from brinkmanship.lang.nodes import Expression


def check_seats(build: Builder, lowered: Lowered) -> None:
    """Faults of votes that nobody can carry, whatever the seats become."""
    if not build.thresholds:
        return
    # What can be carried from the start needs no search for what can become of the seats.
    starts = beginning(lowered)
    doubtful = [each for each in build.thresholds if not _carried(*each[1:], starts)]
    if not doubtful:
        return
    ranges = reach(lowered).ranges
    for path, needed, seats in doubtful:
        most, least = interval(seats, ranges)[1], interval(needed, ranges)[0]
        if most <= 0:
            if path[-1] == "quorum":
                message = f"the members of `{build.record.votes[str(path[1])].among}` have no seats between them"
                build.fault((*path[:-1], "seats"), Code.NO_SEATS, message, "e.g. seats: 1, a vote each")
        elif least > most:
            message = f"the {path[-1]} is {least:.6g} seats, and there are {most:.6g} at most"
            build.fault(path, Code.QUORUM_ABOVE_SEATS, message)


def _carried(needed: Expression, seats: Expression, ranges: Ranges) -> bool:
    most = interval(seats, ranges)[1]
    return most > 0 and interval(needed, ranges)[0] <= most
