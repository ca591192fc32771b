"""What compiled code marks as true of runs, counted and listed by machine code of its own: the same for all crises.

Of all that can happen nearly nothing does in a given step: marks are looked through many at a time, and only those
that are set in some run are dealt with.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache

import numpy as np

from brinkmanship.engine.compiled.llvm import build

LOOK = 64
"""Marks that are looked at together."""
STEP, KIND, TILE = 56, 32, 8
"""Where the parts of an entry of the list begin, from its last bit on: below them all is what it says of runs."""
MOST = {"steps": 1 << 63 - STEP, "kinds of events": 1 << STEP - KIND, "vectors of runs": 1 << KIND - TILE}
"""What an entry has room for."""


class Marks:
    """Where compiled code marks what is true of runs, and what is read there.

    Parameters
    ----------
    steps, tiles, width
        Steps that are read together, vectors of runs, and runs in a vector.
    runs
        Runs that count: the first ones.
    kinds
        By mark the kind of event that it stands for; -1: none.
    listed
        Runs whose events are listed: the first ones.

    Raises
    ------
    ValueError
        When there is more than an entry of the list has room for.
    """

    def __init__(self, steps: int, tiles: int, width: int, runs: int, kinds: Sequence[int], listed: int) -> None:
        for (what, most), many in zip(MOST.items(), (steps, max(kinds, default=0) + 1, tiles), strict=True):
            if many > most:
                raise ValueError(f"{many:,} {what}, and a list has room for {most:,}")
        self.width, self.many, self.listed = width, len(kinds), listed
        self.lanes = first_lanes(runs, width)
        self.seen = -(-listed // width)
        shape, size = (steps, tiles, self.many), steps * tiles * self.many
        # Whoever looks at the last marks looks beyond them, too.
        self._room = np.zeros(size + LOOK, np.uint8)
        self.sheet = self._room[:size].reshape(shape)
        kept = sum(kind >= 0 for kind in kinds)
        self._kinds = np.array(kinds, np.int64)
        self._list = np.empty(steps * self.seen * kept + 1, np.uint64)
        pointers = [ctypes.c_void_p] * 5
        self._call = ctypes.CFUNCTYPE(ctypes.c_int64, *pointers, *[ctypes.c_int64] * 4)(_address())

    def read(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What is marked in the first steps.

        Parameters
        ----------
        counts
            ``(step, mark)`` int64, contiguous: the runs that count in which a mark is set are added.

        Returns
        -------
        step, kind, run
            Events of the runs that are listed, a row each, by step, kind and run.
        """
        arrays = self.sheet, self.lanes, self._kinds, counts, self._list
        places = [each.ctypes.data for each in arrays]
        many = self._call(*places, len(counts), self.sheet.shape[1], self.many, self.seen)
        return self._told(np.sort(self._list[:many]))

    def _told(self, entries: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Entries of the list, each of which may be of several runs, as a row for each run."""
        bits = np.unpackbits(entries.astype(np.uint8)[:, None], axis=1, bitorder="little")
        row, lane = np.nonzero(bits)
        entries = entries[row].astype(np.int64)
        run = (entries >> TILE & (1 << KIND - TILE) - 1) * self.width + lane
        wanted = run < self.listed
        entries, run = entries[wanted], run[wanted]
        return entries >> STEP, entries >> KIND & (1 << STEP - KIND) - 1, run


def first_lanes(runs: int, width: int) -> np.ndarray:
    """The lanes that hold some runs, the first of a block: a bit each, ``(tile,)``."""
    lanes = np.arange(-(-runs // width) * width) < runs
    return np.packbits(lanes.reshape(-1, width), axis=1, bitorder="little")[:, 0]


@cache
def _address() -> int:
    return build.small(_source(), "read")


def _source() -> str:
    """LLVM code of ``read``: counts of marks, and the list of events; it gives the number of entries."""
    return "\n".join(
        [
            "declare i64 @llvm.cttz.i64(i64, i1)",
            "declare i8 @llvm.ctpop.i8(i8)",
            "define i64 @read(ptr %sheet, ptr %lanes, ptr %kinds, ptr %counts, ptr %list,"
            " i64 %steps, i64 %tiles, i64 %many, i64 %seen) #0 {",
            "begin:",
            "  br label %stepped",
            "stepped:",
            "  %step = phi i64 [ 0, %begin ], [ %next.step, %tiled.out ]",
            "  %filled.step = phi i64 [ 0, %begin ], [ %filled.tile, %tiled.out ]",
            "  %more.steps = icmp slt i64 %step, %steps",
            "  br i1 %more.steps, label %tiled, label %done",
            "tiled:",
            "  %tile = phi i64 [ 0, %stepped ], [ %next.tile, %looked.out ]",
            "  %filled.tile = phi i64 [ %filled.step, %stepped ], [ %filled.look, %looked.out ]",
            "  %more.tiles = icmp slt i64 %tile, %tiles",
            "  br i1 %more.tiles, label %begun, label %tiled.out",
            "begun:",
            "  %row.tile = mul i64 %step, %tiles",
            "  %row = add i64 %row.tile, %tile",
            "  %from = mul i64 %row, %many",
            "  %p.lane = getelementptr i8, ptr %lanes, i64 %tile",
            "  %lane = load i8, ptr %p.lane, align 1",
            "  %listed = icmp slt i64 %tile, %seen",
            "  %count.from = mul i64 %step, %many",
            f"  %key.step = shl i64 %step, {STEP}",
            f"  %key.tile = shl i64 %tile, {TILE}",
            "  %key.row = or i64 %key.step, %key.tile",
            "  br label %looked",
            "looked:",
            "  %first = phi i64 [ 0, %begun ], [ %next.look, %set.out ]",
            "  %filled.look = phi i64 [ %filled.tile, %begun ], [ %filled, %set.out ]",
            "  %more.looks = icmp slt i64 %first, %many",
            "  br i1 %more.looks, label %look, label %looked.out",
            *_look(),
            "set:",
            "  %left = phi i64 [ %begin.left, %look ], [ %next.left, %noted ]",
            "  %filled = phi i64 [ %filled.look, %look ], [ %filled.next, %noted ]",
            "  %more.set = icmp ne i64 %left, 0",
            "  br i1 %more.set, label %noted, label %set.out",
            *_note(),
            "set.out:",
            f"  %next.look = add i64 %first, {LOOK}",
            "  br label %looked",
            "looked.out:",
            "  %next.tile = add i64 %tile, 1",
            "  br label %tiled",
            "tiled.out:",
            "  %next.step = add i64 %step, 1",
            "  br label %stepped",
            "done:",
            "  ret i64 %filled.step",
            "}",
        ]
    )


def _look() -> list[str]:
    """Which of the next marks are set in some run, as bits."""
    look = f"<{LOOK} x i8>"
    return [
        "look:",
        "  %at = add i64 %from, %first",
        "  %p.look = getelementptr i8, ptr %sheet, i64 %at",
        f"  %marks = load {look}, ptr %p.look, align 1",
        f"  %some = icmp ne {look} %marks, zeroinitializer",
        f"  %bits = bitcast <{LOOK} x i1> %some to i{LOOK}",
        # What stands beyond a row belongs to the next one.
        "  %rest = sub i64 %many, %first",
        f"  %whole = icmp sge i64 %rest, {LOOK}",
        "  %held = select i1 %whole, i64 0, i64 %rest",
        "  %one = shl i64 1, %held",
        "  %mask = sub i64 %one, 1",
        "  %wanted = select i1 %whole, i64 -1, i64 %mask",
        "  %begin.left = and i64 %bits, %wanted",
        "  br label %set",
    ]


def _note() -> list[str]:
    """Count the next mark that is set, and put it on the list if it stands for an event."""
    return [
        "noted:",
        "  %place = call i64 @llvm.cttz.i64(i64 %left, i1 true)",
        "  %less = sub i64 %left, 1",
        "  %next.left = and i64 %left, %less",
        "  %mark = add i64 %first, %place",
        "  %mark.at = add i64 %from, %mark",
        "  %p.byte = getelementptr i8, ptr %sheet, i64 %mark.at",
        "  %byte.all = load i8, ptr %p.byte, align 1",
        "  %byte = and i8 %byte.all, %lane",
        "  %true = call i8 @llvm.ctpop.i8(i8 %byte)",
        "  %times = zext i8 %true to i64",
        "  %count.at = add i64 %count.from, %mark",
        "  %p.count = getelementptr i64, ptr %counts, i64 %count.at",
        "  %count = load i64, ptr %p.count, align 8",
        "  %counted = add i64 %count, %times",
        "  store i64 %counted, ptr %p.count, align 8",
        "  %p.kind = getelementptr i64, ptr %kinds, i64 %mark",
        "  %kind = load i64, ptr %p.kind, align 8",
        "  %dated = icmp sge i64 %kind, 0",
        "  %any = icmp ne i8 %byte, 0",
        "  %told = and i1 %dated, %any",
        "  %kept = and i1 %told, %listed",
        f"  %key.kind = shl i64 %kind, {KIND}",
        "  %key.mark = or i64 %key.row, %key.kind",
        "  %runs = zext i8 %byte to i64",
        "  %entry = or i64 %key.mark, %runs",
        # The next entry is written over what is not kept.
        "  %p.entry = getelementptr i64, ptr %list, i64 %filled",
        "  store i64 %entry, ptr %p.entry, align 8",
        "  %one.more = zext i1 %kept to i64",
        "  %filled.next = add i64 %filled, %one.more",
        "  br label %set",
    ]
