"""What a supposition changes besides the outcomes: which deeds become more or less frequent, what stands otherwise.

They let a reader follow how a move comes to change an outcome. They are kept for all runs together, not run by run, and
so have no intervals like those of outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brinkmanship.report.supposed import supposed_moves
from brinkmanship.results import labels
from brinkmanship.results.formats import number, percent
from brinkmanship.results.result import Likelihood, Result

MOST_DEEDS, MOST_QUANTITIES = 10, 8
LEAST_CLEAR = 1.0
"""Least change of a number of deeds that is told, in standard errors of the difference of two Poisson counts (our
choice: since the runs share their luck before and after, they scatter less)."""
LEAST_SHIFT = 0.02
"""Least shift of a quantity that is told, as a share of the range that it takes (our choice)."""


@dataclass(frozen=True)
class DeedChange:
    """A deed: times in a hundred runs without and with the supposition, and how many of the latter are supposed."""

    actor: str
    label: str
    before: float
    after: float
    supposed: float

    @property
    def change(self) -> float:
        """How many more."""
        return self.after - self.before


@dataclass(frozen=True)
class QuantityChange:
    """A quantity without and with the supposition: on the day of its greatest shift, and on the last."""

    label: str
    day: np.datetime64
    before: str
    after: str
    last_before: str
    last_after: str


def changed_outcomes(result: Result) -> list[Likelihood]:
    """Outcomes whose change by the supposition is told from none, the largest first."""
    return [each for each in result.changes if each.beyond_chance]


def changed_deeds(result: Result) -> list[DeedChange]:
    """Deeds whose number changes by at least `LEAST_CLEAR`, the clearest first; what was supposed stands before all."""
    if result.before is None:
        return []
    after = result.data["count"]
    before = result.before["count"].sel(action=after["action"])
    moves, runs, rows = supposed_moves(result), result.runs, []
    for key, actor, was, now in zip(
        map(str, after["action"].values),
        map(str, result.data["actor_of_action"].values),
        map(int, before.values),
        map(int, after.values),
        strict=True,
    ):
        _, name, *target = key.split(".")
        if name in result.record.votes:
            continue
        supposed = sum(each.made for each in moves if each.is_deed(actor, name, ".".join(target)))
        # What was supposed is no consequence of it.
        clear = abs(now - supposed - was) / max(1.0, np.sqrt(now - min(supposed, now) + was))
        if clear >= LEAST_CLEAR or supposed:
            who, what = (
                labels.short(labels.actor(result.record, actor)),
                labels.deed(result.record, name, ".".join(target)),
            )
            times = DeedChange(who, labels.heading(what), *(100 * each / runs for each in (was, now, supposed)))
            rows.append((not supposed, -clear, times))
    return [times for *_, times in sorted(rows, key=lambda row: row[:2])[:MOST_DEEDS]]


Shifts = Mapping[str, tuple[float, int]]
"""By quantity: the greatest shift of its distribution by the supposition, and the step at which it is."""


def shifts(result: Result) -> Shifts:
    """How far the supposition shifts each quantity; nothing where there is none.

    It is that of the mean, as a share of the range between the lowest 5 % and the highest 95 % of all days; of a flag,
    the change of the share in which it is true.
    """
    if result.before is None:
        return {}
    parts = [
        each["quantiles"].transpose("quantity", "quantile", "time").values for each in (result.data, result.before)
    ]
    width = np.maximum(*(each[:, -1].max(axis=1) for each in parts)) - np.minimum(
        *(each[:, 0].min(axis=1) for each in parts)
    )
    moved = np.abs(result.data["mean"].values - result.before["mean"].values) / np.where(width > 0, width, 1.0)[:, None]
    flags = np.abs(result.data["share_true"].values - result.before["share_true"].values)
    rows = [*zip(map(str, result.data["quantity"].values), moved, strict=True)]
    rows += zip(map(str, result.data["flag"].values), flags, strict=True)
    return {name: (float(row.max()), int(row.argmax())) for name, row in rows}


def changed_quantities(result: Result, moved: Shifts) -> list[QuantityChange]:
    """The quantities that shift most."""
    dates = result.data["time"].values
    flags = {str(name) for name in result.data["flag"].values}
    ordered = sorted(moved.items(), key=lambda each: -each[1][0])[:MOST_QUANTITIES]
    rows = []
    for name, (shift, step) in ordered:
        if shift >= LEAST_SHIFT:
            told = [
                _standing(data, name, at, flag=name in flags)
                for at in (step, -1)
                for data in (result.before, result.data)
            ]
            rows.append(QuantityChange(result.label_of(name), dates[step], *told))
    return rows


def _standing(data: Any, name: str, step: int, *, flag: bool) -> str:
    """How a quantity stands on a day, on average."""
    if flag:
        return f"true in {percent(float(data['share_true'].sel(flag=name).values[step]))}"
    return number(float(data["mean"].sel(quantity=name).values[step]))
