"""What a state is worth to an actor: its flow, or the discounted mean flow over its horizon.

``none``: ``W = ū``. ``persistence``: ``W = ∫₀ᴴ e^(−δt) ū(s_t) dt / ∫₀ᴴ e^(−δt) dt`` along the path that the processes
alone would take from ``s``, others idle. The mean rather than the integral, so that costs and precision keep their
meaning whatever the horizon, and foresight can be switched off without another change.

The integral is taken by Gauss–Legendre quadrature on the scale log(1 + t/day), which resolves what decays within a
day and what lasts for years alike; processes are advanced from node to node with their own exact increments. States
of all actors are carried forward together, in one array a slot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brinkmanship.core.program import Chance, Program, Term, Valuation
from brinkmanship.engine.backend import Backend
from brinkmanship.engine.compose import after, unconditional, without_chance
from brinkmanship.lang.hoist import Hoister
from brinkmanship.lang.nodes import Binary, Expression, Number, slots_read
from brinkmanship.lang.tape import Environment, Tape

Array = Any
NODES = 8
"""Quadrature nodes over a horizon (our choice; see the oracle test for what they resolve)."""
_ROOTS, _WEIGHTS = (list(map(float, each)) for each in np.polynomial.legendre.leggauss(NODES))


def flow(valuation: Valuation) -> Expression:
    """Utility per day, ``ū = (1 − m) u + m u_principal``, as one expression."""
    own = _sum(valuation.terms)
    if valuation.mandate is None:
        return own
    grip = valuation.mandate
    mine = Binary("*", Binary("-", Number(1.0), grip), own)
    return Binary("+", mine, Binary("*", grip, _sum(valuation.principal_terms)))


def _sum(terms: Sequence[Term]) -> Expression:
    total: Expression = Number(0.0)
    for term in terms:
        total = Binary("+", total, Binary("*", term.weight, term.of))
    return total


def cone(valuation: Valuation, processes: Sequence[Chance]) -> frozenset[str]:
    """The slots that a value depends on, through the processes where it looks ahead."""
    slots = set(slots_read(flow(valuation)))
    if valuation.foresight == "none":
        return frozenset(slots)
    grown = True
    while grown:
        grown = False
        for site in processes:
            for update in site.branches[0].updates:
                if update.slot in slots:
                    reads: set[str] = set().union(*(slots_read(e) for e in (site.when, update.guard, update.value) if e is not None))
                    grown |= not reads <= slots
                    slots |= reads
    return frozenset(slots)


@dataclass(frozen=True)
class Prospect:
    """States that one actor weighs: ``state`` ``(row, lane)`` by slot, the first row the state as it is.

    ``theta`` are parameters ``(lane,)`` or scalars, ``horizon`` in days and ``discount`` per day likewise.
    """

    actor: str
    state: dict[str, Array]
    theta: dict[str, Array]
    horizon: Array
    discount: Array
    shape: tuple[int, int]


class Outlook:
    """Values states for all actors at once.

    Attributes
    ----------
    slots
        What every prospect's state must hold.
    """

    def __init__(self, program: Program, valuations: Iterable[tuple[str, Valuation]], hoist: Hoister, backend: Backend):
        self.backend, self.xp = backend, backend.xp
        xp = backend.xp
        valued = dict(valuations)
        self.ahead = {actor: each.foresight == "persistence" for actor, each in valued.items()}
        self.flows = {actor: Tape([hoist(flow(each))], xp) for actor, each in valued.items()}
        reach: frozenset[str] = frozenset().union(*(cone(each, program.processes) for each in valued.values()))
        moves = [guarded for site in program.processes for guarded in unconditional(site) if guarded[0].slot in reach]
        moved = {slot: hoist(without_chance(value)) for slot, value in after(moves, program.slots).items()}
        self.moved = list(moved)
        self.advance = Tape(list(moved.values()), xp)
        self.flowing = sorted({slot for tape in self.flows.values() for slot in tape.slots})
        self.slots = sorted({*self.flowing, *self.advance.slots, *moved})

    def block(self, env: Environment) -> Array:
        """The slots that every prospect holds, as one array ``(slot, run)``: lanes of it are taken at one go."""
        return self.xp.stack([env.state[slot] for slot in self.slots])

    def values(self, prospects: Sequence[Prospect], day: Any) -> list[Array]:
        """The value of each prospect's states, ``(row, lane)`` each."""
        far = [each for each in prospects if self.ahead[each.actor]]
        worth = {id(each): value for each, value in zip(far, self._ahead(far, day), strict=True)} if far else {}
        for each in prospects:
            if id(each) not in worth:
                here = self.flows[each.actor](Environment(each.state, each.theta, day))[0]
                worth[id(each)] = self.backend.joined([here], [each.shape]).reshape(each.shape)
        return [worth[id(each)] for each in prospects]

    def _ahead(self, prospects: Sequence[Prospect], day: Any) -> list[Array]:
        xp = self.xp
        shapes = [each.shape for each in prospects]
        state = {slot: self.backend.joined([each.state[slot] for each in prospects], shapes) for slot in self.slots}
        theta = {key: self._parameter(prospects, shapes, key) for key in self.advance.parameters}
        horizon = self.backend.joined([each.horizon for each in prospects], shapes)
        discount = self.backend.joined([each.discount for each in prospects], shapes)
        reach = xp.log(1.0 + horizon)
        before: Array = 0.0
        path: list[dict[str, Array]] = []
        times, masses = [], []
        for root, weight in zip(_ROOTS, _WEIGHTS, strict=True):
            stretched = xp.exp(reach * ((root + 1.0) / 2.0))
            time = stretched - 1.0
            moved = self.advance(Environment(state, theta, day + before, time - before))
            state = {**state, **dict(zip(self.moved, moved, strict=True))}
            path.append(state)
            times.append(time)
            masses.append(weight * stretched * xp.exp(-discount * time))
            before = time
        return self._weighed(prospects, path, times, masses, day)

    def _weighed(
        self, prospects: Sequence[Prospect], path: list[dict[str, Array]], times: list[Array], masses: list[Array], day: Any
    ) -> list[Array]:
        """Discounted mean flows, actor by actor, over all nodes at once: arrays ``(node, row × lane)``."""
        xp = self.xp
        whole = {slot: xp.stack([state[slot] for state in path]) for slot in self.flowing}
        time, mass = xp.stack(times), xp.stack(masses)
        result, low = [], 0
        for each in prospects:
            rows, lanes = each.shape
            here = slice(low, low + rows * lanes)
            low += rows * lanes
            tape = self.flows[each.actor]
            theta = {key: self._spread(each.theta[key], each.shape) for key in tape.parameters}
            state = {slot: whole[slot][:, here] for slot in tape.slots}
            flows = mass[:, here] * tape(Environment(state, theta, day + time[:, here]))[0]
            total, weight = flows[0], mass[0, here]
            for node in range(1, NODES):
                total, weight = total + flows[node], weight + mass[node, here]
            result.append((total / weight).reshape(rows, lanes))
        return result

    def _spread(self, value: Array, shape: tuple[int, int]) -> Array:
        """A ``(lane,)`` array as ``(row × lane,)``; scalars pass."""
        return self.backend.joined([value], [shape]) if getattr(value, "ndim", 0) else value

    def _parameter(self, prospects: Sequence[Prospect], shapes: Sequence[tuple[int, int]], key: str) -> Array:
        values = [each.theta[key] for each in prospects]
        return self.backend.joined(values, shapes) if getattr(values[0], "ndim", 0) else values[0]
