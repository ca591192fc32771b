"""What is kept of an ensemble: integers only, so that blocks add up to the same bits in any order.

Memory does not grow with the number of runs: counts of outcomes and of their first days, counts of deeds per day, and
histograms of every quantity per day on bins that are fixed beforehand.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from brinkmanship.core.program import Lowered, SlotSpec, number

BINS = 200
WHOLE = 120
"""Counts up to this are binned one by one, beyond it in widening bins (our choice)."""


def edges_of(spec: SlotSpec, numbers: tuple[float, ...]) -> np.ndarray:
    """Bin edges of a slot, ``(bin + 1,)``: whole numbers for flags, rungs and small counts, equal widths for levels."""
    low, high = (number(numbers, each) if each is not None else 0.0 for each in (spec.low, spec.high))
    if spec.kind in ("flag", "rung") or (spec.kind == "count" and high - low <= BINS):
        return np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    if spec.kind == "count" and low >= 0 and high > 20 * WHOLE:
        return np.linspace(low, high, BINS + 1)
    if spec.kind == "count":
        small = np.arange(np.floor(low), np.floor(low) + WHOLE + 1) - 0.5
        return np.concatenate([small, np.linspace(small[-1], high + 0.5, BINS - WHOLE + 1)[1:]])
    return np.linspace(low, high, BINS + 1)


class Bins(NamedTuple):
    """Bins as `edges_of` makes them: equally wide, but for counts up to `WHOLE` and then wider ones.

    Attributes
    ----------
    low, scale
        The first edge, and how many bins there are to a unit.
    turn, middle, wide
        The bin from which on bins are wider (infinite: none), its first edge, and their width.
    last
        The last bin.
    """

    low: float
    scale: float
    turn: float
    middle: float
    wide: float
    last: float

    @classmethod
    def of(cls, edges: np.ndarray) -> Bins:
        """The bins with some edges."""
        last = len(edges) - 2
        turn = WHOLE if last >= WHOLE and edges[1] - edges[0] == 1.0 else last + 1
        width = float(edges[turn] - edges[0]) / turn
        rest = last + 1 - turn
        wide = float(edges[-1] - edges[turn]) / rest if rest else 1.0
        scale = 1.0 / width if width > 0 else 0.0
        return cls(float(edges[0]), scale, float(turn) if rest else np.inf, float(edges[turn]), wide, float(last))


def places(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The bin of each value ``(time, run)``; what lies outside falls into the first or last.

    The result stands in memory of this thread and holds until the next call: fresh memory would cost more than the
    numbers.
    """
    bins = Bins.of(edges)
    found, whole = _room(values.shape)
    np.subtract(values, bins.low, out=found)
    np.multiply(found, bins.scale, out=found)
    if bins.turn <= bins.last:
        np.copyto(found, bins.turn + (values - bins.middle) / bins.wide, where=found >= bins.turn)
    np.clip(found, 0, bins.last, out=found)
    np.copyto(whole, found, casting="unsafe")
    return whole


_rooms = threading.local()


def _room(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Memory of this thread, for real and for whole numbers."""
    if getattr(_rooms, "shape", None) != shape:
        _rooms.shape, _rooms.real, _rooms.whole = shape, np.empty(shape), np.empty(shape, np.intp)
    return _rooms.real, _rooms.whole


@dataclass
class Tallies:
    """Counts over runs.

    Attributes
    ----------
    runs, failed
        Runs in all, and those that met a number that was not finite.
    outcomes
        Runs in which each outcome came true, by name.
    first_days
        ``(time,)`` by outcome: runs in which it came true for the first time in that step.
    going
        ``(time,)``: runs under way at the end of a step.
    deeds
        ``(time,)`` by option or site: how often it was chosen or happened.
    watched
        Runs whose values are counted.
    histograms
        ``(time, bin)`` by slot: watched sound runs whose value lies in the bin. A run that has ended keeps its last
        value, so that nothing leaves the picture because it came to an end.
    lowest, highest
        ``(time,)`` by slot: least and greatest value among watched sound runs.
    rungs
        ``(time, rung + 1)``: runs by the highest rung chosen in that step; the first column is none.
    failures
        Failed runs by place.
    groups, squares
        Complete groups of runs that share parameters and past, and by outcome the sum over them of the squared number
        of runs in which it came true.
    """

    runs: int
    failed: int
    outcomes: dict[str, int]
    first_days: dict[str, np.ndarray]
    going: np.ndarray
    deeds: dict[str, np.ndarray]
    watched: int
    histograms: dict[str, np.ndarray]
    lowest: dict[str, np.ndarray]
    highest: dict[str, np.ndarray]
    rungs: np.ndarray
    failures: dict[str, int]
    groups: int
    squares: dict[str, int]

    @classmethod
    def empty(cls, lowered: Lowered, edges: Mapping[str, np.ndarray], steps: int, rungs: int) -> Tallies:
        """No runs yet."""
        names = [spec.name for spec in lowered.program.outcomes]
        return cls(
            0,
            0,
            dict.fromkeys(names, 0),
            {name: np.zeros(steps, np.int64) for name in names},
            np.zeros(steps, np.int64),
            {},
            0,
            {slot: np.zeros((steps, len(bins) - 1), np.int32) for slot, bins in edges.items()},
            {slot: np.full(steps, np.inf) for slot in edges},
            {slot: np.full(steps, -np.inf) for slot in edges},
            np.zeros((steps, rungs + 1), np.int64),
            {},
            0,
            dict.fromkeys(names, 0),
        )

    def count_deed(self, name: str, step: int, times: int) -> None:
        """Add to the deeds of a step."""
        if times:
            if name not in self.deeds:
                self.deeds[name] = np.zeros(len(self.going), np.int64)
            self.deeds[name][step] += times

    def count_values(self, slot: str, step: int, values: np.ndarray, sound: np.ndarray, edges: np.ndarray) -> None:
        """Add the values ``(time, run)`` of a slot at the end of some steps from ``step`` on, of sound runs."""
        rows, bins = len(values), len(edges) - 1
        index = places(values, edges)
        index += bins * np.arange(rows)[:, None]
        everyone = bool(sound.all())
        counted = np.bincount(index.ravel() if everyone else index[sound], minlength=rows * bins)
        here = slice(step, step + rows)
        self.histograms[slot][here] += counted.reshape(rows, bins).astype(np.int32)
        if not values.shape[1]:
            return
        low, high = (values, values) if everyone else (np.where(sound, values, end) for end in (np.inf, -np.inf))
        self.lowest[slot][here] = np.minimum(self.lowest[slot][here], low.min(axis=1))
        self.highest[slot][here] = np.maximum(self.highest[slot][here], high.max(axis=1))

    def repeat_values(self, slot: str, step: int) -> None:
        """The values of a slot at the end of a step are those of the step before."""
        for kept in (self.histograms, self.lowest, self.highest):
            kept[slot][step] = kept[slot][step - 1]

    def count_groups(self, outcomes: Mapping[str, np.ndarray], size: int) -> None:
        """Add outcomes ``(run,)`` of a block that begins with a group of ``size`` runs."""
        whole = self.runs - self.runs % size
        self.groups += whole // size
        for name, true in outcomes.items():
            counts = true[:whole].reshape(-1, size).sum(axis=1, dtype=np.int64)
            self.squares[name] += int((counts**2).sum())

    def merge(self, other: Tallies) -> None:
        """Add another block."""
        self.runs += other.runs
        self.failed += other.failed
        self.going += other.going
        self.rungs += other.rungs
        self.groups += other.groups
        for name in self.outcomes:
            self.outcomes[name] += other.outcomes[name]
            self.squares[name] += other.squares[name]
            self.first_days[name] += other.first_days[name]
        self.watched += other.watched
        for slot in self.histograms if other.watched else ():
            self.histograms[slot] += other.histograms[slot]
            self.lowest[slot] = np.minimum(self.lowest[slot], other.lowest[slot])
            self.highest[slot] = np.maximum(self.highest[slot], other.highest[slot])
        for name, counts in other.deeds.items():
            self.deeds[name] = self.deeds[name] + counts if name in self.deeds else counts
        for place, count in other.failures.items():
            self.failures[place] = self.failures.get(place, 0) + count


def quantiles(histogram: np.ndarray, edges: np.ndarray, levels: Sequence[float], *, whole: bool) -> np.ndarray:
    """Quantiles of binned values, ``(level, time)``, from a histogram ``(time, bin)``.

    A whole-numbered quantity gives the number of its bin, another is interpolated inside the bin; so a quantile is
    exact to the width of a bin. NaN where there is no run.
    """
    total = histogram.sum(axis=1)
    below = np.cumsum(histogram, axis=1)
    time = np.arange(len(histogram))
    width = np.diff(edges)
    result = np.full((len(levels), len(histogram)), np.nan)
    for row, level in enumerate(levels):
        target = level * total
        place = np.minimum((below < target[:, None]).sum(axis=1), histogram.shape[1] - 1)
        inside = histogram[time, place]
        share = np.clip((target - (below[time, place] - inside)) / np.maximum(inside, 1), 0.0, 1.0)
        share = np.where((width[place] <= 1) & whole, 0.5, share)
        result[row] = np.where(total > 0, edges[place] + width[place] * share, np.nan)
    return result
