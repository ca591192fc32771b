"""First moves and what follows: how runs end that begin with one deed rather than another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brinkmanship.report.questions import answer_text, main_question
from brinkmanship.results import labels
from brinkmanship.results.intervals import wilson
from brinkmanship.results.result import Likelihood, Result

if TYPE_CHECKING:
    import pandas

MOST_MOVES = 4
LEAST_RUNS = 10
"""A first move is shown when it opened at least so many runs (our choice: below, shares say next to nothing)."""
MOST_DIFFERENCES = 3


@dataclass(frozen=True)
class Share:
    """An outcome among the runs that began with a deed, beside all runs; ``low`` and ``high`` are a 90 % interval."""

    label: str
    definition: str
    share: float
    low: float
    high: float
    overall: float


@dataclass(frozen=True)
class FirstMove:
    """A deed that came first, in how many runs, on which day in the median; how they ended, and where they differ."""

    actor: str
    label: str
    runs: int
    day: int
    question: tuple[Share, ...]
    differs: tuple[Share, ...]


def first_moves(result: Result, firsts: pandas.DataFrame, ends: pandas.DataFrame) -> list[FirstMove]:
    """The commonest first deeds, and the outcomes of the runs that they opened.

    ``differs`` are the outcomes whose share is furthest from that of all runs, in standard errors of the share.
    """
    keys = ["actor", "name", "target"]
    counts = firsts.groupby(keys).size().sort_values(ascending=False, kind="stable")
    moves = []
    for key, size in counts[counts >= LEAST_RUNS].head(MOST_MOVES).items():
        actor, name, target = map(str, key)  # type: ignore[call-overload]
        rows = firsts[(firsts["actor"] == actor) & (firsts["name"] == name) & (firsts["target"] == target)]
        ended = ends[ends["run"].isin(rows["run"]) & ends["sound"]]
        question = [_share(each, ended, answer_text(each)) for each in main_question(result) if each.runs]
        rest = [_share(each, ended, each.label) for each in result.likelihoods if each not in main_question(result)]
        differs = sorted((each for each in rest if _distance(each, len(ended)) > 1), key=lambda s: -_distance(s, size))
        moves.append(
            FirstMove(
                labels.short(labels.actor(result.record, actor)),
                labels.deed(result.record, name, target),
                int(size),
                int(rows["day"].median()) + 1,
                tuple(question),
                tuple(differs[:MOST_DIFFERENCES]),
            )
        )
    return moves


def _share(outcome: Likelihood, ended: pandas.DataFrame, label: str) -> Share:
    came = int(ended[outcome.name].sum())
    return Share(
        label,
        label if outcome.label != label else outcome.definition,
        came / max(1, len(ended)),
        *wilson(came, len(ended)),
        overall=float(outcome.probability),
    )


def _distance(each: Share, runs: int) -> float:
    """How far a share lies from that of all runs, in standard errors."""
    error = math.sqrt(each.overall * (1 - each.overall) / max(1, runs))
    return abs(each.share - each.overall) / error if error > 0 else 0.0
