"""A single run whose step is written down: conditionals, loops and calls as the record has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from brinkmanship.engine import draws
from brinkmanship.engine.compiled.recording.arrays import Array, Namespace, Notes
from brinkmanship.engine.compiled.recording.kinds import Kind
from brinkmanship.engine.compiled.recording.onerun import OneRun
from brinkmanship.engine.compiled.recording.record import (
    Atom,
    Branch,
    Call,
    Function,
    Record,
    Region,
    Repeat,
    Rows,
    Variable,
)

Tree = Any
"""Arrays and plain numbers in dictionaries, lists and tuples; None stands for nothing."""


class Recorder(OneRun):
    """Writes down a step."""

    def __init__(self) -> None:
        self.notes = Notes()
        self.xp = Namespace(self.notes)
        self._uniforms: Function | None = None

    def argument(self, kind: Kind, shape: tuple[int, ...]) -> Array:
        """A number that the step is given."""
        return Array(self.notes, kind, shape, [Variable(kind)])

    def only(self, mask: Any, work: Callable[[], Tree], otherwise: Tree) -> Tree:
        if mask is False:
            return otherwise
        (truth,) = mask.flat
        blank = [self._whole(each) for each in leaves(otherwise)]
        with self.notes.region() as region:
            tree = work()
            made = [self._whole(each) for each in leaves(tree)]
        others = [
            self.xp.broadcast_to(self.notes.converted(other, one.kind), one.shape)
            for one, other in zip(made, blank, strict=True)
        ]
        region.results = _atoms(made)
        results = [self._fresh(each) for each in made]
        self.notes.steps.append(Branch(truth, region, _atoms(others), _variables(results)))
        return rebuilt(tree, iter(results))

    def each(self, work: Callable[[dict[str, Any]], Any], rows: dict[str, Any]) -> Array:
        columns = [each.flat for each in rows.values()]
        here = {name: self.argument(each.kind, (1,)) for name, each in rows.items()}
        with self.notes.region() as region:
            made = self.notes.array(work(here))
            region.results = list(made.flat)
        column = [Variable(made.kind) for _ in columns[0]]
        self.notes.steps.append(Rows(columns, _variables(list(here.values())), region, [column]))
        return Array(self.notes, made.kind, (len(column), 1), list(column))

    def until(self, done: Callable[[Any], Any], work: Callable[[Any], Any], start: Sequence[Any]) -> tuple[Array, ...]:
        begun = [self._whole(each) for each in start]
        now = tuple(self._fresh(each) for each in begun)
        with self.notes.region() as goes:
            goes.results = list(self.xp.logical_not(done(now)).flat)
        with self.notes.region() as region:
            later = [self.notes.converted(new, old.kind) for new, old in zip(work(now), now, strict=True)]
            region.results = _atoms(later)
        results = tuple(self._fresh(each) for each in begun)
        self.notes.steps.append(Repeat(_atoms(begun), _variables(now), goes, region, _variables(results)))
        return results

    def uniforms(self, key: tuple[Any, Any], counter: tuple[Any, Any]) -> tuple[Array, Array]:
        given = [*key, *counter]
        if self._uniforms is None:
            first, second, run, step = inner = [self.argument("u32", (1,)) for _ in given]
            with self.notes.region() as region:
                region.results = _atoms(draws.uniforms(self.xp, (first, second), (run, step)))
            self._uniforms = Function(_variables(inner), region)
        results = [self.argument("f64", (1,)) for _ in range(2)]
        self.notes.steps.append(Call(self._uniforms, _atoms(given), _variables(results)))
        return results[0], results[1]

    def record(self, arguments: Sequence[Array], results: Sequence[Array]) -> Record:
        """All that was written down, with the results field by field."""
        region = Region(self.notes.steps, _atoms(results))
        return Record(_variables(arguments), region, [list(each.flat) for each in results])

    def _fresh(self, array: Array) -> Array:
        fresh: list[Atom] = [Variable(array.kind) for _ in array.flat]
        return Array(self.notes, array.kind, array.shape, fresh)

    def _whole(self, entry: Any) -> Array:
        """An entry as an array with an axis, of one of three kinds, so that both sides of a conditional agree."""
        array = self.notes.array(entry)
        kind: Kind = array.kind if array.kind in ("i1", "f64") else "i32"
        array = self.notes.converted(array, kind)
        return array if array.shape else array.reshape(1)


def leaves(tree: Tree) -> list[Any]:
    """The arrays and numbers of a tree, in an order that dictionaries of the same keys share."""
    if isinstance(tree, dict):
        return [leaf for key in sorted(tree) for leaf in leaves(tree[key])]
    if isinstance(tree, list | tuple):
        return [leaf for each in tree for leaf in leaves(each)]
    return [] if tree is None else [tree]


def rebuilt(tree: Tree, entries: Any) -> Tree:
    """A tree of the same shape with other entries."""
    if isinstance(tree, dict):
        return {key: rebuilt(tree[key], entries) for key in sorted(tree)}
    if isinstance(tree, list | tuple):
        return type(tree)(rebuilt(each, entries) for each in tree)
    return None if tree is None else next(entries)


def _atoms(arrays: Sequence[Array]) -> list[Atom]:
    return [entry for each in arrays for entry in each.flat]


def _variables(arrays: Sequence[Array]) -> list[Variable]:
    return [entry for each in arrays for entry in each.flat if isinstance(entry, Variable)]
