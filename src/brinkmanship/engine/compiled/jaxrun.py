"""A single run whose step is traced by JAX, for XLA."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from brinkmanship.core.program import Program
from brinkmanship.engine import draws
from brinkmanship.engine.compiled.recording.layout import Layout, StepFunction
from brinkmanship.engine.compiled.recording.onerun import OneRun

Array = Any


class JaxRun(OneRun):
    """JAX, tracing a single run."""

    xp = jnp

    def only(self, mask: Array, work: Callable[[], Any], otherwise: Any) -> Any:
        if mask is False:
            return otherwise
        return jax.lax.cond(mask[0], lambda: _whole(work()), lambda: _whole(otherwise))

    def each(self, work: Callable[[dict[str, Array]], Array], rows: dict[str, Array]) -> Array:
        return jax.lax.scan(lambda _, row: (None, work(row)), None, rows)[1]

    def until(self, done: Callable[[Any], Array], work: Callable[[Any], Any], start: Any) -> Any:
        return jax.lax.while_loop(lambda now: jnp.logical_not(done(now))[0], work, start)

    def uniforms(self, key: tuple[Array, Array], counter: tuple[Array, Array]) -> tuple[Array, Array]:
        return _uniforms(key, counter)


def _whole(tree: Any) -> Any:
    """Every entry as an array ``(1,)`` of one of three types, so that both sides of a conditional agree."""

    def one(entry: Any) -> Array:
        array = jnp.asarray(entry)
        kind = bool if array.dtype == bool else jnp.float64 if jnp.issubdtype(array.dtype, jnp.floating) else jnp.int32
        return jnp.broadcast_to(array.astype(kind), array.shape or (1,))

    return jax.tree.map(one, tree)


@jax.jit
def _uniforms(key: tuple[Array, Array], counter: tuple[Array, Array]) -> tuple[Array, Array]:
    return draws.uniforms(jnp, key, counter)


def traced(program: Program, layout: Layout) -> tuple[Any, list[str]]:
    """The trace of a step by JAX, and the places of its faults."""
    step = StepFunction(program, layout, JaxRun())
    with jax.enable_x64(True):
        return jax.make_jaxpr(step)(*layout.shape.examples), step.faults
