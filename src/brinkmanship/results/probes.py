"""Probes: what is made to happen in a step, and whether its own conditions would have let it happen.

Documented and supposed moves happen whatever their preconditions say. A probe stands before the stages in which
actors choose, events strike, and votes and agreements fall due, and looks without changing anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from brinkmanship.core.program import Choice, Lowered
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.engine.replay import Schedule
from brinkmanship.engine.sites import Turn
from brinkmanship.engine.step import Machine, Moment, step
from brinkmanship.engine.workers import Source
from brinkmanship.lang import nodes
from brinkmanship.lang.hoist import substitute
from brinkmanship.lang.nodes import Expression
from brinkmanship.lang.tape import Environment, Tape

Array = Any
LOOKED = 200
"""Runs in which it is looked whether a supposed move was open (our choice: a share is known to six points)."""


@dataclass
class Probe:
    """A stage that changes nothing, and counts in how many runs what is forced in this step was open.

    ``made`` and ``open`` count runs by name and day.
    """

    names: Sequence[str]
    tape: Tape
    numbers: Sequence[float]
    made: Counter[tuple[str, float]] = field(default_factory=Counter)
    open: Counter[tuple[str, float]] = field(default_factory=Counter)

    def run(self, turn: Turn, env: Environment, status: Array) -> tuple[Mapping[str, Array], Array]:
        """Look, and leave everything as it is."""
        forced = {name: mask for name, mask in turn.pins.forced.items() if name in self.names}
        if forced:
            holds = dict(zip(self.names, self.tape(replace(env, numbers=self.numbers)), strict=True))
            for name, mask in forced.items():
                here = np.asarray(mask) & np.asarray(turn.going)
                self.made[name, env.day] += int(here.sum())
                self.open[name, env.day] += int((here & np.asarray(holds[name])).sum())
        return env.state, status


@dataclass(frozen=True)
class Probes:
    """Probes in their places."""

    each: tuple[Probe, ...]

    def counts(self, names: Sequence[str], day: float) -> tuple[int, int]:
        """In how many runs one of some things was made to happen on a day, and in how many of these it was open."""
        keys = [(name, day) for name in names]
        made, open_ = (
            sum(count[key] for probe in self.each for count in [getattr(probe, which)] for key in keys)
            for which in ("made", "open")
        )
        return made, open_


@contextmanager
def probing(machine: Machine, lowered: Lowered) -> Iterator[Probes]:
    """Put probes into a machine, and take them out again: crises of one structure share it."""
    program = lowered.program
    options = {option.key: _open(choice, option.available) for choice in program.choices for option in choice.options}
    events = {site.name: site.when for site in program.events}
    institutions = {site.name: site.when for site in program.institutions}
    xp, stages = machine.backend.xp, machine.stages
    before = {
        id(stage): Probe(list(conditions), _tape(conditions, xp), lowered.numbers)
        for stage, conditions in (
            (machine.council, options),
            (machine.events, events),
            (machine.institutions, institutions),
        )
    }
    probed: list[Any] = []
    for stage in stages:
        probed += [before[id(stage)], stage] if id(stage) in before else [stage]
    machine.stages = tuple(probed)
    try:
        yield Probes(tuple(before.values()))
    finally:
        machine.stages = stages


def _open(choice: Choice, available: Expression | None) -> Expression:
    """Whether an option is open as its actor sees things, and the actor acts at all."""
    seen: dict[Expression, Expression] = {nodes.Slot(slot): source for slot, source in choice.seen}
    own = substitute(available, seen) if available is not None else nodes.Truth(True)
    return own if choice.when is None else nodes.Logic("and", (own, choice.when))


def _tape(conditions: Mapping[str, Expression | None], xp: Any) -> Tape:
    return Tape([each if each is not None else nodes.Truth(True) for each in conditions.values()], xp)


def openings(simulator: Simulator, source: Source, request: Request) -> tuple[tuple[int, int], ...]:
    """For each supposed move: runs under way in which it was looked, and those in which it was open to its actor.

    The runs are the first of the request; they come to the day by the engine that simulates them, and take the step
    in which the move is made once more.
    """
    lowered, size = simulator.lowered, min(LOOKED, request.runs)
    timeline = lowered.timeline
    first = timeline.step_of(request.origin)
    schedule = Schedule(lowered, first, request.given)
    at = sorted({timeline.step_of(pin.day) for pin in request.given})
    sampler = simulator.draws(request, np.arange(size, dtype=np.uint32))
    counts: dict[tuple[str, int], tuple[int, int]] = {}
    for index, world in zip(at, source.worlds(request, 0, size, at, lambda _: None), strict=True):
        sampler.at(index)
        moment = Moment(index, index * timeline.step, timeline.step)
        with probing(simulator.machine, lowered) as probes:
            step(simulator.machine, world, moment, sampler, schedule.pins(index, sampler))
        for pin in request.given:
            if timeline.step_of(pin.day) == index:
                counts[pin.alternatives[0][0], index] = probes.counts(
                    [name for name, _ in pin.alternatives], moment.day
                )
    return tuple(counts[pin.alternatives[0][0], timeline.step_of(pin.day)] for pin in request.given)
