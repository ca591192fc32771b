"""The main question of a crisis: outcomes of which exactly one comes true, so that each run has one answer."""

from __future__ import annotations

from brinkmanship.results import labels
from brinkmanship.results.result import Likelihood, Result


def main_question(result: Result) -> tuple[Likelihood, ...]:
    """The answers to the first question of the kind `first` in the crisis; empty where it asks none."""
    name = next((name for name, outcome in result.record.outcomes.items() if outcome.first is not None), None)
    return tuple(each for each in result.likelihoods if name is not None and each.name.partition(".")[0] == name)


def question_text(result: Result) -> str:
    """The main question in words."""
    parts = main_question(result)
    return labels.outcome_in_short(result.record, parts[0].name.partition(".")[0]) if parts else ""


def answer_text(each: Likelihood) -> str:
    """An answer to the main question in words."""
    return labels.words(each.name.partition(".")[2])
