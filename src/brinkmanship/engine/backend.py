"""What differs between array libraries beyond their namespace.

A backend answers the questions that NumPy and a compiler answer differently: whether any lane of a mask is set (a
compiler must say yes), how to work only where a mask is set, and how to silence floating-point warnings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    @property
    def index(self) -> Array:
        """The runs of the lanes, ``(lane,)`` whole numbers."""
        ...

    def take(self, arrays: Sequence[Array]) -> list[Array]:
        """The lanes of arrays ``(run,)``; scalars pass."""
        ...

    def put(self, values: Array) -> Array:
        """An array ``(run,)`` with ``values`` in the lanes and zero elsewhere.

        A backend whose lanes are all runs must put zero where the mask that they were made from is not set.
        """
        ...


class Backend(Protocol):
    """An array namespace ``xp`` and what goes with it."""

    xp: Any
    together: bool
    """Whether to work on many actors and states in one array; else one by one, each where it is needed only."""

    def only(self, mask: Array, work: Callable[[], Any], otherwise: Any) -> Any:
        """What ``work()`` gives if any lane of the mask may be set, else ``otherwise``.

        ``work`` changes nothing outside. In lanes that are not set the result may be either.
        """
        ...

    def each(self, work: Callable[[dict[str, Array]], Array], rows: dict[str, Array]) -> Array:
        """``work`` on every row of arrays ``(row, lane)``, which gives ``(lane,)``; the results as ``(row, lane)``."""
        ...

    def until(self, done: Callable[[Any], Array], work: Callable[[Any], Any], start: Any) -> Any:
        """Repeat ``work`` on a tuple of arrays ``(lane,)`` until all lanes are done; done lanes stay as they are."""
        ...

    def any(self, mask: Array) -> bool:
        """Whether any lane may be set; True is always allowed."""
        ...

    def some(self, masks: Sequence[Array], lanes: int) -> Sequence[bool]:
        """`any` of many masks."""
        ...

    def returns(self, going: Array) -> bool:
        """Whether a step has to give runs that do not go on what they had; else its caller does."""
        ...

    def lanes(self, mask: Array) -> Lanes:
        """The set lanes of a mask."""
        ...

    def quiet(self) -> AbstractContextManager[Any]:
        """A context in which overflow and division by zero give inf and nan without a warning."""
        ...

    def rows(self, values: Sequence[Array], lanes: int) -> Array:
        """Scalars and arrays ``(lane,)`` as the rows of one array ``(row, lane)``."""
        ...

    def joined(self, values: Sequence[Array], shapes: Sequence[tuple[int, int]]) -> Array:
        """Values that broadcast to ``(row, lane)`` shapes, flattened and put end to end."""
        ...

    def overwritten(self, block: Array, row: int, low: int, values: Array, shape: tuple[int, int]) -> Array:
        """The array ``(row, place)`` with ``values``, spread to ``shape``, in one row from place ``low`` on.

        ``block`` may be used up.
        """
        ...


@dataclass(frozen=True)
class NumpyLanes:
    """The lanes of an index array."""

    index: np.ndarray
    size: int

    @property
    def count(self) -> int:
        return len(self.index)

    def take(self, arrays: Sequence[Array]) -> list[Array]:
        if len(self.index) == self.size:
            return list(arrays)
        index = self.index
        return [each[index] if isinstance(each, np.ndarray) else each for each in arrays]

    def put(self, values: Array) -> Array:
        full = np.zeros(self.size, dtype=np.result_type(values))
        full[self.index] = values
        return full


class NumpyBackend:
    """Eager NumPy: skips what no lane needs."""

    xp = np
    together = True

    def only(self, mask: Array, work: Callable[[], Any], otherwise: Any) -> Any:
        return work() if self.any(mask) else otherwise

    def each(self, work: Callable[[dict[str, Array]], Array], rows: dict[str, Array]) -> Array:
        return work(rows)

    def until(self, done: Callable[[Any], Array], work: Callable[[Any], Any], start: Any) -> Any:
        now, finished = start, done(start)
        while not np.all(finished):
            now = tuple(np.where(finished, old, new) for old, new in zip(now, work(now), strict=True))
            finished = done(now)
        return now

    def any(self, mask: Array) -> bool:
        return bool(mask.any()) if isinstance(mask, np.ndarray) else bool(mask)

    def some(self, masks: Sequence[Array], lanes: int) -> Sequence[bool]:
        return self.rows(masks, lanes).any(axis=1).tolist() if len(masks) else []

    def returns(self, going: Array) -> bool:
        return not going.all()

    def lanes(self, mask: Array) -> Lanes:
        return NumpyLanes(np.flatnonzero(mask), len(mask))

    def quiet(self) -> AbstractContextManager[Any]:
        return np.errstate(all="ignore")

    def rows(self, values: Sequence[Array], lanes: int) -> Array:
        whole = np.empty((len(values), lanes), dtype=bool if _truths(values) else float)
        for row, value in enumerate(values):
            whole[row] = value
        return whole

    def joined(self, values: Sequence[Array], shapes: Sequence[tuple[int, int]]) -> Array:
        whole = np.empty(sum(rows * lanes for rows, lanes in shapes))
        low = 0
        for value, (rows, lanes) in zip(values, shapes, strict=True):
            high = low + rows * lanes
            whole[low:high].reshape(rows, lanes)[...] = value
            low = high
        return whole

    def overwritten(self, block: Array, row: int, low: int, values: Array, shape: tuple[int, int]) -> Array:
        block[row, low : low + shape[0] * shape[1]].reshape(shape)[...] = values
        return block


def _truths(values: Sequence[Array]) -> bool:
    first = values[0]
    return isinstance(first, bool) or getattr(first, "dtype", None) == np.dtype(bool)


NUMPY = NumpyBackend()
