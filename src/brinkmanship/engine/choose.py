"""Choice sites at work: occasions, values of options, nested logit.

``Q(a) = E[W(T(ŝ, a))] − W(ŝ) − cost``: the value of an action is derived from its declared effects. All consequences
of all options of an actor are valued in one call, stacked on a leading axis: ``(point, lane)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from brinkmanship.core.program import Choice, Option, Program
from brinkmanship.engine.backend import Backend
from brinkmanship.engine.draws import Sampler
from brinkmanship.engine.quadrature import POINTS, point
from brinkmanship.engine.sites import Bounds, Ledger, Pins, ReadyUpdate
from brinkmanship.engine.value import Worth
from brinkmanship.lang.evaluate import Environment, Evaluator, evaluator
from brinkmanship.lang.nodes import Draw, Expression, draws_in, slots_read

Array = Any
MAX_POINTS = 64
"""Most quadrature points of one branch; beyond that its magnitudes stand at their means (our choice)."""


@dataclass(frozen=True)
class _Prospect:
    """One branch of one option as far as its chooser's value depends on it."""

    option: int
    branch: int
    updates: tuple[ReadyUpdate, ...]
    draws: tuple[Draw, ...]


@dataclass(frozen=True)
class _ReadyOption:
    available: Evaluator | None
    weight: Evaluator
    cost: Evaluator
    chances: tuple[Evaluator | None, ...]


@dataclass(frozen=True)
class Appraisal:
    """What an actor made of its options, each array ``(lane,)`` and lists in the order of ``choice.options``.

    ``probability`` is that of each option at an occasion; ``hold`` that of doing nothing.
    """

    available: list[Array]
    value: list[Array]
    probability: list[Array]
    hold: Array


class Chooser:
    """A choice site, ready to run."""

    def __init__(self, choice: Choice, program: Program):
        self.choice = choice
        self.worth = Worth(choice.valuation, program)
        self.bounds = Bounds.of(program.slots)
        self.when = evaluator(choice.when) if choice.when is not None else None
        self.occasion, self.precision = evaluator(choice.occasion), evaluator(choice.precision)
        self.seen = [(slot, evaluator(source)) for slot, source in choice.seen]
        self.options = [_ready(option) for option in choice.options]
        self.groups = [
            (evaluator(g.weight), evaluator(g.dissimilarity), [k for k, o in enumerate(choice.options) if o.group == g.name])
            for g in choice.groups
        ]
        self.prospects = [each for k, option in enumerate(choice.options) for each in self._prospects(k, option)]
        self.reads = self._reads(choice, program)

    def _prospects(self, number: int, option: Option) -> list[_Prospect]:
        found = []
        for index, branch in enumerate(option.consequence.branches):
            kept = [update for update in branch.updates if update.slot in self.worth.cone]
            draws = {draw.address: draw for update in kept for draw in draws_in(update.value)}
            if kept:
                found.append(_Prospect(number, index, tuple(map(ReadyUpdate.of, kept)), tuple(draws.values())))
        return found

    def _reads(self, choice: Choice, program: Program) -> list[str]:
        """Every slot that appraising the options reads."""
        nodes: list[Expression | None] = [choice.precision]
        for option in choice.options:
            nodes += [option.available, option.weight, option.cost]
            for branch in option.consequence.branches:
                nodes.append(branch.chance)
                for update in branch.updates:
                    nodes += [update.value, update.guard]
        slots = set(self.worth.cone)
        for node in nodes:
            slots |= slots_read(node) if node is not None else set()
        return sorted(slots & set(program.slots))

    # --- choosing -----------------------------------------------------------------------------

    def decide(self, backend: Backend, env: Environment, going: Array, sampler: Sampler, pins: Pins) -> tuple[dict[str, Array], Array]:
        """Who chooses what: masks ``(run,)`` by option, and where the appraisal was not finite.

        A documented move leaves its performer no other choice in that step.
        """
        xp = env.xp
        nobody = xp.zeros_like(going)
        forced = {o.key: xp.logical_and(pins.forced[o.key], going) for o in self.choice.options if o.key in pins.forced}
        chosen = {option.key: forced.get(option.key, nobody) for option in self.choice.options}
        barred = [option.key in pins.barred for option in self.choice.options]
        if all(barred) and self.choice.holds:
            return chosen, nobody
        seen = self.perceive(env)
        acts = sampler.pick(self.choice.name, [self.occasion(seen)]) == 0
        acts = xp.logical_and(acts, going)
        if self.when is not None:
            acts = xp.logical_and(acts, self.when(seen))
        for mask in forced.values():
            acts = xp.logical_and(acts, xp.logical_not(mask))
        if not backend.any(acts):
            return chosen, nobody
        lanes = backend.lanes(acts)
        within = replace(
            seen,
            state={slot: lanes.take(seen.state[slot]) for slot in self.reads},
            theta={key: lanes.take(value) for key, value in seen.theta.items()},
        )
        appraisal = self.appraise(within, lanes.count, barred)
        first = [appraisal.hold] if self.choice.holds else []
        ways = [*first, *appraisal.probability]
        taken = sampler.within(lanes).pick(self.choice.name, ways[:-1], index=1) - len(first)
        sound = xp.ones(lanes.count, dtype=bool)
        for each in appraisal.probability:
            sound = xp.logical_and(sound, xp.isfinite(each))
        for number, option in enumerate(self.choice.options):
            mask = lanes.put(xp.logical_and(taken == number, sound))
            chosen[option.key] = xp.logical_or(chosen[option.key], mask)
        return chosen, lanes.put(xp.logical_not(sound))

    def perceive(self, env: Environment) -> Environment:
        """The environment as the actor sees it."""
        if not self.seen:
            return env
        return env.seeing({**env.state, **{slot: source(env) for slot, source in self.seen}})

    # --- values -------------------------------------------------------------------------------

    def appraise(self, env: Environment, lanes: int, barred: Sequence[bool] = ()) -> Appraisal:
        """Availability, value and probability of every option at an occasion to act.

        Parameters
        ----------
        env
            As the actor sees it; slots ``(lane,)``.
        lanes
            Number of lanes.
        barred
            Options that are out of the question.
        """
        xp = env.xp
        gains = self.gains(env, lanes)
        available, value = [], []
        for number, option in enumerate(self.options):
            open_ = xp.ones(lanes, dtype=bool)
            if option.available is not None:
                open_ = xp.logical_and(open_, option.available(env))
            if barred and barred[number]:
                open_ = xp.zeros(lanes, dtype=bool)
            available.append(open_)
            value.append(gains[number] - option.cost(env) + xp.zeros(lanes))
        probability, hold = self._logit(env, available, value, lanes)
        return Appraisal(available, value, probability, hold)

    def gains(self, env: Environment, lanes: int) -> list[Array]:
        """``E[W(T(ŝ, a))] − W(ŝ)`` of every option, each ``(lane,)`` or scalar."""
        xp = env.xp
        points = [each for prospect in self.prospects for each in self._points(env, prospect)]
        gains: list[Array] = [0.0 for _ in self.options]
        if not points:
            return gains
        touched = list(dict.fromkeys(slot for _, _, state in points for slot in state))
        stacked = dict(env.state)
        for slot in touched:
            now = env.state[slot]
            rows = [now, *(state.get(slot, now) for _, _, state in points)]
            stacked[slot] = xp.stack([xp.broadcast_to(row, (lanes,)) for row in rows])
        worth = self.worth(env.seeing(stacked))
        for row, (prospect, weight, _) in enumerate(points, start=1):
            option = prospect.option
            gains[option] = gains[option] + weight * (worth[row] - worth[0])
        return gains

    def _points(self, env: Environment, prospect: _Prospect) -> list[tuple[_Prospect, Array, dict[str, Array]]]:
        """The weighted states that one branch of one option may lead to, as far as they count."""
        xp = env.xp
        chance = self._chance(env, prospect)
        sizes = [POINTS[draw.family] for draw in prospect.draws]
        many = 1
        for size in sizes:
            many *= size
        places: Any = product(*map(range, sizes)) if many <= MAX_POINTS else [None]
        found = []
        for place in places:
            weight: Array = chance
            values: dict[str, Array] = {}
            for rank, draw in enumerate(prospect.draws):
                arguments = tuple(evaluator(each)(env) for each in draw.arguments)
                if place is None:
                    values[draw.address] = (arguments[0] + arguments[-1]) / 2 if draw.family == "uniform" else arguments[0]
                    continue
                values[draw.address], mass = point(xp, draw.family, arguments, place[rank])
                weight = weight * mass
            given = replace(env, magnitude=lambda address, family, arguments, values=values: values[address])
            found.append((prospect, weight, self._after(given, prospect)))
        return found

    def _chance(self, env: Environment, prospect: _Prospect) -> Array:
        chances = self.options[prospect.option].chances
        own = chances[prospect.branch]
        if own is not None:
            return own(env)
        rest: Array = 1.0
        for chance in chances:
            rest = rest - (chance(env) if chance is not None else 0.0)
        return rest

    def _after(self, env: Environment, prospect: _Prospect) -> dict[str, Array]:
        ledger = Ledger()
        for update in prospect.updates:
            mask = update.guard(env) if update.guard is not None else None
            ledger.enter(update, mask, update.value(env))
        return {slot: self.bounds.clip(env, slot, ledger.total(env.xp, slot, env.state[slot])) for slot in ledger.slots}

    def _logit(self, env: Environment, available: list[Array], value: list[Array], lanes: int) -> tuple[list[Array], Array]:
        """Nested logit (McFadden 1978) with base weights that sum to one over the open options of a class."""
        xp = env.xp
        precision = self.precision(env)
        top = xp.zeros(lanes) if self.choice.holds else xp.full(lanes, -xp.inf)
        for open_, each in zip(available, value, strict=True):
            top = xp.maximum(top, xp.where(open_, each, -xp.inf))
        hold = xp.exp(-precision * top) if self.choice.holds else xp.zeros(lanes)
        masses: list[Array] = [0.0] * len(value)
        total = hold
        for weight, dissimilarity, members in self.groups:
            nest = dissimilarity(env)
            base: Array = 0.0
            pull: Array = 0.0
            pulls = {}
            for k in members:
                share = xp.where(available[k], self.options[k].weight(env), 0.0)
                pulls[k] = xp.where(available[k], share * xp.exp(precision * (value[k] - top)), 0.0)
                base, pull = base + share, pull + pulls[k]
            some = pull > 0
            mean = xp.where(some, pull, 1.0) / xp.where(base > 0, base, 1.0)
            mass = xp.where(some, weight(env) * xp.power(mean, nest) * xp.exp((nest - 1.0) * precision * top), 0.0)
            for k in members:
                masses[k] = mass * pulls[k] / xp.where(some, pull, 1.0)
            total = total + mass
        return [mass / total for mass in masses], hold / total


def _ready(option: Option) -> _ReadyOption:
    chances = tuple(evaluator(b.chance) if b.chance is not None else None for b in option.consequence.branches)
    available = evaluator(option.available) if option.available is not None else None
    return _ReadyOption(available, evaluator(option.weight), evaluator(option.cost), chances)


