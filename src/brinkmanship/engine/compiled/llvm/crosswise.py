"""Loops over rows in which only some of the runs side by side take part.

Few runs weigh their options in the same step, so that a vector over runs has empty places even where they have been
brought together from many. Each run that takes part is dealt with in turn, and the vector goes over its rows instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from brinkmanship.engine.compiled.llvm.code import MEMORY, Code, Number, Stored, Value
from brinkmanship.engine.compiled.recording.kinds import Kind, Known

if TYPE_CHECKING:
    from brinkmanship.engine.compiled.llvm.translate import Translator
    from brinkmanship.engine.compiled.recording.record import Rows


def crosswise(
    translator: Translator, active: Value, step: Rows, columns: Sequence[Sequence[Number]]
) -> list[list[Number]]:
    """What a region makes of each row, in the runs of the mask ``active``; anything elsewhere.

    Parameters
    ----------
    columns
        What the columns of ``step`` have become.

    Returns
    -------
    list of list of Number
        By result of the region, row by row.
    """
    code, width, length = translator.code, translator.code.width, step.length
    places = -(-length // width) * width
    tables = [translator.table(column, places) for column in columns]
    kinds: list[Kind] = [column[0].kind for column in step.results]
    made = [code.room(kind, places, True) for kind in kinds]
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
    mine = _of_one(code, [translator.read(each) for each in step.used], lane)
    code.store(Known("i64", 0), group, 0, False)
    code.do(f"br label %{inner}")
    code.start(inner)
    first = code.load(group, "i64", 0, False).name
    here = [_column(code, each.kind, *table, first, lane) for each, table in zip(step.here, tables, strict=True)]
    translator.active = None if length % width == 0 else _filled(code, first, length)
    with translator.seen_as([*step.used, *step.here], [*mine, *here]):
        results = translator.run(step.region)
    for entry, memory, kind in zip(results, made, kinds, strict=True):
        code.scatter(entry, _pointers(code, memory, kind, first, width, lane))
    following = code.write(f"add i64 {first}, {width}")
    code.store(Value("i64", following, False), group, 0, False)
    code.do(f"br i1 {code.write(f'icmp slt i64 {following}, {length}')}, label %{inner}, label %{head}")
    code.start(done)
    translator.active = active
    return [
        [Stored(kind, memory, place, True, False) for place in range(length)]
        for memory, kind in zip(made, kinds, strict=True)
    ]


def _filled(code: Code, first: str, length: int) -> Value:
    """Which places of the vector from row ``first`` on hold a row: nothing may depend on what is in the others."""
    start = code.operand(Value("i64", first, False), True)
    places = ", ".join(f"i64 {length - rank}" for rank in range(code.width))
    return Value("i1", code.write(f"icmp slt <{code.width} x i64> {start}, <{places}>"), True)


def _of_one(code: Code, numbers: Sequence[Number], lane: str) -> list[Number]:
    """Numbers of one of the runs."""
    moved: dict[tuple[str, Kind], str] = {}

    def one(number: Number) -> Number:
        if not number.wide:
            return number
        if isinstance(number, Stored) and not number.packed:
            key = (number.pointer, number.kind)
            if key not in moved:
                moved[key] = code.write(f"getelementptr {MEMORY[number.kind]}, ptr {number.pointer}, i64 {lane}")
                if number.pointer in code.changing:
                    code.changing.add(moved[key])
            return Stored(number.kind, moved[key], number.index * code.width, False, number.lasting)
        vector = code.type_of(number.kind, True)
        name = code.write(f"extractelement {vector} {code.operand(number, True)}, i64 {lane}")
        return Value(number.kind, name, False)

    return [one(number) for number in numbers]


def _column(code: Code, kind: Kind, memory: str, wide: bool, first: str, lane: str) -> Value:
    """One run's numbers in as many rows as a vector holds."""
    return code.gather(_pointers(code, memory, kind, first, code.width if wide else 1, lane if wide else "0"), kind)


def _pointers(code: Code, memory: str, kind: Kind, first: str, stride: int, lane: str) -> str:
    """Addresses of a number in the rows from ``first`` on."""
    start = code.write(f"add i64 {code.write(f'mul i64 {first}, {stride}')}, {lane}")
    base = code.write(f"getelementptr {MEMORY[kind]}, ptr {memory}, i64 {start}")
    places = ", ".join(f"i64 {rank * stride}" for rank in range(code.width))
    return code.write(f"getelementptr {MEMORY[kind]}, ptr {base}, <{code.width} x i64> <{places}>")
