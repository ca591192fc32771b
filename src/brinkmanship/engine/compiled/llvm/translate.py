"""From the record of a step to LLVM code: one run in each place of a vector.

The record is that of a single run; each of its numbers becomes one vector over the runs that go side by side. A
conditional is entered if any of the runs side by side needs it; a loop goes on until none does. Conditionals that runs
seldom enter are left to functions of their own (`compact`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from brinkmanship.engine.compiled.llvm.code import Code, Number, Stored, Value, identical
from brinkmanship.engine.compiled.llvm.compact import compact
from brinkmanship.engine.compiled.llvm.crosswise import crosswise
from brinkmanship.engine.compiled.llvm.elementwise import convert, element, select
from brinkmanship.engine.compiled.llvm.liveness import Lives
from brinkmanship.engine.compiled.llvm.parts import Parts
from brinkmanship.engine.compiled.recording.kinds import Kind, Known
from brinkmanship.engine.compiled.recording.record import (
    Atom,
    Branch,
    Call,
    Function,
    Operation,
    Region,
    Repeat,
    Rows,
    Seldom,
    Variable,
    variables,
)

UNROLLED = 4
"""Rows of a loop that are written out one after another (our choice)."""


@dataclass
class _Joint:
    """A result of a conditional while that is written.

    Attributes
    ----------
    one, other
        What it is in runs that enter, and in others.
    place
        Where it may stand, being there already otherwise.
    differs
        Whether there is anything to bring together.
    within, elsewhere
        How both are written, once they are loaded.
    """

    one: Number
    other: Number
    place: Stored | None
    differs: bool
    within: str = ""
    elsewhere: str = ""

    @property
    def wide(self) -> bool:
        return self.one.wide or self.other.wide


class Translator:
    """Writes the code of records: into one function, or with ``parts`` into those of a step."""

    def __init__(self, code: Code, functions: dict[Function, str], parts: Parts | None = None) -> None:
        self.code, self.functions, self.parts = code, functions, parts
        self.active: Value | None = None
        self.known: dict[Variable, Number] = {}
        """What has been computed, or is given."""
        self.places: dict[int, Stored] = {}
        """By result of the conditional that is being written: where it may stand, being there already otherwise."""
        self.later: dict[Seldom, list[Variable]] = {}
        """By step that ends a part: what is still asked for, in its conditionals or after them."""
        self._write: dict[type, Callable[..., None]] = {
            Operation: self._operation,
            Branch: self._branch,
            Repeat: self._repeat,
            Rows: self._rows,
            Call: self._call,
            Seldom: self._seldom,
        }

    def read(self, atom: Atom) -> Number:
        """What a number of the record has become."""
        return self.known[atom] if isinstance(atom, Variable) else atom

    def run(self, region: Region) -> list[Number]:
        """The results of a region."""
        for step in region.steps:
            self._write[type(step)](step)
        return [self.read(atom) for atom in region.results]

    def run_whole(self, region: Region, homes: Mapping[Variable, Stored], blank: set[Stored]) -> None:
        """Write a region after which nothing comes.

        What shall stand somewhere in the end is put there as soon as nobody asks any more for what stands there, and
        so is what it would be if a conditional were not entered; the conditional then writes on it in place. ``blank``
        places hold a truth that is false in all runs, and belong to nobody: those that stay so are left in it.
        """
        self.later = _later(region)
        self._run_at_home(region, homes, set(_homes(region, homes).values()), blank, settles=True)

    def _run_at_home(
        self,
        region: Region,
        homes: Mapping[Variable, Stored],
        owned: Collection[Stored],
        blank: set[Stored],
        *,
        settles: bool,
    ) -> list[Number]:
        """The results of a region whose conditionals write in place where they can.

        ``owned`` are the numbers that may be written over when the region is done with them; whether it ``settles``,
        it puts what else it makes for a place there as well.
        """
        homes = _homes(region, homes)
        lives = Lives(region, self.known, owned)
        for rank, step in enumerate(region.steps):
            free = lives.ended(rank, step)
            if isinstance(step, Branch | Seldom):
                self.places = self._in_place(step, homes, free, blank)
                blank.difference_update(self.places.values())
            self._write[type(step)](step)
            lives.begun(step)
            for variable in step.makes():
                if settles and variable in homes:
                    self._settle(variable, homes[variable], lives, blank)
        return [self.read(atom) for atom in region.results]

    def _in_place(
        self,
        step: Branch | Seldom,
        homes: Mapping[Variable, Stored],
        free: frozenset[Stored],
        blank: Collection[Stored],
    ) -> dict[int, Stored]:
        """By result of a conditional, the place of what it is otherwise, if nobody else asks for that."""
        others = [self.read(each) for each in step.otherwise]
        many = Counter(each for each in others if isinstance(each, Stored))
        found: dict[int, Stored] = {}
        for rank, (result, other) in enumerate(zip(step.results, others, strict=True)):
            home = homes.get(result)
            if isinstance(other, Stored):
                if other in free and many[other] == 1:
                    found[rank] = other
            elif home in blank and home is not None and home not in found.values() and other == Known("i1", False):
                found[rank] = home
        return found

    def _settle(self, variable: Variable, home: Stored, lives: Lives, blank: set[Stored]) -> None:
        """Put a number where it shall stand in the end, if that place is free."""
        number = self.known[variable]
        if isinstance(number, Value) and not lives.living[home]:
            self.code.put(number, home)
            self.known[variable] = home
            lives.living[home] += 1
            blank.discard(home)

    def _operation(self, step: Operation) -> None:
        known, result = self.known, step.result
        numbers = [known[each] if isinstance(each, Variable) else each for each in step.arguments]
        if step.name == "convert":
            known[result] = convert(self.code, numbers[0], result.kind)
        else:
            known[result] = element(self.code, step.name, numbers, result.kind)

    def _bind(self, variables: Sequence[Variable], numbers: Sequence[Number]) -> None:
        self.known.update(zip(variables, numbers, strict=True))

    @contextmanager
    def seen_as(self, variables: Sequence[Variable], numbers: Sequence[Number]) -> Iterator[None]:
        """Take other numbers for some variables for a while."""
        before = {each: self.known[each] for each in variables if each in self.known}
        self._bind(variables, numbers)
        yield
        self.known.update(before)

    @contextmanager
    def elsewhere(self, code: Code, active: Value) -> Iterator[None]:
        """Write into another function for a while, for the runs of a mask."""
        before = self.code, self.active
        self.code, self.active = code, active
        yield
        self.code, self.active = before

    # --- calls ---------------------------------------------------------------------------------

    def _call(self, step: Call) -> None:
        """Call a function of its own; numbers go in and out as vectors."""
        code = self.code
        name = self.functions.setdefault(step.function, f"apart{len(self.functions)}")
        flat = [self.read(each) for each in step.arguments]
        texts = [f"{code.type_of(entry.kind, True)} {code.operand(entry, True)}" for entry in flat]
        kinds: list[Kind] = [each.kind for each in step.results]
        packed = "{" + ", ".join(code.type_of(kind, True) for kind in kinds) + "}"
        result = code.write(f"call {packed} @{name}({', '.join(texts)})")
        found = [Value(kind, code.write(f"extractvalue {packed} {result}, {k}"), True) for k, kind in enumerate(kinds)]
        self._bind(step.results, found)

    # --- conditionals --------------------------------------------------------------------------

    def _branch(self, step: Branch) -> None:
        code = self.code
        mask = convert(code, self.read(step.mask), "i1")
        places, self.places = self.places, {}
        otherwise = [self.read(each) for each in step.otherwise]
        if isinstance(mask, Known):
            self._bind(step.results, self.run(step.region) if mask.number else otherwise)
            return
        mask = Value("i1", code.operand(mask, mask.wide), mask.wide)
        self._bind(step.results, self._entered(mask, step.region, otherwise, places))

    def _seldom(self, step: Seldom) -> None:
        """Leave conditionals to functions of their own; what comes after them is another part of the step."""
        assert self.parts is not None
        places, self.places = self.places, {}
        compact(self, self.parts, step, places, self.later[step])

    def _entered(
        self, mask: Value, region: Region, otherwise: Sequence[Number], places: Mapping[int, Stored]
    ) -> list[Number]:
        """The results of a region in the runs of a mask and ``otherwise`` elsewhere.

        The region is entered if any run is in the mask; where none is, nothing is computed.
        """
        code, outer = self.code, self.active
        if mask.wide:
            self.active = mask if outer is None else code.apply("and {t} {0}, {1}", [mask, outer], "i1")
            enter = code.any(self.active)
        else:
            enter = mask.name
        inside, around, after = code.fresh("in"), code.fresh("around"), code.fresh("out")
        code.do(f"br i1 {enter}, label %{inside}, label %{around}")
        code.start(inside)
        homes = {region.results[rank]: place for rank, place in places.items()}
        blank = {place for rank, place in places.items() if isinstance(otherwise[rank], Known)}
        at_home = {atom: place for atom, place in homes.items() if isinstance(atom, Variable)}
        results = self._run_at_home(region, at_home, set(at_home.values()), blank, settles=False)
        joints = [
            self._joint(mask, one, other, places.get(rank))
            for rank, (one, other) in enumerate(zip(results, otherwise, strict=True))
        ]
        differing = [each for each in joints if each.differs]
        for each in differing:
            each.within = code.operand(each.one, each.wide)
        for each in differing:
            if each.place is not None:
                code.put(Value(each.one.kind, each.within, each.wide), each.place)
        last = code.block
        code.do(f"br label %{after}")
        code.start(around)
        for each in differing:
            if each.place is None:
                each.elsewhere = code.operand(each.other, each.wide)
        code.do(f"br label %{after}")
        code.start(after)
        self.active = outer
        return [self._joined(each, last, around) for each in joints]

    def _joint(self, mask: Value, one: Number, other: Number, place: Stored | None) -> _Joint:
        """A result of a conditional, ``one`` in the runs of its mask."""
        if one == place:
            return _Joint(one, other, place, differs=False)
        # What is written in place is left alone in all runs that did not come here.
        where = self.active if place is not None else mask if mask.wide else None
        if where is not None:
            one = select(self.code, where, one, other)
        return _Joint(one, other, place, differs=not _same(one, other))

    def _joined(self, joint: _Joint, last: str, around: str) -> Number:
        """What a result is after its conditional, which ends in one of two blocks."""
        if not joint.differs:
            return joint.one
        if joint.place is not None:
            return joint.place
        kind = self.code.type_of(joint.one.kind, joint.wide)
        ways = f"[ {joint.within}, %{last} ], [ {joint.elsewhere}, %{around} ]"
        return Value(joint.one.kind, self.code.write(f"phi {kind} {ways}"), joint.wide)

    # --- loops ---------------------------------------------------------------------------------

    def _repeat(self, step: Repeat) -> None:
        """Go on until the condition holds in no run; a run whose condition fails keeps its numbers."""
        code, outer = self.code, self.active
        rooms = [self._room(self.read(each)) for each in step.start]
        head, body, done = code.fresh("head"), code.fresh("body"), code.fresh("done")
        code.do(f"br label %{head}")
        code.start(head)
        now = [code.load(room, each.kind, 0, True) for room, each in zip(rooms, step.now, strict=True)]
        self._bind(step.now, now)
        (goes,) = self.run(step.goes)
        mask = Value("i1", code.operand(goes, True), True)
        self.active = mask if outer is None else code.apply("and {t} {0}, {1}", [mask, outer], "i1")
        code.do(f"br i1 {code.any(self.active)}, label %{body}, label %{done}")
        code.start(body)
        for old, new, room in zip(now, self.run(step.work), rooms, strict=True):
            code.store(select(code, self.active, new, old), room, 0, True)
        code.do(f"br label %{head}")
        code.start(done)
        self.active = outer
        self._bind(step.results, now)

    def _room(self, entry: Number) -> str:
        room = self.code.room(entry.kind, 1, True)
        self.code.store(entry, room, 0, True)
        return room

    def _rows(self, step: Rows) -> None:
        """A loop over rows; short ones are written out."""
        columns = [[self.read(each) for each in column] for column in step.columns]
        if step.length <= UNROLLED:
            for row in range(step.length):
                self._bind(step.here, [column[row] for column in columns])
                self._bind([column[row] for column in step.results], self.run(step.region))
            return
        made = self._loop(step, columns) if self.active is None else crosswise(self, self.active, step, columns)
        for column, numbers in zip(step.results, made, strict=True):
            self._bind(column, numbers)

    def _loop(self, step: Rows, columns: Sequence[Sequence[Number]]) -> list[list[Number]]:
        code = self.code
        tables = [self.table(column, step.length) for column in columns]
        counter = code.room("i64", 1, False)
        code.store(Known("i64", 0), counter, 0, False)
        head, done = code.fresh("head"), code.fresh("done")
        code.do(f"br label %{head}")
        code.start(head)
        index = code.load(counter, "i64", 0, False)
        here = [
            code.load(memory, each.kind, index.name, wide)
            for each, (memory, wide) in zip(step.here, tables, strict=True)
        ]
        self._bind(step.here, here)
        made = [self._kept(entry, index, step.length) for entry in self.run(step.region)]
        following = code.write(f"add i64 {index.name}, 1")
        code.store(Value("i64", following, False), counter, 0, False)
        more = code.write(f"icmp slt i64 {following}, {step.length}")
        code.do(f"br i1 {more}, label %{head}, label %{done}")
        code.start(done)
        return made

    def table(self, column: Sequence[Number], rows: int) -> tuple[str, bool]:
        """A column, in memory with room for so many rows."""
        wide = any(entry.wide for entry in column)
        memory = self.code.room(column[0].kind, rows, wide)
        for place, entry in enumerate(column):
            self.code.store(entry, memory, place, wide)
        return memory, wide

    def _kept(self, entry: Number, index: Value, length: int) -> list[Number]:
        """What a loop makes, row by row, to be read after it."""
        memory = self.code.room(entry.kind, length, entry.wide)
        self.code.store(entry, memory, index.name, entry.wide)
        return [Stored(entry.kind, memory, place, entry.wide, False) for place in range(length)]


def _homes(region: Region, homes: Mapping[Variable, Stored]) -> dict[Variable, Stored]:
    """Where numbers shall stand in the end, with those that conditionals leave there."""
    found = dict(homes)
    for step in reversed(region.steps):
        if isinstance(step, Branch):
            for result, other in zip(step.results, step.otherwise, strict=True):
                if result in found and isinstance(other, Variable):
                    found.setdefault(other, found[result])
    return found


def _later(region: Region) -> dict[Seldom, list[Variable]]:
    """By step that ends a part: what its conditionals ask for inside, or what comes after them."""
    found: dict[Seldom, list[Variable]] = {}
    asked = dict.fromkeys(variables(region.results))
    for step in reversed(region.steps):
        for each in step.makes():
            asked.pop(each, None)
        if isinstance(step, Seldom):
            within = dict.fromkeys(each for branch in step.branches for each in branch.region.outer)
            # By kind, so that in their frame truths, of a byte each, do not stand between vectors.
            found[step] = sorted(asked | within, key=lambda each: each.kind)
        asked |= dict.fromkeys(variables(step.reads()))
    return found


def _same(one: Number, other: Number) -> bool:
    """Whether two numbers are one and the same, wherever they are looked at."""
    steady = not isinstance(one, Stored) or one.lasting
    return steady and identical(one, other)
