"""Time on a machine that others use too: seconds that passed, and seconds that processors worked for us."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Spent:
    """Seconds on the wall, and processor seconds of all threads together."""

    wall: float
    busy: float


def timed(work: Callable[..., object], *arguments: Any, **settings: Any) -> Spent:
    """Time spent on some work in this process."""
    wall, busy = time.perf_counter(), time.process_time()
    work(*arguments, **settings)
    return Spent(time.perf_counter() - wall, time.process_time() - busy)
