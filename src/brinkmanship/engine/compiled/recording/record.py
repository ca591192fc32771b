"""A step of one run as a list of operations on single numbers: what is recorded, and later translated.

Numbers that are moved about (stacked, sliced, spread) leave no trace here: a record knows single numbers only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from brinkmanship.engine.compiled.recording.kinds import Kind, Known


@dataclass(slots=True, eq=False)
class Variable:
    """A number that the code computes, or is given."""

    kind: Kind


Atom = Variable | Known


def variables(atoms: Iterable[Atom]) -> Iterator[Variable]:
    """Those that are not known while the code is written."""
    return (each for each in atoms if isinstance(each, Variable))


@dataclass(slots=True, eq=False)
class Operation:
    """A result of other numbers; ``name`` is one of `brinkmanship.engine.compiled.llvm.elementwise`."""

    name: str
    arguments: tuple[Atom, ...]
    result: Variable

    def reads(self) -> Iterator[Atom]:
        """The numbers from outside that it asks for."""
        yield from self.arguments

    def makes(self) -> Iterator[Variable]:
        """The numbers that it gives."""
        yield self.result


@dataclass(eq=False)
class Region:
    """Operations in order, with their results; they may ask for all that was computed before."""

    steps: list[Step] = field(default_factory=list)
    results: list[Atom] = field(default_factory=list)

    @cached_property
    def outer(self) -> list[Variable]:
        """The numbers from outside that it asks for, in order."""
        own: set[Variable] = set()
        found: dict[Variable, None] = {}
        for step in self.steps:
            found |= dict.fromkeys(each for each in variables(step.reads()) if each not in own)
            own.update(step.makes())
        found |= dict.fromkeys(each for each in variables(self.results) if each not in own)
        return list(found)


@dataclass(slots=True, eq=False)
class Branch:
    """The results of a region in the runs of a mask, and other numbers elsewhere."""

    mask: Atom
    region: Region
    otherwise: list[Atom]
    results: list[Variable]

    def reads(self) -> Iterator[Atom]:
        """The numbers from outside that it asks for."""
        yield self.mask
        yield from self.region.outer
        yield from self.otherwise

    def makes(self) -> Iterator[Variable]:
        """The numbers that it gives."""
        yield from self.results


@dataclass(slots=True, eq=False)
class Seldom:
    """Conditionals that few runs enter and that do not ask for each other: truths, false in all other runs."""

    branches: list[Branch]

    @property
    def results(self) -> list[Variable]:
        """Those of all, one conditional after another."""
        return [each for branch in self.branches for each in branch.results]

    @property
    def otherwise(self) -> list[Atom]:
        """What the results are in runs that do not enter."""
        return [each for branch in self.branches for each in branch.otherwise]

    def reads(self) -> Iterator[Atom]:
        """The numbers from outside that it asks for."""
        for branch in self.branches:
            yield from branch.reads()

    def makes(self) -> Iterator[Variable]:
        """The numbers that it gives."""
        yield from self.results


@dataclass(slots=True, eq=False)
class Repeat:
    """Numbers that a region changes as long as another says so of them; both know them as ``now``."""

    start: list[Atom]
    now: list[Variable]
    goes: Region
    work: Region
    results: list[Variable]

    def reads(self) -> Iterator[Atom]:
        """The numbers from outside that it asks for."""
        yield from self.start
        for region in (self.goes, self.work):
            yield from (each for each in region.outer if each not in self.now)

    def makes(self) -> Iterator[Variable]:
        """The numbers that it gives."""
        yield from self.results


@dataclass(slots=True, eq=False)
class Rows:
    """What a region without memory makes of each row of some columns: a column for each of its results.

    Attributes
    ----------
    columns, here
        The numbers of each column, row by row, and what the region knows the entry of its row as.
    results
        A column for each result of the region.
    """

    columns: list[list[Atom]]
    here: list[Variable]
    region: Region
    results: list[list[Variable]]

    @property
    def length(self) -> int:
        """The number of rows."""
        return len(self.columns[0])

    @property
    def used(self) -> list[Variable]:
        """The numbers that all rows share."""
        return [each for each in self.region.outer if each not in self.here]

    def reads(self) -> Iterator[Atom]:
        """The numbers from outside that it asks for."""
        yield from (each for column in self.columns for each in column)
        yield from self.used

    def makes(self) -> Iterator[Variable]:
        """The numbers that it gives."""
        yield from (each for column in self.results for each in column)


@dataclass(slots=True, eq=False)
class Function:
    """A region that is called and not written out where it is used, for its size."""

    parameters: list[Variable]
    region: Region


@dataclass(slots=True, eq=False)
class Call:
    """A call of a function."""

    function: Function
    arguments: list[Atom]
    results: list[Variable]

    def reads(self) -> Iterator[Atom]:
        """The numbers from outside that it asks for."""
        yield from self.arguments

    def makes(self) -> Iterator[Variable]:
        """The numbers that it gives."""
        yield from self.results


Step = Operation | Branch | Seldom | Repeat | Rows | Call


@dataclass(frozen=True)
class Record:
    """A whole step: its arguments, and its operations, with results field by field."""

    parameters: list[Variable]
    region: Region
    results: list[list[Atom]]
