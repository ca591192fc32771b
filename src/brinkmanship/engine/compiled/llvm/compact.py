"""Conditionals that few runs enter, computed for these runs alone.

The vectors of a batch have each said which of their runs enter. These runs are taken as many at a time as a vector
holds: their numbers are fetched from the vectors where they stand, and what comes of them is written back there. Where
most runs of a batch enter there is little to gain, and their vectors are taken as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from brinkmanship.engine.compiled.llvm.code import BYTES, MEMORY, Code, Number, Stored, Value
from brinkmanship.engine.compiled.llvm.elementwise import convert
from brinkmanship.engine.compiled.llvm.parts import BATCH, LANES, SHIFT, WORD, Parts
from brinkmanship.engine.compiled.recording.kinds import Kind, Known
from brinkmanship.engine.compiled.recording.record import Branch, Seldom, Variable

if TYPE_CHECKING:
    from brinkmanship.engine.compiled.llvm.translate import Translator

CROWDED = 0.75
"""The share of a batch's places for runs above which vectors are taken as they are when so many runs enter: fetching
them one by one then costs what is saved (our choice; the flagship and bench/escalation show no difference from 0.5)."""
MARK = "mark"
"""The function that writes truths back."""


def compact(
    translator: Translator, parts: Parts, step: Seldom, places: Mapping[int, Stored], later: Sequence[Variable]
) -> None:
    """End the part of a step that is being written, write some conditionals, and begin the next part.

    Parameters
    ----------
    places
        By result: where it may stand, being false there already.
    later
        What is still asked for, in the conditionals or after them.
    """
    first = parts.conditionals
    for rank, branch in enumerate(step.branches):
        parts.code.put(convert(parts.code, translator.read(branch.mask), "i1"), parts.entering(first + rank))
    for variable in later:
        _hand_on(parts, variable, translator.known)
    results = step.results
    homes = [places.get(rank) or parts.frame.place("i1", True) for rank in range(len(results))]
    for rank, home in enumerate(homes):
        if rank not in places:
            parts.code.put(Known("i1", False), home)
    translator.code = parts.next(len(step.branches))
    ends = iter(homes)
    for rank, branch in enumerate(step.branches):
        parts.conditional(first + rank, _function(translator, parts, branch, [next(ends) for _ in branch.results]))
    translator.known.update(zip(results, homes, strict=True))


def _hand_on(parts: Parts, variable: Variable, known: dict[Variable, Number]) -> None:
    """Put a number where the next part finds it, if it stands nowhere yet."""
    number = known[variable]
    if isinstance(number, Known) or (isinstance(number, Stored) and number.lasting):
        return
    if isinstance(number, Value) and number.early:
        return
    home = parts.frame.place(number.kind, number.wide)
    parts.code.put(number, home)
    known[variable] = home


def _function(translator: Translator, parts: Parts, branch: Branch, homes: Sequence[Stored]) -> Code:
    """The code of a conditional; it takes the runs of `WORD`."""
    code = parts.code.another()
    runs = _Runs(code, parts)
    asked = branch.region.outer
    numbers = [translator.read(each) for each in asked]
    head, take, done = (code.fresh(name) for name in ("head", "take", "done"))
    code.do(f"br label %{head}")
    code.start(head)
    left = code.load(runs.left, "i64", 0, False).name
    code.do(f"br i1 {code.write(f'icmp ne i64 {left}, 0')}, label %{take}, label %{done}")
    code.start(take)
    here, active = runs.fetched(left, numbers)
    with translator.elsewhere(code, active), translator.seen_as(asked, here):
        made = translator.run(branch.region)
        for number, home in zip(made, homes, strict=True):
            runs.mark(code.apply("and {t} {0}, {1}", [active, convert(code, number, "i1")], "i1"), home)
    code.do(f"br label %{head}")
    code.start(done)
    return code


class _Runs:
    """The runs that a conditional is computed for, some at a time.

    Attributes
    ----------
    left
        Those that are still to come.
    which
        The numbers, in their batch, of those that it is computed for now.
    """

    def __init__(self, code: Code, parts: Parts) -> None:
        self.code, self.parts = code, parts
        self.left = code.room("i64", 1, False)
        self.which = code.room("i64", 1, True)
        code.store(Value("i64", WORD, False), self.left, 0, False)
        many = code.write(f"call i64 @llvm.ctpop.i64(i64 {WORD})")
        self.crowded = code.write(f"icmp ugt i64 {many}, {int(BATCH * code.width * CROWDED)}")

    def fetched(self, left: str, numbers: Sequence[Number]) -> tuple[list[Number], Value]:
        """The numbers of the next runs, and in which places of the vector there is one."""
        code = self.code
        desk = _Desk(code, numbers)
        vector, some, work = (code.fresh(name) for name in ("vector", "some", "work"))
        first = code.write(f"call i64 @llvm.cttz.i64(i64 {left}, i1 true)")
        code.do(f"br i1 {self.crowded}, label %{vector}, label %{some}")
        code.start(vector)
        bits_there, rest_there = self._of_one_vector(left, first, desk)
        code.do(f"br label %{work}")
        code.start(some)
        bits, rest = self._of_many(left, first, desk)
        code.do(f"br label %{work}")
        code.start(work)
        entering = code.write(f"phi i{code.width} [ {bits_there}, %{vector} ], [ {bits}, %{some} ]")
        after = code.write(f"phi i64 [ {rest_there}, %{vector} ], [ {rest}, %{some} ]")
        code.store(Value("i64", after, False), self.left, 0, False)
        return desk.numbers, Value("i1", code.write(f"bitcast i{code.width} {entering} to <{code.width} x i1>"), True)

    def _of_one_vector(self, left: str, first: str, desk: _Desk) -> tuple[str, str]:
        """Take the runs of one vector: which of them enter, and all that are left after them."""
        code = self.code
        shift = code.write(f"and i64 {first}, {LANES * (BATCH - 1)}")
        byte = code.write(f"lshr i64 {left}, {shift}")
        bits = code.write(f"trunc i64 {byte} to i{code.width}")
        gone = code.write(f"xor i64 {code.write(f'shl i64 {(1 << LANES) - 1}, {shift}')}, -1")
        places = ", ".join(f"i64 {rank}" for rank in range(code.width))
        start = code.operand(Value("i64", shift, False), True)
        numbers = code.write(f"add <{code.width} x i64> {start}, <{places}>")
        code.store(Value("i64", numbers, True), self.which, 0, True)
        rank = code.write(f"lshr i64 {shift}, {SHIFT}")
        bases: dict[str, str] = {}
        for number, home in desk.moves:
            if number.pointer not in bases:
                span = self.parts.share(number.pointer)
                bases[number.pointer] = code.write(f"getelementptr {span}, ptr {number.pointer}, i64 {rank}")
            there = Stored(number.kind, bases[number.pointer], number.index, True, False, number.packed)
            code.put(code.fetch(there), home)
        return bits, code.write(f"and i64 {left}, {gone}")

    def _of_many(self, left: str, first: str, desk: _Desk) -> tuple[str, str]:
        """Take runs of any vectors: in which places there is one, and all that are left after them."""
        code, width = self.code, self.code.width
        many = code.write(f"call i64 @llvm.ctpop.i64(i64 {left})")
        taken = code.write(f"call i64 @llvm.umin.i64(i64 {many}, i64 {width})")
        ones = code.write(f"sub i64 {code.write(f'shl i64 1, {taken}')}, 1")
        bits = code.write(f"trunc i64 {ones} to i{width}")
        numbers, rest = "poison", left
        for place in range(width):
            # Places without a run of their own take the first once more; nothing of theirs is written back.
            lowest = code.write(f"call i64 @llvm.cttz.i64(i64 {rest}, i1 false)")
            number = code.write(f"select i1 {code.write(f'icmp ne i64 {rest}, 0')}, i64 {lowest}, i64 {first}")
            rest = code.write(f"and i64 {rest}, {code.write(f'sub i64 {rest}, 1')}")
            numbers = code.write(f"insertelement <{width} x i64> {numbers}, i64 {number}, i64 {place}")
        code.store(Value("i64", numbers, True), self.which, 0, True)
        vectors = code.write(f"lshr <{width} x i64> {numbers}, {code.operand(Known('i64', SHIFT), True)}")
        lanes = code.write(f"and <{width} x i64> {numbers}, {code.operand(Known('i64', LANES - 1), True)}")
        bases: dict[tuple[str, Kind, bool], str] = {}
        for number, home in desk.moves:
            key = number.pointer, number.kind, number.packed
            if key not in bases:
                span = self.parts.share(number.pointer)
                bases[key] = code.write(f"getelementptr {span}, ptr {number.pointer}, <{width} x i64> {vectors}")
                if not number.packed:
                    kind = MEMORY[number.kind]
                    bases[key] = code.write(
                        f"getelementptr {kind}, <{width} x ptr> {bases[key]}, <{width} x i64> {lanes}"
                    )
            code.put(self._of_runs(number, bases[key], lanes), home)
        return bits, rest

    def _of_runs(self, number: Stored, bases: str, lanes: str) -> Value:
        """A number of runs of many vectors."""
        code, width = self.code, self.code.width
        stride = 1 if number.packed else width * BYTES[number.kind]
        places = bases
        if number.index:
            places = code.write(f"getelementptr i8, <{width} x ptr> {bases}, i64 {number.index * stride}")
        if not number.packed:
            return code.gather(places, number.kind)
        bytes_ = code.gather(places, "u8").name
        shift = code.write(f"trunc <{width} x i64> {lanes} to <{width} x i8>")
        moved = code.write(f"lshr <{width} x i8> {bytes_}, {shift}")
        return Value("i1", code.write(f"trunc <{width} x i8> {moved} to <{width} x i1>"), True)

    def mark(self, truth: Value, home: Stored) -> None:
        """Write a truth back to where it stands in the vectors that the runs come from."""
        code = self.code
        bits = code.write(f"bitcast <{code.width} x i1> {code.operand(truth, True)} to i{code.width}")
        whole = code.write(f"zext i{code.width} {bits} to i64")
        span = self.parts.share(home.pointer)
        stride = f"ptrtoint (ptr getelementptr ({span}, ptr null, i64 1) to i64)"
        where = code.place(home.pointer, "u8", home.index, False)
        code.do(f"call void @{MARK}(ptr {where}, i64 {stride}, i64 {whole}, ptr {self.which})")


class _Desk:
    """Memory for the numbers of the runs that a conditional is computed for.

    Attributes
    ----------
    numbers
        All that the conditional asks for, as it finds them.
    moves
        Those that are brought here, and where to.
    """

    def __init__(self, code: Code, numbers: Sequence[Number]) -> None:
        self.numbers: list[Number] = []
        self.moves: list[tuple[Stored, Stored]] = []
        for number in numbers:
            if isinstance(number, Stored) and number.wide:
                home = self._room(code, number)
                self.moves.append((number, home))
                self.numbers.append(home)
            else:
                # The same for all runs: where it stands in memory of vectors, that of the first is asked.
                self.numbers.append(number)

    @staticmethod
    def _room(code: Code, number: Stored) -> Stored:
        pointer = code.room("u8" if number.packed else number.kind, 1, not number.packed)
        code.changing.add(pointer)
        return Stored(number.kind, pointer, 0, True, True, number.packed)


def mark() -> str:
    """LLVM code that sets a truth in some runs of a batch: ``bits`` of those whose numbers are given."""
    return f"""define internal void @{MARK}(ptr %place, i64 %stride, i64 %bits, ptr %which) #0 {{
begin:
  br label %head
head:
  %left = phi i64 [ %bits, %begin ], [ %rest, %set ]
  %more = icmp ne i64 %left, 0
  br i1 %more, label %set, label %done
set:
  %rank = call i64 @llvm.cttz.i64(i64 %left, i1 true)
  %lower = sub i64 %left, 1
  %rest = and i64 %left, %lower
  %number.at = getelementptr i64, ptr %which, i64 %rank
  %number = load i64, ptr %number.at, align 8
  %vector = lshr i64 %number, {SHIFT}
  %lane = and i64 %number, {LANES - 1}
  %offset = mul i64 %vector, %stride
  %at = getelementptr i8, ptr %place, i64 %offset
  %byte = load i8, ptr %at, align 1
  %short = trunc i64 %lane to i8
  %bit = shl i8 1, %short
  %new = or i8 %byte, %bit
  store i8 %new, ptr %at, align 1
  br label %head
done:
  ret void
}}"""
