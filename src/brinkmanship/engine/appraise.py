"""What actors would choose at a moment, whatever they did: for explanation, beside a step and without changing it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from brinkmanship.engine.choose import Chooser
from brinkmanship.engine.draws import Sampler
from brinkmanship.engine.pins import NO_PINS, Pins
from brinkmanship.engine.sites import Trace, Turn
from brinkmanship.engine.step import GOING, Machine, Moment, World
from brinkmanship.lang.tape import Environment

Array = Any


@dataclass(frozen=True)
class Inclination:
    """What an actor would do at an occasion to act.

    Attributes
    ----------
    occasion
        Chance of an occasion in the step, ``(run,)``.
    available
        By option, whether it is open, ``(run,)``.
    probability
        By option, its chance at an occasion, ``(run,)``; ``hold`` is that of doing nothing.
    """

    occasion: Array
    available: dict[str, Array]
    probability: dict[str, Array]
    hold: Array


def inclinations(
    machine: Machine, world: World, moment: Moment, sampler: Sampler, actors: Collection[str], pins: Pins = NO_PINS
) -> dict[str, Inclination]:
    """What actors would choose in the step that follows a world, in all runs under way, by actor.

    Calendar and perception run as in the step itself (``pins`` are its own); then each actor appraises its options as
    if it had an occasion to act and nothing were documented. Runs that have ended are left out of the arrays.
    """
    found: dict[str, Inclination] = {}
    turn = Turn(machine.backend, world.status == GOING, sampler, pins, Trace())
    env = Environment(world.state, world.theta, moment.day, moment.span, (), sampler.magnitude)
    status = world.status
    with machine.backend.quiet():
        for stage in (machine.calendar, machine.perception):
            state, status = stage.run(turn, env, status)
            env = env.seeing(state)
        occasions = machine.council.occasions(env)
        for chooser, occasion in zip(machine.council.choosers, occasions, strict=True):
            if chooser.choice.actor in actors:
                found[chooser.choice.actor] = _inclination(machine, chooser, occasion, turn, env)
    return found


def _inclination(machine: Machine, chooser: Chooser, occasion: Array, turn: Turn, env: Environment) -> Inclination:
    backend, options = machine.backend, chooser.choice.options
    lanes = backend.lanes(turn.going)
    gathered = chooser.gather(env, lanes, turn.sampler.within(lanes))
    considered = chooser.consider(gathered, lanes, [False] * len(options))
    (worth,) = machine.outlook.values([considered.prospect], env)
    appraisal = chooser.appraise(considered, worth)
    (chance,) = lanes.take([occasion + backend.xp.zeros(turn.going.shape)])
    return Inclination(
        chance,
        {option.key: appraisal.available[k] for k, option in enumerate(options)},
        {option.key: appraisal.probability[k] for k, option in enumerate(options)},
        appraisal.hold,
    )
