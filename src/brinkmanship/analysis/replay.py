"""The documented past put to the model: how likely each move was to the one who made it.

The past is replayed, forced through every documented move. Before each move its performer appraises all its options as
if it had an occasion to act; the mean over runs of the chance of what it did then, its rank, and what came before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from brinkmanship.analysis.variants import Progress
from brinkmanship.core.crisis import Crisis
from brinkmanship.engine.appraise import Inclination, inclinations
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.engine.replay import Schedule
from brinkmanship.engine.step import Moment
from brinkmanship.results.expectations import foreseen

HOLD = "hold"
RARE, FIRST = 0.01, 5
"""A move stands out when its chance is below the one and it is not among as many first options (our choice)."""
SHOWN = 3


@dataclass(frozen=True)
class Retraced:
    """One documented move, or one possible performer of it.

    Attributes
    ----------
    day, actor, option
        When, who, and the option chosen: ``actor.action`` or ``actor.action.target``.
    chance_of_performer
        How sure the documents are that it was this actor.
    probability
        Chance of the option at an occasion to act, mean over runs.
    per_day
        Chance per day that the actor gets an occasion and takes this option, mean over runs.
    available
        Share of runs in which the option was open.
    rank, of
        Place of the option among those that are open in some run, ``hold`` included, by mean chance.
    preferred
        What the actor would rather have done: options before it, with their mean chances, three at most.
    """

    day: date
    actor: str
    option: str
    chance_of_performer: float
    probability: float
    per_day: float
    available: float
    rank: int
    of: int
    preferred: tuple[tuple[str, float], ...]

    @property
    def stands_out(self) -> bool:
        """Whether the model would hardly have expected the move."""
        return self.probability < RARE and self.rank > FIRST


def retrace(
    crisis: Crisis,
    *,
    runs: int = 200,
    seed: int = 0,
    start: date | str | None = None,
    progress: Progress | None = None,
) -> list[Retraced]:
    """Retrace every documented move of an actor before the first day of the future.

    Parameters
    ----------
    crisis
        With its history.
    runs, seed
        Number of replays, each with its own parameters, and the seed of their draws.
    start
        First day of the future; None is the crisis's own.
    progress
        Called with (done, all) in steps.
    """
    lowered = foreseen(crisis).lowered
    request = Request(runs, seed, crisis.day(start), sampled=0)
    numbers = np.arange(runs, dtype=np.uint32)
    first = lowered.timeline.step_of(request.origin)
    wanted = _moves(crisis, first)
    simulator, schedule = Simulator(lowered), Schedule(lowered, first)
    before, sampler = simulator.start(request, numbers)
    found: list[Retraced] = []
    for moment, after, _ in simulator.steps(request, before, sampler, range(first)):
        if moves := wanted.get(moment.step):
            actors = {option.partition(".")[0] for option, _ in moves}
            pins = schedule.pins(moment.step, sampler.at(moment.step))
            inclined = inclinations(simulator.machine, before, moment, sampler, actors, pins)
            found += _retraced(crisis, moment, moves, inclined)
        before = after
        if progress is not None:
            progress(moment.step + 1, first)
    return found


def _moves(crisis: Crisis, first: int) -> dict[int, list[tuple[str, float]]]:
    """Documented moves of actors by step: options and the chance that it was this one."""
    options, timeline = crisis.lowered.program.options, crisis.lowered.timeline
    found: dict[int, list[tuple[str, float]]] = {}
    for pin in crisis.lowered.past.pins:
        for key, chance in pin.alternatives:
            if key in options and timeline.step_of(pin.day) < first:
                found.setdefault(timeline.step_of(pin.day), []).append((key, chance))
    return found


def _retraced(
    crisis: Crisis, moment: Moment, moves: list[tuple[str, float]], inclined: Mapping[str, Inclination]
) -> Iterator[Retraced]:
    for option, chance in moves:
        actor = option.partition(".")[0]
        mind = inclined[actor]
        means = {key: float(np.mean(each)) for key, each in mind.probability.items() if np.any(mind.available[key])}
        means.setdefault(option, 0.0)
        means[HOLD] = float(np.mean(mind.hold))
        order = sorted(means, key=lambda key: (-means[key], key))
        rank = order.index(option) + 1
        yield Retraced(
            crisis.date(moment.day),
            actor,
            option,
            chance,
            means[option],
            float(np.mean(mind.occasion * mind.probability[option])) / moment.span,
            float(np.mean(mind.available[option])),
            rank,
            len(order),
            tuple((key, means[key]) for key in order[: min(rank - 1, SHOWN)]),
        )
