"""What compiled code reports of a block, read into tallies, events and paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from brinkmanship.engine.compiled.count import Counter
from brinkmanship.engine.compiled.marks import Marks, first_lanes
from brinkmanship.engine.compiled.recording.layout import Layout
from brinkmanship.engine.ensemble import BlockResult, Request, Simulator
from brinkmanship.engine.events import Events
from brinkmanship.engine.step import ENDED, World
from brinkmanship.engine.tallies import Bins, Tallies


class Report:
    """What compiled code reports of a block, read step by step."""

    def __init__(
        self,
        simulator: Simulator,
        layout: Layout,
        faults: Sequence[str],
        request: Request,
        low: int,
        high: int,
        width: int,
    ) -> None:
        self.simulator, self.layout, self.request, self.faults = simulator, layout, request, faults
        timeline = simulator.lowered.timeline
        self.first = timeline.step_of(request.origin)
        self.low, self.count, self.width, self.steps = low, high - low, width, timeline.steps - self.first
        self.tiles = -(-self.count // width)
        self.watched = max(0, min(self.count, request.watched - low))
        self.sampled = max(0, min(self.count, request.sampled - low))
        kept = simulator.edges if self.watched else {}
        self.tallies = Tallies.empty(simulator.lowered, kept, self.steps, simulator.ladder)
        edges = self.simulator.edges
        self.counter = Counter(self.layout.shown, [Bins.of(edges[slot]) for slot in self.layout.shown], width)
        self.tallies.runs, self.tallies.watched = self.count, self.watched
        self.paths: list[np.ndarray] = []
        self.events: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        place = {mark: rank for rank, mark in enumerate(self.layout.marks)}
        self.going, self.sound = place[("going",)], place[("sound",)]
        self.rungs = [place[("rung", rank)] for rank in range(-1, self.simulator.ladder)]
        self.deeds = self._deeds()
        self.kinds = [self._kind(mark) for mark in layout.marks]
        self.counts = np.zeros((self.steps, len(layout.marks)), np.int64)
        self._marks: Marks | None = None
        self._shown: np.ndarray | None = None

    def _deeds(self) -> list[tuple[str, list[int]]]:
        """Marks that are counted as deeds: options, and sites that are not carried out for one."""
        found: dict[str, list[int]] = {}
        for rank, mark in enumerate(self.layout.marks):
            if mark[0] == "chosen" or (mark[0] == "fired" and not mark[1].startswith(("action/", "order/"))):
                found.setdefault(mark[1], []).append(rank)
        return list(found.items())

    def _kind(self, mark: tuple[Any, ...]) -> int:
        """The kind of event that a mark stands for; -1: none."""
        if mark[0] == "chosen":
            return self.simulator.first_kind.get(f"chosen/{mark[1]}", -1)
        return self.simulator.first_kind[mark[1]] + mark[2] if mark[0] == "fired" else -1

    def sheets(self, steps: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Where the next steps are reported: the same memory each time, since new memory costs more than the steps."""
        if self._marks is None:
            listed = self.count if self.request.recorded else self.sampled
            self._marks = Marks(steps, self.tiles, self.width, self.count, self.kinds, listed)
            if self.watched or self.sampled:
                self._shown = np.empty((steps, self.tiles, len(self.layout.shown), self.width))
        return self._marks.sheet[:steps], None if self._shown is None else self._shown[:steps]

    def read(self, start: int, steps: int) -> None:
        """Take in the steps that were reported last, from ``start`` on."""
        assert self._marks is not None
        step, kind, run = self._marks.read(self.counts[start : start + steps])
        self.events.append((self.first + start + step, kind, self.low + run))
        if self._shown is not None:
            self._values(start, self._shown[:steps], self._marks.sheet[:steps, :, self.sound])

    def _values(self, start: int, shown: np.ndarray, sound: np.ndarray) -> None:
        if self.watched:
            seen = -(-self.watched // self.width)
            self.counter.count(
                self.tallies, start, shown[:, :seen], sound[:, :seen] & first_lanes(self.watched, self.width)
            )
        if self.sampled:
            some = shown[:, : -(-self.sampled // self.width)].transpose(0, 2, 1, 3)
            runs = some.shape[2] * self.width
            self.paths.append(some.reshape(*some.shape[:2], runs)[:, :, : self.sampled].copy())

    def _tally(self) -> None:
        """Tally what was counted of marks."""
        self.tallies.going += self.counts[:, self.going]
        self.tallies.rungs += self.counts[:, self.rungs]
        for name, places in self.deeds:
            total = self.counts[:, places].sum(axis=1)
            if total.any():
                self.tallies.deeds[name] = total

    def finished(self, world: World) -> BlockResult:
        """The block's result, from the runs after their last step."""
        self._tally()
        outcomes = self.simulator.close(self.tallies, world, self.first, self.faults)
        paths: dict[str, np.ndarray] = {}
        if self.paths:
            whole = np.concatenate(self.paths)
            paths = {slot: whole[:, rank].T for rank, slot in enumerate(self.layout.shown)}
        events = Events.of(self.simulator.kinds, self.events)
        sound, endings = world.status <= ENDED, self.simulator.endings(world)
        return BlockResult(self.tallies, outcomes, sound, events, paths, endings)
