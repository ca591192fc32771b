"""A recorded step as machine code that takes a block of runs through many steps.

Runs go side by side in vectors; a batch of these goes through all its steps before the next one starts, so that their
state stays near the core. The compiled code depends on the structure of a crisis alone, and is kept on disk.
"""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Sequence

import numpy as np

from brinkmanship.engine.compiled.llvm.code import MARKS, Code, Number, Stored, Value
from brinkmanship.engine.compiled.llvm.compact import mark
from brinkmanship.engine.compiled.llvm.elementwise import FUNCTIONS
from brinkmanship.engine.compiled.llvm.parts import Parts
from brinkmanship.engine.compiled.llvm.translate import Translator
from brinkmanship.engine.compiled.llvm.walk import walk
from brinkmanship.engine.compiled.recording.kinds import Known
from brinkmanship.engine.compiled.recording.record import Function, Record, Variable
from brinkmanship.engine.compiled.recording.shape import Shape


def source(record: Record, shape: Shape, width: int, vectors: Collection[str]) -> str:
    """LLVM code of a module with one entry, ``walk``.

    Parameters
    ----------
    record
        A step: it takes all numbers (`Shape`) and gives those of the changing fields, field by field, and marks.
    vectors
        Mathematical functions of which there are versions for vectors.
    """
    functions: dict[Function, str] = {}
    step = _step(record, shape, width, functions)
    texts = [step.frame_type, *step.texts, mark()]
    written = 0
    while written < len(functions):
        function, name = list(functions.items())[written]
        texts.append(_apart(name, function, width, functions))
        written += 1
    texts += [walk(step), *(_mathematics(name, width, name in vectors) for name in FUNCTIONS)]
    return "\n\n".join([*texts, "!0 = !{}", ""])


def _step(record: Record, shape: Shape, width: int, functions: dict[Function, str]) -> Parts:
    """The functions of a step."""
    parts = Parts(shape, width)
    translator = Translator(parts.code, functions, parts)
    given = [
        Stored(field.kind, f"%{field.name}", place, not field.common)
        for field in shape.fields
        for place in range(field.size)
    ]
    translator.known.update(zip(record.parameters, given, strict=True))
    changing = [field for field in shape.fields if field.change]
    homes = [[Stored(field.kind, f"%{field.name}", place, True) for place in range(field.size)] for field in changing]
    homes.append([Stored("i1", MARKS, place, True, packed=True) for place in range(shape.marks)])
    ends = [pair for atoms, here in zip(record.results, homes, strict=True) for pair in zip(atoms, here, strict=True)]
    # A mark is made where something is true; elsewhere there is nothing to write.
    parts.code.do(f"call void @llvm.memset.p0.i64(ptr {MARKS}, i8 0, i64 {shape.marks}, i1 false)")
    cleared = set(homes[-1])
    translator.run_whole(record.region, {atom: home for atom, home in ends if isinstance(atom, Variable)}, cleared)
    writes: list[tuple[Number, Stored]] = []
    for atom, home in ends:
        entry = translator.read(atom)
        if entry != home and not (home in cleared and entry == Known("i1", False)):
            writes.append((Value(home.kind, parts.code.operand(entry, True), True), home))
    for entry, home in writes:
        parts.code.put(entry, home)
    parts.end()
    return parts


def _apart(name: str, function: Function, width: int, functions: dict[Function, str]) -> str:
    code = Code(width)
    translator = Translator(code, functions)
    given = [Value(each.kind, f"%a{place}", True) for place, each in enumerate(function.parameters)]
    translator.known.update(zip(function.parameters, given, strict=True))
    flat = translator.run(function.region)
    packed = "{" + ", ".join(code.type_of(entry.kind, True) for entry in flat) + "}"
    whole = "poison"
    for rank, entry in enumerate(flat):
        whole = code.write(
            f"insertvalue {packed} {whole}, {code.type_of(entry.kind, True)} {code.operand(entry, True)}, {rank}"
        )
    names = ", ".join(f"{code.type_of(each.kind, True)} {each.name}" for each in given)
    head = f"define internal {packed} @{name}({names}) #1 {{"
    return "\n".join([head, "begin:", *code.begin, *code.lines, f"  ret {packed} {whole}", "}"])


def vector_name(name: str, width: int) -> str:
    """What the C library calls a function of many numbers at once."""
    return f"_ZGV{'e' if width == 8 else 'd'}N{width}{'v' * FUNCTIONS[name]}_{name}"


def _mathematics(name: str, width: int, in_library: bool) -> str:
    """A function of many numbers at once: the C library's own vector version where it has one."""
    many = FUNCTIONS[name]
    vector = f"<{width} x double>"
    takes = ", ".join(f"{vector} %x{rank}" for rank in range(many))
    lines = [f"declare double @{name}({', '.join(['double'] * many)}) #1"]
    if in_library:
        called = vector_name(name, width)
        passed = ", ".join(f"{vector} %x{rank}" for rank in range(many))
        lines += [
            f"declare {vector} @{called}({', '.join([vector] * many)}) #1",
            f"define internal {vector} @wide.{name}({takes}) #2 {{",
            f"  %r = call {vector} @{called}({passed})",
            f"  ret {vector} %r",
            "}",
        ]
        return "\n".join(lines)
    lines.append(f"define internal {vector} @wide.{name}({takes}) #1 {{")
    whole = "poison"
    for lane in range(width):
        for rank in range(many):
            lines.append(f"  %e{rank}.{lane} = extractelement {vector} %x{rank}, i64 {lane}")
        passed = ", ".join(f"double %e{rank}.{lane}" for rank in range(many))
        lines.append(f"  %f{lane} = call double @{name}({passed})")
        lines.append(f"  %w{lane} = insertelement {vector} {whole}, double %f{lane}, i64 {lane}")
        whole = f"%w{lane}"
    return "\n".join([*lines, f"  ret {vector} {whole}", "}"])


class Kernel:
    """Machine code, ready to be called."""

    def __init__(self, shape: Shape, width: int, address: int) -> None:
        self.shape, self.width = shape, width
        pointers = [ctypes.c_void_p] * (len(shape.fields) + 2)
        self._call = ctypes.CFUNCTYPE(ctypes.c_bool, *pointers, *[ctypes.c_int64] * 2)(address)

    def walk(
        self,
        arrays: Sequence[np.ndarray],
        steps: int,
        marks: np.ndarray | None,
        shown: np.ndarray | None,
        tiles: int,
    ) -> None:
        """Take all runs through some steps.

        Parameters
        ----------
        arrays
            One for each field, contiguous: shared ones flat, rows ``(step, size)``, others ``(tile, size, width)``.
        steps, tiles
            How many, of steps and of vectors of runs.
        marks, shown
            Where to report, ``(step, tile, mark)`` bytes and ``(step, tile, shown, width)``; None: nowhere.

        Raises
        ------
        MemoryError
            If there is no memory for what a step hands from one part to the next; nothing has been done then.
        """
        addresses = [None if each is None else each.ctypes.data for each in (*arrays, marks, shown)]
        if not self._call(*addresses, tiles, steps):
            raise MemoryError("no memory for what a step hands from one part to the next")
