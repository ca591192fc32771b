"""Rates of actions by actor."""

from __future__ import annotations

from dataclasses import dataclass

from brinkmanship.results import labels
from brinkmanship.results.result import Result

MOST = 5
MOST_ACTORS = 6
"""Actors whose actions are seen without unfolding."""


@dataclass(frozen=True)
class Rate:
    """An action: how often it is chosen, in times per 30 days under way, and the share of the highest rate of all."""

    label: str
    per_30_days: float
    share: float


@dataclass(frozen=True)
class ActorRates:
    """An actor with its commonest actions; ``others`` counts those left out, ``total`` is the rate of all together."""

    label: str
    total: float
    actions: tuple[Rate, ...]
    others: int


def rates(result: Result) -> list[ActorRates]:
    """Actors that act, the busiest first. Ballots are no actions of their own: the vote is."""
    data = result.data
    names = [str(each) for each in data["action"].values]
    actors = [str(each) for each in data["actor_of_action"].values]
    pace = [float(each) for each in data["per_30_days"].values]
    votes = result.record.votes
    rows = [
        (actor, str(label), rate)
        for name, actor, label, rate in zip(names, actors, data["action_label"].values, pace, strict=True)
        if rate > 0 and name.split(".")[1] not in votes
    ]
    top = max((rate for *_, rate in rows), default=1.0)
    made = []
    for actor in dict.fromkeys(row[0] for row in rows):
        mine = sorted((row for row in rows if row[0] == actor), key=lambda row: -row[2])
        shown = tuple(Rate(label, rate, rate / top) for _, label, rate in mine[:MOST])
        label = labels.short(labels.actor(result.record, actor))
        made.append(ActorRates(label, sum(row[2] for row in mine), shown, max(0, len(mine) - MOST)))
    return sorted(made, key=lambda each: -each.total)
