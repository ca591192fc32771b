"""How far up the ladder the runs go, week by week and over the whole future."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from brinkmanship.report import charts
from brinkmanship.report.deeds import WEEK
from brinkmanship.report.figures import WIDE, Figure
from brinkmanship.results import labels
from brinkmanship.results.formats import count
from brinkmanship.results.result import Result

ENDED, NOTHING = "run has ended", "nothing on the ladder"


@dataclass(frozen=True)
class Reached:
    """A band of the chart: the runs in whose whole future it was the highest, and those that came so far or further.

    ``rank`` is the number of its colour. For runs that have ended there are no such numbers.
    """

    rank: int
    name: str
    highest: int | None
    reached: int | None


def bands(result: Result) -> list[str]:
    """What a run's week may be, from the top of the chart down: over, without deeds of a rung, or with its highest."""
    return [ENDED, NOTHING, *(labels.words(name) for name in result.record.ladder)]


def reached(result: Result, rungs: np.ndarray) -> list[Reached]:
    """The bands, gravest last, with the runs that came so far; ``rungs`` are those of `Deeds`."""
    names = bands(result)
    highest = np.bincount(rungs.max(axis=1).astype(int) + 1, minlength=len(names) - 1)
    further = np.cumsum(highest[::-1])[::-1]
    rows = [Reached(rank + 1, names[rank + 1], int(highest[rank]), int(further[rank])) for rank in range(len(highest))]
    return [Reached(0, ENDED, None, None), *rows] if under_way(result, rungs.shape[1])[-1] < result.runs else rows


def under_way(result: Result, weeks: int) -> np.ndarray:
    """Runs under way at the beginning of each week, ``(week,)``."""
    going = result.data["runs_under_way"].values
    steps = (np.arange(weeks) * WEEK / result.made["step_days"]).round().astype(int)
    return np.where(steps > 0, going[np.maximum(steps, 1) - 1], result.runs)


def by_week(result: Result, rungs: np.ndarray) -> np.ndarray:
    """Share of runs ``(week, band)`` by what was highest in each week, in the order of `bands`."""
    size = len(result.record.ladder) + 1
    counts = np.stack([np.bincount(week + 1, minlength=size) for week in rungs.T.astype(int)])
    ended = result.runs - under_way(result, len(counts))
    # A run that has ended does nothing: it stands among those without deeds.
    counts[:, 0] -= ended
    return np.column_stack([ended, counts]) / result.runs


def ladder_figure(result: Result, rungs: np.ndarray) -> Figure | None:
    """How far up the ladder: the highest rung that each week reaches, over all runs."""
    if rungs.max(initial=-1) < 0:
        return None
    names = bands(result)
    start = np.datetime64(str(result.made["from"]), "D")
    dates = start + np.arange(rungs.shape[1]) * WEEK
    rows = [each for each in reached(result, rungs) if each.highest]
    told = "; ".join(f"{each.name} in {count(each.highest or 0, 'run')}" for each in rows)
    words = f"Highest rung over the whole future: {told} of {result.runs:,}."
    colours = [f"var(--rung-{rank})" for rank in range(len(names))]
    spec = charts.ladder(dates, by_week(result, rungs), names, colours)
    return Figure("ladder", "Highest rung reached in each week", words, spec, width=WIDE)
