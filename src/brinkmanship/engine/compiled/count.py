"""What is shown of runs, counted into histograms by machine code of its own: the same for all crises.

The bins are those of `brinkmanship.engine.tallies.places`, which says what is computed here, and a test compares.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache

import numpy as np

from brinkmanship.engine.compiled.llvm import build
from brinkmanship.engine.tallies import Bins, Tallies


class Counter:
    """Counts values of some slots, in the order in which they are shown.

    Parameters
    ----------
    slots
        Names of the slots.
    bins
        The bins of each.
    width
        Runs in a vector.
    """

    def __init__(self, slots: Sequence[str], bins: Sequence[Bins], width: int) -> None:
        self.slots, self.width = list(slots), width
        self.bins = np.array(bins, float)
        self.many = [int(each.last) + 1 for each in bins]
        pointers = [ctypes.c_void_p] * 6
        self._call = ctypes.CFUNCTYPE(None, *pointers, *[ctypes.c_int64] * 3)(_address(width))

    def count(self, tallies: Tallies, start: int, shown: np.ndarray, lanes: np.ndarray) -> None:
        """Add values at the end of some steps from ``start`` on.

        Parameters
        ----------
        shown
            Values, ``(step, tile, slot, lane of the tile)``.
        lanes
            Which lanes count, a bit each, ``(step, tile)`` uint8.
        """
        steps, tiles = lanes.shape
        ends = np.empty((2, steps, len(self.slots), self.width))
        ends[0], ends[1] = np.inf, -np.inf
        rows = [tallies.histograms[slot] for slot in self.slots]
        places = [row.ctypes.data + start * row.strides[0] for row in rows]
        pointers = np.array(places, np.uint64)
        strides = np.array(self.many, np.int64)
        lanes, shown = np.ascontiguousarray(lanes), np.ascontiguousarray(shown)
        arrays = shown, lanes, self.bins, pointers, strides, ends
        self._call(*(each.ctypes.data for each in arrays), steps, tiles, len(self.slots))
        lowest, highest = ends[0].min(axis=2), ends[1].max(axis=2)
        here = slice(start, start + steps)
        for rank, slot in enumerate(self.slots):
            tallies.lowest[slot][here] = np.minimum(tallies.lowest[slot][here], lowest[:, rank])
            tallies.highest[slot][here] = np.maximum(tallies.highest[slot][here], highest[:, rank])


@cache
def _address(width: int) -> int:
    return build.small(_source(width), "count")


def _source(width: int) -> str:
    """LLVM code of ``count``: the histograms of one step after another, so that they stay in the nearest caches."""
    real = f"<{width} x double>"
    return "\n".join(
        [
            f"declare {real} @llvm.minnum.v{width}f64({real}, {real})",
            f"declare {real} @llvm.maxnum.v{width}f64({real}, {real})",
            "define void @count(ptr %shown, ptr %lanes, ptr %bins, ptr %rows, ptr %strides, ptr %ends,"
            " i64 %steps, i64 %tiles, i64 %slots) #0 {",
            "begin:",
            "  %all = mul i64 %steps, %slots",
            "  br label %stepped",
            "stepped:",
            "  %step = phi i64 [ 0, %begin ], [ %next.step, %tiled.out ]",
            "  %more.steps = icmp slt i64 %step, %steps",
            "  br i1 %more.steps, label %tiled, label %done",
            "tiled:",
            "  %tile = phi i64 [ 0, %stepped ], [ %next.tile, %slotted.out ]",
            "  %more.tiles = icmp slt i64 %tile, %tiles",
            "  br i1 %more.tiles, label %looked, label %tiled.out",
            "looked:",
            *_counted(width),
            "  br label %slotted",
            "slotted:",
            "  %slot = phi i64 [ 0, %looked ], [ %next.slot, %counted ]",
            "  %more.slots = icmp slt i64 %slot, %slots",
            "  br i1 %more.slots, label %counted, label %slotted.out",
            "counted:",
            "  %shown.at = add i64 %from, %slot",
            f"  %p.value = getelementptr {real}, ptr %shown, i64 %shown.at",
            f"  %value = load {real}, ptr %p.value, align 8",
            f"  %bin.at = mul i64 %slot, {len(Bins._fields)}",
            "  %bin = getelementptr double, ptr %bins, i64 %bin.at",
            *_bin(width),
            *_place(width),
            "  %p.row = getelementptr ptr, ptr %rows, i64 %slot",
            "  %first = load ptr, ptr %p.row, align 8",
            "  %p.stride = getelementptr i64, ptr %strides, i64 %slot",
            "  %stride = load i64, ptr %p.stride, align 8",
            "  %row.at = mul i64 %stride, %step",
            "  %row = getelementptr i32, ptr %first, i64 %row.at",
            *_increments(width),
            "  %end.at = add i64 %to, %slot",
            f"  %p.lowest = getelementptr {real}, ptr %ends, i64 %end.at",
            "  %end.high = add i64 %all, %end.at",
            f"  %p.highest = getelementptr {real}, ptr %ends, i64 %end.high",
            *_extremes(width),
            "  %next.slot = add i64 %slot, 1",
            "  br label %slotted",
            "slotted.out:",
            "  %next.tile = add i64 %tile, 1",
            "  br label %tiled",
            "tiled.out:",
            "  %next.step = add i64 %step, 1",
            "  br label %stepped",
            "done:",
            "  ret void",
            "}",
        ]
    )


def _counted(width: int) -> list[str]:
    """Which lanes of a tile count, and where its values and the least and greatest of a step begin."""
    truth = f"<{width} x i1>"
    return [
        "  %row.tile = mul i64 %step, %tiles",
        "  %at = add i64 %row.tile, %tile",
        "  %p.bits = getelementptr i8, ptr %lanes, i64 %at",
        "  %byte = load i8, ptr %p.bits, align 1",
        f"  %bits = {'bitcast i8 %byte to i8' if width == 8 else f'trunc i8 %byte to i{width}'}",
        f"  %counts = bitcast i{width} %bits to {truth}",
        f"  %ones = zext {truth} %counts to <{width} x i32>",
        "  %from = mul i64 %at, %slots",
        "  %to = mul i64 %step, %slots",
    ]


def _bin(width: int) -> list[str]:
    """Load the bins of a slot, each number for all lanes."""
    real = f"<{width} x double>"
    lines = []
    for rank, name in enumerate(Bins._fields):
        lines += [
            f"  %b.{name} = getelementptr double, ptr %bin, i64 {rank}",
            f"  %s.{name} = load double, ptr %b.{name}, align 8",
            f"  %i.{name} = insertelement {real} poison, double %s.{name}, i64 0",
            f"  %{name} = shufflevector {real} %i.{name}, {real} poison, <{width} x i32> zeroinitializer",
        ]
    return lines


def _place(width: int) -> list[str]:
    """The bin of each value."""
    real, truth = f"<{width} x double>", f"<{width} x i1>"
    return [
        f"  %above = fsub {real} %value, %low",
        f"  %equal = fmul {real} %above, %scale",
        f"  %beyond = fsub {real} %value, %middle",
        f"  %widened = fdiv {real} %beyond, %wide",
        f"  %far = fadd {real} %turn, %widened",
        f"  %turned = fcmp oge {real} %equal, %turn",
        f"  %found = select {truth} %turned, {real} %far, {real} %equal",
        f"  %least = call {real} @llvm.maxnum.v{width}f64({real} %found, {real} zeroinitializer)",
        f"  %held = call {real} @llvm.minnum.v{width}f64({real} %least, {real} %last)",
        f"  %places = fptosi {real} %held to <{width} x i64>",
    ]


def _increments(width: int) -> list[str]:
    """Add one to the bin of each lane that counts."""
    whole = f"<{width} x i64>"
    counts = []
    for lane in range(width):
        counts += [
            f"  %place.{lane} = extractelement {whole} %places, i64 {lane}",
            f"  %one.{lane} = extractelement <{width} x i32> %ones, i64 {lane}",
            f"  %to.{lane} = getelementptr i32, ptr %row, i64 %place.{lane}",
            f"  %had.{lane} = load i32, ptr %to.{lane}, align 4",
            f"  %has.{lane} = add i32 %had.{lane}, %one.{lane}",
            f"  store i32 %has.{lane}, ptr %to.{lane}, align 4",
        ]
    return counts


def _extremes(width: int) -> list[str]:
    """Move the least and the greatest value of each lane that counts."""
    real, truth = f"<{width} x double>", f"<{width} x i1>"
    ends = []
    for name, predicate in (("lowest", "olt"), ("highest", "ogt")):
        ends += [
            f"  %had.{name} = load {real}, ptr %p.{name}, align 8",
            f"  %more.{name} = fcmp {predicate} {real} %value, %had.{name}",
            f"  %new.{name} = and {truth} %more.{name}, %counts",
            f"  %end.{name} = select {truth} %new.{name}, {real} %value, {real} %had.{name}",
            f"  store {real} %end.{name}, ptr %p.{name}, align 8",
        ]
    return ends
