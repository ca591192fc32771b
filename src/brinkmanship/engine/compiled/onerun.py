"""The array namespace in which a step is traced: that of a single run.

Arrays ``(run,)`` have one entry. Whatever may be skipped becomes a conditional, and actors and states are taken one
by one: the compiled code enters only what the runs need that go side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
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


class OneRun:
    """JAX, tracing a single run."""

    xp = jnp
    together = False

    def only(self, mask: Array, work: Callable[[], Any], otherwise: Any) -> Any:
        if mask is False:
            return otherwise
        return jax.lax.cond(mask[0], lambda: _whole(work()), lambda: _whole(otherwise))

    def each(self, work: Callable[[dict[str, Array]], Array], rows: dict[str, Array]) -> Array:
        return jax.lax.scan(lambda _, row: (None, work(row)), None, rows)[1]

    def until(self, done: Callable[[Any], Array], work: Callable[[Any], Any], start: Any) -> Any:
        return jax.lax.while_loop(lambda now: jnp.logical_not(done(now))[0], work, start)

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
        return jnp.stack([jnp.broadcast_to(jnp.asarray(each), (lanes,)) for each in values])

    def joined(self, values: Sequence[Array], shapes: Sequence[tuple[int, int]]) -> Array:
        pairs = zip(values, shapes, strict=True)
        return jnp.concatenate([jnp.broadcast_to(jnp.asarray(each), shape).ravel() for each, shape in pairs])

    def overwritten(self, block: Array, row: int, low: int, values: Array, shape: tuple[int, int]) -> Array:
        raise NotImplementedError("states are taken one by one")


def _whole(tree: Any) -> Any:
    """Every entry as an array ``(1,)`` of one of three types, so that both sides of a conditional agree."""

    def one(entry: Any) -> Array:
        array = jnp.asarray(entry)
        kind = bool if array.dtype == bool else jnp.float64 if jnp.issubdtype(array.dtype, jnp.floating) else jnp.int32
        return jnp.broadcast_to(array.astype(kind), array.shape or (1,))

    return jax.tree.map(one, tree)


@jax.jit
def uniforms(first: Array, second: Array, run: Array, step: Array) -> tuple[Array, Array]:
    """Two uniform numbers of an address."""
    return draws.uniforms(jnp, (first, second), (run, step))


class Traced:
    """Addressed draws of a traced run.

    Parameters
    ----------
    keys
        The two words of each address's key, uint32: arguments, because the seed is one.
    run, step
        ``(1,)`` uint32.
    """

    def __init__(self, keys: Mapping[str, tuple[Array, Array]], run: Array, step: Array) -> None:
        self.keys, self.run, self.step = keys, run, step

    def uniforms(self, address: str) -> tuple[Array, Array]:
        """Two uniform numbers in (0, 1)."""
        return self.of(*self.keys[address])

    def of(self, first: Array, second: Array) -> tuple[Array, Array]:
        """Two uniform numbers for the words of a key."""
        return uniforms(first[None], second[None], self.run, self.step)

    def pick(self, address: str, chances: Sequence[Array], *, index: int = 0) -> Array:
        return draws.pick(self.uniforms(address)[index], chances)

    def magnitude(self, address: str, family: str, arguments: tuple[Array, ...]) -> Array:
        return draws.magnitude(ONE_RUN, self.uniforms(address), family, arguments)

    def within(self, lanes: Lanes) -> Traced:
        return self

    def prepare(self, addresses: Sequence[str]) -> None:
        pass


ONE_RUN = OneRun()
