"""What differs between array libraries beyond their namespace.

A backend answers three questions that NumPy and a compiler answer differently: whether any lane of a mask is set (a
compiler must say yes), how to work on the lanes of a mask only, and how to silence floating-point warnings.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

Array = Any


class Lanes(Protocol):
    """Some of the runs of a block, in order."""

    @property
    def count(self) -> int:
        """How many lanes there are."""
        ...

    def take(self, array: Array) -> Array:
        """The lanes of an array ``(run,)``; scalars pass."""
        ...

    def put(self, values: Array) -> Array:
        """An array ``(run,)`` with ``values`` in the lanes and zero elsewhere."""
        ...


class Backend(Protocol):
    """An array namespace ``xp`` and what goes with it."""

    xp: Any

    def any(self, mask: Array) -> bool:
        """Whether any lane may be set; True is always allowed."""
        ...

    def lanes(self, mask: Array) -> Lanes:
        """The set lanes of a mask."""
        ...

    def quiet(self) -> AbstractContextManager[Any]:
        """A context in which overflow and division by zero give inf and nan without a warning."""
        ...


@dataclass(frozen=True)
class EveryLane:
    """All lanes of a block."""

    count: int

    def take(self, array: Array) -> Array:
        return array

    def put(self, values: Array) -> Array:
        return values


@dataclass(frozen=True)
class NumpyLanes:
    """The lanes of an index array."""

    index: np.ndarray
    size: int

    @property
    def count(self) -> int:
        return len(self.index)

    def take(self, array: Array) -> Array:
        return array[self.index] if getattr(array, "ndim", 0) else array

    def put(self, values: Array) -> Array:
        full = np.zeros(self.size, dtype=np.result_type(values))
        full[self.index] = values
        return full


class NumpyBackend:
    """Eager NumPy: skips what no lane needs."""

    xp = np

    def any(self, mask: Array) -> bool:
        return bool(np.any(mask))

    def lanes(self, mask: Array) -> Lanes:
        index = np.flatnonzero(mask)
        return EveryLane(len(mask)) if len(index) == len(mask) else NumpyLanes(index, len(mask))

    def quiet(self) -> AbstractContextManager[Any]:
        return np.errstate(all="ignore")


NUMPY = NumpyBackend()

Take = Callable[[Array], Array]
