"""Loops over rows in which only some of the runs side by side take part.

Few runs weigh their options in the same step, so a vector over runs would be nearly empty. Each run that takes part
is dealt with in turn, and the vector goes over its rows instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from brinkmanship.engine.compiled.code import (
    MEMORY,
    Code,
    Kind,
    Known,
    Number,
    Numbers,
    Stored,
    Value,
    kind_of,
    numbers,
    size_of,
)

if TYPE_CHECKING:
    from brinkmanship.engine.compiled.translate import Translator


def crosswise(
    translator: Translator, active: Value, body: Any, used: Sequence[Numbers], rows: Sequence[Numbers], length: int
) -> list[Numbers]:
    """What ``body`` makes of each row, in the runs of the mask ``active``; anything elsewhere.

    Parameters
    ----------
    body
        A trace without memory from row to row: it takes ``used`` and one row of each of ``rows``.
    length
        The number of rows.

    Returns
    -------
    list of Numbers
        ``(row, ...)`` each.
    """
    code, width = translator.code, translator.code.width
    groups = -(-length // width)
    tables = [translator.table(array, groups * width * (array.size // length)) for array in rows]
    outs = [variable.aval for variable in body.jaxpr.outvars]
    kinds: list[Kind] = [kind_of(aval) for aval in outs]
    sizes = [size_of(aval) for aval in outs]
    made = [code.room(kind, groups * width * size, True) for kind, size in zip(kinds, sizes, strict=True)]
    left, group = code.room("i64", 1, False), code.room("i64", 1, False)
    bits = code.write(f"bitcast <{width} x i1> {active.name} to i{width}")
    code.store(Value("i64", code.write(f"zext i{width} {bits} to i64"), False), left, 0, False)
    head, run, inner, done = (code.fresh(name) for name in ("runs", "run", "rows", "done"))
    code.do(f"br label %{head}")
    code.start(head)
    mask = code.load(left, "i64", 0, False).name
    code.do(f"br i1 {code.write(f'icmp ne i64 {mask}, 0')}, label %{run}, label %{done}")
    code.start(run)
    lane = code.write(f"call i64 @llvm.cttz.i64(i64 {mask}, i1 true)")
    rest = code.write(f"and i64 {mask}, {code.write(f'sub i64 {mask}, 1')}")
    code.store(Value("i64", rest, False), left, 0, False)
    mine = [_of_one(code, array, lane) for array in used]
    code.store(Known("i64", 0), group, 0, False)
    code.do(f"br label %{inner}")
    code.start(inner)
    first = code.load(group, "i64", 0, False).name
    here = [_column(code, array, *table, first, lane) for array, table in zip(rows, tables, strict=True)]
    translator.active = None if length % width == 0 else _filled(code, first, length)
    results = translator.run(body.jaxpr, body.consts, [*mine, *here])
    for result, memory, kind, size in zip(results, made, kinds, sizes, strict=True):
        for place, entry in enumerate(result.ravel().tolist()):
            pointers = _pointers(code, memory, kind, first, size * width, place * width, lane)
            _scatter(code, entry, pointers, kind)
    following = code.write(f"add i64 {first}, {width}")
    code.store(Value("i64", following, False), group, 0, False)
    code.do(f"br i1 {code.write(f'icmp slt i64 {following}, {length}')}, label %{inner}, label %{head}")
    code.start(done)
    translator.active = active
    found = []
    for aval, memory, kind, size in zip(outs, made, kinds, sizes, strict=True):
        entries = [Stored(kind, memory, place, True, False) for place in range(length * size)]
        found.append(numbers((length, *aval.shape), entries))
    return found


def _filled(code: Code, first: str, length: int) -> Value:
    """Which places of the vector from row ``first`` on hold a row: nothing may depend on what is in the others."""
    start = code.operand(Value("i64", first, False), True)
    places = ", ".join(f"i64 {length - rank}" for rank in range(code.width))
    return Value("i1", code.write(f"icmp slt <{code.width} x i64> {start}, <{places}>"), True)


def _of_one(code: Code, array: Numbers, lane: str) -> Numbers:
    """Numbers of one of the runs."""
    moved: dict[tuple[str, Kind], str] = {}

    def one(number: Number) -> Number:
        if not number.wide:
            return number
        if isinstance(number, Stored):
            key = (number.pointer, number.kind)
            if key not in moved:
                moved[key] = code.write(f"getelementptr {MEMORY[number.kind]}, ptr {number.pointer}, i64 {lane}")
                if number.pointer in code.changing:
                    code.changing.add(moved[key])
            return Stored(number.kind, moved[key], number.index * code.width, False, number.lasting)
        vector = code.type_of(number.kind, True)
        name = code.write(f"extractelement {vector} {code.operand(number, True)}, i64 {lane}")
        return Value(number.kind, name, False)

    return numbers(array.shape, [one(number) for number in array.ravel().tolist()])


def _column(code: Code, array: Numbers, memory: str, wide: bool, first: str, lane: str) -> Numbers:
    """One run's numbers in as many rows as a vector holds."""
    size = int(np.prod(array.shape[1:]))
    kind = array.ravel()[0].kind
    step = code.width if wide else 1
    found: list[Number] = []
    for place in range(size):
        pointers = _pointers(code, memory, kind, first, size * step, place * step, lane if wide else "0")
        found.append(_gather(code, pointers, kind))
    return numbers(array.shape[1:], found)


def _pointers(code: Code, memory: str, kind: Kind, first: str, stride: int, offset: int, lane: str) -> str:
    """Addresses of a number in the rows from ``first`` on."""
    start = code.write(f"add i64 {code.write(f'mul i64 {first}, {stride}')}, {offset}")
    base = code.write(f"getelementptr {MEMORY[kind]}, ptr {memory}, i64 {code.write(f'add i64 {start}, {lane}')}")
    places = ", ".join(f"i64 {rank * stride}" for rank in range(code.width))
    return code.write(f"getelementptr {MEMORY[kind]}, ptr {base}, <{code.width} x i64> <{places}>")


def _gather(code: Code, pointers: str, kind: Kind) -> Value:
    vector, width = code.memory_of(kind, True), code.width
    every = f"<{', '.join(['i1 true'] * width)}>"
    call = f"call {vector} @llvm.masked.gather.{_mangled(code, kind)}.v{width}p0"
    found = code.write(f"{call}(<{width} x ptr> {pointers}, <{width} x i1> {every}, {vector} poison)")
    return Value(kind, code.from_memory(found, kind, True), True)


def _scatter(code: Code, number: Number, pointers: str, kind: Kind) -> None:
    width = code.width
    every = f"<{', '.join(['i1 true'] * width)}>"
    text = code.to_memory(code.operand(number, True), kind, True)
    call = f"call void @llvm.masked.scatter.{_mangled(code, kind)}.v{width}p0"
    code.do(f"{call}({code.memory_of(kind, True)} {text}, <{width} x ptr> {pointers}, <{width} x i1> {every})")


def _mangled(code: Code, kind: Kind) -> str:
    """How an intrinsic is named after a vector in memory."""
    return f"v{code.width}{MEMORY[kind].replace('double', 'f64')}"
