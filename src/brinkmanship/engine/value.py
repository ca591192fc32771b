"""What a state is worth to an actor: its flow, or the discounted mean flow over its horizon.

``none``: ``W = ū``. ``persistence``: ``W = ∫₀ᴴ e^(−δt) ū(s_t) dt / ∫₀ᴴ e^(−δt) dt`` along the path that the processes
alone would take from ``s``, others idle. The mean rather than the integral, so that costs and precision keep their
meaning whatever the horizon, and foresight can be switched off without another change. ``replies``: ``W`` is a
weighted sum of features of ``s``; its weights are fitted to what came of such states (`brinkmanship.engine.rounds`).

The integral is taken by Gauss–Legendre quadrature on the scale log(1 + t/day), which resolves what decays within a
day and what lasts for years alike; processes are advanced from node to node with their own exact increments. States
of all actors are carried forward together, in one array a slot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from brinkmanship.core.program import Chance, Feature, Program, Term, Valuation
from brinkmanship.engine.backend import Backend, Lanes
from brinkmanship.engine.compose import after, is_exact, unconditional, without_chance
from brinkmanship.lang.hoist import Hoister, lasting, substitute
from brinkmanship.lang.nodes import Binary, Expression, Number, Parameter, Slot, Span, slots_read
from brinkmanship.lang.tape import Environment, Tape

Array = Any
Slots = Mapping[str, Array]
Shapes = Sequence[tuple[int, int]]
NODES = 6
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


def _mean(slot: str) -> str:
    """Name of a slot's mean over a step."""
    return f"mean({slot})"


def _ordered(reads: Mapping[str, frozenset[str]]) -> list[str]:
    """Slots after those that they read, as far as circles allow."""
    seen: set[str] = set()
    order: list[str] = []

    def visit(slot: str) -> None:
        if slot not in seen:
            seen.add(slot)
            for each in sorted(reads[slot] & reads.keys()):
                visit(each)
            order.append(slot)

    for slot in sorted(reads):
        visit(slot)
    return order


def _during(moved: Mapping[str, Expression], straight: Sequence[str], coupled: Sequence[str]) -> dict[str, Expression]:
    """What coupled slots become over a step in which what they read changes too.

    A slot reads others at their mean over the step: Simpson's for those that are known beforehand, the trapezium's
    for those that come before it in order; itself, and what comes later in a circle, at the step's start.
    """
    means: dict[Expression, Expression] = {Slot(slot): Slot(_mean(slot)) for slot in straight}
    result = {}
    for slot in coupled:
        result[slot] = substitute(moved[slot], means)
        means[Slot(slot)] = Binary("/", Binary("+", Slot(slot), result[slot]), Number(2.0))
    return result


def worth(valuation: Valuation) -> Expression:
    """What is read off a state: its flow, or what it is expected to lead to."""
    return _sum(valuation.features) if valuation.foresight == "replies" else flow(valuation)


def addends(valuation: Valuation) -> Sequence[Expression]:
    """What `worth` is the sum of, where an actor does not follow the processes."""
    if valuation.foresight == "replies":
        return [Binary("*", each.weight, each.of) for each in valuation.features]
    own = [Binary("*", each.weight, each.of) for each in valuation.terms]
    if valuation.mandate is None:
        return own
    rest = Binary("-", Number(1.0), valuation.mandate)
    principal = [Binary("*", each.weight, each.of) for each in valuation.principal_terms]
    return [Binary("*", rest, each) for each in own] + [Binary("*", valuation.mandate, each) for each in principal]


def _sum(terms: Sequence[Term | Feature]) -> Expression:
    total: Expression = Number(0.0)
    for term in terms:
        total = Binary("+", total, Binary("*", term.weight, term.of))
    return total


def cone(valuation: Valuation, processes: Sequence[Chance]) -> frozenset[str]:
    """The slots that a value depends on, through the processes where it looks ahead."""
    slots = set(slots_read(worth(valuation)))
    if valuation.foresight != "persistence":
        return frozenset(slots)
    grown = True
    while grown:
        grown = False
        for site in processes:
            for update in site.branches[0].updates:
                if update.slot in slots:
                    reads: set[str] = set().union(
                        *(slots_read(e) for e in (site.when, update.guard, update.value) if e is not None)
                    )
                    grown |= not reads <= slots
                    slots |= reads
    return frozenset(slots)


@dataclass(frozen=True)
class Prospect:
    """States that one actor weighs, in some runs: the first row is the state as it is.

    Attributes
    ----------
    lanes
        The runs, ``(lane,)``.
    state
        Slots that differ from the runs' own state, ``(row, lane)`` or ``(lane,)``.
    changed
        The slots that each row has otherwise than the first.
    horizon, discount
        In days and per day, ``(lane,)`` or scalar.
    shape
        (rows, lanes).
    """

    actor: str
    lanes: Lanes
    state: dict[str, Array]
    changed: Sequence[frozenset[str]]
    horizon: Array
    discount: Array
    shape: tuple[int, int]


def _slices(shapes: Shapes) -> list[slice]:
    """The places of each prospect."""
    ends = list(accumulate(rows * lanes for rows, lanes in shapes))
    return [slice(low, high) for low, high in zip([0, *ends], ends, strict=False)]


class Outlook:
    """Values states for all actors at once.

    Attributes
    ----------
    slots
        What values depend on; a prospect's changes are of these.
    """

    def __init__(self, program: Program, valuations: Iterable[tuple[str, Valuation]], hoist: Hoister, backend: Backend):
        self.backend, self.xp = backend, backend.xp
        xp = backend.xp
        valued = dict(valuations)
        self.ahead = {actor: each.foresight == "persistence" for actor, each in valued.items()}
        self.flows = {actor: Tape([hoist(worth(each))], xp) for actor, each in valued.items()}
        self.parts = {a: [hoist(p) for p in addends(each)] for a, each in valued.items() if not self.ahead[a]}
        reach: frozenset[str] = frozenset().union(*(cone(each, program.processes) for each in valued.values()))
        moves = [guarded for site in program.processes for guarded in unconditional(site) if guarded[0].slot in reach]
        moved = {slot: hoist(without_chance(value)) for slot, value in after(moves, program.slots).items()}
        self.straight = [slot for slot in moved if is_exact(slot, [m for m in moves if m[0].slot == slot], moved)]
        self.coupled = _ordered({slot: slots_read(moved[slot]) for slot in moved if slot not in self.straight})
        changing = _during(moved, self.straight, self.coupled)
        timed = Hoister(
            lambda leaf: (
                (lasting(leaf) and not (isinstance(leaf, Parameter) and hoist.varies(leaf.key)))
                or isinstance(leaf, Span)
            ),
            "~",
        )
        self.leap = Tape([timed(moved[slot]) for slot in self.straight], xp)
        self.advance = Tape([timed(changing[slot]) for slot in self.coupled], xp)
        self.read = [slot for slot in self.straight if _mean(slot) in self.advance.slots]
        self.halfway = Tape([timed(moved[slot]) for slot in self.read], xp)
        self.timed = list(timed.derived.values())
        self.timing = Tape(list(timed.derived), xp)
        tapes = [self.leap, self.advance, self.timing, *self.flows.values()]
        used = {key for tape in tapes for key in tape.parameters} - set(self.timed)
        self.varying = sorted({key for key in used if hoist.varies(key)})
        self.spread = frozenset(self.varying)
        self.constant = sorted({key for key in used if not hoist.varies(key)})
        self.flowing = sorted({slot for tape in self.flows.values() for slot in tape.slots})
        self.slots = sorted({*self.flowing, *self.leap.slots, *self.advance.slots, *moved} & set(program.slots))
        self.rank = {slot: rank for rank, slot in enumerate(self.slots)}

    def values(self, prospects: Sequence[Prospect], env: Environment) -> list[Array]:
        """The value of each prospect's states, ``(row, lane)`` each, up to a number that is the same for all its rows.

        ``env`` holds the state of all runs.
        """
        if not self.backend.together:
            return [self._row_by_row(each, env) for each in prospects]
        worth: dict[int, Array] = {}
        for ahead, value in ((True, self._ahead), (False, self._now)):
            some = [rank for rank, each in enumerate(prospects) if self.ahead[each.actor] is ahead]
            if some:
                chosen = [prospects[rank] for rank in some]
                shapes = [each.shape for each in chosen]
                runs = self.xp.concatenate([self.xp.tile(each.lanes.index, each.shape[0]) for each in chosen])
                flat = value(chosen, shapes, self._state(chosen, env, runs), self._theta(env, runs), env.day)
                worth |= {k: each.reshape(shape) for k, each, shape in zip(some, flat, shapes, strict=True)}
        return [worth[rank] for rank in range(len(prospects))]

    def _row_by_row(self, prospect: Prospect, env: Environment) -> Array:
        """The value of one actor's states, each computed apart, ``(row, lane)``."""
        if not prospect.state:
            return self.xp.zeros(prospect.shape)
        changed = {slot: self.xp.broadcast_to(values, prospect.shape) for slot, values in prospect.state.items()}
        if not self.ahead[prospect.actor]:
            return self._gained(prospect, changed, env)
        here = {slot: env.state[slot] for slot in self.slots}
        theta = {key: env.theta[key] for key in (*self.constant, *self.varying)}

        def work(row: Slots) -> Array:
            return self._ahead([prospect], [(1, prospect.shape[1])], {**here, **row}, theta, env.day)[0]

        return self.backend.each(work, changed)

    def _gained(self, prospect: Prospect, state: Slots, env: Environment) -> Array:
        """What each row is worth more than the first, ``(row, lane)``: only what reads a changed slot is computed."""
        parts, lanes = self.parts[prospect.actor], prospect.shape[1]
        reads = [slots_read(part) for part in parts]
        touched = [[k for k, slots in enumerate(reads) if slots & row] for row in prospect.changed]
        some = sorted({k for each in touched for k in each})
        first = env.seeing({**env.state, **{slot: values[0] for slot, values in state.items()}})
        before = dict(zip(some, Tape([parts[k] for k in some], self.xp)(first), strict=True))
        rows = []
        for row, each in enumerate(touched):
            here = {**first.state, **{slot: state[slot][row] for slot in prospect.changed[row]}}
            gain: Array = 0.0
            for k, value in zip(each, Tape([parts[k] for k in each], self.xp)(env.seeing(here)), strict=True):
                gain = gain + (value - before[k])
            rows.append(gain)
        return self.backend.rows(rows, lanes)

    def _theta(self, env: Environment, runs: Array) -> dict[str, Array]:
        """Every parameter at every place."""
        theta = {key: env.theta[key] for key in self.constant}
        if self.varying:
            block = self.xp.stack([env.theta[key] for key in self.varying])[:, runs]
            theta |= dict(zip(self.varying, block, strict=True))
        return theta

    def _now(self, prospects: Sequence[Prospect], shapes: Shapes, state: Slots, theta: Slots, day: Any) -> list[Array]:
        """Flows of the states as they are, ``(row × lane)`` each."""
        values = []
        for each, here in zip(prospects, _slices(shapes), strict=True):
            value = self._flow(each.actor, state, theta, day, here)
            values.append(self.backend.joined([value], [(1, here.stop - here.start)]))
        return values

    def _ahead(
        self, prospects: Sequence[Prospect], shapes: Shapes, state: Slots, theta: Slots, day: Any
    ) -> list[Array]:
        """Discounted mean flows over the horizon, ``(row × lane)`` each."""
        xp = self.xp
        owner, horizon, discount = self._terms(prospects, shapes)
        stretched = xp.exp(xp.log(1.0 + horizon) * ((xp.asarray(_ROOTS)[:, None] + 1.0) / 2.0))
        times = stretched - 1.0
        masses = (xp.asarray(_WEIGHTS)[:, None] * stretched * xp.exp(-discount * times))[:, owner]
        path = self._path(state, theta, times, owner, day)
        days = day + times[:, owner]
        values = []
        for each, here in zip(prospects, _slices(shapes), strict=True):
            flows = masses[:, here] * self._flow(each.actor, path, theta, days[:, here], here)
            total, weight = flows[0], masses[0, here]
            for node in range(1, NODES):
                total, weight = total + flows[node], weight + masses[node, here]
            values.append(total / weight)
        return values

    def _flow(self, actor: str, state: Slots, theta: Slots, day: Any, here: slice) -> Array:
        """An actor's flow at some places, along the nodes if the state runs along them."""
        tape = self.flows[actor]
        known = {key: theta[key][here] if key in self.spread else theta[key] for key in tape.parameters}
        return tape(Environment({slot: state[slot][..., here] for slot in tape.slots}, known, day))[0]

    def _terms(self, prospects: Sequence[Prospect], shapes: Shapes) -> tuple[Array, Array, Array]:
        """Whose each place is, and horizons and discounts: of whole prospects if they can be, else of places."""
        xp = self.xp
        pairs = [(each.horizon, each.discount) for each in prospects]
        if any(getattr(value, "ndim", 0) for pair in pairs for value in pair):
            horizon, discount = (self.backend.joined([pair[side] for pair in pairs], shapes) for side in (0, 1))
            return xp.arange(len(horizon)), horizon, discount
        owner = xp.concatenate([xp.full(rows * lanes, rank) for rank, (rows, lanes) in enumerate(shapes)])
        return owner, xp.asarray([pair[0] for pair in pairs]), xp.asarray([pair[1] for pair in pairs])

    def _state(self, prospects: Sequence[Prospect], env: Environment, runs: Array) -> dict[str, Array]:
        """Every slot at every place: the runs' own state, and what each prospect changes of it."""
        if not self.slots:
            return {}
        block = self.xp.stack([env.state[slot] for slot in self.slots])[:, runs]
        low = 0
        for each in prospects:
            for slot, values in each.state.items():
                block = self.backend.overwritten(block, self.rank[slot], low, values, each.shape)
            low += each.shape[0] * each.shape[1]
        return dict(zip(self.slots, block, strict=True))

    def _path(
        self, state: Mapping[str, Array], theta: Mapping[str, Array], times: Array, owner: Array, day: Any
    ) -> dict[str, Array]:
        """Slots along the horizon, ``(node, place)`` or ``(place,)`` where they stand still.

        What no other process moves is known at all nodes at once; the rest goes from node to node. ``times``
        ``(node, term)`` are those of the prospects, and ``owner`` ``(place,)`` says whose each place is.
        """
        xp = self.xp
        spans = times - xp.concatenate([xp.zeros((1, times.shape[1])), times[:-1]])
        middles = times - spans / 2.0
        long, half, short = self._shares(theta, (times, middles, spans), owner)
        reached, taken = times[:, owner], spans[:, owner]
        leaps = self.leap(Environment(state, {**theta, **long}, day, reached))
        straight = {slot: xp.broadcast_to(v, reached.shape) for slot, v in zip(self.straight, leaps, strict=True)}
        halfway = self.halfway(Environment(state, {**theta, **half}, day, middles[:, owner]))
        means = self._means(state, straight, dict(zip(self.read, halfway, strict=True)))
        here = dict(state)
        coupled: dict[str, list[Array]] = {slot: [] for slot in self.coupled}
        for node in range(NODES):
            known = {**theta, **{key: rows[node] for key, rows in short.items()}}
            here |= {key: rows[node] for key, rows in means.items()}
            moved = self.advance(Environment(here, known, day + reached[node] - taken[node], taken[node]))
            for slot, value in zip(self.coupled, moved, strict=True):
                here[slot] = value
                coupled[slot].append(value)
        path = {slot: xp.stack(coupled[slot]) for slot in self.coupled if slot in self.flowing}
        return {**state, **straight, **path}

    def _means(self, state: Slots, straight: Slots, halfway: Slots) -> dict[str, Array]:
        """Simpson's mean over each step of the straight slots that others read, ``(node, place)``."""
        means = {}
        for slot in self.read:
            rows = straight[slot]
            before = self.xp.concatenate([state[slot][None, :], rows[:-1]])
            means[_mean(slot)] = (before + 4.0 * halfway[slot] + rows) / 6.0
        return means

    def _shares(self, theta: Slots, spans: tuple[Array, ...], owner: Array) -> list[dict[str, Array]]:
        """What depends on the length of a step alone, ``(node, place)`` by name, for several lengths."""
        xp = self.xp
        whole = xp.concatenate(spans)
        values = self.timing(Environment({}, theta, 0.0, whole))
        if not values:
            return [{} for _ in spans]
        spread = xp.stack([xp.broadcast_to(value, whole.shape) for value in values])[:, :, owner]
        blocks = [spread[:, rank * NODES : (rank + 1) * NODES] for rank in range(len(spans))]
        return [dict(zip(self.timed, block, strict=True)) for block in blocks]
