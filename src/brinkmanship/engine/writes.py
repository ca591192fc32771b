"""What is written on the state: the ledger of a stage, the bounds of slots, and where a run fails."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from brinkmanship.core.program import SlotSpec, Update
from brinkmanship.engine.backend import Backend
from brinkmanship.lang.hoist import Hoister
from brinkmanship.lang.nodes import Expression, Parameter
from brinkmanship.lang.tape import Environment

Array = Any


@dataclass
class Ledger:
    """The writes of one stage, by slot: (priority, mask, value) of settings, and the sum of increments so far."""

    settings: dict[str, list[tuple[int, Array, Array]]] = field(default_factory=dict)
    sums: dict[str, Array] = field(default_factory=dict)

    def of(self, slots: Sequence[str]) -> dict[str, Array]:
        """The sums of some slots."""
        return {slot: self.sums.get(slot, 0.0) for slot in slots}

    def set(self, update: Update, mask: Array, value: Array) -> None:
        """Write down a setting."""
        self.settings.setdefault(update.slot, []).append((update.priority, mask, value))

    @property
    def slots(self) -> list[str]:
        """What is written on."""
        return list(dict.fromkeys([*self.settings, *self.sums]))

    def total(self, xp: Any, slot: str, now: Array) -> Array:
        """The slot after the writes, before its bounds."""
        for _, mask, value in sorted(self.settings.get(slot, ()), key=lambda entry: entry[0]):
            now = xp.where(mask, value, now)
        return now + self.sums[slot] if slot in self.sums else now


class Bounds:
    """Lower and upper bounds of slots."""

    def __init__(self, slots: Mapping[str, SlotSpec], hoist: Hoister):
        self.limits = {
            k: (_key(hoist, s.low), _key(hoist, s.high))
            for k, s in slots.items()
            if s.low is not None and s.high is not None
        }

    def of(self, slot: str, theta: Mapping[str, Array]) -> tuple[Any, Any]:
        """The bounds of a slot; infinite where it has none."""
        keys = self.limits.get(slot)
        if keys is None:
            return -math.inf, math.inf
        low, high = (theta[key] if isinstance(key, str) else key for key in keys)
        return low, high


def _key(hoist: Hoister, node: Expression) -> str | float:
    """The derived parameter that a bound has become, or the number that it is."""
    ready = hoist(node)
    return ready.key if isinstance(ready, Parameter) else ready.value  # type: ignore[union-attr]


class Faults:
    """Codes of failed runs: 0 going, 1 ended by an outcome, from 2 on a place where a number was not finite."""

    def __init__(self) -> None:
        self.places: list[str] = []

    def code(self, place: str) -> int:
        if place not in self.places:
            self.places.append(place)
        return self.places.index(place) + 2


class Written(Protocol):
    """A stage that writes."""

    name: str
    bounds: Bounds
    faults: Faults


def written(
    backend: Backend,
    env: Environment,
    status: Array,
    stage: Written,
    slots: Sequence[str],
    values: Array,
) -> tuple[dict[str, Array], Array]:
    """What stands in some slots after ``values`` ``(slot, run)`` were written, within their bounds.

    Where a value is not finite the slot stays as it was and the run fails.
    """
    xp = backend.xp
    sound = xp.isfinite(values)
    wrong = xp.logical_not(xp.all(sound, axis=0))

    def mended() -> tuple[Array, Array]:
        codes = [stage.faults.code(f"{stage.name}: {slot}") for slot in slots]
        first = status
        for code, fine in reversed(list(zip(codes, sound, strict=True))):
            first = xp.where(fine, first, code)
        kept = backend.rows([env.state[slot] for slot in slots], len(status))
        return xp.where(xp.logical_and(wrong, status == 0), first, status), xp.where(sound, values, kept)

    status, values = backend.only(wrong, mended, (status, values))
    limits = [stage.bounds.of(slot, env.theta) for slot in slots]
    low, high = (xp.asarray([each[side] for each in limits], dtype=values.dtype)[:, None] for side in (0, 1))
    values = xp.where(values < low, low, values)
    return dict(zip(slots, xp.where(values > high, high, values), strict=True)), status


def failed(backend: Backend, status: Array, wrong: Array, faults: Faults, place: str) -> Array:
    """The status of runs where those that went wrong here have failed."""
    if not backend.any(wrong):
        return status
    return backend.xp.where(backend.xp.logical_and(wrong, status == 0), faults.code(place), status)
