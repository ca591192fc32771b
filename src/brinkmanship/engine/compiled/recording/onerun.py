"""What it means to take a step with a single run.

Arrays ``(run,)`` have one entry. Whatever may be skipped becomes a conditional, and actors and states are taken one
by one: the compiled code enters only what the runs need that go side by side.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from brinkmanship.engine import draws
from brinkmanship.engine.backend import Lanes

Array = Any


@dataclass(frozen=True)
class OneLane:
    """The run itself."""

    count: int = 1

    @property
    def index(self) -> Array:
        return np.zeros(1, int)

    def take(self, arrays: Sequence[Array]) -> list[Array]:
        return list(arrays)

    def put(self, values: Array) -> Array:
        return values


class OneRun(ABC):
    """The array namespace of a single run, whose conditionals and loops are kept as such."""

    xp: Any
    together = False

    @abstractmethod
    def only(self, mask: Array, work: Callable[[], Any], otherwise: Any) -> Any: ...

    @abstractmethod
    def each(self, work: Callable[[dict[str, Array]], Array], rows: dict[str, Array]) -> Array: ...

    @abstractmethod
    def until(self, done: Callable[[Any], Array], work: Callable[[Any], Any], start: Any) -> Any: ...

    @abstractmethod
    def uniforms(self, key: tuple[Array, Array], counter: tuple[Array, Array]) -> tuple[Array, Array]:
        """`draws.uniforms`, as a function of its own."""

    def any(self, mask: Array) -> bool:
        return mask is not False

    def some(self, masks: Sequence[Array], lanes: int) -> Sequence[bool]:
        return [mask is not False for mask in masks]

    def returns(self, going: Array) -> bool:
        return False

    def lanes(self, mask: Array) -> Lanes:
        return OneLane()

    def quiet(self) -> AbstractContextManager[Any]:
        return nullcontext()

    def rows(self, values: Sequence[Array], lanes: int) -> Array:
        return self.xp.stack([self.xp.broadcast_to(self.xp.asarray(each), (lanes,)) for each in values])

    def joined(self, values: Sequence[Array], shapes: Sequence[tuple[int, int]]) -> Array:
        xp, pairs = self.xp, zip(values, shapes, strict=True)
        return xp.concatenate([xp.broadcast_to(xp.asarray(each), shape).ravel() for each, shape in pairs])

    def overwritten(self, block: Array, row: int, low: int, values: Array, shape: tuple[int, int]) -> Array:
        raise NotImplementedError("states are taken one by one")


class KeyedDraws:
    """Addressed draws of a single run whose keys and numbers are arguments.

    Parameters
    ----------
    keys
        The two words of each address's key, uint32: arguments, because the seed is one.
    run, step
        ``(1,)`` uint32.
    """

    def __init__(self, backend: OneRun, keys: Mapping[str, tuple[Array, Array]], run: Array, step: Array) -> None:
        self.backend, self.keys, self.run, self.step = backend, keys, run, step

    def uniforms(self, address: str) -> tuple[Array, Array]:
        """Two uniform numbers in (0, 1)."""
        return self.of(*self.keys[address])

    def of(self, first: Array, second: Array) -> tuple[Array, Array]:
        """Two uniform numbers for the words of a key."""
        return self.backend.uniforms((first[None], second[None]), (self.run, self.step))

    def pick(self, address: str, chances: Sequence[Array], *, index: int = 0) -> Array:
        return draws.pick(self.uniforms(address)[index], chances)

    def magnitude(self, address: str, family: str, arguments: tuple[Array, ...]) -> Array:
        return draws.magnitude(self.backend, self.uniforms(address), family, arguments)

    def within(self, lanes: Lanes) -> KeyedDraws:
        return self

    def prepare(self, addresses: Sequence[str]) -> None:
        pass
