"""One step of a crisis: the contract.

A step runs its stages in this order, and each reads the state that the one before left:

1. **Calendar and clocks**: dated events; deadlines that run out; actions that come to their end.
2. **Perception**: registers of delayed sight; beliefs learn from what was answered or let pass in the step before.
3. **Initiative** and 4. **Choice**: an occasion to act comes with probability ``τ_i(ŝ_i) Δ``; then a nested logit over
   the options (`brinkmanship.engine.choose`). All actors read the same state.
5. **Resolution**: what was chosen is carried out; orders that are due are executed or called off.
6. **Events**: what nobody chooses, with probability ``1 − exp(−h Δ)``.
7. **Processes**: drift, decay, diffusion, and the daily effects of actions under way.
8. **Votes and agreements** that are due: ballots, then tallies and talks.
9. **Outcomes**: predicates over the state that the step leaves; some end the run.

Within a stage all sites read the same state; increments add up on top of settings, the highest priority sets, bounds
apply at the end of the stage; preconditions are not checked again within the step. Documented measurements hold at
the end of stage 8. A run that has ended keeps its state; one that meets a number that is not finite ends with a code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from brinkmanship.core.program import Chance, OutcomeSpec, Program
from brinkmanship.engine.backend import Backend
from brinkmanship.engine.choose import Chooser
from brinkmanship.engine.draws import Sampler
from brinkmanship.engine.sites import NO_PINS, Bounds, Faults, Pins, ReadySite, Stage, Trace
from brinkmanship.lang.evaluate import Environment, evaluator

Array = Any
GOING, ENDED = 0, 1
NOT_YET = -1.0


@dataclass(frozen=True)
class World:
    """A block of runs at one moment.

    Attributes
    ----------
    state
        Slots by key, each ``(run,)``.
    theta
        Parameters by key, each ``(run,)``.
    status
        ``(run,)``: 0 going, 1 ended by an outcome, else a code of `Faults`.
    hits
        By outcome, the day of its first time, ``(run,)``; below zero: not yet.
    """

    state: Mapping[str, Array]
    theta: Mapping[str, Array]
    status: Array
    hits: Mapping[str, Array]


@dataclass(frozen=True)
class Moment:
    """When a step happens: its number, the day it starts on, its length, and whether it is future (outcomes count)."""

    step: Any
    day: Any
    span: Any
    future: Any = True


class Machine:
    """A program with its closures: built once, stepped many times."""

    def __init__(self, program: Program):
        self.program = program
        self.faults = Faults()
        self.bounds = Bounds.of(program.slots)
        self.calendar = self._stage("calendar", program.calendar)
        self.perception = self._stage("perception", program.perception, traced=False)
        self.choosers = [Chooser(choice, program) for choice in program.choices]
        self.resolution = self._stage("resolution", program.resolution)
        self.events = self._stage("events", program.events)
        self.processes = self._stage("processes", program.processes, traced=False)
        self.voters = [Chooser(choice, program) for choice in program.ballots]
        self.institutions = self._stage("votes and agreements", program.institutions)
        self.outcomes = [(spec, evaluator(spec.predicate)) for spec in program.outcomes if spec.predicate is not None]

    def _stage(self, name: str, sites: tuple[Chance, ...], *, traced: bool = True) -> Stage:
        return Stage(name, [ReadySite.of(site) for site in sites], self.bounds, self.faults, traced)

    @property
    def addresses(self) -> list[str]:
        """Addresses of the draws that every step needs."""
        program = self.program
        noise = [d for site in program.processes for b in site.branches for u in b.updates for d in _draws(u.value)]
        seen = [d for choice in program.choices for _, source in choice.seen for d in _draws(source)]
        hazards = [site.name for site in (*program.events, *program.institutions) if site.occurs is not None]
        return [*(c.name for c in program.choices), *hazards, *noise, *seen]


def _draws(node: Any) -> list[str]:
    from brinkmanship.lang.nodes import draws_in

    return [draw.address for draw in draws_in(node)]


def step(
    machine: Machine, backend: Backend, numbers: Any, world: World, moment: Moment, sampler: Sampler, pins: Pins = NO_PINS
) -> tuple[World, Trace]:
    """Take one step.

    Parameters
    ----------
    machine
        The program, ready to run.
    backend
        Array namespace and what goes with it.
    numbers
        Runtime arguments: every number, date and switch of the crisis.
    world
        The runs as they stand; not changed.
    moment
        When.
    sampler
        Where chance comes in.
    pins
        What the documents fix.

    Returns
    -------
    World, Trace
        The runs after the step, and what happened in it.
    """
    trace = Trace()
    going = world.status == GOING
    status = world.status
    env = Environment(backend.xp, world.state, world.theta, numbers, moment.day, moment.span, sampler.magnitude)
    for stage in (machine.calendar, machine.perception):
        state, status = stage.run(backend, env, going, status, sampler, pins, trace)
        env = env.seeing(state)
    env, status = _choices(machine, machine.choosers, backend, env, going, status, sampler, pins, trace)
    for stage in (machine.resolution, machine.events, machine.processes):
        state, status = stage.run(backend, env, going, status, sampler, pins, trace)
        env = env.seeing(state)
    env, status = _choices(machine, machine.voters, backend, env, going, status, sampler, pins, trace)
    state, status = machine.institutions.run(backend, env, going, status, sampler, pins, trace)
    state = _settled(backend, world, machine.program, state, going, pins)
    return _outcomes(machine, backend, env.seeing(state), world, status, going, moment), trace


def _choices(
    machine: Machine, choosers: list[Chooser], backend: Backend, env: Environment, going: Array, status: Array, sampler: Sampler, pins: Pins, trace: Trace
) -> tuple[Environment, Array]:
    """All choosers read the same state; what they chose stands in transient slots for the stages after."""
    flags: dict[str, Array] = {}
    for chooser in choosers:
        chosen, wrong = chooser.decide(backend, env, going, sampler, pins)
        for key, mask in chosen.items():
            flags[f"chosen({key})"] = backend.xp.where(mask, 1.0, 0.0)
        trace.chosen.update(chosen)
        if backend.any(wrong):
            code = machine.faults.code(f"choice: value of the options of {chooser.choice.actor}")
            status = backend.xp.where(backend.xp.logical_and(wrong, status == GOING), code, status)
    return env.seeing({**env.state, **flags}), status


def _settled(backend: Backend, world: World, program: Program, state: Mapping[str, Array], going: Array, pins: Pins) -> dict[str, Array]:
    """The lasting slots: measurements hold, and runs that had ended keep what they had."""
    xp = backend.xp
    ended = backend.any(xp.logical_not(going))
    settled = {}
    for slot in program.slots:
        value = state[slot]
        if slot in pins.measured:
            value = xp.full_like(value, pins.measured[slot])
        settled[slot] = xp.where(going, value, world.state[slot]) if ended else value
    return settled


def _outcomes(machine: Machine, backend: Backend, env: Environment, world: World, status: Array, going: Array, moment: Moment) -> World:
    xp = backend.xp
    live = xp.logical_and(xp.logical_and(going, status == GOING), moment.future)
    hits = dict(world.hits)
    ends = xp.zeros_like(going)
    for spec, predicate in machine.outcomes:
        if spec.kind == "at_end":
            continue
        now = xp.logical_and(xp.logical_and(predicate(env), live), _open(machine, spec, world))
        hits[spec.name] = xp.where(now, moment.day, hits[spec.name])
        if spec.ends:
            ends = xp.logical_or(ends, now)
    status = xp.where(xp.logical_and(ends, status == GOING), ENDED, status)
    return World(env.state, world.theta, status, hits)


def _open(machine: Machine, spec: OutcomeSpec, world: World) -> Array:
    """Where an outcome can still come true for the first time; a contest is decided once."""
    if spec.contest is None:
        return world.hits[spec.name] < 0
    rivals = [other for other, _ in machine.outcomes if other.contest == spec.contest]
    undecided: Array = True
    for rival in rivals:
        undecided = undecided & (world.hits[rival.name] < 0)
    return undecided


def final_outcomes(machine: Machine, backend: Backend, numbers: Any, world: World, moment: Moment) -> dict[str, Array]:
    """Whether each outcome came true, ``(run,)`` by name; failed runs count in none."""
    xp = backend.xp
    env = Environment(xp, world.state, world.theta, numbers, moment.day, moment.span)
    sound = world.status <= ENDED
    found: dict[str, Array] = {}
    predicates = {spec.name: predicate for spec, predicate in machine.outcomes}
    for spec in machine.program.outcomes:
        if spec.kind == "at_end":
            true = predicates[spec.name](env)
        elif spec.kind == "undecided":
            true = xp.ones_like(sound)
            for other in machine.program.outcomes:
                if other.contest == spec.contest and other.name != spec.name:
                    true = xp.logical_and(true, world.hits[other.name] < 0)
        else:
            true = world.hits[spec.name] >= 0
        found[spec.name] = xp.logical_and(xp.logical_and(true, sound), xp.ones_like(sound))
    return found
