"""One thing that happened, in a run or in the documented past, as a story tells it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Moment:
    """When, who did what, how it turned out, whether it weighed, the claims behind it, and whether it was supposed."""

    day: str
    actor: str
    what: str
    turned_out: str = ""
    weighty: bool = False
    because: tuple[str, ...] = ()
    supposed: bool = False
