"""The stages in which actors choose: occasions to act, appraisals, choices.

All choosers of a stage read the same state; what they chose stands in transient slots ``chosen(...)`` for the stages
after. A documented move leaves its performer no other choice in that step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brinkmanship.core.program import Choice, Program
from brinkmanship.engine.backend import Lanes
from brinkmanship.engine.choose import Appraisal, Chooser, Considered
from brinkmanship.engine.draws import Sampler
from brinkmanship.engine.sites import Faults, Turn, failed
from brinkmanship.engine.value import Outlook
from brinkmanship.lang.hoist import Hoister
from brinkmanship.lang.tape import Environment, Tape

Array = Any


@dataclass(frozen=True)
class _Acting:
    """An actor with an occasion to act in some runs."""

    chooser: Chooser
    lanes: Lanes
    sampler: Sampler
    considered: Considered


class Council:
    """Those who choose in one stage."""

    def __init__(self, choices: Sequence[Choice], program: Program, outlook: Outlook, faults: Faults, hoist: Hoister):
        backend = outlook.backend
        self.outlook, self.faults = outlook, faults
        self.choosers = [Chooser(choice, program, outlook, hoist, backend) for choice in choices]
        self.occasions = Tape([each.occasion for each in self.choosers], backend.xp)
        self.keys = [option.key for choice in choices for option in choice.options]
        self.flags = {key: f"chosen({key})" for key in self.keys}

    def run(self, turn: Turn, env: Environment, status: Array) -> tuple[dict[str, Array], Array]:
        """Let everybody choose; gives the state with the transient slots, and the new status of runs."""
        if not self.choosers:
            return dict(env.state), status
        nobody = turn.backend.xp.zeros_like(turn.going)
        turn.trace.nobody.append(nobody)
        turn.trace.chosen |= dict.fromkeys(self.keys, nobody)
        chances = turn.backend.rows(self.occasions(env), len(turn.going))
        status = self._sound(turn, status, chances)
        possible = turn.backend.some(chances > 0.0, len(turn.going))
        open_ = [may and not self._barred(turn, chooser) for chooser, may in zip(self.choosers, possible, strict=True)]
        turn.sampler.prepare([c.choice.name for c, may in zip(self.choosers, open_, strict=True) if may])
        found = [self._occasion(turn, env, *each) for each in zip(self.choosers, chances, open_, strict=True)]
        acting = [each for each in found if each is not None]
        worths = self.outlook.values([each.considered.prospect for each in acting], env)
        for each, worth in zip(acting, worths, strict=True):
            status = self._choose(turn, status, each, each.chooser.appraise(each.considered, worth))
        return {**env.state, **self._flags(turn, nobody)}, status

    def _sound(self, turn: Turn, status: Array, chances: Array) -> Array:
        """Fail the runs in which a tempo is below zero or not a number."""
        xp = turn.backend.xp
        wrong = xp.logical_and(turn.going, xp.logical_not(chances >= 0.0))
        if turn.backend.any(wrong):
            for chooser, each in zip(self.choosers, wrong, strict=True):
                place = f"choice: tempo of {chooser.choice.actor}"
                status = failed(turn.backend, status, each, self.faults, place)
        return status

    @staticmethod
    def _barred(turn: Turn, chooser: Chooser) -> bool:
        """Whether all that a chooser could do but hold is barred."""
        choice = chooser.choice
        return choice.holds and all(option.key in turn.pins.barred for option in choice.options)

    def _occasion(self, turn: Turn, env: Environment, chooser: Chooser, chance: Array, may: bool) -> _Acting | None:
        """The runs in which a chooser has an occasion to act, and what it makes of its options there."""
        backend, choice, pins = turn.backend, chooser.choice, turn.pins
        xp = backend.xp
        acts = self._forced(turn, chooser) if pins.forced else turn.going
        if not may:
            return None
        barred = [option.key in pins.barred for option in choice.options]
        acts = xp.logical_and(acts, turn.sampler.pick(choice.name, [chance]) == 0)
        acts = xp.logical_and(acts, chance >= 0.0)
        if not backend.any(acts):
            return None
        lanes = backend.lanes(acts)
        sampler = turn.sampler.within(lanes)
        considered = chooser.consider(chooser.gather(env, lanes, sampler), lanes, barred)
        return _Acting(chooser, lanes, sampler, considered)

    def _forced(self, turn: Turn, chooser: Chooser) -> Array:
        """Set down a chooser's documented moves; gives the runs in which it is free to choose."""
        xp = turn.backend.xp
        free = turn.going
        for option in chooser.choice.options:
            if option.key in turn.pins.forced:
                chosen = xp.logical_and(turn.pins.forced[option.key], turn.going)
                turn.trace.chosen[option.key] = chosen
                free = xp.logical_and(free, xp.logical_not(chosen))
        return free

    def _choose(self, turn: Turn, status: Array, acting: _Acting, appraisal: Appraisal) -> Array:
        """Draw one actor's choices; where its appraisal is not finite it chooses nothing and the run fails."""
        xp, choice, lanes = turn.backend.xp, acting.chooser.choice, acting.lanes
        first = [appraisal.hold] if choice.holds else []
        ways = [*first, *appraisal.probability]
        total: Array = 0.0
        for way in ways:
            total = total + way
        sound = xp.isfinite(total)
        taken = acting.sampler.pick(choice.name, ways[:-1], index=1) - len(first)
        for number, option in enumerate(choice.options):
            mask = xp.logical_and(taken == number, sound)
            if turn.backend.any(mask):
                turn.trace.chosen[option.key] = xp.logical_or(turn.trace.chosen[option.key], lanes.put(mask))
        wrong = lanes.put(xp.logical_not(sound))
        return failed(turn.backend, status, wrong, self.faults, f"choice: value of the options of {choice.actor}")

    def _flags(self, turn: Turn, nobody: Array) -> dict[str, Array]:
        """What was chosen, as transient slots."""
        xp = turn.backend.xp
        flags = dict.fromkeys(self.flags.values(), xp.zeros(len(turn.going)))
        for key, name in self.flags.items():
            chosen = turn.trace.chosen[key]
            if chosen is not nobody:
                flags[name] = xp.where(chosen, 1.0, 0.0)
        return flags
