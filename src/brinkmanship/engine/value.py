"""What a state is worth to an actor: its flow, or the discounted mean flow over its horizon.

``none``: ``W = ū``. ``persistence``: ``W = ∫₀ᴴ e^(−δt) ū(s_t) dt / ∫₀ᴴ e^(−δt) dt`` along the path that the processes
alone would take from ``s``, others idle. The mean rather than the integral, so that costs and precision keep their
meaning whatever the horizon, and foresight can be switched off without another change.

The integral is taken by Gauss–Legendre quadrature on the scale log(1 + t/day), which resolves what decays within a
day and what lasts for years alike; processes are advanced from node to node with their own exact increments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brinkmanship.core.program import Chance, Program, Term, Valuation
from brinkmanship.engine.sites import Bounds, Ledger, ReadyUpdate, both
from brinkmanship.lang.evaluate import Environment, Evaluator, evaluator
from brinkmanship.lang.nodes import Expression, slots_read

Array = Any
NODES = 8
"""Quadrature nodes over a horizon (our choice; within 0.5 % for decay rates from 0.001 to 3 a day over 180 days)."""
_ROOTS, _WEIGHTS = (list(map(float, each)) for each in np.polynomial.legendre.leggauss(NODES))


def mean_magnitude(address: str, family: str, arguments: tuple[Array, ...]) -> Array:
    """The mean of a random magnitude, for paths on which nothing is drawn."""
    if family == "uniform":
        return (arguments[0] + arguments[1]) / 2
    return arguments[0]


@dataclass(frozen=True)
class _Move:
    """One process on one slot."""

    when: Evaluator | None
    update: ReadyUpdate


class Worth:
    """The value of states to one actor.

    Attributes
    ----------
    cone
        Keys of the slots that its value depends on; effects on others are worth nothing to it.
    """

    def __init__(self, valuation: Valuation, program: Program):
        self.valuation = valuation
        self.terms = [(evaluator(t.weight), evaluator(t.of)) for t in valuation.terms]
        self.principal = [(evaluator(t.weight), evaluator(t.of)) for t in valuation.principal_terms]
        self.mandate = evaluator(valuation.mandate) if valuation.mandate is not None else None
        self.horizon, self.discount = evaluator(valuation.horizon), evaluator(valuation.discount)
        self.bounds = Bounds.of(program.slots)
        looks_ahead = valuation.foresight == "persistence"
        self.cone, sites = _cone(_reads(valuation), program.processes if looks_ahead else ())
        self.moves = [
            _Move(evaluator(site.when) if site.when is not None else None, ReadyUpdate.of(update))
            for site in sites
            for update in site.branches[0].updates
            if update.slot in self.cone
        ]

    def flow(self, env: Environment) -> Array:
        """Utility per day, the principal's interests weighed in by its grip."""
        own = _sum(self.terms, env)
        if self.mandate is None:
            return own
        grip = self.mandate(env)
        return (1.0 - grip) * own + grip * _sum(self.principal, env)

    def __call__(self, env: Environment) -> Array:
        """The value of a state, of the shape that its slots broadcast to."""
        if self.valuation.foresight == "none" or not self.moves:
            return self.flow(env)
        xp = env.xp
        reach = xp.log(1.0 + self.horizon(env))
        discount = self.discount(env)
        total: Array = 0.0
        weights: Array = 0.0
        before: Array = 0.0
        state = {slot: env.state[slot] for slot in self.cone}
        for root, weight in zip(_ROOTS, _WEIGHTS, strict=True):
            stretched = xp.exp(reach * (root + 1.0) / 2.0)
            time = stretched - 1.0
            ahead = Environment(xp, state, env.theta, env.numbers, env.day + before, time - before, mean_magnitude)
            state = self._advance(ahead)
            here = Environment(xp, state, env.theta, env.numbers, env.day + time, env.span, mean_magnitude)
            mass = weight * stretched * xp.exp(-discount * time)
            total = total + mass * self.flow(here)
            weights = weights + mass
            before = time
        return total / weights

    def _advance(self, env: Environment) -> dict[str, Array]:
        ledger = Ledger()
        for move in self.moves:
            mask = move.when(env) if move.when is not None else None
            if move.update.guard is not None:
                mask = both(env.xp, mask, move.update.guard(env))
            ledger.enter(move.update, mask, move.update.value(env))
        state = dict(env.state)
        for slot in ledger.slots:
            state[slot] = self.bounds.clip(env, slot, ledger.total(env.xp, slot, state[slot]))
        return state


def _sum(terms: Sequence[tuple[Evaluator, Evaluator]], env: Environment) -> Array:
    total: Array = 0.0
    for weight, of in terms:
        total = total + weight(env) * of(env)
    return total


def _reads(valuation: Valuation) -> set[str]:
    terms: tuple[Term, ...] = (*valuation.terms, *valuation.principal_terms)
    nodes: list[Expression] = [each for term in terms for each in (term.weight, term.of)]
    nodes += [each for each in (valuation.mandate, valuation.horizon, valuation.discount) if each is not None]
    return set().union(*map(slots_read, nodes))


def _cone(slots: set[str], processes: Sequence[Chance]) -> tuple[list[str], list[Chance]]:
    """The slots that a value depends on through the processes, and the processes that move them."""
    sites: dict[str, Chance] = {}
    grown = True
    while grown:
        grown = False
        for site in processes:
            updates = [update for update in site.branches[0].updates if update.slot in slots]
            if not updates or site.name in sites:
                continue
            sites[site.name] = site
            for each in [site.when, *(u.guard for u in updates), *(u.value for u in updates)]:
                if each is not None:
                    slots |= slots_read(each)
            grown = True
    return sorted(slots), [sites[name] for name in sorted(sites)]
