"""The loops around a step: over vectors of runs, and over steps; what is held, and what is shown.

Vectors go through all their steps in batches, so that their state stays near the core; a step whose conditionals bring
runs together goes part by part through all vectors of a batch.

A run that does not go on keeps what is held, whatever the step computes for it. That costs nothing where all runs of
a vector go on, as nearly all do.
"""

from __future__ import annotations

from collections.abc import Sequence

from brinkmanship.engine.compiled.llvm.code import BYTES, EARLY, MARKS, TYPES
from brinkmanship.engine.compiled.llvm.parts import FRAME, FRAME_TYPE, LINE, Parts, in_lines, share
from brinkmanship.engine.compiled.recording.shape import STATUS, Field, Shape


def walk(parts: Parts) -> str:
    """LLVM code of ``walk``: what is computed once, then all steps of one batch of vectors after another.

    It gives whether there was memory for it.
    """
    shape, early = parts.shape, parts.code.early
    assert early is not None
    heads = ", ".join([*(f"ptr %{field.name}" for field in shape.fields), "ptr %marks", "ptr %shown"])
    return "\n".join(
        [
            *_places(shape),
            "declare ptr @malloc(i64)",
            "declare void @free(ptr)",
            f"define i1 @walk({heads}, i64 %tiles, i64 %steps) #0 {{",
            "begin:",
            f"  {EARLY} = alloca [{len(parts.code.handed)} x i64], align 64",
            f"  %words = alloca [{parts.conditionals} x i64], align 64",
            f"  %goes = alloca [{parts.batch} x i{parts.width}], align 8",
            *_memory(parts),
            "  %none = icmp eq ptr %memory, null",
            "  br i1 %none, label %refused, label %started",
            "refused:",
            "  ret i1 false",
            "started:",
            *early.lines,
            "  br label %batches",
            "batches:",
            "  %low = phi i64 [ 0, %started ], [ %next.low, %finished ]",
            "  %rest = sub i64 %tiles, %low",
            f"  %many = call i64 @llvm.smin.i64(i64 %rest, i64 {parts.batch})",
            "  %more.tiles = icmp sgt i64 %rest, 0",
            "  br i1 %more.tiles, label %entered, label %done",
            "entered:",
            # The vectors that the last batch lacks enter nothing.
            f"  call void @llvm.memset.p0.i64(ptr %words, i8 0, i64 {8 * parts.conditionals}, i1 false)",
            "  br label %stepped",
            "stepped:",
            "  %at = phi i64 [ 0, %entered ], [ %next, %after ]",
            "  %more.steps = icmp slt i64 %at, %steps",
            "  br i1 %more.steps, label %inside, label %finished",
            "inside:",
            *_addresses(parts),
            *_step(parts),
            "  br label %after",
            "after:",
            "  %next = add i64 %at, 1",
            "  br label %stepped",
            "finished:",
            f"  %next.low = add i64 %low, {parts.batch}",
            "  br label %batches",
            "done:",
            "  call void @free(ptr %memory)",
            "  ret i1 true",
            "}",
        ]
    )


def _memory(parts: Parts) -> list[str]:
    """Memory of the walk's own: for what parts hand on, for marks that nobody wants, and for what is held."""
    shape, many = parts.shape, parts.batch
    frames, marks = in_lines(parts.frame.bytes) * many, in_lines(shape.marks * many)
    room = _bytes(shape.held, parts.width) * many if shape.held else 0
    return [
        f"  %memory = call ptr @malloc(i64 {frames + marks + room + LINE})",
        "  %memory.at = ptrtoint ptr %memory to i64",
        f"  %memory.over = add i64 %memory.at, {LINE - 1}",
        f"  %memory.from = and i64 %memory.over, {-LINE}",
        f"  {FRAME} = inttoptr i64 %memory.from to ptr",
        f"  %unmarked = getelementptr i8, ptr {FRAME}, i64 {frames}",
        f"  %room = getelementptr i8, ptr %unmarked, i64 {marks}",
    ]


def _bytes(field: Field, width: int) -> int:
    return field.size * width * BYTES[field.kind]


def _addresses(parts: Parts) -> list[str]:
    """Code that finds what belongs to a batch and a step."""
    shape = parts.shape
    lines: list[str] = []
    for field in shape.fields:
        if field.shared:
            continue
        index = "%at" if field.row else "%low"
        lines.append(f"  %b.{field.name} = getelementptr {share(field, parts.width)}, ptr %{field.name}, i64 {index}")
    # What a vector of runs reports of a step stands together, so that it is written in one go.
    # Where nobody wants marks they are made all the same, in memory of the walk's own.
    lines += ["  %vectors = mul i64 %tiles, %at", "  %vector = add i64 %vectors, %low"]
    for name, reported, instead in ((MARKS[1:], parts.share(MARKS), "%unmarked"), ("shown", _shown(parts), "null")):
        lines += [
            f"  %q.{name} = getelementptr {reported}, ptr %{name}, i64 %vector",
            f"  %n.{name} = icmp eq ptr %{name}, null",
            f"  %b.{name} = select i1 %n.{name}, ptr {instead}, ptr %q.{name}",
        ]
    return lines


def _shown(parts: Parts) -> str:
    return f"[{len(parts.shape.shown) * parts.width} x double]"


def _step(parts: Parts) -> list[str]:
    """All parts of a step, and between them the conditionals that bring runs together."""
    shape, last = parts.shape, len(parts.counts)
    base = _passed(shape, "b", [f"ptr %b.{MARKS[1:]}", f"ptr {EARLY}", f"ptr {FRAME}"])
    lines: list[str] = []
    rank = 0
    for part in range(last + 1):
        here = f"t{part}"
        names = [(field.name, share(field, parts.width)) for field in shape.fields if not field.common]
        names.append((MARKS[1:], parts.share(MARKS)))
        body = [f"  %{here}.{name} = getelementptr {kind}, ptr %b.{name}, i64 %{here}.i" for name, kind in names]
        body.append(f"  %{here}.frame = getelementptr {FRAME_TYPE}, ptr {FRAME}, i64 %{here}.i")
        body.append(f"  %{here}.entering = getelementptr i8, ptr %words, i64 %{here}.i")
        reports = [f"ptr %{here}.{MARKS[1:]}", f"ptr {EARLY}", f"ptr %{here}.frame", f"ptr %{here}.entering"]
        call = f"  call void @part{part}({_passed(shape, here, reports)})"
        before = _hold(shape.held, parts.width, here) if shape.held and not part else []
        after = [*_give_back(shape.held, parts.width, here), *_show(parts, here)] if shape.held and part == last else []
        lines += _loop(here, "%many", [*body, *before, call, *after])
        for _ in range(parts.counts[part] if part < last else 0):
            lines += _conditional(rank, base)
            rank += 1
    return lines


def _passed(shape: Shape, here: str, more: Sequence[str]) -> str:
    """The arguments of a function: those of all runs, those of a step, and those of the vectors from one on."""
    fields = (
        f"ptr %{field.name}" if field.shared else f"ptr %{'b' if field.row else here}.{field.name}"
        for field in shape.fields
    )
    return ", ".join([*fields, *more])


def _conditional(rank: int, passed: str) -> list[str]:
    """A conditional, if any run of the batch enters it."""
    return [
        f"  %at.{rank} = getelementptr i64, ptr %words, i64 {rank}",
        f"  %word.{rank} = load i64, ptr %at.{rank}, align 8",
        f"  %any.{rank} = icmp ne i64 %word.{rank}, 0",
        f"  br i1 %any.{rank}, label %some.{rank}, label %none.{rank}",
        f"some.{rank}:",
        f"  call void @seldom{rank}({passed}, i64 %word.{rank})",
        f"  br label %none.{rank}",
        f"none.{rank}:",
    ]


def _hold(field: Field, width: int, here: str) -> list[str]:
    """Before a step: keep what runs have that do not go on."""
    return [
        f"  %was = load <{width} x i32>, ptr %{here}.{STATUS}, align 4",
        f"  %going = icmp eq <{width} x i32> %was, zeroinitializer",
        f"  %going.bits = bitcast <{width} x i1> %going to i{width}",
        f"  %goes.to = getelementptr i{width}, ptr %goes, i64 %{here}.i",
        f"  store i{width} %going.bits, ptr %goes.to, align 1",
        f"  %all = icmp eq i{width} %going.bits, -1",
        "  br i1 %all, label %held, label %holding",
        "holding:",
        f"  %hold = getelementptr [{_bytes(field, width)} x i8], ptr %room, i64 %{here}.i",
        "  call void @llvm.memcpy.p0.p0.i64("
        f"ptr %hold, ptr %{here}.{field.name}, i64 {_bytes(field, width)}, i1 false)",
        "  br label %held",
        "held:",
    ]


def _give_back(field: Field, width: int, here: str) -> list[str]:
    """After a step: the runs that did not go on have what they had."""
    vector, align, pointer = f"<{width} x {TYPES[field.kind]}>", BYTES[field.kind], f"%{here}.{field.name}"
    back = [
        f"  %back.had = getelementptr {vector}, ptr %kept, i64 %back.i",
        f"  %back.has = getelementptr {vector}, ptr {pointer}, i64 %back.i",
        f"  %back.old = load {vector}, ptr %back.had, align {align}",
        f"  %back.new = load {vector}, ptr %back.has, align {align}",
        f"  %back.one = select <{width} x i1> %went, {vector} %back.new, {vector} %back.old",
        f"  store {vector} %back.one, ptr %back.has, align {align}",
    ]
    return [
        f"  %goes.from = getelementptr i{width}, ptr %goes, i64 %{here}.i",
        f"  %went.bits = load i{width}, ptr %goes.from, align 1",
        f"  %went = bitcast i{width} %went.bits to <{width} x i1>",
        f"  %every = icmp eq i{width} %went.bits, -1",
        "  br i1 %every, label %over, label %giving",
        "giving:",
        f"  %kept = getelementptr [{_bytes(field, width)} x i8], ptr %room, i64 %{here}.i",
        *_loop("back", str(field.size), back),
        "  br label %over",
        "over:",
    ]


def _places(shape: Shape) -> list[str]:
    """The places of shown numbers among those that are held, as a table."""
    many = len(shape.shown)
    return [f"@places = internal constant [{many} x i64] [{', '.join(f'i64 {place}' for place in shape.shown)}]"]


def _show(parts: Parts, here: str) -> list[str]:
    """Copy what is shown, where somebody wants it."""
    shape = parts.shape
    if shape.held is None or not shape.shown:
        return []
    vector = f"<{parts.width} x double>"
    copy = [
        "  %show.at = getelementptr i64, ptr @places, i64 %show.i",
        "  %show.place = load i64, ptr %show.at, align 8",
        f"  %show.from = getelementptr {vector}, ptr %{here}.{shape.held.name}, i64 %show.place",
        f"  %show.one = load {vector}, ptr %show.from, align 8",
        f"  %show.to = getelementptr {vector}, ptr %show.all, i64 %show.i",
        f"  store {vector} %show.one, ptr %show.to, align 8",
    ]
    return [
        "  br i1 %n.shown, label %unseen, label %showing",
        "showing:",
        f"  %show.all = getelementptr {_shown(parts)}, ptr %b.shown, i64 %{here}.i",
        *_loop("show", str(len(shape.shown)), copy),
        "  br label %unseen",
        "unseen:",
    ]


def _loop(name: str, many: str, body: Sequence[str]) -> list[str]:
    """``body`` for ``%name.i`` from 0 to ``many``, which is one at least."""
    return [
        f"  br label %{name}.enter",
        f"{name}.enter:",
        f"  br label %{name}",
        f"{name}:",
        f"  %{name}.i = phi i64 [ 0, %{name}.enter ], [ %{name}.next, %{name}.turn ]",
        *body,
        f"  br label %{name}.turn",
        f"{name}.turn:",
        f"  %{name}.next = add i64 %{name}.i, 1",
        f"  %{name}.more = icmp slt i64 %{name}.next, {many}",
        f"  br i1 %{name}.more, label %{name}, label %{name}.done",
        f"{name}.done:",
    ]
