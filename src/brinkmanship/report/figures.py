"""The figures of a report: each with a title, a drawing, and its content in words for those who cannot see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from brinkmanship.report import charts
from brinkmanship.report.changes import Shifts
from brinkmanship.report.drawing import begun, still
from brinkmanship.report.questions import answer_text, main_question, question_text
from brinkmanship.results.formats import day, interval, percent
from brinkmanship.results.result import Likelihood, Result

SMALL, WIDE = 330, 860
MOST_CURVES, MOST_FANS, MOST_FLAGS = 9, 6, 3
COLOURS = 5
"""Colours that answers to the main question have."""
LEAST_SPREAD = 0.02
"""A quantity is drawn when the middle 90 % of runs spread over this share of its range (our choice)."""


@dataclass(frozen=True)
class Figure:
    """A chart: ``alt`` says in words what it shows, ``note`` is the number that a reader wants first.

    ``lines`` name what its lines are, where there are several, and ``colours`` have the numbers of their colours.
    """

    name: str
    title: str
    alt: str
    spec: dict[str, Any] = field(repr=False)
    width: int = SMALL
    note: str = ""
    full: str = ""
    lines: tuple[str, ...] = ()
    colours: tuple[int, ...] = ()

    @cached_property
    def _begun(self) -> Callable[[], str]:
        return begun(still, self.spec, self.width)

    def begin(self) -> None:
        """Begin to draw, if there is a process for it beside this one."""
        _ = self._begun

    @cached_property
    def drawing(self) -> str:
        """The still drawing, as SVG."""
        return self._begun()


@dataclass(frozen=True)
class Curve:
    """Cumulative incidence of an outcome, ``(time,)``, and without the supposition."""

    outcome: Likelihood
    share: np.ndarray
    before: np.ndarray | None

    @property
    def moves(self) -> float:
        """What makes it worth drawing: how much the supposition changes it at most, or else how much it rises."""
        return float(
            np.abs(self.share - self.before).max() if self.before is not None else self.share[-1] - self.share[0]
        )

    def by(self, part: float) -> float:
        """The share by some part of the time."""
        return float(self.share[round(part * (len(self.share) - 1))])


def curves(result: Result) -> list[Curve]:
    """Outcomes that come true on some day of the future in some runs, first those that move most."""
    by_name = {each.name: each for each in result.likelihoods}
    found = []
    for name in map(str, result.data["path_outcome"].values):
        share, before = _with_and_without(result, "incidence", path_outcome=name)
        if share[0] < 1 and max(share[-1], 0 if before is None else before[-1]) > 0:
            found.append(Curve(by_name[name], share, before))
    return sorted(found, key=lambda each: -each.moves)


def _with_and_without(result: Result, variable: str, **place: str) -> tuple[np.ndarray, np.ndarray | None]:
    """A curve ``(time,)``, and the same without the supposition."""
    before = result.before[variable].sel(place).values if result.before is not None else None
    return result.data[variable].sel(place).values, before


def incidence_figures(result: Result, found: Sequence[Curve]) -> list[Figure]:
    """When: the outcomes of which the curves say most, but the answers to the main question, which have one chart."""
    dates = result.data["time"].values
    answers = main_question(result)
    rest = [each for each in found if each.outcome not in answers]
    most = MOST_CURVES - (len(rest) < len(found))
    return [
        Figure(
            f"incidence-{rank}",
            each.outcome.label,
            _incidence_words(each, dates),
            charts.incidence(dates, each.share, each.before),
            note=percent(each.outcome.probability),
            full=each.outcome.definition,
        )
        for rank, each in enumerate(rest[:most])
    ]


def answers_figure(result: Result, found: Sequence[Curve]) -> Figure | None:
    """When: the answers to the main question, as lines of one chart."""
    by_name = {each.outcome.name: each for each in found}
    question = main_question(result)
    those = [by_name[each.name] for each in question if each.name in by_name]
    if not those:
        return None
    dates = result.data["time"].values
    before = None if those[0].before is None else np.array([each.before for each in those])
    words = " ".join(_incidence_words(each, dates) for each in those)
    lines = tuple(answer_text(each.outcome) for each in those)
    ranks = tuple(question.index(each.outcome) % COLOURS for each in those)
    spec = charts.answers(dates, np.array([each.share for each in those]), ranks, before)
    return Figure("answers", question_text(result), words, spec, lines=lines, colours=ranks)


def _incidence_words(curve: Curve, dates: np.ndarray) -> str:
    each, share = curve.outcome, curve.share
    half = dates[int(np.argmax(share >= share[-1] / 2))]
    without = "" if each.before is None else f"; without the supposition in {percent(each.before)}"
    return (
        f"{each.label}: by {day(dates[-1])} in {percent(share[-1])} of runs "
        f"(90 % interval {interval(each.low, each.high)}); half of these by {day(half)}{without}."
    )


def quantity_figures(result: Result, moved: Shifts) -> list[Figure]:
    """Where it leads: the quantities that spread most on the last day, but those that are true or false."""
    flags = _flags(result)
    wide = [name for name in _spread(result, moved) if name not in flags]
    return [_fan(result, name, rank) for rank, name in enumerate(wide[:MOST_FANS])]


def flag_figures(result: Result, moved: Shifts) -> list[Figure]:
    """What is true or false, most evenly divided on the last day first."""
    flags = _flags(result)
    divided = [name for name in _spread(result, moved) if name in flags]
    return [_flag(result, name, rank) for rank, name in enumerate(divided[:MOST_FLAGS])]


def _spread(result: Result, moved: Shifts) -> list[str]:
    """Quantities worth a chart: those that spread, widest first; under a supposition, what shifts most comes first."""
    names = [name for spread, name in result.spreads() if spread >= LEAST_SPREAD]
    return sorted(names, key=lambda name: -moved[name][0]) if moved else names


def _flags(result: Result) -> set[str]:
    return {str(name) for name in result.data["flag"].values}


def _flag(result: Result, name: str, rank: int) -> Figure:
    dates = result.data["time"].values
    share, before = _with_and_without(result, "share_true", flag=name)
    words = f"True in {percent(share[0])} of runs on {day(dates[0])}, and in {percent(share[-1])} on {day(dates[-1])}."
    note = f"true in {percent(share[-1])}"
    return Figure(f"flag-{rank}", result.label_of(name), words, charts.shares(dates, share, before), note=note)


def _fan(result: Result, name: str, rank: int) -> Figure:
    data = result.data.sel(quantity=name)
    dates = data["time"].values
    quantiles = data["quantiles"].transpose("quantile", "time").values
    levels = result.levels(name)
    texts = [result.value(name, each) for each in quantiles[:, -1]]
    words = (
        f"Median {result.value(name, quantiles[2, 0])} on {day(dates[0])} and {texts[2]} on {day(dates[-1])}; then "
        f"half of the runs lie between {texts[1]} and {texts[3]}, nine in ten between {texts[0]} and {texts[4]}."
    )
    before = None
    if result.before is not None:
        before = result.before["quantiles"].sel(quantity=name).transpose("quantile", "time").values[2]
    counts, edges = data["last_day_count"].values, data["last_day_edge"].values
    spec = charts.fan(dates, quantiles, counts, edges, levels, before)
    return Figure(f"quantity-{rank}", result.label_of(name), words, spec, note=f"{texts[0]} to {texts[4]}")
