"""The documented past as pins on steps.

Moves, branches and measurements are pinned; everything else runs. In a window that is declared complete, options and
sites happen only where documented. From the first future day on, nothing is pinned but what was given as a supposition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from brinkmanship.core.program import Lowered, Pin, Window
from brinkmanship.engine.draws import Addressed
from brinkmanship.engine.pins import NO_PINS, Pins, nowhere

Array = Any
_T = TypeVar("_T")


@dataclass(frozen=True)
class Facts:
    """What the documents say of one step.

    Attributes
    ----------
    made
        Moves and happenings of the step; of several alternatives one took place.
    barred
        Options and sites that do not happen unless they were made.
    branches
        By site, for each branch whether it agrees with what was observed.
    magnitudes
        Observed increments or settings by (site, slot).
    measured
        Values of slots at the end of the step.
    """

    made: tuple[Pin, ...] = ()
    barred: frozenset[str] = frozenset()
    branches: Mapping[str, tuple[bool, ...]] = field(default_factory=dict)
    magnitudes: Mapping[tuple[str, str], float] = field(default_factory=dict)
    measured: Mapping[str, float] = field(default_factory=dict)


NOTHING = Facts()


def address(pin: Pin) -> str:
    """Where it is drawn which of its alternatives took place."""
    return f"history/{pin.day:g}/{pin.alternatives[0][0]}"


@dataclass(frozen=True)
class Schedule:
    """What is pinned when.

    Attributes
    ----------
    first
        The first step of the future.
    past
        History; what it says of the days from ``first`` on is left out.
    given
        Suppositions, which hold whenever they are dated.
    """

    lowered: Lowered
    first: int
    given: tuple[Pin, ...] = ()

    def facts(self, step: int) -> Facts:
        """What is known of a step."""
        replayed, executed = step < self.first, self._executed.get(step, ())
        if not replayed:
            executed = [pin for pin in executed if pin in self.given]
        made = tuple(self._made.get(step, ()))
        barred = self._barred(self.lowered.past.windows, step) if replayed else frozenset()
        return Facts(
            made,
            barred | {key for pin in made if len(pin.alternatives) > 1 for key, _ in pin.alternatives},
            {site: self._agreeing(site, seen) for pin in executed for site, seen in pin.branches},
            {
                (self._site(key), slot): value
                for pin in executed
                for key, _ in pin.alternatives
                for slot, value in pin.magnitudes
            },
            self._measured.get(step, {}) if replayed else {},
        )

    def pins(self, step: int, sampler: Addressed) -> Pins:
        """What is fixed in a step."""
        facts = self.facts(step)
        if facts == NOTHING:
            return NO_PINS
        return Pins(
            self._forced(facts.made, sampler),
            bool(facts.made),
            nowhere(facts.barred),
            {site: (True, agreeing) for site, agreeing in facts.branches.items()},
            {place: (True, value) for place, value in facts.magnitudes.items()},
            {slot: (True, value) for slot, value in facts.measured.items()},
        )

    @cached_property
    def _pins(self) -> Sequence[Pin]:
        step_of = self.lowered.timeline.step_of
        return [*(pin for pin in self.lowered.past.pins if step_of(pin.day) < self.first), *self.given]

    @cached_property
    def _made(self) -> Mapping[int, Sequence[Pin]]:
        """What is done in each step."""
        timeline = self.lowered.timeline
        return _by_step(self._pins, lambda pin: timeline.step_of(pin.day))

    @cached_property
    def _executed(self) -> Mapping[int, Sequence[Pin]]:
        """What is carried out in each step."""
        timeline = self.lowered.timeline
        return _by_step(self._pins, lambda pin: timeline.step_after(pin.day, pin.lag))

    @cached_property
    def _measured(self) -> Mapping[int, Mapping[str, float]]:
        """Measurements hold at the end of their day: in its last step."""
        timeline = self.lowered.timeline
        grouped = _by_step(
            self.lowered.past.measurements, lambda each: timeline.step_of(each.day + 1 - min(timeline.step, 1.0) / 2)
        )
        return {step: {each.slot: each.value for each in some} for step, some in grouped.items()}

    def _site(self, key: str) -> str:
        option = self.lowered.program.options.get(key)
        return option.consequence.name if option is not None else key

    def _agreeing(self, site: str, seen: Sequence[int]) -> tuple[bool, ...]:
        return tuple(rank in seen for rank in range(len(self.lowered.program.sites[site].branches)))

    @staticmethod
    def _forced(pins: Sequence[Pin], sampler: Addressed) -> dict[str, Array]:
        forced: dict[str, Array] = {}
        for pin in pins:
            keys = [key for key, _ in pin.alternatives]
            everyone = sampler.runs >= 0
            if len(keys) == 1:
                masks = {keys[0]: everyone}
            else:
                chances = [chance for _, chance in pin.alternatives][:-1]
                picked = sampler.pick(address(pin), chances)
                masks = {key: picked == rank for rank, key in enumerate(keys)}
            for key, mask in masks.items():
                forced[key] = mask | forced[key] if key in forced else mask
        return forced

    def _barred(self, windows: Sequence[Window], step: int) -> frozenset[str]:
        day = step * self.lowered.timeline.step
        return frozenset(name for window in windows if window.first <= day < window.last + 1 for name in window.names)


def _by_step(entries: Iterable[_T], step: Callable[[_T], int]) -> dict[int, list[_T]]:
    """Entries by the step that they belong to, in order."""
    found: dict[int, list[_T]] = {}
    for each in entries:
        found.setdefault(step(each), []).append(each)
    return found
