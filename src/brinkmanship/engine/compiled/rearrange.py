"""Primitives of a trace that only move numbers about: they cost nothing in the code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from brinkmanship.engine.compiled.code import KINDS, Known, Numbers, numbers

Parameters = dict[str, Any]
Shape = tuple[int, ...]


def _broadcast(parameters: Parameters, arrays: list[Numbers], shape: Shape) -> Numbers:
    wanted = [1] * len(shape)
    for axis, size in zip(parameters["broadcast_dimensions"], arrays[0].shape, strict=True):
        wanted[axis] = size
    return np.broadcast_to(arrays[0].reshape(wanted), shape)


def _slice(parameters: Parameters, arrays: list[Numbers], shape: Shape) -> Numbers:
    steps = parameters["strides"] or [1] * arrays[0].ndim
    bounds = zip(parameters["start_indices"], parameters["limit_indices"], steps, strict=True)
    return arrays[0][tuple(slice(low, high, by) for low, high, by in bounds)]


def _iota(parameters: Parameters, arrays: list[Numbers], shape: Shape) -> Numbers:
    places = np.indices(shape)[parameters["dimension"]].ravel().tolist()
    kind = KINDS[str(np.dtype(parameters["dtype"]))]
    return numbers(shape, [Known(kind, float(place) if kind == "f64" else place) for place in places])


def _gather(parameters: Parameters, arrays: list[Numbers], shape: Shape) -> Numbers:
    """Whole slices along one axis, at places that are known."""
    array, index = arrays
    plan = parameters["dimension_numbers"]
    axes = plan.start_index_map
    if len(axes) != 1 or plan.collapsed_slice_dims != axes or not all(isinstance(e, Known) for e in index.ravel()):
        raise NotImplementedError("a compiled step can only gather at places known beforehand")
    places = np.array([int(each.number) for each in index.ravel()], int).reshape(index.shape[:-1])
    if np.any((places < 0) | (places >= array.shape[axes[0]])):
        raise NotImplementedError("a compiled step cannot gather beyond the ends of an array")
    taken = np.take(array, places, axis=axes[0])
    batch = range(axes[0], axes[0] + places.ndim)
    rest = [axis for axis in range(taken.ndim) if axis not in batch]
    order: list[int] = [0] * taken.ndim
    for target, source in zip(plan.offset_dims, rest, strict=True):
        order[target] = source
    free = [axis for axis in range(taken.ndim) if axis not in plan.offset_dims]
    for target, source in zip(free, batch, strict=True):
        order[target] = source
    return taken.transpose(order)


def _reshape(parameters: Parameters, arrays: list[Numbers], shape: Shape) -> Numbers:
    return arrays[0].reshape(shape)


MOVES: dict[str, Callable[[Parameters, list[Numbers], Shape], Numbers]] = {
    "broadcast_in_dim": _broadcast,
    "concatenate": lambda parameters, arrays, shape: np.concatenate(arrays, axis=parameters["dimension"]),
    "expand_dims": _reshape,
    "gather": _gather,
    "iota": _iota,
    "reshape": _reshape,
    "slice": _slice,
    "squeeze": _reshape,
    "stack": lambda parameters, arrays, shape: np.stack(arrays, axis=parameters["axis"]),
    "tile": lambda parameters, arrays, shape: np.tile(arrays[0], parameters["reps"]),
    "transpose": lambda parameters, arrays, shape: arrays[0].transpose(parameters["permutation"]),
}
"""From parameters, arrays and the shape of the result to the result."""
