"""The loops around a step: over vectors of runs, and over steps; what is held, and what is shown.

A run that does not go on keeps what is held, whatever the step computes for it. That costs nothing where all runs of
a vector go on, as nearly all do.
"""

from __future__ import annotations

from collections.abc import Sequence

from brinkmanship.engine.compiled.code import BYTES, EARLY, TYPES, Code
from brinkmanship.engine.compiled.shape import STATUS, Field, Shape


def walk(shape: Shape, width: int, step: Code) -> str:
    """LLVM code of ``walk``: what is computed once, then all steps of one vector after another."""
    assert step.early is not None
    arguments = [f"ptr %{field.name}" for field in shape.fields]
    heads = ", ".join([*arguments, "ptr %marks", "ptr %shown", "i64 %tiles", "i64 %steps"])
    lines, passed = _addresses(shape, width)
    call = f"  call void @step({', '.join([*passed, 'ptr %p.marks'])}, ptr {EARLY})"
    return "\n".join(
        [
            *_places(shape),
            f"define void @walk({heads}) #0 {{",
            "begin:",
            f"  {EARLY} = alloca [{len(step.handed)} x i64], align 64",
            *_room(shape, width),
            *([f"  %unmarked = alloca [{shape.marks} x i8], align 64"] if shape.marks else []),
            *step.early.lines,
            "  br label %tiled",
            "tiled:",
            "  %tile = phi i64 [ 0, %begin ], [ %next.tile, %finished ]",
            "  %more.tiles = icmp slt i64 %tile, %tiles",
            "  br i1 %more.tiles, label %stepped, label %done",
            "stepped:",
            "  %at = phi i64 [ 0, %tiled ], [ %next, %after ]",
            "  %more.steps = icmp slt i64 %at, %steps",
            "  br i1 %more.steps, label %inside, label %finished",
            "inside:",
            *lines,
            *(_held(shape.held, width, call) if shape.held else [call]),
            *_shown(shape, width),
            "  br label %after",
            "after:",
            "  %next = add i64 %at, 1",
            "  br label %stepped",
            "finished:",
            "  %next.tile = add i64 %tile, 1",
            "  br label %tiled",
            "done:",
            "  ret void",
            "}",
        ]
    )


def _addresses(shape: Shape, width: int) -> tuple[list[str], list[str]]:
    """Code that finds what belongs to a vector of runs and a step, and what a step is passed."""
    lines: list[str] = []
    passed: list[str] = []
    for field in shape.fields:
        if field.shared:
            passed.append(f"ptr %{field.name}")
            continue
        index = "%at" if field.row else "%tile"
        size = field.size * (1 if field.row else width)
        lines += [
            f"  %o.{field.name} = mul i64 {index}, {size}",
            f"  %p.{field.name} = getelementptr {TYPES[field.kind]}, ptr %{field.name}, i64 %o.{field.name}",
        ]
        passed.append(f"ptr %p.{field.name}")
    room = "%unmarked" if shape.marks else "null"
    lines += ["  %vectors = mul i64 %tiles, %at", "  %vector = add i64 %vectors, %tile"]
    # What a vector of runs reports of a step stands together, so that it is written in one go.
    # Where nobody wants marks they are made all the same, in memory of the walk's own.
    reports = ("marks", shape.marks, "i8", room), ("shown", len(shape.shown) * width, "double", "null")
    for name, many, kind, instead in reports:
        lines += [
            f"  %o.{name} = mul i64 %vector, {many}",
            f"  %q.{name} = getelementptr {kind}, ptr %{name}, i64 %o.{name}",
            f"  %n.{name} = icmp eq ptr %{name}, null",
            f"  %p.{name} = select i1 %n.{name}, ptr {instead}, ptr %q.{name}",
        ]
    return lines, passed


def _room(shape: Shape, width: int) -> list[str]:
    if shape.held is None:
        return []
    return [f"  %room = alloca [{_bytes(shape.held, width)} x i8], align 64"]


def _bytes(field: Field, width: int) -> int:
    return field.size * width * BYTES[field.kind]


def _held(field: Field, width: int, call: str) -> list[str]:
    """A step after which the runs that do not go on have what they had."""
    vector, align, pointer = f"<{width} x {TYPES[field.kind]}>", BYTES[field.kind], f"%p.{field.name}"
    back = [
        f"  %back.had = getelementptr {vector}, ptr %room, i64 %back.i",
        f"  %back.has = getelementptr {vector}, ptr {pointer}, i64 %back.i",
        f"  %back.old = load {vector}, ptr %back.had, align {align}",
        f"  %back.new = load {vector}, ptr %back.has, align {align}",
        f"  %back.one = select <{width} x i1> %goes, {vector} %back.new, {vector} %back.old",
        f"  store {vector} %back.one, ptr %back.has, align {align}",
    ]
    return [
        f"  %was = load <{width} x i32>, ptr %p.{STATUS}, align 4",
        f"  %goes = icmp eq <{width} x i32> %was, zeroinitializer",
        f"  %going = bitcast <{width} x i1> %goes to i{width}",
        f"  %all = icmp eq i{width} %going, -1",
        "  br i1 %all, label %freely, label %holding",
        "freely:",
        call,
        "  br label %over",
        "holding:",
        f"  call void @llvm.memcpy.p0.p0.i64(ptr %room, ptr {pointer}, i64 {_bytes(field, width)}, i1 false)",
        call,
        *_loop("back", field.size, back, "holding"),
        "  br label %over",
        "over:",
    ]


def _places(shape: Shape) -> list[str]:
    """The places of shown numbers among those that are held, as a table."""
    many = len(shape.shown)
    return [f"@places = internal constant [{many} x i64] [{', '.join(f'i64 {place}' for place in shape.shown)}]"]


def _shown(shape: Shape, width: int) -> list[str]:
    """Copy what is shown, where somebody wants it."""
    if shape.held is None or not shape.shown:
        return []
    vector = f"<{width} x double>"
    copy = [
        "  %show.at = getelementptr i64, ptr @places, i64 %show.i",
        "  %show.place = load i64, ptr %show.at, align 8",
        f"  %show.from = getelementptr {vector}, ptr %p.{shape.held.name}, i64 %show.place",
        f"  %show.one = load {vector}, ptr %show.from, align 8",
        f"  %show.to = getelementptr {vector}, ptr %p.shown, i64 %show.i",
        f"  store {vector} %show.one, ptr %show.to, align 8",
    ]
    return [
        "  br i1 %n.shown, label %after, label %showing",
        "showing:",
        *_loop("show", len(shape.shown), copy, "showing"),
    ]


def _loop(name: str, many: int, body: Sequence[str], before: str) -> list[str]:
    """``body`` for ``%name.i`` from 0 to ``many``."""
    return [
        f"  br label %{name}",
        f"{name}:",
        f"  %{name}.i = phi i64 [ 0, %{before} ], [ %{name}.next, %{name} ]",
        *body,
        f"  %{name}.next = add i64 %{name}.i, 1",
        f"  %{name}.more = icmp slt i64 %{name}.next, {many}",
        f"  br i1 %{name}.more, label %{name}, label %{name}.done",
        f"{name}.done:",
    ]
