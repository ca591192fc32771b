"""From a trace by JAX to LLVM code: one run in each place of a vector.

The trace is that of a single run, so an array in it is a handful of numbers, and each of them becomes one vector
over the runs that go side by side. What only moves numbers about (stack, slice, broadcast, gather) costs nothing.
A conditional is entered if any of the runs side by side needs it; a loop goes on until none does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import product
from typing import Any

import numpy as np

from brinkmanship.engine.compiled.code import (
    Code,
    Kind,
    Known,
    Number,
    Numbers,
    Stored,
    Value,
    identical,
    kind_of,
    numbers,
    size_of,
)
from brinkmanship.engine.compiled.crosswise import crosswise
from brinkmanship.engine.compiled.elementwise import convert, element, select
from brinkmanship.engine.compiled.liveness import last_uses, stored
from brinkmanship.engine.compiled.rearrange import MOVES

UNROLLED = 4
"""Rows of a loop that are written out one after another (our choice)."""
APART = frozenset({"uniforms"})
"""Traced functions that are called and not written out where they are used, for their size."""


class Translator:
    """Writes the code of traces into one function."""

    def __init__(self, code: Code, functions: dict[int, tuple[str, Any]]) -> None:
        self.code, self.functions = code, functions
        self.active: Value | None = None
        self.free: frozenset[Stored] = frozenset()
        """Numbers in memory that nobody will ask for after the conditional that is being written."""

    def run(
        self, jaxpr: Any, constants: Sequence[Any], arguments: Sequence[Numbers], owned: Collection[str] = ()
    ) -> list[Numbers]:
        """The results of a trace.

        A conditional may write on a number in ``owned`` memory in place, if nobody asks for it afterwards.
        """
        known: dict[Any, Numbers] = {}
        last = last_uses(jaxpr) if owned else {}
        for variable, constant in zip(jaxpr.constvars, constants, strict=True):
            known[variable] = constant if _is_numbers(constant) else self._constant(np.asarray(constant))
        for variable, argument in zip(jaxpr.invars, arguments, strict=True):
            known[variable] = argument

        def read(atom: Any) -> Numbers:
            return self._constant(np.asarray(atom.val, atom.aval.dtype)) if hasattr(atom, "val") else known[atom]

        for rank, equation in enumerate(jaxpr.eqns):
            given = [read(atom) for atom in equation.invars]
            for variable in last.get(rank, ()):
                del known[variable]
            if owned and equation.primitive.name == "cond":
                asked = stored(given, owned)
                self.free = asked - stored(known.values(), owned) if asked else asked
            results = self._equation(equation, given)
            self.free = frozenset()
            for variable, result in zip(equation.outvars, results, strict=True):
                known[variable] = result
        return [read(atom) for atom in jaxpr.outvars]

    def _constant(self, array: np.ndarray) -> Numbers:
        kind = kind_of(array)
        return numbers(array.shape, [Known(kind, each) for each in array.ravel().tolist()])

    def _equation(self, equation: Any, arguments: list[Numbers]) -> list[Numbers]:
        name, parameters = str(equation.primitive.name), equation.params
        if name in _CALLS:
            return self._called(parameters, arguments)
        if name == "cond":
            return self._cond(parameters["branches"], arguments[0], arguments[1:])
        if name == "while":
            return self._while(parameters, arguments)
        if name == "scan":
            return self._scan(parameters, arguments)
        target = equation.outvars[0].aval
        if name in MOVES:
            return [MOVES[name](parameters, arguments, target.shape)]
        return [self._computed(name, parameters, arguments, kind_of(target))]

    def _computed(self, name: str, parameters: dict[str, Any], arguments: list[Numbers], kind: Kind) -> Numbers:
        if name == "convert_element_type":
            return self._each(lambda found: convert(self.code, found[0], kind), arguments)
        if name == "integer_pow":
            return self._power(arguments[0], parameters["y"], kind)
        if name in _FOLDS:
            return self._fold(name, arguments[0], parameters["axes"], kind)
        if name == "clamp":
            low, value, high = arguments
            above = self._each(lambda found: element(self.code, "max", found, kind), [value, low])
            return self._each(lambda found: element(self.code, "min", found, kind), [above, high])
        return self._each(lambda found: element(self.code, name, found, kind), arguments)

    @staticmethod
    def _each(work: Callable[[list[Number]], Number], arrays: Sequence[Numbers]) -> Numbers:
        alike = all(array.shape == arrays[0].shape for array in arrays)
        spread = arrays if alike else np.broadcast_arrays(*arrays)
        shape = spread[0].shape
        rows = zip(*(array.ravel().tolist() for array in spread), strict=True)
        return numbers(shape, [work(list(row)) for row in rows])

    def _power(self, base: Numbers, exponent: int, kind: Kind) -> Numbers:
        def raised(found: list[Number]) -> Number:
            result = found[0]
            for _ in range(abs(exponent) - 1):
                result = element(self.code, "mul", [result, found[0]], kind)
            one = Known(kind, 1.0)
            return result if exponent > 0 else element(self.code, "div", [one, result], kind)

        return self._each(raised, [base])

    def _fold(self, name: str, array: Numbers, axes: Sequence[int], kind: Kind) -> Numbers:
        kept = [axis for axis in range(array.ndim) if axis not in axes]
        rows = array.transpose([*kept, *axes]).reshape([array.shape[axis] for axis in kept] + [-1])
        found = []
        for place in product(*(range(array.shape[axis]) for axis in kept)):
            entries = rows[place].tolist()
            total = entries[0]
            for entry in entries[1:]:
                total = element(self.code, _FOLDS[name], [total, entry], kind)
            found.append(total)
        return numbers(tuple(array.shape[axis] for axis in kept), found)

    # --- calls ---------------------------------------------------------------------------------

    def _called(self, parameters: dict[str, Any], arguments: list[Numbers]) -> list[Numbers]:
        closed: Any = parameters.get("jaxpr") or parameters.get("call_jaxpr")
        if parameters.get("name") in APART:
            return self._apart(closed, arguments)
        return self.run(closed.jaxpr, closed.consts, arguments)

    def _apart(self, closed: Any, arguments: list[Numbers]) -> list[Numbers]:
        """Call a function of its own; numbers go in and out as vectors."""
        code = self.code
        name, _ = self.functions.setdefault(id(closed), (f"apart{len(self.functions)}", closed))
        flat = [entry for array in arguments for entry in array.ravel().tolist()]
        texts = [f"{code.type_of(entry.kind, True)} {code.operand(entry, True)}" for entry in flat]
        outs = [variable.aval for variable in closed.jaxpr.outvars]
        kinds: list[Kind] = [kind_of(aval) for aval in outs for _ in range(size_of(aval))]
        packed = "{" + ", ".join(code.type_of(kind, True) for kind in kinds) + "}"
        result = code.write(f"call {packed} @{name}({', '.join(texts)})")
        entries = [
            Value(kind, code.write(f"extractvalue {packed} {result}, {rank}"), True) for rank, kind in enumerate(kinds)
        ]
        found, low = [], 0
        for aval in outs:
            size = size_of(aval)
            found.append(numbers(aval.shape, entries[low : low + size]))
            low += size
        return found

    # --- conditionals --------------------------------------------------------------------------

    def _cond(self, branches: Sequence[Any], index: Numbers, arguments: list[Numbers]) -> list[Numbers]:
        if len(branches) != 2:
            raise NotImplementedError("a compiled step has conditionals with two branches only")
        code = self.code
        mask = convert(code, index.item(), "i1")
        if isinstance(mask, Known):
            chosen, self.free = branches[int(mask.number)], frozenset()
            return self.run(chosen.jaxpr, chosen.consts, arguments)
        mask = Value("i1", code.operand(mask, mask.wide), mask.wide)
        if not mask.wide:
            other = Value("i1", code.write(f"xor i1 {mask.name}, true"), False)
        else:
            other = Value("i1", code.apply("xor {t} {0}, {1}", [mask, Known("i1", True)], "i1").name, True)
        if not branches[0].jaxpr.eqns:
            return self._entered(mask, branches[1], arguments, self._plain(branches[0], arguments))
        blank = [None] * len(branches[0].jaxpr.outvars)
        no = self._entered(other, branches[0], arguments, blank)
        return self._entered(mask, branches[1], arguments, no)

    def _plain(self, branch: Any, arguments: list[Numbers]) -> list[Numbers]:
        return self.run(branch.jaxpr, branch.consts, arguments)

    def _entered(
        self, mask: Value, branch: Any, arguments: list[Numbers], otherwise: Sequence[Numbers | None]
    ) -> list[Numbers]:
        """The results of a branch in the runs of a mask and ``otherwise`` (None: anything) elsewhere.

        The branch is entered if any run is in the mask; where none is, nothing is computed.
        """
        code, outer, free, self.free = self.code, self.active, self.free, frozenset()
        if mask.wide:
            self.active = mask if outer is None else code.apply("and {t} {0}, {1}", [mask, outer], "i1")
            enter = code.any(self.active)
        else:
            enter = mask.name
        inside, around, after = code.fresh("in"), code.fresh("around"), code.fresh("out")
        code.do(f"br i1 {enter}, label %{inside}, label %{around}")
        code.start(inside)
        results = self.run(branch.jaxpr, branch.consts, arguments)
        pairs = [self._blended(mask, *pair) for pair in zip(results, otherwise, strict=True)]
        flat = [pair for array in pairs for pair in array.ravel().tolist()]
        wide = [one.wide or (other is not None and other.wide) for one, other in flat]
        passed = Counter(other for _, other in flat if isinstance(other, Stored))
        ones = [_same(*pair) or code.operand(pair[0], spread) for pair, spread in zip(flat, wide, strict=True)]
        placed = [
            not _same(one, other) and isinstance(other, Stored) and other in free and passed[other] == 1
            for one, other in flat
        ]
        for (one, other), text, here in zip(flat, ones, placed, strict=True):
            if here and isinstance(other, Stored):
                code.store(Value(one.kind, text, other.wide), other.pointer, other.index, other.wide)
        last = code.block
        code.do(f"br label %{after}")
        code.start(around)
        others = [
            "zeroinitializer" if other is None else here or _same(one, other) or code.operand(other, spread)
            for (one, other), spread, here in zip(flat, wide, placed, strict=True)
        ]
        code.do(f"br label %{after}")
        code.start(after)
        self.active = outer
        joined: list[Number] = []
        for (one, other), spread, left, right in zip(flat, wide, ones, others, strict=True):
            if right is True or _same(one, other):
                joined.append(one if other is None else other)
                continue
            kind = code.type_of(one.kind, spread)
            name = code.write(f"phi {kind} [ {left}, %{last} ], [ {right}, %{around} ]")
            joined.append(Value(one.kind, name, spread))
        entries = iter(joined)
        return [numbers(array.shape, [next(entries) for _ in range(array.size)]) for array in pairs]

    def _blended(self, mask: Value, result: Numbers, otherwise: Numbers | None) -> np.ndarray:
        """Pairs of what a branch gives in the runs of a mask, and what stands where it is not entered."""
        if otherwise is None:
            pairs: list[tuple[Number, Number | None]] = [(entry, None) for entry in result.ravel().tolist()]
        else:
            both = zip(result.ravel().tolist(), otherwise.ravel().tolist(), strict=True)
            pairs = [(select(self.code, mask, *pair) if mask.wide else pair[0], pair[1]) for pair in both]
        array = np.empty(len(pairs), dtype=object)
        array[:] = pairs
        return array.reshape(result.shape)

    # --- loops ---------------------------------------------------------------------------------

    def _while(self, parameters: dict[str, Any], arguments: list[Numbers]) -> list[Numbers]:
        """Go on until the condition holds in no run; a run whose condition fails keeps its numbers."""
        code, outer = self.code, self.active
        many, tested = parameters["cond_nconsts"], parameters["body_nconsts"]
        asked, used, start = arguments[:many], arguments[many : many + tested], arguments[many + tested :]
        rooms = [[self._room(entry) for entry in array.ravel().tolist()] for array in start]
        head, body, done = code.fresh("head"), code.fresh("body"), code.fresh("done")
        code.do(f"br label %{head}")
        code.start(head)
        now = [
            numbers(array.shape, [code.load(room, kind, 0, True) for room, kind in row])
            for array, row in zip(start, rooms, strict=True)
        ]
        condition = parameters["cond_jaxpr"]
        goes = self.run(condition.jaxpr, condition.consts, [*asked, *now])[0].item()
        mask = Value("i1", code.operand(goes, True), True)
        self.active = mask if outer is None else code.apply("and {t} {0}, {1}", [mask, outer], "i1")
        code.do(f"br i1 {code.any(self.active)}, label %{body}, label %{done}")
        code.start(body)
        work = parameters["body_jaxpr"]
        later = self.run(work.jaxpr, work.consts, [*used, *now])
        for before, after, row in zip(now, later, rooms, strict=True):
            for old, new, (room, _) in zip(before.ravel(), after.ravel(), row, strict=True):
                code.store(select(code, self.active, new, old), room, 0, True)
        code.do(f"br label %{head}")
        code.start(done)
        self.active = outer
        return now

    def _room(self, entry: Number) -> tuple[str, Kind]:
        room = self.code.room(entry.kind, 1, True)
        self.code.store(entry, room, 0, True)
        return room, entry.kind

    def _scan(self, parameters: dict[str, Any], arguments: list[Numbers]) -> list[Numbers]:
        """A loop over rows; short ones are written out."""
        fixed, carried, length = parameters["num_consts"], parameters["num_carry"], parameters["length"]
        assert not parameters["reverse"], "no step looks back over rows"
        used, carry = arguments[:fixed], arguments[fixed : fixed + carried]
        rows, body = arguments[fixed + carried :], parameters["jaxpr"]
        if length <= UNROLLED:
            found = []
            for row in range(length):
                results = self.run(body.jaxpr, body.consts, [*used, *carry, *(array[row] for array in rows)])
                carry = results[:carried]
                found.append(results[carried:])
            return [*carry, *(np.stack(each) for each in zip(*found, strict=True))]
        if not carry and self.active is not None:
            return crosswise(self, self.active, body, used, rows, length)
        return self._loop(body, used, carry, rows, length)

    def _loop(
        self, body: Any, used: list[Numbers], carry: list[Numbers], rows: list[Numbers], length: int
    ) -> list[Numbers]:
        code = self.code
        tables = [self.table(array) for array in rows]
        rooms = [[self._room(entry) for entry in array.ravel().tolist()] for array in carry]
        counter = code.room("i64", 1, False)
        code.store(Known("i64", 0), counter, 0, False)
        head, done = code.fresh("head"), code.fresh("done")
        code.do(f"br label %{head}")
        code.start(head)
        index = code.load(counter, "i64", 0, False)
        now = [
            numbers(array.shape, [code.load(room, kind, 0, True) for room, kind in row])
            for array, row in zip(carry, rooms, strict=True)
        ]
        here = [self._row(array, table, index) for array, table in zip(rows, tables, strict=True)]
        results = self.run(body.jaxpr, body.consts, [*used, *now, *here])
        for array, row in zip(results[: len(carry)], rooms, strict=True):
            for entry, (room, _) in zip(array.ravel(), row, strict=True):
                code.store(entry, room, 0, True)
        made = [self._kept(array, index, length) for array in results[len(carry) :]]
        following = code.write(f"add i64 {index.name}, 1")
        code.store(Value("i64", following, False), counter, 0, False)
        more = code.write(f"icmp slt i64 {following}, {length}")
        code.do(f"br i1 {more}, label %{head}, label %{done}")
        code.start(done)
        after = [
            numbers(array.shape, [code.load(room, kind, 0, True) for room, kind in row])
            for array, row in zip(carry, rooms, strict=True)
        ]
        return [*after, *made]

    def table(self, array: Numbers, room: int = 0) -> tuple[str, bool]:
        """The rows of an array, in memory with room for as many numbers."""
        entries = array.ravel().tolist()
        wide = any(entry.wide for entry in entries)
        memory = self.code.room(entries[0].kind, max(room, len(entries)), wide)
        for place, entry in enumerate(entries):
            self.code.store(entry, memory, place, wide)
        return memory, wide

    def _row(self, array: Numbers, table: tuple[str, bool], index: Value) -> Numbers:
        code, (memory, wide) = self.code, table
        size = int(np.prod(array.shape[1:]))
        low = code.write(f"mul i64 {index.name}, {size}")
        kind = array.ravel()[0].kind
        found = [code.load(memory, kind, code.write(f"add i64 {low}, {place}"), wide) for place in range(size)]
        return numbers(array.shape[1:], found)

    def _kept(self, array: Numbers, index: Value, length: int) -> Numbers:
        """What a loop makes, row by row, to be read after it."""
        code = self.code
        entries = array.ravel().tolist()
        wide = any(entry.wide for entry in entries)
        memory = code.room(entries[0].kind, length * len(entries), wide)
        low = code.write(f"mul i64 {index.name}, {len(entries)}")
        for place, entry in enumerate(entries):
            code.store(entry, memory, code.write(f"add i64 {low}, {place}"), wide)
        kind = entries[0].kind
        stored = [Stored(kind, memory, place, wide, False) for place in range(length * len(entries))]
        return numbers((length, *array.shape), stored)


_CALLS = frozenset({"jit", "pjit", "closed_call", "custom_jvp_call", "custom_vjp_call"})
_FOLDS = {"reduce_sum": "add", "reduce_max": "max", "reduce_min": "min", "reduce_and": "and", "reduce_or": "or"}


def _same(one: Number, other: Number | None) -> str:
    """A mark if two numbers are one and the same, wherever they are looked at; empty if not."""
    steady = not isinstance(one, Stored) or one.lasting
    return "same" if other is not None and steady and identical(one, other) else ""


def _is_numbers(constant: Any) -> bool:
    return isinstance(constant, np.ndarray) and constant.dtype == object
