"""The documented past as numbers: one row a step, so that dates and observations are arguments of compiled code.

What can be pinned is part of the structure (which sites have observed magnitudes, which names stand in windows);
when, and at what, stands in the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from brinkmanship.core.program import Lowered
from brinkmanship.engine.draws import pick, site_key
from brinkmanship.engine.pins import Pins
from brinkmanship.engine.replay import Facts, Schedule, address

Array = Any


class Table:
    """The columns of the rows, and how they are filled and read.

    Every step has its number and day, and whether it is future; then what is fixed in it.
    """

    def __init__(self, lowered: Lowered) -> None:
        program, past = lowered.program, lowered.past
        self.lowered = lowered
        self.columns: dict[tuple[Any, ...], int] = {}
        many = [pin for pin in past.pins if len(pin.alternatives) > 1]
        self.groups = self._most_at_once(many)
        self.ways = max([len(pin.alternatives) for pin in many], default=0)
        self.uncertain = sorted({key for pin in many for key, _ in pin.alternatives})
        self.forced = sorted({*program.options, *(key for pin in past.pins for key, _ in pin.alternatives)})
        self.barred = sorted({name for window in past.windows for name in window.names} | set(self.uncertain))
        self.branched = sorted(name for name, site in program.sites.items() if len(site.branches) > 1)
        self.branched = [name for name in self.branched if self._can_be_told(name)]
        site = {key: option.consequence.name for key, option in program.options.items()}
        self.magnitudes = sorted(
            {
                (site.get(key, key), slot)
                for pin in past.pins
                for key, _ in pin.alternatives
                for slot, _ in pin.magnitudes
            }
        )
        self.measured = sorted({each.slot for each in past.measurements})
        for name in self._names():
            self.columns[name] = len(self.columns)

    def _most_at_once(self, pins: list[Any]) -> int:
        steps = [self.lowered.timeline.step_of(pin.day) for pin in pins]
        return max((steps.count(step) for step in steps), default=0)

    def _can_be_told(self, site: str) -> bool:
        """Whether a move may be given with the branch of this site."""
        told = {name for pin in self.lowered.past.pins for name, _ in pin.branches}
        return site in told or site.startswith(("action/", "order/"))

    def _names(self) -> list[tuple[Any, ...]]:
        sites = self.lowered.program.sites
        names: list[tuple[Any, ...]] = [("step",), ("day",), ("future",), ("some",)]
        names += [("forced", key) for key in self.forced] + [("barred", key) for key in self.barred]
        names += [("told", site) for site in self.branched]
        names += [("branch", site, rank) for site in self.branched for rank in range(len(sites[site].branches))]
        names += [(part, *place) for place in self.magnitudes for part in ("seen", "size")]
        names += [(part, slot) for slot in self.measured for part in ("known", "value")]
        for group in range(self.groups):
            names += [("open", group), ("key", group, 0), ("key", group, 1)]
            names += [("edge", group, way) for way in range(self.ways - 1)]
            names += [("way", group, way, key) for way in range(self.ways) for key in self.uncertain]
        return names

    @property
    def structure(self) -> str:
        """What compiled code depends on."""
        return repr(list(self.columns))

    def rows(self, schedule: Schedule, seed: int, low: int, high: int) -> np.ndarray:
        """The rows of steps ``low`` to ``high`` (exclusive), ``(step, column)``."""
        timeline = self.lowered.timeline
        found = np.zeros((high - low, len(self.columns)))
        for step in range(low, high):
            row: dict[tuple[Any, ...], float] = {("step",): step, ("day",): step * timeline.step}
            row[("future",)] = step >= schedule.first
            row |= self._filled(schedule.facts(step), seed)
            for name, value in row.items():
                found[step - low, self.columns[name]] = value
        return found

    def _filled(self, facts: Facts, seed: int) -> dict[tuple[Any, ...], float]:
        row: dict[tuple[Any, ...], float] = {("barred", name): 1.0 for name in facts.barred}
        row |= {("some",): 1.0} if facts.made else {}
        row |= {("forced", pin.alternatives[0][0]): 1.0 for pin in facts.made if len(pin.alternatives) == 1}
        several = [pin for pin in facts.made if len(pin.alternatives) > 1]
        for group, pin in enumerate(several):
            row |= self._alternatives(group, pin, seed)
        for site, agreeing in facts.branches.items():
            row[("told", site)] = 1.0
            row |= {("branch", site, rank): float(may) for rank, may in enumerate(agreeing)}
        for place, size in facts.magnitudes.items():
            row |= {("seen", *place): 1.0, ("size", *place): size}
        for slot, value in facts.measured.items():
            row |= {("known", slot): 1.0, ("value", slot): value}
        return row

    def _alternatives(self, group: int, pin: Any, seed: int) -> dict[tuple[Any, ...], float]:
        first, second = site_key(seed, address(pin))
        row: dict[tuple[Any, ...], float] = {("open", group): 1.0, ("key", group, 0): first, ("key", group, 1): second}
        edge = 0.0
        for way, (key, chance) in enumerate(pin.alternatives):
            row[("way", group, way, key)] = 1.0
            if way < self.ways - 1:
                edge += chance
                row[("edge", group, way)] = edge if way < len(pin.alternatives) - 1 else 2.0
        for way in range(len(pin.alternatives), self.ways - 1):
            row[("edge", group, way)] = 2.0
        return row

    def pins(self, row: Mapping[tuple[Any, ...], Array], sampler: Any, backend: Any) -> Pins:
        """What a row says: each column's number, by name."""

        def at(*name: Any) -> Array:
            return row[name]

        def holds(*name: Any) -> Array:
            return at(*name) > 0.0

        xp = backend.xp
        forced = {key: xp.broadcast_to(holds("forced", key), (1,)) for key in self.forced}
        for group in range(self.groups):
            forced |= self._drawn(group, forced, at, sampler, backend)
        sites = self.lowered.program.sites
        branches = {
            site: (
                holds("told", site),
                tuple(holds("branch", site, rank) for rank in range(len(sites[site].branches))),
            )
            for site in self.branched
        }
        return Pins(
            forced,
            xp.broadcast_to(holds("some"), (1,)),
            {name: holds("barred", name) for name in self.barred},
            branches,
            {place: (holds("seen", *place), at("size", *place)) for place in self.magnitudes},
            {slot: (holds("known", slot), at("value", slot)) for slot in self.measured},
        )

    def _drawn(self, group: int, forced: Mapping[str, Array], at: Any, sampler: Any, backend: Any) -> dict[str, Array]:
        """Options that are forced where their alternative is drawn."""
        xp = backend.xp

        def work() -> list[Array]:
            words = [at("key", group, word).astype("uint32") for word in (0, 1)]
            uniform = sampler.of(*words)[0]
            edges = [at("edge", group, way) for way in range(self.ways - 1)]
            way = pick(uniform, [edges[0], *(b - a for a, b in pairwise(edges))])
            found = []
            for key in self.uncertain:
                mask = forced[key]
                for rank in range(self.ways):
                    mask = mask | ((at("way", group, rank, key) > 0.0) & (way == rank))
                found.append(mask)
            return found

        blank = [forced[key] for key in self.uncertain]
        masks = backend.only(xp.broadcast_to(at("open", group) > 0.0, (1,)), work, blank)
        return dict(zip(self.uncertain, masks, strict=True))
