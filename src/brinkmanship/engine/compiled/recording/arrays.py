"""An array namespace that writes down what is done with it, number by number.

It has as much of NumPy as a step asks for, with NumPy's rules of broadcasting and JAX's rules of types: a plain number
takes the type of the array that it meets, as far as it fits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from brinkmanship.engine.compiled.recording.kinds import DTYPES, KINDS, Kind, Known
from brinkmanship.engine.compiled.recording.record import Atom, Operation, Region, Step, Variable

ORDER: dict[Kind, int] = {"i1": 0, "u8": 1, "i32": 2, "u32": 3, "i64": 4, "f64": 5}
"""Types, each with those that it takes in before it."""
Shape = tuple[int, ...]
PLAIN = (bool, int, float)


def kind_of(dtype: Any) -> Kind:
    """The kind that NumPy's name of a type means."""
    return KINDS[np.dtype(dtype).name]


def _common(one: Kind, other: Kind) -> Kind:
    """The least kind that takes in two others."""
    return "i64" if {one, other} == {"i32", "u32"} else max(one, other, key=ORDER.__getitem__)


def _plain(number: Any) -> Kind:
    """The kind of a plain number that stands alone."""
    return "i1" if isinstance(number, bool | np.bool_) else "i64" if isinstance(number, int | np.integer) else "f64"


def known(number: Any, kind: Kind) -> Known:
    """A plain number as one of some kind."""
    return Known(kind, float(number) if kind == "f64" else bool(number) if kind == "i1" else int(number))


class Array:
    """Numbers of one kind, in a shape."""

    __slots__ = ("flat", "kind", "notes", "shape")
    __array_ufunc__ = None
    __hash__ = object.__hash__
    notes: Notes
    kind: Kind
    shape: Shape
    flat: list[Atom]

    def __init__(self, notes: Notes, kind: Kind, shape: Shape, flat: list[Atom]) -> None:
        self.notes, self.kind, self.shape, self.flat = notes, kind, shape, flat

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(DTYPES[self.kind])

    def __bool__(self) -> bool:
        raise TypeError("what a step computes is not known while it is recorded")

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Array]:
        return (self[row] for row in range(self.shape[0]))

    def __getitem__(self, key: Any) -> Array:
        if isinstance(key, int):
            size = len(self.flat) // self.shape[0]
            low = range(self.shape[0])[key] * size
            return Array(self.notes, self.kind, self.shape[1:], self.flat[low : low + size])
        keys = key if isinstance(key, tuple) else (key,)
        return self.moved(self.places[tuple(_plain_key(each) for each in keys)])

    @property
    def places(self) -> np.ndarray:
        """The place of each number among all, in the array's shape."""
        return np.arange(len(self.flat)).reshape(self.shape)

    def moved(self, places: np.ndarray) -> Array:
        """The numbers from some places."""
        return Array(self.notes, self.kind, places.shape, [self.flat[each] for each in places.ravel().tolist()])

    def reshape(self, *shape: Any) -> Array:
        return self.moved(self.places.reshape(*shape))

    def ravel(self) -> Array:
        return Array(self.notes, self.kind, (len(self.flat),), self.flat)

    def astype(self, dtype: Any) -> Array:
        return self.notes.converted(self, kind_of(dtype))

    def __neg__(self) -> Array:
        return self.notes.apply("neg", self)

    def __invert__(self) -> Array:
        return self.notes.apply("not", self)


def _plain_key(key: Any) -> Any:
    """An index without variables: a step can only look up places that are known beforehand."""
    if not isinstance(key, Array):
        return key
    if not all(isinstance(each, Known) for each in key.flat):
        raise NotImplementedError("a compiled step can only look up places known beforehand")
    return np.array([each.number for each in key.flat if isinstance(each, Known)], int).reshape(key.shape)


def _operators() -> None:
    """Give arrays the operators of two numbers, from either side."""
    names = {"add": "add", "sub": "sub", "mul": "mul", "and_": "and", "or_": "or", "xor": "xor"}
    names |= {"truediv": "div", "lshift": "shift_left", "rshift": "shift_right_logical"}

    def both(name: str) -> tuple[Callable[..., Array], Callable[..., Array]]:
        return (
            lambda one, other: one.notes.apply(name, one, other),
            lambda one, other: one.notes.apply(name, other, one),
        )

    for word, name in names.items():
        forth, back = both(name)
        stem = word.rstrip("_")
        setattr(Array, f"__{stem}__", forth)
        setattr(Array, f"__r{stem}__", back)
    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        setattr(Array, f"__{name}__", both(name)[0])


_operators()
COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "is_finite"})
FRACTIONS = frozenset({"div", "exp", "log", "sqrt", "cos", "floor", "pow", "is_finite"})
"""Operations on fractional numbers only."""


class Notes:
    """What is written down; arrays of the namespace `Namespace` know where."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    @contextmanager
    def region(self) -> Iterator[Region]:
        """Write into a region of its own."""
        outer, region = self.steps, Region()
        self.steps = region.steps
        try:
            yield region
        finally:
            self.steps = outer

    def array(self, value: Any) -> Array:
        """A plain number or a NumPy array as an array."""
        if isinstance(value, Array):
            return value
        if isinstance(value, PLAIN):
            kind = _plain(value)
            return Array(self, kind, (), [known(value, kind)])
        whole = np.asarray(value)
        kind = kind_of(whole.dtype)
        return Array(self, kind, whole.shape, [known(each, kind) for each in whole.ravel().tolist()])

    def converted(self, array: Array, kind: Kind) -> Array:
        """An array as one of another kind."""
        if array.kind == kind:
            return array
        return Array(self, kind, array.shape, [self._converted(each, kind) for each in array.flat])

    def _converted(self, atom: Atom, kind: Kind) -> Atom:
        if isinstance(atom, Known):
            return known(atom.number, kind)
        result = Variable(kind)
        self.steps.append(Operation("convert", (atom,), result))
        return result

    def apply(self, name: str, *operands: Any) -> Array:
        """An operation on each number of some arrays, which are brought to one kind and one shape."""
        arrays = self.alike(operands, "f64" if name in FRACTIONS else "i1")
        kind: Kind = "i1" if name in COMPARISONS else arrays[0].kind
        return self.each(name, kind, arrays)

    def each(self, name: str, kind: Kind, arrays: Sequence[Array]) -> Array:
        """An operation on each number of some arrays of which the kinds fit."""
        shape, columns = _spread(arrays)
        steps = self.steps
        flat: list[Atom] = []
        for arguments in zip(*columns, strict=True):
            result = Variable(kind)
            steps.append(Operation(name, arguments, result))
            flat.append(result)
        return Array(self, kind, shape, flat)

    def alike(self, operands: Sequence[Any], least: Kind = "i1") -> list[Array]:
        """Some arrays and plain numbers, brought to one kind: at least to this."""
        arrays = [each if isinstance(each, PLAIN) else self.array(each) for each in operands]
        kind = least
        for each in arrays:
            if isinstance(each, Array) and each.kind != kind:
                kind = _common(kind, each.kind)
        for each in arrays:
            if isinstance(each, PLAIN):
                own = _plain(each)
                if own == "f64" or (own == "i64" and kind == "i1"):
                    kind = own
        return [
            self.converted(each, kind) if isinstance(each, Array) else Array(self, kind, (), [known(each, kind)])
            for each in arrays
        ]


def _spread(arrays: Sequence[Array]) -> tuple[Shape, list[list[Atom]]]:
    """The common shape of some arrays, and the numbers of each in it."""
    shape = arrays[0].shape
    if all(each.shape == shape for each in arrays):
        return shape, [each.flat for each in arrays]
    if all(len(each.flat) == 1 for each in arrays):
        return max((each.shape for each in arrays), key=len), [each.flat for each in arrays]
    shape = np.broadcast_shapes(*(each.shape for each in arrays))
    size = math.prod(shape)
    return shape, [
        each.flat * size if len(each.flat) == 1 else each.moved(np.broadcast_to(each.places, shape)).flat
        for each in arrays
    ]


class Namespace:
    """As much of NumPy as a step asks for, on arrays that are written down in some notes."""

    inf, nan = math.inf, math.nan

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        names = {"maximum": "max", "minimum": "min", "divide": "div", "power": "pow", "abs": "abs"}
        names |= {name: name for name in ("exp", "log", "sqrt", "cos", "floor")} | {"isfinite": "is_finite"}
        for word, name in names.items():
            setattr(self, word, self._function(name))

    def _function(self, name: str) -> Callable[..., Array]:
        apply = self.notes.apply
        return lambda *operands: apply(name, *operands)

    # --- arrays --------------------------------------------------------------------------------

    def asarray(self, value: Any, dtype: Any = None) -> Array:
        if isinstance(value, list | tuple) and any(isinstance(each, Array) for each in value):
            value = self.stack(value)
        array = self.notes.array(value)
        return array if dtype is None else array.astype(dtype)

    def full(self, shape: int | Shape, number: Any, dtype: Any = None) -> Array:
        kind = _plain(number) if dtype is None else kind_of(dtype)
        whole = (shape,) if isinstance(shape, int) else tuple(shape)
        return Array(self.notes, kind, whole, [known(number, kind)] * math.prod(whole))

    def zeros(self, shape: int | Shape, dtype: Any = float) -> Array:
        return self.full(shape, 0, dtype)

    def zeros_like(self, array: Any) -> Array:
        like = self.notes.array(array)
        return self.full(like.shape, 0, like.dtype)

    def arange(self, *bounds: int) -> Array:
        return self.notes.array(np.arange(*bounds))

    def uint32(self, number: Any) -> Array:
        return self.notes.converted(self.notes.array(number), "u32")

    # --- what moves numbers about --------------------------------------------------------------

    def broadcast_to(self, array: Any, shape: Shape) -> Array:
        whole = self.notes.array(array)
        return whole if whole.shape == shape else whole.moved(np.broadcast_to(whole.places, shape))

    def stack(self, arrays: Sequence[Any]) -> Array:
        alike = self.notes.alike(arrays)
        assert all(each.shape == alike[0].shape for each in alike)
        shape = (len(alike), *alike[0].shape)
        return Array(self.notes, alike[0].kind, shape, [entry for each in alike for entry in each.flat])

    def concatenate(self, arrays: Sequence[Any]) -> Array:
        alike = self.notes.alike(arrays)
        shape = (sum(each.shape[0] for each in alike), *alike[0].shape[1:])
        return Array(self.notes, alike[0].kind, shape, [entry for each in alike for entry in each.flat])

    # --- truths --------------------------------------------------------------------------------

    def _truth(self, value: Any) -> Array:
        array = self.notes.array(value)
        return array if array.kind == "i1" else self.notes.apply("ne", array, 0)

    def logical_and(self, one: Any, other: Any) -> Array:
        return self.notes.apply("and", self._truth(one), self._truth(other))

    def logical_or(self, one: Any, other: Any) -> Array:
        return self.notes.apply("or", self._truth(one), self._truth(other))

    def logical_not(self, value: Any) -> Array:
        return self.notes.apply("not", self._truth(value))

    def all(self, array: Array, axis: int) -> Array:
        """Whether all rows are true: a step asks along the first axis only."""
        assert axis == 0
        rows = list(array)
        found = rows[0]
        for row in rows[1:]:
            found = self.notes.apply("and", found, row)
        return found

    def where(self, condition: Any, one: Any, other: Any) -> Array:
        pair = self.notes.alike([one, other])
        return self.notes.each("select", pair[0].kind, [self._truth(condition), *pair])
