"""Typical runs: one for each main way the crisis ends, told day by day.

Runs are grouped by their answer to the main question; without one, by the outcome that divides the runs most evenly.
From each of the three largest groups the *medoid* is told (Kaufman and Rousseeuw 1990, ``kaufman1990``): the sampled
run with the least total distance to the others of its group. The distance of two runs is the mean, over weeks and over
quantities that vary, of the difference as a share of the range that the sampled runs take.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from brinkmanship.report.deeds import CALLED_OFF, WEEK, grave_from
from brinkmanship.report.moments import Moment
from brinkmanship.report.questions import answer_text, main_question
from brinkmanship.report.supposed import supposed_moves
from brinkmanship.results import labels
from brinkmanship.results.result import Likelihood, Result

if TYPE_CHECKING:
    import pandas

GROUPS = 3
RARE = 0.1
"""Share of runs below which an outcome is called rare (our choice)."""
UNTOLD = ("choice", "afterwards")
"""Kinds of events that a story leaves out: single ballots (the vote is told), and what follows when an action ends."""


@dataclass(frozen=True)
class TypicalRun:
    """A run that stands for a group: how it ended, and its moments in order.

    ``outcomes`` are those that came true in it. Those that do in less than `RARE` of all runs are what it is not
    typical in.
    """

    run: int
    ending: str
    like_it: int
    sampled: int
    outcomes: tuple[Likelihood, ...]
    highest: str
    moments: tuple[Moment, ...]


def typical_runs(result: Result, ends: pandas.DataFrame) -> list[TypicalRun]:
    """The typical runs, of the largest group first."""
    paths = result.paths()
    if not len(paths):
        return []
    sampled = sorted(paths["run"].unique())
    walks = _walks(paths, len(sampled), max(1, round(WEEK / result.made["step_days"])))
    groups = _groups(result, ends)
    large = sorted(groups, key=lambda each: -int(each[1].sum()))[:GROUPS]
    told = []
    chosen = {}
    for ending, member in large:
        rows = [row for row, run in enumerate(sampled) if member[run]]
        if rows:
            chosen[sampled[_medoid(walks[rows], rows)]] = (ending, int(member.sum()), len(rows))
    events = _events_of(result, list(chosen))
    for run, (ending, size, shown) in chosen.items():
        moments = _moments(result, events[events["run"] == run])
        came_true = tuple(each for each in _told_outcomes(result) if ends[each.name].to_numpy()[run])
        highest = _highest(result, events[events["run"] == run])
        told.append(TypicalRun(int(run), ending, size, shown, came_true, highest, moments))
    return told


def _groups(result: Result, ends: pandas.DataFrame) -> list[tuple[str, np.ndarray]]:
    """Ways to end: a name, and which runs ``(run,)`` ended so."""
    sound = ends["sound"].to_numpy()
    if question := main_question(result):
        return [(answer_text(each).capitalize(), ends[each.name].to_numpy() & sound) for each in question]
    open_ones = sorted(result.likelihoods, key=lambda each: abs(each.probability - 0.5))
    for each in open_ones[:1]:
        true = ends[each.name].to_numpy()
        return [(each.label, true & sound), (f"Not so: {each.label}", ~true & sound)]
    return [("All runs", sound)]


def _told_outcomes(result: Result) -> list[Likelihood]:
    """Outcomes that say something about a run besides its answer to the main question."""
    return [each for each in result.likelihoods if not each.held_already and each not in main_question(result)]


def _walks(paths: pandas.DataFrame, runs: int, stride: int) -> np.ndarray:
    """Weekly values ``(run, week * quantity)`` of the quantities that vary, scaled to the range that they take.

    A week has ``stride`` steps.
    """
    values = paths.drop(columns=["run", "date"]).to_numpy(np.float32).reshape(runs, -1, paths.shape[1] - 2)[:, ::stride]
    low, high = values.min(axis=(0, 1)), values.max(axis=(0, 1))
    varies = high > low
    scaled = (values[:, :, varies] - low[varies]) / (high - low)[varies]
    return scaled.reshape(runs, -1)


def _medoid(walks: np.ndarray, rows: list[int]) -> int:
    totals = [float(np.abs(walks - each).mean(axis=1).sum()) if walks.size else 0.0 for each in walks]
    return rows[int(np.argmin(totals))]


def _events_of(result: Result, runs: list[int]) -> pandas.DataFrame:
    import pandas

    parts = [block[block["run"].isin(runs) & ~block["kind"].isin(UNTOLD)] for block in result.event_blocks()]
    return pandas.concat(parts) if parts else pandas.DataFrame({"run": []})


def _moments(result: Result, events: pandas.DataFrame) -> tuple[Moment, ...]:
    record = result.record
    ladder, moves = list(record.ladder), supposed_moves(result)
    made = []
    columns = [events[name].astype(str) for name in ("date", "kind", "actor", "name", "target", "branch")]
    for when, kind, actor, name, target, branch in zip(*columns, strict=True):
        section = labels.SECTIONS.get(kind, "actions")
        entry = getattr(record, section).get(name)
        rung = getattr(entry, "rung", None)
        if section == "actions":
            what = labels.deed(record, name, target)
        else:
            what = labels.label(record, section, name) + (f" ({labels.words(target)})" if target else "")
        turned_out = labels.branch(record, kind, name, branch)
        made.append(
            Moment(
                when,
                labels.short(labels.actor(record, actor)) if actor else "",
                f"Order: {what}" if kind == "order" else what,
                turned_out,
                kind in ("vote", "agreement", "clock") or (rung in ladder and ladder.index(rung) >= grave_from(result)),
                entry.because if entry is not None else (),
                kind in ("action", "order") and any(m.day == when and m.is_deed(actor, name, target) for m in moves),
            )
        )
    return tuple(made)


def _highest(result: Result, events: pandas.DataFrame) -> str:
    ladder = list(result.record.ladder)
    done = events[(events["kind"] == "action") & (events["branch"] != CALLED_OFF)]
    rungs = {entry.rung for name in done["name"].astype(str).unique() if (entry := result.record.actions.get(name))}
    ranks = [ladder.index(rung) for rung in rungs if rung in ladder]
    return labels.words(ladder[max(ranks)]) if ranks else ""
