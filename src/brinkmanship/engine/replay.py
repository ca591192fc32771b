"""The documented past as pins on steps.

Moves, branches and measurements are pinned; everything else runs. In a window that is declared complete, options and
sites happen only where documented. From the first future day on, nothing is pinned but what was given as a supposition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brinkmanship.core.program import Lowered, Past, Pin, Window
from brinkmanship.engine.draws import Addressed
from brinkmanship.engine.pins import NO_PINS, Fixed, Pins, nowhere

Array = Any


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

    def pins(self, step: int, sampler: Addressed) -> Pins:
        """What is fixed in a step."""
        past, timeline = self.lowered.past, self.lowered.timeline
        here = [pin for pin in self._pins() if timeline.step_of(pin.day) == step]
        executed = [pin for pin in self._pins() if timeline.step_after(pin.day, pin.lag) == step]
        if step >= self.first:
            executed = [pin for pin in executed if pin in self.given]
        if step >= self.first and not here and not executed:
            return NO_PINS
        measured = self._measured(past, step) if step < self.first else {}
        barred = self._barred(past.windows, step) if step < self.first else frozenset()
        barred |= {key for pin in here if len(pin.alternatives) > 1 for key, _ in pin.alternatives}
        branches = {site: (True, self._agreeing(site, seen)) for pin in executed for site, seen in pin.branches}
        magnitudes = {
            (self._site(key), slot): (True, value)
            for pin in executed
            for key, _ in pin.alternatives
            for slot, value in pin.magnitudes
        }
        return Pins(self._forced(here, sampler), nowhere(barred), branches, magnitudes, measured)

    def _pins(self) -> Sequence[Pin]:
        step_of = self.lowered.timeline.step_of
        return [*(pin for pin in self.lowered.past.pins if step_of(pin.day) < self.first), *self.given]

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
                picked = sampler.pick(f"history/{pin.day:g}/{keys[0]}", chances)
                masks = {key: picked == rank for rank, key in enumerate(keys)}
            for key, mask in masks.items():
                forced[key] = mask | forced[key] if key in forced else mask
        return forced

    def _barred(self, windows: Sequence[Window], step: int) -> frozenset[str]:
        day = step * self.lowered.timeline.step
        return frozenset(name for window in windows if window.first <= day < window.last + 1 for name in window.names)

    def _measured(self, past: Past, step: int) -> dict[str, Fixed]:
        """Measurements hold at the end of their day: in its last step."""
        timeline = self.lowered.timeline
        last_of_day = {m: timeline.step_of(m.day + 1 - min(timeline.step, 1.0) / 2) for m in past.measurements}
        return {m.slot: (True, m.value) for m, last in last_of_day.items() if last == step}
