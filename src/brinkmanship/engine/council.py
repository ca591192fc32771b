"""The stages in which actors choose: occasions to act, appraisals, choices.

All choosers of a stage read the same state; what they chose stands in transient slots ``chosen(...)`` for the stages
after. A documented move leaves its performer no other choice in that step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from brinkmanship.core.program import Choice, Program
from brinkmanship.engine.backend import Lanes
from brinkmanship.engine.choose import Appraisal, Chooser
from brinkmanship.engine.draws import Sampler
from brinkmanship.engine.pins import but
from brinkmanship.engine.sites import Turn
from brinkmanship.engine.value import Outlook
from brinkmanship.engine.writes import Faults, failed
from brinkmanship.lang.hoist import Hoister
from brinkmanship.lang.tape import Environment, Tape

Array = Any


class _Acting(NamedTuple):
    """An actor, and the runs in which it has an occasion to act, ``(run,)``."""

    chooser: Chooser
    acts: Array


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
        busy = self._documented(turn, nobody)
        chances = turn.backend.rows(self.occasions(env), len(turn.going))
        status = self._sound(turn, status, chances)
        possible = turn.backend.some(chances > 0.0, len(turn.going))
        ready = [(c, each) for c, each, may in zip(self.choosers, chances, possible, strict=True) if may]
        ready = [(c, each) for c, each in ready if self._barred(turn, c) is not True]
        turn.sampler.prepare([chooser.choice.name for chooser, _ in ready])
        acting = [_Acting(chooser, self._acts(turn, chooser, chance, busy)) for chooser, chance in ready]
        for group in [acting] if turn.backend.together else [[each] for each in acting]:
            status = self._decided(turn, env, status, group, nobody)
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
    def _barred(turn: Turn, chooser: Chooser) -> Array:
        """Whether all that a chooser could do but hold is barred."""
        choice = chooser.choice
        if not choice.holds:
            return False
        every: Array = True
        for out in [turn.pins.bars(option.key) for option in choice.options]:
            if out is False:
                return False
            every = out if every is True else every if out is True else turn.backend.xp.logical_and(every, out)
        return every

    def _documented(self, turn: Turn, nobody: Array) -> dict[str, Array]:
        """Set down documented moves; gives by actor where it has made one, ``(run,)``."""
        xp, forced = turn.backend.xp, turn.pins.forced
        by_actor = {
            each.choice.actor: [option.key for option in each.choice.options if option.key in forced]
            for each in self.choosers
        }
        by_actor = {actor: keys for actor, keys in by_actor.items() if keys}
        everything = [key for keys in by_actor.values() for key in keys]

        def work() -> tuple[dict[str, Array], dict[str, Array]]:
            moves = {key: xp.logical_and(forced[key], turn.going) for key in everything}
            busy = {}
            for actor, keys in by_actor.items():
                busy[actor] = moves[keys[0]]
                for key in keys[1:]:
                    busy[actor] = xp.logical_or(busy[actor], moves[key])
            return moves, busy

        blank = dict.fromkeys(everything, nobody), dict.fromkeys(by_actor, nobody)
        moves, busy = turn.backend.only(turn.pins.some, work, blank)
        turn.trace.chosen |= moves
        return busy

    def _acts(self, turn: Turn, chooser: Chooser, chance: Array, busy: Mapping[str, Array]) -> Array:
        """The runs in which a chooser has an occasion to act and is free to choose."""
        xp, actor = turn.backend.xp, chooser.choice.actor
        acts = but(xp, turn.going, self._barred(turn, chooser))
        if actor in busy:
            acts = xp.logical_and(acts, xp.logical_not(busy[actor]))
        acts = xp.logical_and(acts, chance > 0.0)
        return turn.backend.only(acts, lambda: xp.logical_and(acts, self._called(turn, chooser, chance)), acts)

    @staticmethod
    def _called(turn: Turn, chooser: Chooser, chance: Array) -> Array:
        """Where the draw gives an occasion to act."""
        return turn.sampler.pick(chooser.choice.name, [chance]) == 0

    def _decided(self, turn: Turn, env: Environment, status: Array, group: Sequence[_Acting], nobody: Array) -> Array:
        """Let some actors choose together and set down what they chose; gives the new status of runs."""
        backend = turn.backend
        acting = [each for each in group if backend.any(each.acts)]
        if not acting:
            return status
        blank = [
            (dict.fromkeys((option.key for option in each.chooser.choice.options), nobody), nobody) for each in acting
        ]

        def work() -> list[tuple[dict[str, Array], Array]]:
            answers = zip(acting, self._decide(turn, env, acting), strict=True)
            return [(self._taken(turn, each.chooser, taken, nobody), wrong) for each, (taken, wrong) in answers]

        for each, (taken, wrong) in zip(acting, backend.only(acting[0].acts, work, blank), strict=True):
            turn.trace.chosen |= {key: self._either(turn, key, mask, nobody) for key, mask in taken.items()}
            place = f"choice: value of the options of {each.chooser.choice.actor}"
            status = failed(backend, status, wrong, self.faults, place)
        return status

    @staticmethod
    def _either(turn: Turn, key: str, mask: Array, nobody: Array) -> Array:
        """Where an option is chosen: where it was before, or in the runs of a mask."""
        before = turn.trace.chosen[key]
        if mask is nobody or before is nobody:
            return before if mask is nobody else mask
        return turn.backend.xp.logical_or(before, mask)

    @staticmethod
    def _taken(turn: Turn, chooser: Chooser, taken: Array, nobody: Array) -> dict[str, Array]:
        """Where each option is chosen: ``taken`` is one more than the number of an option, ``(run,)``."""
        xp, size = turn.backend.xp, len(turn.going)
        keys = [option.key for option in chooser.choice.options]
        ways = xp.arange(1, len(keys) + 1)
        masks = (taken + xp.zeros(size, dtype=int))[None, :] == ways[:, None]
        some = turn.backend.some(masks, size)
        return {key: mask if may else nobody for key, mask, may in zip(keys, masks, some, strict=True)}

    def _decide(self, turn: Turn, env: Environment, acting: Sequence[_Acting]) -> list[tuple[Array, Array]]:
        """By actor: one more than the number of the option chosen, ``(run,)``, and where no value is finite."""
        considered = []
        for chooser, acts in acting:
            lanes = turn.backend.lanes(acts)
            sampler = turn.sampler.within(lanes)
            barred = [turn.pins.bars(option.key) for option in chooser.choice.options]
            considered.append((lanes, sampler, chooser.consider(chooser.gather(env, lanes, sampler), lanes, barred)))
        worths = self.outlook.values([each.prospect for _, _, each in considered], env)
        return [
            self._draw(turn, chooser, lanes, sampler, chooser.appraise(each, worth))
            for (chooser, _), (lanes, sampler, each), worth in zip(acting, considered, worths, strict=True)
        ]

    @staticmethod
    def _draw(
        turn: Turn, chooser: Chooser, lanes: Lanes, sampler: Sampler, appraisal: Appraisal
    ) -> tuple[Array, Array]:
        """Draw one actor's choices; where its appraisal is not finite it chooses nothing."""
        xp, choice = turn.backend.xp, chooser.choice
        ways = [*([appraisal.hold] if choice.holds else []), *appraisal.probability]
        total: Array = 0.0
        for way in ways:
            total = total + way
        sound = xp.isfinite(total)
        taken = sampler.pick(choice.name, ways[:-1], index=1) + (0 if choice.holds else 1)
        return lanes.put(xp.where(sound, taken, 0)), lanes.put(xp.logical_not(sound))

    def _flags(self, turn: Turn, nobody: Array) -> dict[str, Array]:
        """What was chosen, as transient slots."""
        xp = turn.backend.xp
        flags = dict.fromkeys(self.flags.values(), xp.zeros(len(turn.going)))
        for key, name in self.flags.items():
            chosen = turn.trace.chosen[key]
            if chosen is not nobody:
                flags[name] = xp.where(chosen, 1.0, 0.0)
        return flags
