"""What the documents fix in one step.

Whether something is fixed is a truth: a plain one where it is known beforehand (a history replayed step by step), or
an array without axes where it is an argument (a compiled step, for which every date is a number).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Array = Any
Fixed = tuple[Any, Any]
"""Whether something is fixed, and at what."""


@dataclass(frozen=True)
class Pins:
    """What is fixed in one step.

    Attributes
    ----------
    forced
        Options and sites that happen, each with a mask over runs ``(run,)``.
    some
        Whether anything may be forced at all.
    barred
        Options and sites that do not happen unless forced, each with a truth.
    branches
        Per site, whether its branch was observed and, for each branch, whether it agrees with what was.
    magnitudes
        Observed increments or settings by (site, slot).
    measured
        Values of slots at the end of the step.
    """

    forced: Mapping[str, Array] = field(default_factory=dict)
    some: Array = True
    barred: Mapping[str, Array] = field(default_factory=dict)
    branches: Mapping[str, tuple[Any, tuple[Any, ...]]] = field(default_factory=dict)
    magnitudes: Mapping[tuple[str, str], Fixed] = field(default_factory=dict)
    measured: Mapping[str, Fixed] = field(default_factory=dict)

    def bars(self, name: str) -> Array:
        """Whether an option or site is barred."""
        return self.barred.get(name, False)


NO_PINS = Pins()


def nowhere(names: Iterable[str]) -> dict[str, bool]:
    """Names that are barred, known beforehand."""
    return dict.fromkeys(names, True)


def settled(xp: Any, fixed: Fixed | None, value: Array) -> Array:
    """The fixed value where something is fixed, else ``value``."""
    if fixed is None:
        return value
    holds, known = fixed
    return known if holds is True else xp.where(holds, known, value)


def but(xp: Any, mask: Array, out: Array) -> Array:
    """A mask without what is out of the question."""
    if out is False:
        return mask
    return xp.zeros_like(mask) if out is True else xp.logical_and(mask, xp.logical_not(out))
