"""Choice sites at work: occasions, values of options, nested logit.

``Q(a) = E[W(T(ŝ, a))] − W(ŝ) − cost``: the value of an action is derived from its declared effects. The consequences
of all options of all actors are valued in one call (`brinkmanship.engine.value.Outlook`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from brinkmanship.core.program import Choice, Option, Program
from brinkmanship.engine.backend import Backend, Lanes
from brinkmanship.engine.compose import after, without_chance
from brinkmanship.engine.quadrature import POINTS, point
from brinkmanship.engine.value import Outlook, Prospect, cone
from brinkmanship.lang import nodes
from brinkmanship.lang.hoist import Hoister, substitute
from brinkmanship.lang.nodes import Draw, Expression, Slot, draws_in
from brinkmanship.lang.tape import Environment, Tape

Array = Any
MAX_POINTS = 64
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
        self.points = [each for k, option in enumerate(choice.options) for each in _points(k, option, relevant, program)]
        self.groups = [[k for k, option in enumerate(choice.options) if option.group == group.name] for group in choice.groups]
        occasion = choice.occasion if choice.when is None else nodes.Choose(choice.when, choice.occasion, nodes.Number(0.0))
        self.occasion = Tape([ready(occasion)], xp)
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
        self.slots = [slot for slot in self.tape.slots if slot not in outlook.slots]
        flows = outlook.flows[choice.actor].parameters
        self.parameters = list(dict.fromkeys([*self.tape.parameters, *outlook.advance.parameters, *flows]))

    def consider(self, env: Environment, lanes: int) -> Considered:
        """Evaluate everything about the options but the worth of what they lead to.

        Parameters
        ----------
        env
            State ``(lane,)`` by slot, as it is: what the actor sees otherwise is written into its expressions.
        lanes
            Number of lanes.
        """
        values = iter(self.tape(env))
        parts = {name: [next(values) for _ in range(size)] for name, size in self.sizes.items()}
        state = {slot: env.state[slot] for slot in self.outlook.slots}
        state |= {slot: value for (slot, _), value in zip(self.choice.seen, parts["seen"], strict=True) if slot in state}
        rows = len(self.points) + 1
        written = iter(parts["written"])
        changes: dict[str, list[Array]] = {slot: [state[slot]] * rows for slot in self.touched}
        for row, each in enumerate(self.points, start=1):
            for slot in each.slots:
                changes[slot][row] = next(written)
        for slot, column in changes.items():
            state[slot] = self.backend.rows(column, lanes)
        horizon, discount = parts["horizon"]
        prospect = Prospect(self.choice.actor, state, dict(env.theta), horizon, discount, (rows, lanes))
        return Considered(parts, prospect)

    def appraise(self, considered: Considered, worth: Array, barred: Sequence[bool] = ()) -> Appraisal:
        """Values and probabilities of the options, given the ``worth`` ``(row, lane)`` of what they lead to."""
        parts = considered.parts
        lanes = considered.prospect.shape[1]
        gains: list[Array] = [0.0] * len(self.choice.options)
        for row, (each, weight) in enumerate(zip(self.points, parts["weights"], strict=True), start=1):
            gains[each.option] = gains[each.option] + weight * (worth[row] - worth[0])
        value = self.backend.rows([gain - cost for gain, cost in zip(gains, parts["cost"], strict=True)], lanes)
        open_ = parts["available"]
        if any(barred):
            open_ = [False if out else each for each, out in zip(open_, barred, strict=True)]
        available = self.backend.rows(open_, lanes)
        probability, hold = self._logit(parts, available, value, lanes)
        return Appraisal(available, value, probability, hold)

    def _logit(self, parts: Mapping[str, list[Array]], available: Array, value: Array, lanes: int) -> tuple[list[Array], Array]:
        """Nested logit (McFadden 1978) with base weights that sum to one over the open options of a class."""
        xp = self.xp
        precision = parts["precision"][0]
        top = xp.zeros(lanes) if self.choice.holds else xp.full(lanes, -xp.inf)
        for each in xp.where(available, value, -xp.inf):
            top = xp.maximum(top, each)
        hold = xp.exp(-precision * top) if self.choice.holds else xp.zeros(lanes)
        weights = self.backend.rows(parts["weight"], lanes)
        shares = xp.where(available, weights, 0.0)
        pulls = xp.where(available, shares * xp.exp(precision * (value - top)), 0.0)
        masses: list[Array] = [0.0] * len(value)
        total = hold
        for rank, members in enumerate(self.groups):
            weight, nest = parts["groups"][2 * rank], parts["groups"][2 * rank + 1]
            base, pull = shares[members[0]], pulls[members[0]]
            for k in members[1:]:
                base, pull = base + shares[k], pull + pulls[k]
            some = pull > 0
            mean = xp.where(some, pull, 1.0) / xp.where(base > 0, base, 1.0)
            mass = xp.where(some, weight * xp.power(mean, nest) * xp.exp((nest - 1.0) * precision * top), 0.0)
            each = mass / xp.where(some, pull, 1.0)
            for k in members:
                masses[k] = each * pulls[k]
            total = total + mass
        return [mass / total for mass in masses], hold / total

    def occasions(self, env: Environment) -> Array:
        """Chance of an occasion to act in this step, ``(run,)`` or scalar."""
        return self.occasion(env)[0]

    def gather(self, env: Environment, block: Array, lanes: Lanes) -> Environment:
        """The environment of some lanes; ``block`` holds the outlook's slots."""
        state = dict(zip(self.outlook.slots, lanes.take_rows(block), strict=True))
        state |= {slot: lanes.take(env.state[slot]) for slot in self.slots}
        theta = {key: lanes.take(env.theta[key]) for key in self.parameters}
        return Environment(state, theta, env.day, env.span, env.numbers, env.magnitude)


@dataclass(frozen=True)
class Considered:
    """An actor's options before their worth is known."""

    parts: Mapping[str, list[Array]]
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


