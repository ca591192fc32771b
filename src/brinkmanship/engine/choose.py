"""Choice sites at work: occasions, values of options, nested logit.

``Q(a) = E[W(T(ŝ, a))] − W(ŝ) − cost``: the value of an action is derived from its declared effects. The consequences
of all options of all actors are valued in one call (`brinkmanship.engine.value.Outlook`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from brinkmanship.core.program import Choice, Option, Program
from brinkmanship.engine.backend import Backend, Lanes
from brinkmanship.engine.compose import after, without_chance
from brinkmanship.engine.draws import Sampler
from brinkmanship.engine.quadrature import POINTS, point
from brinkmanship.engine.value import Outlook, Prospect, cone
from brinkmanship.lang import nodes
from brinkmanship.lang.hoist import Hoister, substitute
from brinkmanship.lang.nodes import Draw, Expression, Slot, draws_in
from brinkmanship.lang.tape import Environment, Tape

Array = Any
MAX_POINTS = 256
"""Most quadrature points of one branch; beyond that its magnitudes stand at their means (our choice)."""


@dataclass(frozen=True)
class Point:
    """One way an option may turn out, as far as its chooser's value depends on it: weight and written slots."""

    option: int
    weight: Expression
    slots: Mapping[str, Expression]


@dataclass(frozen=True)
class Appraisal:
    """What an actor made of its options, arrays ``(option, lane)`` in the order of ``choice.options``.

    ``probability`` is that of each option at an occasion to act; ``hold`` ``(lane,)`` that of doing nothing.
    """

    available: Array
    value: Array
    probability: list[Array]
    hold: Array


class Chooser:
    """A choice site, ready to run."""

    def __init__(self, choice: Choice, program: Program, outlook: Outlook, hoist: Hoister, backend: Backend):
        self.choice, self.outlook, self.backend = choice, outlook, backend
        self.xp = xp = backend.xp
        seen: dict[Expression, Expression] = {Slot(slot): source for slot, source in choice.seen}

        def ready(node: Expression) -> Expression:
            return hoist(substitute(node, seen))

        relevant = cone(choice.valuation, program.processes)
        self.points = [
            each for k, option in enumerate(choice.options) for each in _points(k, option, relevant, program)
        ]
        self.groups = [
            [k for k, option in enumerate(choice.options) if option.group == group.name] for group in choice.groups
        ]
        self.rank_of = [rank for rank, members in enumerate(self.groups) for _ in members]
        occasion = substitute(choice.occasion, seen)
        if choice.when is not None:
            occasion = nodes.Choose(choice.when, occasion, nodes.Number(0.0))
        self.occasion = hoist(occasion)
        self.touched = sorted({slot for each in self.points for slot in each.slots})
        layout = {
            "precision": [choice.precision],
            "horizon": [choice.valuation.horizon, choice.valuation.discount],
            "available": [option.available or nodes.Truth(True) for option in choice.options],
            "weight": [option.weight for option in choice.options],
            "cost": [option.cost for option in choice.options],
            "groups": [each for group in choice.groups for each in (group.weight, group.dissimilarity)],
            "seen": [Slot(slot) for slot, _ in choice.seen],
            "weights": [each.weight for each in self.points],
            "written": [value for each in self.points for value in each.slots.values()],
        }
        self.sizes = {name: len(each) for name, each in layout.items()}
        self.tape = Tape([ready(node) for each in layout.values() for node in each], xp)
        self.slots = list(dict.fromkeys([*self.tape.slots, *self.touched]))
        self.seen = [slot for slot, _ in choice.seen]

    def consider(self, env: Environment, lanes: Lanes, barred: Sequence[Any]) -> Considered:
        """Evaluate everything about the options but the worth of what they lead to.

        Parameters
        ----------
        env
            As `gather` gives it; what the actor sees otherwise than it is, is written into its expressions.
        lanes
            The runs that it is about.
        barred
            Options that are out of the question.
        """
        values = iter(self.tape(env))
        parts = {name: [next(values) for _ in range(size)] for name, size in self.sizes.items()}
        open_ = [self._open(each, out) for each, out in zip(parts["available"], barred, strict=True)]
        available = self.backend.rows(open_, lanes.count)
        possible = self.backend.some(available, lanes.count)
        points, written = [], iter(parts["written"])
        for each, weight in zip(self.points, parts["weights"], strict=True):
            slots = {slot: next(written) for slot in each.slots}
            if possible[each.option]:
                points.append((each.option, weight, slots))
        state = {slot: value for slot, value in zip(self.seen, parts["seen"], strict=True) if slot in self.outlook.rank}
        for slot in dict.fromkeys(slot for _, _, slots in points for slot in slots):
            now = state.get(slot, env.state[slot])
            column = [now, *(slots.get(slot, now) for _, _, slots in points)]
            state[slot] = self.backend.rows(column, lanes.count)
        horizon, discount = parts["horizon"]
        shape = (len(points) + 1, lanes.count)
        changed = [frozenset[str](), *(frozenset(slots) for _, _, slots in points)]
        prospect = Prospect(self.choice.actor, lanes, state, changed, horizon, discount, shape)
        return Considered(parts, available, [(option, weight) for option, weight, _ in points], prospect)

    def _open(self, available: Array, barred: Any) -> Array:
        if barred is False or barred is True:
            return available if barred is False else False
        return self.xp.logical_and(available, self.xp.logical_not(barred))

    def appraise(self, considered: Considered, worth: Array) -> Appraisal:
        """Values and probabilities of the options, given the ``worth`` ``(row, lane)`` of what they lead to."""
        parts, available = considered.parts, considered.available
        lanes = considered.prospect.shape[1]
        gains: list[Array] = [0.0] * len(self.choice.options)
        for row, (option, weight) in enumerate(considered.weights, start=1):
            gains[option] = gains[option] + weight * (worth[row] - worth[0])
        value = self.backend.rows([gain - cost for gain, cost in zip(gains, parts["cost"], strict=True)], lanes)
        probability, hold = self._logit(parts, available, value, lanes)
        return Appraisal(available, value, probability, hold)

    def _logit(
        self, parts: Mapping[str, list[Array]], available: Array, value: Array, lanes: int
    ) -> tuple[list[Array], Array]:
        """Nested logit (McFadden 1978) with base weights that sum to one over the open options of a class.

        Inside a class of dissimilarity μ the odds are ``b exp(λ Q / μ)``, and the class has
        ``β (Σ b exp(λ Q / μ))^μ``. Taken in logarithms, so that no precision is too high.
        """
        xp = self.xp
        shares = xp.where(available, self.backend.rows(parts["weight"], lanes), 0.0)
        nests = self.backend.rows([parts["groups"][2 * rank + 1] for rank in self.rank_of], lanes)
        pull = xp.where(available, parts["precision"][0] * value / nests, -xp.inf)
        peaks = [_over(xp.maximum, [pull[k] for k in members]) for members in self.groups]
        some = [peak > -xp.inf for peak in peaks]
        peaks = [xp.where(each, peak, 0.0) for each, peak in zip(some, peaks, strict=True)]
        inside: list[Array] = [0.0] * len(value)
        levels, top = [], xp.zeros(lanes) if self.choice.holds else xp.full(lanes, -xp.inf)
        for rank, members in enumerate(self.groups):
            weight, nest = parts["groups"][2 * rank], parts["groups"][2 * rank + 1]
            # Options that are not open have no share; vector functions are slow where an argument is not finite.
            gaps = [xp.where(available[k], pull[k], peaks[rank]) - peaks[rank] for k in members]
            odds_of = self._alone if len(members) == 1 else self._among
            parted, log_total = odds_of([shares[k] for k in members], gaps, some[rank])
            for k, each in zip(members, parted, strict=True):
                inside[k] = each
            level = xp.where(some[rank], xp.log(weight) + nest * (log_total + peaks[rank]), -xp.inf)
            top = xp.maximum(top, level)
            levels.append(level)
        hold = xp.exp(-top) if self.choice.holds else xp.zeros(lanes)
        masses = [
            xp.where(each, xp.exp(xp.where(each, level, top) - top), 0.0)
            for each, level in zip(some, levels, strict=True)
        ]
        whole = hold + _over(operator.add, masses)
        probability: list[Array] = [0.0] * len(value)
        for members, mass in zip(self.groups, masses, strict=True):
            for k in members:
                probability[k] = mass / whole * inside[k]
        return probability, hold / whole

    def _among(self, shares: Sequence[Array], gaps: Sequence[Array], some: Array) -> tuple[list[Array], Array]:
        """Each option's part of its class, and the logarithm of ``Σ b exp(gap) / Σ b``."""
        xp = self.xp
        odds = [share * xp.exp(gap) for share, gap in zip(shares, gaps, strict=True)]
        total, base = (xp.where(some, _over(operator.add, each), 1.0) for each in (odds, shares))
        return [each / total for each in odds], xp.log(total / base)

    def _alone(self, shares: Sequence[Array], gaps: Sequence[Array], some: Array) -> tuple[list[Array], Array]:
        """The same of a class with one option, whose gap is zero, or minus infinity."""
        xp = self.xp
        odds = shares[0] * xp.where(gaps[0] < 0.0, 0.0, 1.0 + gaps[0])
        return [xp.where(some, 1.0, odds)], odds - shares[0]

    def gather(self, env: Environment, lanes: Lanes, sampler: Sampler) -> Environment:
        """What appraising the options reads, for some runs."""
        state = dict(zip(self.slots, lanes.take([env.state[slot] for slot in self.slots]), strict=True))
        wanted = self.tape.parameters
        theta = dict(zip(wanted, lanes.take([env.theta[key] for key in wanted]), strict=True))
        return Environment(state, theta, env.day, env.span, env.numbers, sampler.magnitude)


def _over(combine: Callable[[Array, Array], Array], values: Sequence[Array]) -> Array:
    """A left fold: the same order of operations for any number of lanes, hence the same bits."""
    whole = values[0]
    for each in values[1:]:
        whole = combine(whole, each)
    return whole


@dataclass(frozen=True)
class Considered:
    """An actor's options before their worth is known.

    ``available`` is ``(option, lane)``; ``weights`` holds the option and the weight of each row of the prospect but
    the first, for the options that are open somewhere.
    """

    parts: Mapping[str, list[Array]]
    available: Array
    weights: list[tuple[int, Array]]
    prospect: Prospect


def _points(number: int, option: Option, relevant: frozenset[str], program: Program) -> list[Point]:
    """The weighted states that an option may lead to, as far as they count."""
    found = []
    for index, branch in enumerate(option.consequence.branches):
        kept = [update for update in branch.updates if update.slot in relevant]
        if not kept:
            continue
        chance = _chance(option, index)
        draws = list({draw.address: draw for update in kept for draw in draws_in(update.value)}.values())
        slots = after([(update, None) for update in kept], program.slots)
        for weight, values in _places(draws):
            written = {slot: without_chance(substitute(value, values)) for slot, value in slots.items()}
            found.append(Point(number, nodes.Binary("*", chance, weight), written))
    return found


def _places(draws: Sequence[Draw]) -> list[tuple[Expression, dict[Expression, Expression]]]:
    """All combinations of quadrature points: weight, and what stands for each magnitude."""
    many = 1
    for draw in draws:
        many *= POINTS[draw.family]
    if many > MAX_POINTS:
        return [(nodes.Number(1.0), {})]
    found = []
    for place in product(*(range(POINTS[draw.family]) for draw in draws)):
        weight: Expression = nodes.Number(1.0)
        values: dict[Expression, Expression] = {}
        for draw, index in zip(draws, place, strict=True):
            values[draw], mass = point(draw, index)
            weight = nodes.Binary("*", weight, mass)
        found.append((weight, values))
    return found


def _chance(option: Option, index: int) -> Expression:
    """The chance of a branch, the rest written out."""
    branches = option.consequence.branches
    own = branches[index].chance
    if own is not None:
        return own
    rest: Expression = nodes.Number(1.0)
    for branch in branches:
        if branch.chance is not None:
            rest = nodes.Binary("-", rest, branch.chance)
    return rest
