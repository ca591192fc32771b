"""LLVM code of one function, written as text: values, loads, blocks.

A value is either *wide*, one number for each of the runs that go side by side in a vector, or the same for all runs.
Numbers that are known while the code is written are computed then.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from brinkmanship.engine.compiled.recording.kinds import Kind, Known

EARLY = "%early"
"""Points to what early code hands over, eight bytes each."""
MARKS = "%marks"
"""Points to the truths that a step reports: a byte for each, and in it a bit for each run side by side."""
TYPES: dict[str, str] = {"f64": "double", "i1": "i1", "i32": "i32", "u32": "i32", "i64": "i64", "u8": "i8"}
MEMORY: dict[str, str] = {**TYPES, "i1": "i8"}
"""Types in memory: a truth takes a byte there, so that every place of a vector has an address."""
BYTES: dict[str, int] = {"f64": 8, "i1": 1, "i32": 4, "u32": 4, "i64": 8, "u8": 1}


@dataclass(slots=True, frozen=True)
class Value:
    """A result of the code; ``early`` ones are computed before the first step (`Code.early`)."""

    kind: Kind
    name: str
    wide: bool
    early: bool = False


@dataclass(slots=True, frozen=True)
class Stored:
    """A number in memory, loaded where it is used: place ``index`` of what ``pointer`` points to.

    ``lasting`` memory is written on by nobody as long as somebody may ask for this number. ``packed`` truths of all
    runs side by side are bits of one byte.
    """

    kind: Kind
    pointer: str
    index: int
    wide: bool
    lasting: bool = True
    packed: bool = False


Number = Known | Value | Stored


def identical(one: Number, other: Number) -> bool:
    """Whether two numbers are known to be the same, bit for bit."""
    if isinstance(one, Known) and isinstance(other, Known):
        return literal(one) == literal(other)
    return one == other


class Code:
    """The body of a function under construction.

    Parameters
    ----------
    width
        Runs in a vector.
    fixed
        Pointers to numbers that are the same in all runs and steps. What follows from such numbers alone is computed
        once, by code of its own, ``early``: it is straight on, since no number of a step decides about it.
    changing
        Pointers to memory that the function writes on.
    like
        The code of another function, with which this one shares what is computed early.
    """

    def __init__(
        self, width: int, fixed: Collection[str] = (), changing: Collection[str] = (), like: Code | None = None
    ) -> None:
        self.width, self.fixed, self.changing = width, fixed, set(changing)
        self.early = like.early if like else Code(width) if fixed else None
        self.handed: dict[Value, int] = like.handed if like else {}
        self._changing = changing
        self.begin: list[str] = []
        self.lines: list[str] = []
        self.block = "begin"
        self._names = 0

    def another(self) -> Code:
        """The body of another function, of the same kind, that shares what is computed early."""
        return Code(self.width, self.fixed, self._changing, self)

    def function(self, head: str) -> str:
        """The whole function, which gives nothing."""
        return "\n".join([f"define internal void {head} #0 {{", "begin:", *self.begin, *self.lines, "  ret void", "}"])

    def fresh(self, stem: str = "v") -> str:
        """A new name."""
        self._names += 1
        return f"{stem}{self._names}"

    def type_of(self, kind: Kind, wide: bool) -> str:
        """The LLVM type of a number."""
        return f"<{self.width} x {TYPES[kind]}>" if wide else TYPES[kind]

    def memory_of(self, kind: Kind, wide: bool) -> str:
        """The LLVM type of a number in memory."""
        return f"<{self.width} x {MEMORY[kind]}>" if wide else MEMORY[kind]

    def write(self, text: str) -> str:
        """An instruction with a result; gives its name."""
        name = "%" + self.fresh()
        self.lines.append(f"  {name} = {text}")
        return name

    def do(self, text: str) -> None:
        """An instruction without a result."""
        self.lines.append("  " + text)

    def start(self, label: str) -> None:
        """Begin a block."""
        self.lines.append(f"{label}:")
        self.block = label

    def room(self, kind: Kind, count: int, wide: bool) -> str:
        """Memory of the function's own."""
        name = "%" + self.fresh("m")
        self.begin.append(f"  {name} = alloca [{count} x {self.memory_of(kind, wide)}], align 64")
        return name

    def place(self, pointer: str, kind: Kind, index: int | str, wide: bool) -> str:
        """The address of an entry."""
        if index == 0:
            return pointer
        return self.write(f"getelementptr {self.memory_of(kind, wide)}, ptr {pointer}, i64 {index}")

    def load(self, pointer: str, kind: Kind, index: int | str, wide: bool, lasting: bool = False) -> Value:
        """Read an entry."""
        where = self.place(pointer, kind, index, wide)
        mark = ", !invariant.load !0" if lasting and pointer not in self.changing else ""
        found = self.write(f"load {self.memory_of(kind, wide)}, ptr {where}, align {BYTES[kind]}{mark}")
        return Value(kind, self.from_memory(found, kind, wide), wide)

    def fetch(self, number: Stored) -> Value:
        """A number from memory."""
        if not number.packed:
            return self.load(number.pointer, number.kind, number.index, number.wide, number.lasting)
        byte = self.write(f"load i8, ptr {self.place(number.pointer, 'u8', number.index, False)}, align 1")
        bits = byte if self.width == 8 else self.write(f"trunc i8 {byte} to i{self.width}")
        return Value("i1", self.write(f"bitcast i{self.width} {bits} to {self.type_of('i1', True)}"), True)

    def put(self, number: Number, home: Stored) -> None:
        """Write a number where one stands in memory."""
        if not home.packed:
            self.store(number, home.pointer, home.index, home.wide)
            return
        text = self.operand(number, True)
        bits = self.write(f"bitcast {self.type_of('i1', True)} {text} to i{self.width}")
        byte = bits if self.width == 8 else self.write(f"zext i{self.width} {bits} to i8")
        self.do(f"store i8 {byte}, ptr {self.place(home.pointer, 'u8', home.index, False)}, align 1")

    def store(self, number: Number, pointer: str, index: int | str, wide: bool) -> None:
        """Write an entry."""
        text = self.operand(number, wide)
        where = self.place(pointer, number.kind, index, wide)
        kept = self.to_memory(text, number.kind, wide)
        self.do(f"store {self.memory_of(number.kind, wide)} {kept}, ptr {where}, align {BYTES[number.kind]}")

    def gather(self, pointers: str, kind: Kind) -> Value:
        """The numbers that a vector of addresses points to."""
        vector = self.memory_of(kind, True)
        call = f"call {vector} @llvm.masked.gather.{self._in_memory(kind)}.v{self.width}p0"
        found = self.write(f"{call}(<{self.width} x ptr> {pointers}, {self._every}, {vector} poison)")
        return Value(kind, self.from_memory(found, kind, True), True)

    def scatter(self, number: Number, pointers: str) -> None:
        """Write numbers where a vector of addresses points to."""
        text = self.to_memory(self.operand(number, True), number.kind, True)
        call = f"call void @llvm.masked.scatter.{self._in_memory(number.kind)}.v{self.width}p0"
        self.do(f"{call}({self.memory_of(number.kind, True)} {text}, <{self.width} x ptr> {pointers}, {self._every})")

    @property
    def _every(self) -> str:
        return f"<{self.width} x i1> <{', '.join(['i1 true'] * self.width)}>"

    def _in_memory(self, kind: Kind) -> str:
        """How an intrinsic is named after a vector in memory."""
        return f"v{self.width}{MEMORY[kind].replace('double', 'f64')}"

    def from_memory(self, text: str, kind: Kind, wide: bool) -> str:
        """A number as it is computed with, from what stands in memory."""
        if MEMORY[kind] == TYPES[kind]:
            return text
        return self.write(f"trunc {self.memory_of(kind, wide)} {text} to {self.type_of(kind, wide)}")

    def to_memory(self, text: str, kind: Kind, wide: bool) -> str:
        """What stands in memory for a number."""
        if MEMORY[kind] == TYPES[kind]:
            return text
        return self.write(f"zext {self.type_of(kind, wide)} {text} to {self.memory_of(kind, wide)}")

    def operand(self, number: Number, wide: bool) -> str:
        """How a number is written as an operand, spread over the vector where a wide one is wanted."""
        if isinstance(number, Known):
            text = literal(number)
            return f"<{', '.join([f'{TYPES[number.kind]} {text}'] * self.width)}>" if wide else text
        if isinstance(number, Stored):
            number = self.fetch(number)
        elif number.early and self.early is not None:
            number = self._handed(number)
        if wide and not number.wide:
            return self._spread(number)
        assert wide or not number.wide, "a number of many runs where one of all is wanted"
        return number.name

    def _handed(self, number: Value) -> Value:
        """An early number: its place among those that early code hands over."""
        assert self.early is not None
        if number not in self.handed:
            self.handed[number] = place = len(self.handed)
            where = self.early.place(EARLY, "i64", place, False)
            self.early.store(number, where, 0, False)
        return self.load(self.place(EARLY, "i64", self.handed[number], False), number.kind, 0, False, lasting=True)

    def builder(self, numbers: Sequence[Number]) -> Code:
        """Where an instruction on some numbers belongs: this code, or the early one."""
        return self if self.early is None or not all(map(self._is_fixed, numbers)) else self.early

    def _is_fixed(self, number: Number) -> bool:
        if isinstance(number, Stored):
            return number.pointer in self.fixed
        return isinstance(number, Known) or number.early

    def _spread(self, number: Value) -> str:
        vector = self.type_of(number.kind, True)
        first = self.write(f"insertelement {vector} poison, {TYPES[number.kind]} {number.name}, i64 0")
        return self.write(f"shufflevector {vector} {first}, {vector} poison, <{self.width} x i32> zeroinitializer")

    def apply(self, template: str, numbers: Sequence[Number], kind: Kind) -> Value:
        """An instruction on numbers of one type.

        In the template ``{0}``, ``{1}``, … stand for the numbers, ``{t}`` and ``{r}`` for their type and the result's,
        ``{m}`` and ``{n}`` for these as they are written in names of intrinsics.
        """
        code = self.builder(numbers)
        wide = any(number.wide for number in numbers)
        names = [code.operand(number, wide) for number in numbers]
        scalar = numbers[0].kind
        types = {"t": self.type_of(scalar, wide), "r": self.type_of(kind, wide)}
        types |= {"m": self._mangled(scalar, wide), "n": self._mangled(kind, wide)}
        text = template.format(*names, **types)
        return Value(kind, code.write(text), wide, code is not self)

    def _mangled(self, kind: Kind, wide: bool) -> str:
        return (f"v{self.width}" if wide else "") + TYPES[kind].replace("double", "f64")

    def any(self, mask: Value) -> str:
        """Whether a wide truth holds in any run, as an ``i1``."""
        bits = self.write(f"bitcast <{self.width} x i1> {mask.name} to i{self.width}")
        return self.write(f"icmp ne i{self.width} {bits}, 0")


def literal(number: Known) -> str:
    """A known number in LLVM's notation."""
    if number.kind == "f64":
        return "0x" + struct.pack(">d", number.number).hex().upper()
    if number.kind == "i1":
        return "true" if number.number else "false"
    return str(int(number.number))
