"""Seats of votes: there are some, and a quorum or majority can be reached with them."""

from __future__ import annotations

from brinkmanship.core.lowering.builder import Builder
from brinkmanship.core.program import Lowered
from brinkmanship.core.reachable import reach
from brinkmanship.errors import Code
from brinkmanship.lang.interval import interval


def check_seats(build: Builder, lowered: Lowered) -> None:
    """Faults of votes that nobody can carry, whatever the seats become."""
    if not build.thresholds:
        return
    ranges = reach(lowered).ranges
    for path, needed, seats in build.thresholds:
        most, least = interval(seats, ranges)[1], interval(needed, ranges)[0]
        if most <= 0:
            if path[-1] == "quorum":
                message = f"the members of `{build.record.votes[str(path[1])].among}` have no seats between them"
                build.fault((*path[:-1], "seats"), Code.NO_SEATS, message, "e.g. seats: 1, a vote each")
        elif least > most:
            message = f"the {path[-1]} is {least:.6g} seats, and there are {most:.6g} at most"
            build.fault(path, Code.QUORUM_ABOVE_SEATS, message)
