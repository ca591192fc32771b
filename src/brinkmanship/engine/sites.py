"""Chance sites at work: which branch comes true, and what the updates of a stage add up to.

Within a stage all sites read the same state. Increments add up on top of settings; among settings that coincide the
highest priority wins; bounds apply at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from brinkmanship.core.program import Chance, SlotSpec, Update
from brinkmanship.engine.backend import Backend
from brinkmanship.engine.draws import Sampler
from brinkmanship.lang.evaluate import Environment, Evaluator, evaluator

Array = Any
TOLERANCE = 1e-9


@dataclass(frozen=True)
class ReadyUpdate:
    """An update with its closures."""

    slot: str
    adds: bool
    value: Evaluator
    guard: Evaluator | None
    priority: int

    @classmethod
    def of(cls, update: Update) -> ReadyUpdate:
        guard = evaluator(update.guard) if update.guard is not None else None
        return cls(update.slot, update.operation == "add", evaluator(update.value), guard, update.priority)


@dataclass(frozen=True)
class ReadyBranch:
    chance: Evaluator | None
    updates: tuple[ReadyUpdate, ...]


@dataclass(frozen=True)
class ReadySite:
    """A chance site with its closures."""

    name: str
    when: Evaluator | None
    occurs: Evaluator | None
    branches: tuple[ReadyBranch, ...]

    @classmethod
    def of(cls, site: Chance) -> ReadySite:
        branches = tuple(
            ReadyBranch(evaluator(b.chance) if b.chance is not None else None, tuple(map(ReadyUpdate.of, b.updates))) for b in site.branches
        )
        when = evaluator(site.when) if site.when is not None else None
        return cls(site.name, when, evaluator(site.occurs) if site.occurs is not None else None, branches)


@dataclass(frozen=True)
class Pins:
    """What the documents fix in one step.

    Attributes
    ----------
    forced
        Options and sites that happen, each with a mask over runs (or True).
    barred
        Options and sites that do not happen unless forced.
    branches
        Per site, the indices of the branches that agree with what was observed.
    magnitudes
        Observed increments or settings by (site, slot).
    measured
        Values of slots at the end of the step.
    """

    forced: Mapping[str, Array] = field(default_factory=dict)
    barred: frozenset[str] = frozenset()
    branches: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    magnitudes: Mapping[tuple[str, str], float] = field(default_factory=dict)
    measured: Mapping[str, float] = field(default_factory=dict)


NO_PINS = Pins()


@dataclass
class Trace:
    """What happened in a step: options chosen and sites that fired, each a mask ``(run,)``, and branches taken."""

    chosen: dict[str, Array] = field(default_factory=dict)
    fired: dict[str, Array] = field(default_factory=dict)
    branch: dict[str, Array] = field(default_factory=dict)


@dataclass
class Ledger:
    """The writes of one stage, by slot: (mask or None, value) of settings by priority, and of increments."""

    settings: dict[str, list[tuple[int, Array, Array]]] = field(default_factory=dict)
    increments: dict[str, list[tuple[Array, Array]]] = field(default_factory=dict)

    def enter(self, update: ReadyUpdate, mask: Array, value: Array) -> None:
        if update.adds:
            self.increments.setdefault(update.slot, []).append((mask, value))
        else:
            self.settings.setdefault(update.slot, []).append((update.priority, mask, value))

    @property
    def slots(self) -> list[str]:
        return list(dict.fromkeys([*self.settings, *self.increments]))

    def total(self, xp: Any, slot: str, now: Array) -> Array:
        """The slot after the writes, before its bounds."""
        for _, mask, value in sorted(self.settings.get(slot, ()), key=lambda entry: entry[0]):
            now = value if mask is None else xp.where(mask, value, now)
        for mask, value in self.increments.get(slot, ()):
            now = now + (value if mask is None else xp.where(mask, value, 0.0))
        return now


@dataclass(frozen=True)
class Bounds:
    """Lower and upper bounds of slots, as closures."""

    limits: Mapping[str, tuple[Evaluator, Evaluator]]

    @classmethod
    def of(cls, slots: Mapping[str, SlotSpec]) -> Bounds:
        return cls({k: (evaluator(s.low), evaluator(s.high)) for k, s in slots.items() if s.low is not None and s.high is not None})

    def clip(self, env: Environment, slot: str, value: Array) -> Array:
        limits = self.limits.get(slot)
        if limits is None:
            return value
        return env.xp.minimum(env.xp.maximum(value, limits[0](env)), limits[1](env))


class Faults:
    """Codes of failed runs: 0 going, 1 ended by an outcome, from 2 on a place where a number was not finite."""

    def __init__(self) -> None:
        self.places: list[str] = []

    def code(self, place: str) -> int:
        if place not in self.places:
            self.places.append(place)
        return self.places.index(place) + 2

    def place(self, code: int) -> str:
        return self.places[code - 2]


@dataclass
class Stage:
    """The sites of one stage, ready to run."""

    name: str
    sites: Sequence[ReadySite]
    bounds: Bounds
    faults: Faults
    traced: bool = True

    def run(self, backend: Backend, env: Environment, going: Array, status: Array, sampler: Sampler, pins: Pins, trace: Trace) -> tuple[dict[str, Array], Array]:
        """Fire the sites; gives the new state and the new status of runs.

        Parameters
        ----------
        going
            Runs that have neither ended nor failed, ``(run,)``.
        status
            Codes of `Faults`, ``(run,)``.
        """
        ledger = Ledger()
        for site in self.sites:
            status = self._site(backend, env, going, status, sampler, pins, trace, site, ledger)
        return self._settle(backend, env, status, ledger)

    def _site(self, backend: Backend, env: Environment, going: Array, status: Array, sampler: Sampler, pins: Pins, trace: Trace, site: ReadySite, ledger: Ledger) -> Array:
        xp = env.xp
        fires = self._fires(env, going, sampler, pins, site)
        if fires is not None and not backend.any(fires):
            return status
        branch: Array = None
        if len(site.branches) > 1:
            chances, sound = branch_chances(env, site)
            if site.name in pins.branches:
                chances = restricted(xp, chances, pins.branches[site.name])
            branch = sampler.pick(site.name, chances, index=1)
            status = self._fail(backend, env, status, xp.logical_not(sound), fires, f"{self.name}: chances of {site.name}")
        if self.traced:
            trace.fired[site.name] = going if fires is None else fires
            trace.branch[site.name] = branch
        for number, each in enumerate(site.branches):
            mask = fires if branch is None else both(xp, fires, branch == number)
            if mask is None or backend.any(mask):
                self._enter(env, pins, site.name, each.updates, mask, ledger)
        return status

    def _fires(self, env: Environment, going: Array, sampler: Sampler, pins: Pins, site: ReadySite) -> Array:
        """Where a site happens; None is everywhere."""
        xp = env.xp
        fires = site.when(env) if site.when is not None else None
        if site.occurs is not None:
            fires = both(xp, fires, sampler.pick(site.name, [site.occurs(env)]) == 0)
        if site.name in pins.barred:
            fires = xp.zeros_like(going)
        if site.name in pins.forced:
            fires = xp.logical_or(pins.forced[site.name], False if fires is None else fires)
        return None if fires is None else xp.logical_and(fires, going)

    @staticmethod
    def _enter(env: Environment, pins: Pins, name: str, updates: Sequence[ReadyUpdate], mask: Array, ledger: Ledger) -> None:
        for update in updates:
            where = mask if update.guard is None else both(env.xp, mask, update.guard(env))
            observed = pins.magnitudes.get((name, update.slot))
            ledger.enter(update, where, update.value(env) if observed is None else observed)

    def _settle(self, backend: Backend, env: Environment, status: Array, ledger: Ledger) -> tuple[dict[str, Array], Array]:
        xp = env.xp
        state = dict(env.state)
        for slot in ledger.slots:
            before = state[slot]
            value = ledger.total(xp, slot, before)
            sound = xp.isfinite(value)
            status = self._fail(backend, env, status, xp.logical_not(sound), None, f"{self.name}: {slot}")
            state[slot] = self.bounds.clip(env, slot, xp.where(sound, value, before))
        return state, status

    def _fail(self, backend: Backend, env: Environment, status: Array, wrong: Array, where: Array, place: str) -> Array:
        wrong = both(env.xp, where, wrong)
        if not backend.any(wrong):
            return status
        return env.xp.where(env.xp.logical_and(wrong, status == 0), self.faults.code(place), status)


def both(xp: Any, left: Array, right: Array) -> Array:
    """Conjunction of two masks; None is everywhere."""
    if left is None:
        return right
    return left if right is None else xp.logical_and(left, right)


def branch_chances(env: Environment, site: ReadySite) -> tuple[list[Array], Array]:
    """Chances of all branches but the last, and where they are chances at all."""
    xp = env.xp
    chances = [branch.chance(env) for branch in site.branches if branch.chance is not None]
    total: Array = 0.0
    sound: Array = True
    for chance in chances:
        sound = xp.logical_and(sound, chance >= -TOLERANCE)
        total = total + chance
    return chances, xp.logical_and(sound, total <= 1.0 + TOLERANCE)


def restricted(xp: Any, chances: list[Array], allowed: tuple[int, ...]) -> list[Array]:
    """The chances given that one of the ``allowed`` branches came true; equal where all have chance zero."""
    rest: Array = 1.0
    for chance in chances:
        rest = rest - chance
    every = [*chances, xp.maximum(rest, 0.0)]
    total: Array = 0.0
    for index in allowed:
        total = total + every[index]
    result = []
    for index in range(len(chances)):
        share = xp.where(total > 0, every[index] / xp.where(total > 0, total, 1.0), 1.0 / len(allowed))
        result.append(share if index in allowed else 0.0 * share)
    return result
