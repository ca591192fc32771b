"""Chance sites at work: which branch comes true, and what the updates of a stage add up to.

Within a stage all sites read the same state. Increments add up on top of settings; among settings that coincide the
highest priority wins; bounds apply at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any

from brinkmanship.core.program import Chance, Update
from brinkmanship.engine.backend import Backend
from brinkmanship.engine.compose import totals, unconditional
from brinkmanship.engine.draws import Sampler
from brinkmanship.engine.pins import Pins, but, settled
from brinkmanship.engine.writes import Bounds, Faults, Ledger, failed, written
from brinkmanship.lang.hoist import Hoister
from brinkmanship.lang.nodes import Number, Truth, draws_in
from brinkmanship.lang.tape import Environment, Tape

Array = Any
TOLERANCE = 1e-9


@dataclass(frozen=True)
class ReadyBranch:
    """The updates of a branch, and a tape of their values and guards, in turn."""

    updates: tuple[Update, ...]
    tape: Tape

    @classmethod
    def of(cls, updates: tuple[Update, ...], hoist: Hoister, xp: Any) -> ReadyBranch:
        """Make ready; an update without guard has the guard True."""
        wanted = [hoist(node) for update in updates for node in (update.value, update.guard or Truth(True))]
        return cls(updates, Tape(wanted, xp))


@dataclass(frozen=True)
class ReadySite:
    """A chance site, ready to run."""

    name: str
    chances: Tape
    branches: tuple[ReadyBranch, ...]
    added: tuple[str, ...]
    """Slots with increments."""
    set: tuple[Update, ...]
    """Settings, branch by branch."""

    @classmethod
    def of(cls, site: Chance, hoist: Hoister, xp: Any) -> ReadySite:
        """Make ready."""
        chances = Tape([hoist(branch.chance) for branch in site.branches if branch.chance is not None], xp)
        every = [update for branch in site.branches for update in branch.updates]
        return cls(
            site.name,
            chances,
            tuple(ReadyBranch.of(branch.updates, hoist, xp) for branch in site.branches),
            tuple(dict.fromkeys(each.slot for each in every if each.operation == "add")),
            tuple(each for each in every if each.operation != "add"),
        )


@dataclass
class Trace:
    """What happened in a step: options chosen and sites that fired, each a mask ``(run,)``, and branches taken."""

    chosen: dict[str, Array] = field(default_factory=dict)
    fired: dict[str, Array] = field(default_factory=dict)
    branch: dict[str, Array] = field(default_factory=dict)
    nobody: list[Array] = field(default_factory=list)
    """Masks that are set nowhere and stand for all options that nobody chose and sites that did not happen."""

    def taken(self) -> list[tuple[str, Array]]:
        """Options that somebody may have chosen, with their masks."""
        return self._some(self.chosen)

    def happened(self) -> list[tuple[str, Array]]:
        """Sites that may have happened, with their masks."""
        return self._some(self.fired)

    def _some(self, masks: Mapping[str, Array]) -> list[tuple[str, Array]]:
        idle = {id(mask) for mask in self.nobody}
        return [(key, mask) for key, mask in masks.items() if id(mask) not in idle]


@dataclass(frozen=True)
class Turn:
    """What the stages of one step share.

    ``going`` ``(run,)`` are the runs that have neither ended nor failed.
    """

    backend: Backend
    going: Array
    sampler: Sampler
    pins: Pins
    trace: Trace


class Stage:
    """The sites of one stage, ready to run."""

    def __init__(self, name: str, sites: Sequence[Chance], bounds: Bounds, faults: Faults, hoist: Hoister, xp: Any):
        self.name, self.bounds, self.faults, self.xp = name, bounds, faults, xp
        self.sites = [ReadySite.of(site, hoist, xp) for site in sites]
        self.hazardous = [site.occurs is not None for site in sites]
        self.slots = list(dict.fromkeys(u.slot for site in sites for branch in site.branches for u in branch.updates))
        self.written = _by_writers(sites)
        wanted = [node for site in sites for node in (site.when or Truth(True), site.occurs or Number(1.0))]
        self.tape = Tape([hoist(node) for node in wanted], xp)

    def run(self, turn: Turn, env: Environment, status: Array) -> tuple[dict[str, Array], Array]:
        """Fire the sites; gives the new state and the new status of runs (codes of `Faults`, ``(run,)``)."""
        if not self.sites:
            return dict(env.state), status
        values = self.tape(env)
        if any(self.hazardous):
            state, status, fired, branch = self._fired(turn, env, status, values)
        else:
            may = self._may(turn, values)
            blank = ({slot: env.state[slot] for slot in self.slots}, status, *self._nothing(turn))
            state, status, fired, branch = turn.backend.only(may, lambda: self._fired(turn, env, status, values), blank)
        turn.trace.fired |= fired
        turn.trace.branch |= {name: branch.get(name) for name in fired}
        return {**env.state, **state}, status

    def _may(self, turn: Turn, values: Sequence[Array]) -> Array:
        """Where any of the sites may happen, ``(run,)``; for sites that happen whenever they can."""
        xp = turn.backend.xp
        some: Array = xp.zeros_like(turn.going)
        for when in values[::2]:
            some = xp.logical_or(some, when)
        for site in self.sites:
            if site.name in turn.pins.forced:
                some = xp.logical_or(some, turn.pins.forced[site.name])
        return xp.logical_and(some, turn.going)

    def _nothing(self, turn: Turn) -> tuple[dict[str, Array], dict[str, Array]]:
        never = turn.backend.xp.zeros_like(turn.going)
        turn.trace.nobody.append(never)
        several = {site.name: 0 for site in self.sites if len(site.branches) > 1}
        return {site.name: never for site in self.sites}, several

    def _fired(
        self, turn: Turn, env: Environment, status: Array, values: Sequence[Array]
    ) -> tuple[dict[str, Array], Array, dict[str, Array], dict[str, Array]]:
        """What is written, the status of runs, where each site happens and the branches of those with several."""
        ledger = Ledger()
        fired: dict[str, Array] = {}
        branch: dict[str, Array] = {}
        possible = turn.backend.some(values[::2], len(turn.going))
        turn.sampler.prepare(self._asked(possible, turn.pins))
        for rank, site in enumerate(self.sites):
            if not possible[rank] and site.name not in turn.pins.forced:
                continue
            chance = values[2 * rank + 1] if self.hazardous[rank] else None
            if chance is not None:
                status = self._unsound(turn, status, site.name, values[2 * rank], chance)
            fires = self._fires(turn, site.name, values[2 * rank], chance)
            if turn.backend.any(fires):
                fired[site.name] = fires
                status, taken = self._fire(turn, env, status, site, fires, ledger)
                if len(site.branches) > 1:
                    branch[site.name] = taken
        state, status = self._settle(turn.backend, env, status, ledger, fired)
        return state, status, fired, branch

    def _asked(self, possible: Sequence[bool], pins: Pins) -> list[str]:
        """Sites whose draws will be asked for."""
        return [
            site.name
            for rank, site in enumerate(self.sites)
            if possible[rank] and (len(site.branches) > 1 or self.hazardous[rank]) and pins.bars(site.name) is not True
        ]

    def _unsound(self, turn: Turn, status: Array, name: str, when: Array, chance: Array) -> Array:
        """Fail the runs in which a hazard that counts is below zero or not a number."""
        xp = self.xp
        wrong = xp.logical_and(xp.logical_and(when, turn.going), xp.logical_not(chance >= 0.0))
        return failed(turn.backend, status, wrong, self.faults, f"{self.name}: hazard of {name}")

    def _fires(self, turn: Turn, name: str, when: Array, chance: Array) -> Array:
        """Where a site happens, ``(run,)``."""
        xp, pins = self.xp, turn.pins
        fires = but(xp, xp.logical_and(when, turn.going), pins.bars(name))
        if chance is not None and pins.bars(name) is not True:
            may = xp.logical_and(fires, chance > 0.0)
            fires = turn.backend.only(may, lambda: xp.logical_and(may, turn.sampler.pick(name, [chance]) == 0), may)
        if name in pins.forced:
            fires = xp.logical_and(xp.logical_or(fires, pins.forced[name]), turn.going)
        return fires

    def _fire(
        self, turn: Turn, env: Environment, status: Array, site: ReadySite, fires: Array, ledger: Ledger
    ) -> tuple[Array, Array]:
        """Draw the branch of a site and write down its updates; gives the new status of runs, and the branch."""
        nothing = turn.backend.xp.zeros(len(turn.going), dtype=bool)
        sums = ledger.of(site.added)
        blank = (nothing, 0, sums, [(nothing, 0.0) for _ in site.set])
        wrong, branch, sums, settings = turn.backend.only(
            fires, lambda: self._happens(turn, env, site, fires, sums), blank
        )
        ledger.sums |= sums
        for update, (mask, value) in zip(site.set, settings, strict=True):
            if mask is not None:
                ledger.set(update, mask, value)
        if len(site.branches) > 1:
            status = failed(turn.backend, status, wrong, self.faults, f"{self.name}: chances of {site.name}")
        return status, branch

    def _happens(
        self, turn: Turn, env: Environment, site: ReadySite, fires: Array, sums: dict[str, Array]
    ) -> tuple[Array, Array, dict[str, Array], list[tuple[Array, Array]]]:
        """Where chances are none; the branch; sums with the increments; where each setting is made, and to what."""
        xp, pins = self.xp, turn.pins
        wrong: Array = xp.zeros_like(fires)
        branch: Array = 0
        if len(site.branches) > 1:
            chances = site.chances(env)
            wrong = xp.logical_and(fires, xp.logical_not(_sound(xp, chances)))
            if site.name in pins.branches:
                chances = restricted(xp, chances, *pins.branches[site.name])
            branch = turn.sampler.pick(site.name, chances, index=1)
        settings: list[tuple[Array, Array]] = []
        for number, each in enumerate(site.branches):
            mask = fires if len(site.branches) == 1 else xp.logical_and(fires, branch == number)
            if each.updates and turn.backend.any(mask):
                sums, made = self._entries(pins, env, site.name, each, mask, sums)
                settings += made
            else:
                settings += [(None, 0.0) for update in each.updates if update.operation != "add"]
        return wrong, branch, sums, settings

    def _entries(
        self, pins: Pins, env: Environment, name: str, branch: ReadyBranch, mask: Array, sums: dict[str, Array]
    ) -> tuple[dict[str, Array], list[tuple[Array, Array]]]:
        """The updates of a branch; an observed magnitude is what all of them together wrote on a slot."""
        xp, values, sums = self.xp, branch.tape(env), dict(sums)
        told: set[str] = set()
        settings = []
        for rank, update in enumerate(branch.updates):
            guard, value = values[2 * rank + 1], values[2 * rank]
            where = mask if guard is True else xp.logical_and(mask, guard)
            observed = pins.magnitudes.get((name, update.slot))
            if observed is not None and update.slot in told:
                where = but(xp, where, observed[0])
            value = settled(xp, observed, value)
            told.add(update.slot)
            if update.operation == "add":
                sums[update.slot] = sums[update.slot] + xp.where(where, value, 0.0)
            else:
                settings.append((where, value))
        return sums, settings

    def _settle(
        self, backend: Backend, env: Environment, status: Array, ledger: Ledger, fired: Mapping[str, Array]
    ) -> tuple[dict[str, Array], Array]:
        """Add up, refuse what is not finite, apply bounds; gives what is written."""
        if not ledger.slots:
            return {}, status
        if backend.together:
            touched = set(ledger.slots)
            slots = [slot for _, each in self.written for slot in each if slot in touched]
            return self._settled(backend, env, status, ledger, slots)
        state: dict[str, Array] = {}
        for writers, slots in self.written:
            masks = [fired[name] for name in writers if name in fired]
            if not masks:
                continue
            some = reduce(self.xp.logical_or, masks)
            before = {slot: env.state[slot] for slot in slots}, status
            changed, status = backend.only(some, partial(self._settled, backend, env, status, ledger, slots), before)
            state |= changed
        return state, status

    def _settled(
        self, backend: Backend, env: Environment, status: Array, ledger: Ledger, slots: Sequence[str]
    ) -> tuple[dict[str, Array], Array]:
        values = backend.rows([ledger.total(self.xp, slot, env.state[slot]) for slot in slots], len(status))
        return written(backend, env, status, self, slots, values)


class Steady:
    """A stage of sites that have no chance in them: what each slot becomes is one expression, all in one tape."""

    def __init__(self, name: str, sites: Sequence[Chance], bounds: Bounds, faults: Faults, hoist: Hoister, xp: Any):
        assert all(len(site.branches) == 1 and site.occurs is None for site in sites)
        self.name, self.bounds, self.faults = name, bounds, faults
        values = totals([each for site in sites for each in unconditional(site)])
        self.slots = list(values)
        self.noise = [draw.address for value in values.values() for draw in draws_in(value)]
        self.tape = Tape([hoist(value) for value in values.values()], xp)

    def run(self, turn: Turn, env: Environment, status: Array) -> tuple[dict[str, Array], Array]:
        """The new state and the new status of runs."""
        if not self.slots:
            return dict(env.state), status
        turn.sampler.prepare(self.noise)
        values = turn.backend.rows(self.tape(env), len(status))
        changed, status = written(turn.backend, env, status, self, self.slots, values)
        return {**env.state, **changed}, status


def _by_writers(sites: Sequence[Chance]) -> list[tuple[tuple[str, ...], list[str]]]:
    """Slots that the same sites write, with the names of these."""
    writers: dict[str, dict[str, None]] = {}
    for site in sites:
        for update in (each for branch in site.branches for each in branch.updates):
            writers.setdefault(update.slot, {})[site.name] = None
    found: dict[tuple[str, ...], list[str]] = {}
    for slot, names in writers.items():
        found.setdefault(tuple(names), []).append(slot)
    return list(found.items())


def _sound(xp: Any, chances: Sequence[Array]) -> Array:
    """Where the chances of the branches are chances at all."""
    total: Array = 0.0
    sound: Array = True
    for chance in chances:
        sound = xp.logical_and(sound, chance >= -TOLERANCE)
        total = total + chance
    return xp.logical_and(sound, total <= 1.0 + TOLERANCE)


def restricted(xp: Any, chances: list[Array], known: Array, allowed: tuple[Any, ...]) -> list[Array]:
    """The chances given, where it is ``known``, that one of the allowed branches came true.

    ``allowed`` has a truth for every branch; those allowed are equally likely where all have chance zero.
    """
    rest: Array = 1.0
    for chance in chances:
        rest = rest - chance
    every = [1.0 * may * chance for may, chance in zip(allowed, [*chances, xp.maximum(rest, 0.0)], strict=True)]
    total: Array = 0.0
    many: Array = 0.0
    for may, chance in zip(allowed, every, strict=True):
        total, many = total + chance, many + 1.0 * may
    shares = [
        xp.where(total > 0, chance / xp.where(total > 0, total, 1.0), 1.0 * may / many)
        for may, chance in zip(allowed, every, strict=True)
    ]
    return [settled(xp, (known, share), chance) for share, chance in zip(shares, chances, strict=False)]
