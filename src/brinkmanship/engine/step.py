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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brinkmanship.core.program import Chance, OutcomeSpec, Program
from brinkmanship.engine.backend import Backend
from brinkmanship.engine.council import Council
from brinkmanship.engine.draws import Sampler
from brinkmanship.engine.pins import NO_PINS, Pins, settled
from brinkmanship.engine.sites import Stage, Steady, Trace, Turn
from brinkmanship.engine.value import Outlook
from brinkmanship.engine.writes import Bounds, Faults
from brinkmanship.lang.hoist import Hoister
from brinkmanship.lang.tape import Environment, Tape

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
        Parameters by key, each ``(run,)``, and what is derived from them (`Machine.derive`).
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
    """A program made ready for an array namespace: built once, stepped many times."""

    def __init__(self, program: Program, backend: Backend):
        self.program, self.backend = program, backend
        xp = backend.xp
        self.hoist = hoist = Hoister()
        self.faults = Faults()
        self.bounds = Bounds(program.slots, hoist)
        self.calendar = self._stage("calendar", program.calendar)
        self.perception = Steady("perception", program.perception, self.bounds, self.faults, hoist, xp)
        everyone = (*program.choices, *program.ballots)
        self.outlook = Outlook(program, [(each.actor, each.valuation) for each in everyone], hoist, backend)
        self.council = Council(program.choices, program, self.outlook, self.faults, hoist)
        self.resolution = self._stage("resolution", program.resolution)
        self.events = self._stage("events", program.events)
        self.processes = Steady("processes", program.processes, self.bounds, self.faults, hoist, xp)
        self.voters = Council(program.ballots, program, self.outlook, self.faults, hoist)
        self.institutions = self._stage("votes and agreements", program.institutions)
        self.stages = (
            self.calendar,
            self.perception,
            self.council,
            self.resolution,
            self.events,
            self.processes,
            self.voters,
            self.institutions,
        )
        asked = [spec for spec in program.outcomes if spec.predicate is not None]
        self.predicates = Tape([hoist(spec.predicate) for spec in asked if spec.predicate is not None], xp)
        self.asked = {spec.name: rank for rank, spec in enumerate(asked)}

    def _stage(self, name: str, sites: tuple[Chance, ...]) -> Stage:
        return Stage(name, sites, self.bounds, self.faults, self.hoist, self.backend.xp)

    def derive(self, numbers: Sequence[Any], theta: Mapping[str, Array]) -> dict[str, Array]:
        """The parameters of a block with all that follows from them and from the numbers of the crisis alone."""
        with self.backend.quiet():
            return self.hoist.derive(numbers, theta, self.backend.xp)


def step(machine: Machine, world: World, moment: Moment, sampler: Sampler, pins: Pins = NO_PINS) -> tuple[World, Trace]:
    """Take one step.

    Parameters
    ----------
    machine
        The program, ready to run on a backend.
    world
        The runs as they stand; not changed. Its ``theta`` comes from `Machine.derive`: every number, date and switch
        of the crisis enters there.
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
    turn = Turn(machine.backend, world.status == GOING, sampler, pins, trace)
    env = Environment(world.state, world.theta, moment.day, moment.span, (), sampler.magnitude)
    status = world.status
    with machine.backend.quiet():
        for stage in machine.stages:
            state, status = stage.run(turn, env, status)
            env = env.seeing(state)
        state = _lasting(machine, world, env.state, turn)
        return _outcomes(machine, env.seeing(state), world, status, turn.going, moment), trace


def _lasting(machine: Machine, world: World, state: Mapping[str, Array], turn: Turn) -> dict[str, Array]:
    """The lasting slots: measurements hold, and runs that had ended keep what they had (`Backend.returns`)."""
    xp, going, measured = machine.backend.xp, turn.going, turn.pins.measured
    returns = machine.backend.returns(going)
    kept = {}
    for slot in machine.program.slots:
        value, before = state[slot], world.state[slot]
        if slot in measured:
            value = settled(xp, measured[slot], value) + xp.zeros_like(value)
        kept[slot] = xp.where(going, value, before) if returns and value is not before else value
    return kept


def _outcomes(machine: Machine, env: Environment, world: World, status: Array, going: Array, moment: Moment) -> World:
    xp = machine.backend.xp
    live = xp.logical_and(xp.logical_and(going, status == GOING), moment.future)
    if not machine.backend.any(live):
        return World(env.state, world.theta, status, world.hits)
    truths = machine.predicates(env)
    hits = dict(world.hits)
    ends = xp.zeros_like(going)
    for spec in machine.program.outcomes:
        if spec.kind in ("at_end", "undecided"):
            continue
        now = xp.logical_and(
            xp.logical_and(truths[machine.asked[spec.name]], live), _open(machine.program, spec, world)
        )
        hits[spec.name] = xp.where(now, moment.day, hits[spec.name])
        if spec.ends:
            ends = xp.logical_or(ends, now)
    return World(env.state, world.theta, xp.where(xp.logical_and(ends, status == GOING), ENDED, status), hits)


def _open(program: Program, spec: OutcomeSpec, world: World) -> Array:
    """Where an outcome can still come true for the first time; a contest is decided once."""
    if spec.contest is None:
        return world.hits[spec.name] < 0
    undecided: Array = True
    for rival in program.outcomes:
        if rival.contest == spec.contest:
            undecided = undecided & (world.hits[rival.name] < 0)
    return undecided


def final_outcomes(machine: Machine, world: World, moment: Moment) -> dict[str, Array]:
    """Whether each outcome came true, ``(run,)`` by name; failed runs count in none."""
    xp = machine.backend.xp
    sound = world.status <= ENDED
    found: dict[str, Array] = {}
    with machine.backend.quiet():
        truths = machine.predicates(Environment(world.state, world.theta, moment.day, moment.span))
    for spec in machine.program.outcomes:
        if spec.kind == "at_end":
            true = truths[machine.asked[spec.name]]
        elif spec.kind == "undecided":
            true = _open(machine.program, spec, world)
        else:
            true = world.hits[spec.name] >= 0
        found[spec.name] = xp.logical_and(true, sound)
    return found
