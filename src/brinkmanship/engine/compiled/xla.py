"""The same step under XLA, for a device with many cores: all runs of a block go through a step together.

XLA makes a selection of every conditional, so that each run computes both of its sides; that pays only where a device
computes for many thousands of runs at once. It is used where somebody asks for it, and never by itself.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxpr_as_fun

from brinkmanship.engine import cache
from brinkmanship.engine.compiled.recording.shape import STATUS, Field, Shape
from brinkmanship.errors import UsageError

Array = Any
WIDTH = 8
"""Runs in a byte of marks."""
ROWS = 32
"""Steps in one call of the device (our choice): one number for all calls, so that XLA compiles once."""


def found() -> Any:
    """The device that JAX chooses: a graphics card where it finds one, or what its own ``JAX_PLATFORMS`` names.

    Raises
    ------
    UsageError
        When JAX finds none.
    """
    try:
        return jax.devices()[0]
    except (RuntimeError, AssertionError) as error:
        # Where a plugin is missing, some versions of JAX fail an assertion of their own, without a word.
        named = os.environ.get("JAX_PLATFORMS", "")
        why = str(error).partition("\n")[0] or f"`JAX_PLATFORMS` names `{named}`"
        raise UsageError(f"JAX finds no device: {why}; install JAX for it, or take `--engine compiled`") from None


class Spread:
    """A traced step on a device; it is called like a `brinkmanship.engine.compiled.llvm.kernel.Kernel`.

    Parameters
    ----------
    closed
        The trace of a step of one run.
    device
        Where it runs (`found`).
    """

    width = WIDTH

    def __init__(self, closed: Any, shape: Shape, device: Any) -> None:
        self.closed, self.shape, self.device = closed, shape, device
        folder = cache.subfolder("xla")
        if folder is not None:
            jax.config.update("jax_compilation_cache_dir", str(folder))

    def walk(
        self,
        arrays: Sequence[np.ndarray],
        steps: int,
        marks: np.ndarray | None,
        shown: np.ndarray | None,
        tiles: int,
    ) -> None:
        """Take all runs through some steps; arguments as those of `Kernel.walk`."""
        rows = next(array for array, field in zip(arrays, self.shape.fields, strict=True) if field.row)
        with jax.enable_x64(True), jax.default_device(self.device):
            given = [self._lanes(*pair) for pair in zip(arrays, self.shape.fields, strict=True)]
            for low in range(0, steps, ROWS):
                many = min(ROWS, steps - low)
                padded = np.zeros((ROWS, rows.shape[1]))
                padded[:many] = rows[low : low + many]
                given, reports = self._steps(given, padded, many)
                for target, report in zip((marks, shown), reports, strict=True):
                    if target is not None:
                        target[low : low + many] = np.asarray(report)[:many]
            for array, field, value in zip(arrays, self.shape.fields, given, strict=True):
                if field.change:
                    array[...] = np.asarray(value).reshape(tiles, WIDTH, field.size).transpose(0, 2, 1)

    def _lanes(self, array: np.ndarray, field: Field) -> Array:
        """An argument as XLA takes it: ``(run, ...)`` for what each run has its own of."""
        if field.row:
            return jnp.zeros(field.size)
        if field.shared:
            return jnp.asarray(array).ravel()
        tiles, _, width = array.shape
        return jnp.asarray(array.transpose(0, 2, 1).reshape(tiles * width, field.size, 1))

    @cached_property
    def _steps(self) -> Any:
        """Some steps of all runs: arguments, rows and number of steps to arguments and reports."""
        fields = self.shape.fields
        at = next(rank for rank, field in enumerate(fields) if field.row)
        changing = [rank for rank, field in enumerate(fields) if field.change]
        status = next(rank for rank, field in enumerate(fields) if field.name == STATUS)
        held = next(rank for rank, field in enumerate(fields) if field.held)
        places = np.array(self.shape.shown, int)
        traced = jaxpr_as_fun(self.closed)

        def each(*given: Array) -> Any:
            return traced(
                *[array[place] for array, field in zip(given, fields, strict=True) for place in range(field.size)]
            )

        step = jax.vmap(each, in_axes=[None if field.common else 0 for field in fields])

        def one(index: Array, carry: tuple[list[Array], Array, Array], rows: Array) -> tuple[list[Array], Array, Array]:
            given, marks, shown = carry
            results = step(*given[:at], rows[index], *given[at + 1 :])
            after = list(given)
            for rank, value in zip(changing, results, strict=False):
                kept = value.reshape(given[rank].shape)
                after[rank] = jnp.where(given[status] == 0, kept, given[rank]) if fields[rank].held else kept
            true = results[len(changing)]
            tiled = true.reshape(len(true) // WIDTH, WIDTH, true.shape[1]).astype(bool)
            packed = jnp.packbits(tiled, axis=1, bitorder="little")[:, 0]
            kept = after[held][:, places, 0].reshape(-1, WIDTH, len(places))
            return after, marks.at[index].set(packed), shown.at[index].set(kept.transpose(0, 2, 1))

        @jax.jit
        def steps(given: list[Array], rows: Array, many: Array) -> tuple[list[Array], tuple[Array, Array]]:
            lanes = given[changing[0]].shape[0]
            marks = jnp.zeros((ROWS, lanes // WIDTH, self.shape.marks), jnp.uint8)
            shown = jnp.zeros((ROWS, lanes // WIDTH, len(places), WIDTH))
            after, *reports = jax.lax.fori_loop(
                0, many, lambda index, carry: one(index, carry, rows), (given, marks, shown)
            )
            return after, (reports[0], reports[1])

        return steps
