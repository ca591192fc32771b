"""The figures of a report: each with a title, a drawing, and its content in words for those who cannot see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from brinkmanship.report import charts
from brinkmanship.report.deeds import WEEK
from brinkmanship.report.drawing import still
from brinkmanship.report.influence import Tie, layout
from brinkmanship.results import labels
from brinkmanship.results.formats import count, day, interval, number, percent
from brinkmanship.results.result import Likelihood, Result

SMALL, WIDE = 330, 860
MOST_FANS, MOST_FLAGS = 9, 6
LEAST_SPREAD = 0.02
"""A quantity is drawn when the middle 90 % of runs spread over this share of its range (our choice)."""


@dataclass(frozen=True)
class Figure:
    """A chart: ``alt`` says in words what it shows, ``note`` is the number that a reader wants first."""

    name: str
    title: str
    alt: str
    spec: dict[str, Any] = field(repr=False)
    width: int = SMALL
    note: str = ""

    @property
    def drawing(self) -> str:
        """The still drawing, as SVG."""
        return still(self.spec, self.width)


def incidence_figures(result: Result) -> list[Figure]:
    """When: cumulative incidence of each outcome that comes true on some day of the future in some runs."""
    data = result.data["incidence"]
    dates = result.data["time"].values
    by_name = {each.name: each for each in result.likelihoods}
    made = []
    for name in map(str, data["path_outcome"].values):
        each = by_name[name]
        share = data.sel(path_outcome=name).values
        if share[-1] > 0 and share[0] < 1:
            made.append((each, share))
    ordered = sorted(made, key=lambda pair: -pair[1][-1])
    return [
        Figure(
            f"incidence-{rank}",
            each.label,
            _incidence_words(each, dates, share),
            charts.incidence(dates, share),
            note=percent(each.probability),
        )
        for rank, (each, share) in enumerate(ordered)
    ]


def _incidence_words(each: Likelihood, dates: np.ndarray, share: np.ndarray) -> str:
    half = dates[int(np.argmax(share >= share[-1] / 2))]
    return (
        f"{each.label}: by {day(dates[-1])} in {percent(share[-1])} of runs "
        f"(90 % interval {interval(each.low, each.high)}); half of these by {day(half)}."
    )


def quantity_figures(result: Result) -> list[Figure]:
    """Where it leads: the quantities that spread most on the last day, but those that are true or false."""
    flags = _flags(result)
    wide = [name for spread, name in result.spreads() if spread >= LEAST_SPREAD and name not in flags]
    return [_fan(result, name, rank) for rank, name in enumerate(wide[:MOST_FANS])]


def flag_figures(result: Result) -> list[Figure]:
    """What is true or false, most evenly divided on the last day first."""
    flags = _flags(result)
    divided = [name for spread, name in result.spreads() if spread >= LEAST_SPREAD and name in flags]
    return [_flag(result, name, rank) for rank, name in enumerate(divided[:MOST_FLAGS])]


def _flags(result: Result) -> set[str]:
    return {str(name) for name in result.data["flag"].values}


def _flag(result: Result, name: str, rank: int) -> Figure:
    dates, share = result.data["time"].values, result.data["share_true"].sel(flag=name).values
    words = f"True in {percent(share[0])} of runs on {day(dates[0])}, and in {percent(share[-1])} on {day(dates[-1])}."
    note = f"true in {percent(share[-1])}"
    return Figure(f"flag-{rank}", result.label_of(name), words, charts.shares(dates, share), note=note)


def _fan(result: Result, name: str, rank: int) -> Figure:
    data = result.data.sel(quantity=name)
    dates = data["time"].values
    quantiles = data["quantiles"].transpose("quantile", "time").values
    entry = result.record.quantities.get(name.partition("[")[0])
    levels = entry.levels if entry is not None else ()
    texts = [_value(each, levels) for each in quantiles[:, -1]]
    words = (
        f"Median {_value(quantiles[2, 0], levels)} on {day(dates[0])} and {texts[2]} on {day(dates[-1])}; then half of "
        f"the runs lie between {texts[1]} and {texts[3]}, nine in ten between {texts[0]} and {texts[4]}."
    )
    spec = charts.fan(dates, quantiles, data["last_day_count"].values, data["last_day_edge"].values, levels)
    return Figure(f"quantity-{rank}", result.label_of(name), words, spec, note=f"{texts[0]} to {texts[4]}")


def _value(value: float, levels: tuple[str, ...]) -> str:
    if levels and not np.isnan(value):
        return labels.words(levels[min(len(levels) - 1, max(0, round(value)))])
    return number(value)


def ladder_figure(result: Result, rungs: np.ndarray) -> Figure | None:
    """How far up the ladder: the highest rung that each week reaches, over all runs."""
    names = ["nothing on the ladder", *(labels.words(name) for name in result.record.ladder)]
    if rungs.max(initial=-1) < 0:
        return None
    counts = np.stack([np.bincount(week + 1, minlength=len(names)) for week in rungs.T.astype(int)])
    start = np.datetime64(str(result.made["from"]), "D")
    dates = start + np.arange(rungs.shape[1]) * WEEK
    ever = np.bincount(rungs.max(axis=1).astype(int) + 1, minlength=len(names))
    reached = [f"{names[rank]} in {count(int(ever[rank]), 'run')}" for rank in range(len(names)) if ever[rank]]
    words = f"Highest rung over the whole future: {'; '.join(reached)} of {result.runs:,}."
    spec = charts.ladder(dates, counts / max(1, result.runs), names)
    return Figure("ladder", "Highest rung reached in each week", words, spec, width=WIDE)


def influence_figure(rows: list[Tie]) -> Figure | None:
    """Who acts on what."""
    if not rows:
        return None
    actors, quantities = layout(rows)
    links = [(row.actor, row.quantity, row.actions) for row in rows]
    words = (
        f"A graph of {count(len(actors), 'actor')} and {count(len(quantities), 'quantity', 'quantities')} with "
        f"{count(len(rows), 'tie')}; the same ties stand in the table below it."
    )
    return Figure(
        "influence",
        "Actors, and the quantities that their actions write",
        words,
        charts.influence(actors, quantities, links),
        width=WIDE,
    )
