"""Time on a machine that others use too: seconds that passed, and seconds that processors worked for us."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Spent:
    """Seconds on the wall, and processor seconds of all threads together."""

    wall: float
    busy: float

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.busy + other.busy)


def timed(work: Callable[[], object]) -> Spent:
    """Time spent on some work in this process."""
    wall, busy = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - busy)
