"""Exact enumeration: the distribution over the states of one run, every branch of every step followed.

If ``p_t(s)`` is the chance that a run stands in state ``s`` before step ``t``, then
``p_{t+1}(s') = Σ_s p_t(s) P(s → s')``. ``P`` is had by taking the same `step` once for each way its draws can
turn out: a sampler follows a script of branch indices instead of drawing, and notes the chances of every
pick; the script is advanced depth first, as probabilistic programs are enumerated by replay. Branches without
chance are never entered. Histories that have come to the same state are merged, which changes no probability.

Coins are exact. Counts are exact up to one beyond which less than `TAIL` is left; that rest is put there.
Continuous magnitudes have no branches and are refused. Parameters stand at their medians.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from brinkmanship.core.program import Lowered
from brinkmanship.engine.backend import NUMPY, Lanes
from brinkmanship.engine.draws import SMALL_MEAN
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.engine.priors import draw_starts
from brinkmanship.engine.replay import Schedule
from brinkmanship.engine.step import ENDED, GOING, Moment, World, final_outcomes, step
from brinkmanship.errors import UsageError

Array = Any
Weighted = tuple[float, World]
TAIL = 1e-13
"""Chance of larger counts that is put on the largest one followed (our choice: below rounding)."""


@dataclass
class Script:
    """A `Sampler` of one run: takes branches ``indices``, then the first that can be; notes all chances."""

    indices: Sequence[int] = ()
    taken: list[tuple[int, list[float]]] = field(default_factory=list)
    runs: np.ndarray = field(default_factory=lambda: np.zeros(1, np.uint32))
    xp: Any = np

    def pick(self, address: str, chances: Sequence[Array], *, index: int = 0) -> Array:
        edges = np.cumsum([float(np.ravel(chance)[0]) for chance in chances])
        # A draw counts the edges that it has passed; so are chances read that do not add up to one.
        within = np.sort(np.clip(np.where(np.isnan(edges), 1.0, edges), 0.0, 1.0))
        return np.array([self._take(np.diff(within, prepend=0.0, append=1.0).tolist())])

    def magnitude(self, address: str, family: str, arguments: tuple[Array, ...]) -> Array:
        first = float(np.ravel(arguments[0])[0])
        if family == "bernoulli":
            return 1.0 - self.pick(address, [first])
        if family != "poisson":
            why = "it can take any value, and its histories cannot be counted; take poisson or bernoulli"
            raise UsageError(f"`{address}` is a {family} magnitude: {why}")
        if first > SMALL_MEAN:
            raise UsageError(f"`{address}` has a mean of {first:g}; at most {SMALL_MEAN:g} is enumerated")
        return np.array([float(self._take(_counts(first))) if first >= 0 else np.nan])

    def within(self, lanes: Lanes) -> Script:
        return self

    def prepare(self, addresses: Sequence[str]) -> None:
        pass

    def _take(self, masses: list[float]) -> int:
        place = len(self.taken)
        known = place < len(self.indices)
        index = self.indices[place] if known else next(k for k, mass in enumerate(masses) if mass > 0)
        self.taken.append((index, masses))
        return index

    def advanced(self) -> Script | None:
        """The next way through, depth first; None after the last."""
        path = list(self.taken)
        while path:
            index, masses = path.pop()
            for other in range(index + 1, len(masses)):
                if masses[other] > 0:
                    return Script([*(each for each, _ in path), other])
        return None


def _counts(mean: float) -> list[float]:
    masses, rest = [math.exp(-mean)], -math.expm1(-mean)
    while rest > TAIL:
        masses.append(min(rest, masses[-1] * mean / len(masses)))
        rest -= masses[-1]
    return [*masses[:-1], masses[-1] + max(rest, 0.0)]


def _ways(follow: Callable[[Script], World]) -> Iterator[Weighted]:
    script: Script | None = Script()
    while script is not None:
        world = follow(script)
        yield math.prod(masses[index] for index, masses in script.taken), world
        script = script.advanced()


def _merged(weighted: Iterable[Weighted]) -> list[Weighted]:
    """One entry a state, with the sum of its chances."""
    found: dict[tuple[float, ...], tuple[list[float], World]] = {}
    for weight, world in weighted:
        key = tuple(float(each[0]) for each in (world.status, *world.state.values(), *world.hits.values()))
        found.setdefault(key, ([], world))[0].append(weight)
    return [(math.fsum(weights), world) for weights, world in found.values()]


def enumerate_worlds(lowered: Lowered, origin: float, *, most: int = 100_000) -> list[Weighted]:
    """All states that a run can end in, each a `World` of one run, with chances that add up to one.

    Takes and raises what `enumerate_outcomes` does.
    """
    simulator, timeline = Simulator(lowered), lowered.timeline
    first, followed = timeline.step_of(origin), 0
    schedule = Schedule(lowered, first)
    blank, _ = simulator.start(Request(1, 0, origin, fixed=True), np.zeros(1, np.uint32))

    def begin(script: Script) -> World:
        state = draw_starts(lowered.program, lowered.numbers, blank.theta, script)  # type: ignore[arg-type]
        return World(state, blank.theta, blank.status, blank.hits)

    def after(world: World, index: int) -> Iterator[Weighted]:
        here = simulator.begin_future(world) if index == first else world
        moment = Moment(index, index * timeline.step, timeline.step, index >= first)

        def follow(script: Script) -> World:
            pins = schedule.pins(index, script)  # type: ignore[arg-type]
            return step(simulator.machine, here, moment, script, pins)[0]

        return _ways(follow) if world.status[0] == GOING else iter([(1.0, world)])

    with NUMPY.quiet():
        worlds = _merged(_ways(begin))
        for index in range(timeline.steps):
            found: list[Weighted] = []
            for chance, world in worlds:
                for weight, later in after(world, index):
                    found.append((chance * weight, later))
                    followed += 1
                    if followed > most:
                        raise UsageError(f"more than {most:,} branches by step {index}; raise `most` or stop sooner")
            worlds = _merged(found)
    return worlds


def enumerate_outcomes(lowered: Lowered, origin: float, *, most: int = 100_000) -> dict[str, float]:
    """Exact probability of each outcome, which ``Runs.probability`` estimates: among runs that do not fail.

    Parameters
    ----------
    lowered
        A lowered crisis; its parameters are put at their medians.
    origin
        First day of the future, in days since the clock's start; the past before it is replayed.
    most
        Most ways through single steps that are followed, in all.

    Raises
    ------
    UsageError
        When there are more than ``most``, or where a continuous magnitude would have to be drawn.
    """
    worlds = enumerate_worlds(lowered, origin, most=most)
    machine, timeline = Simulator(lowered).machine, lowered.timeline
    last = Moment(timeline.steps, timeline.end, timeline.step)
    sound = math.fsum(weight for weight, world in worlds if world.status[0] <= ENDED)
    parts: dict[str, list[float]] = {spec.name: [] for spec in lowered.program.outcomes}
    for weight, world in worlds:
        for name, true in final_outcomes(machine, world, last).items():
            parts[name].append(weight if bool(true[0]) else 0.0)
    return {name: math.fsum(each) / sound if sound else math.nan for name, each in parts.items()}
