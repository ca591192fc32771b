"""Many runs: fixed blocks, stepped together, tallied as integers.

What nobody knows on the first day of the future is drawn once for every `GROUP` of runs in a row: parameters, start
values, and what the documents leave open about the past. So the past is replayed once for a group, and each of its runs
is one future after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from brinkmanship.core.program import Lowered, Pin
from brinkmanship.engine.backend import NUMPY, Backend
from brinkmanship.engine.draws import Addressed
from brinkmanship.engine.events import Events, kinds_of
from brinkmanship.engine.priors import draw_parameters, draw_starts
from brinkmanship.engine.replay import Schedule
from brinkmanship.engine.step import ENDED, GOING, NOT_YET, Machine, Moment, Trace, World, final_outcomes, step
from brinkmanship.engine.tallies import Tallies, edges_of

Array = Any
GROUP = 5
"""Runs in a row that share their parameters and their past, so that these and chance can be told apart (our choice)."""
WATCHED = 4000
"""Runs whose daily values are counted (our choice: a 5 % quantile then lies between the true 4.4 and 5.6 % where chance
alone decides, and between 3.7 and 6.3 % where parameters and past alone do; nine times of ten)."""

MACHINES = 4
"""Programs that are kept ready (our choice)."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Request:
    """What to simulate.

    Attributes
    ----------
    runs, seed
        Number of runs, and the seed of all draws.
    origin
        First day of the future, in days since the clock's start.
    given
        Suppositions: pins that hold whenever they are dated.
    fixed
        Whether parameters stand at their medians.
    sampled
        Number of runs whose full paths are kept.
    block
        Runs stepped together; it changes no result. Zero: all.
    watched
        Number of runs whose values are counted every day: enough for quantiles, whatever the number of runs.
    recorded
        Whether the dated events of all runs are wanted, and not of the sampled ones only.
    """

    runs: int
    seed: int
    origin: float
    given: tuple[Pin, ...] = ()
    fixed: bool = False
    sampled: int = 20
    block: int = 0
    watched: int = WATCHED
    recorded: bool = True

    @property
    def parts(self) -> list[tuple[int, int]]:
        """The blocks: first run and the one after the last. Runs that share their past stay together."""
        size = max(GROUP, self.block - self.block % GROUP) if self.block else self.runs
        return [(low, min(low + size, self.runs)) for low in range(0, self.runs, size)]


@dataclass
class BlockResult:
    """One block: its tallies, each run's outcomes ``(run,)`` by name, its events, and the paths of sampled runs."""

    tallies: Tallies
    outcomes: dict[str, np.ndarray]
    sound: np.ndarray
    events: Events
    paths: dict[str, np.ndarray] = field(default_factory=dict)
    """``(run, time)`` by slot."""
    ended: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """The day on which an outcome ended each run, ``(run,)``; infinite if none did."""


_machines: dict[tuple[str, int], Machine] = {}


def _machine(lowered: Lowered, backend: Backend) -> Machine:
    """A machine for a program; crises of one structure share it."""
    asked = lowered.program.structure, id(backend)
    if asked not in _machines:
        while len(_machines) >= MACHINES:
            _machines.pop(next(iter(_machines)))
        _machines[asked] = Machine(lowered.program, backend)
    return _machines[asked]


def groups_of(runs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the groups of some runs ``(group,)``, and which of them is each run's ``(run,)``."""
    return np.unique(runs // np.uint32(GROUP), return_inverse=True)


def spread(values: Mapping[str, Array], member: np.ndarray) -> dict[str, Array]:
    """Values of groups as those of their runs, each ``(run,)``; ``member`` is the lane of each run's group."""
    return {key: each[member] if np.ndim(each) else each for key, each in values.items()}


class Simulator:
    """A lowered crisis, ready to be simulated; ``shown`` are the slots whose paths are kept (None: all visible)."""

    threads = False
    engine = "numpy"

    def __init__(self, lowered: Lowered, backend: Backend = NUMPY, shown: Sequence[str] | None = None):
        self.lowered, self.backend = lowered, backend
        self.machine = _machine(lowered, backend)
        self.visible = {key: spec for key, spec in lowered.program.slots.items() if not spec.hidden}
        self.shown = list(self.visible) if shown is None else list(shown)
        self.edges = {key: edges_of(spec, lowered.numbers) for key, spec in self.visible.items()}
        self.options = lowered.program.options
        self.kinds = kinds_of(lowered.program)
        self.first_kind = {name: rank for rank, (name, _) in reversed(list(enumerate(self.kinds)))}
        self.ladder = max([-1, *(o.rung for o in self.options.values() if o.rung is not None)]) + 1

    def start(self, request: Request, groups: np.ndarray) -> tuple[World, Addressed]:
        """Groups of runs before their first step, a lane each, and their draws: ``groups`` are their numbers."""
        xp, lowered = self.backend.xp, self.lowered
        sampler = self.draws(request, groups).at(0)
        with self.backend.quiet():
            theta = draw_parameters(lowered.program, lowered.numbers, sampler, fixed=request.fixed)
            state = draw_starts(lowered.program, lowered.numbers, theta, sampler)
        theta = self.machine.derive(lowered.numbers, theta)
        status = xp.zeros(len(groups), dtype=xp.int32)
        hits = {spec.name: xp.full(len(groups), NOT_YET) for spec in lowered.program.outcomes}
        return World(state, theta, status, hits), sampler

    def steps(
        self, request: Request, world: World, sampler: Addressed, which: range
    ) -> Iterator[tuple[Moment, World, Trace]]:
        """Take runs, or groups of them in the past, through some steps; the worlds are those after each step."""
        timeline = self.lowered.timeline
        first = timeline.step_of(request.origin)
        schedule = Schedule(self.lowered, first, request.given)
        for index in which:
            moment = Moment(index, index * timeline.step, timeline.step, index >= first)
            sampler.at(index)
            pins = schedule.pins(index, sampler)
            world, trace = step(self.machine, world, moment, sampler, pins)
            yield moment, world, trace

    def eve(self, request: Request, runs: np.ndarray, tick: Callable[[int], None] = lambda _: None) -> World:
        """Runs when their future begins: each with the past of its group, and the copies that `at_from` reads."""
        groups, member = groups_of(runs)
        world, sampler = self.start(request, groups)
        for moment, after, _ in self.steps(request, world, sampler, range(self._first(request))):
            world = after
            tick(moment.step + 1)
        world = self.begin_future(world)
        state, theta, hits = (spread(each, member) for each in (world.state, world.theta, world.hits))
        return World(state, theta, world.status[member], hits)

    def begin_future(self, world: World) -> World:
        """Take the copies that `at_from` reads."""
        copies = {copy: world.state[slot] for slot, copy in self.lowered.program.kept}
        return World({**world.state, **copies}, world.theta, world.status, world.hits)

    def future(self, request: Request, world: World, runs: np.ndarray) -> Iterator[tuple[Moment, World, Trace]]:
        """Take runs from the eve of their future to the end."""
        which = range(self._first(request), self.lowered.timeline.steps)
        return self.steps(request, world, self.draws(request, runs), which)

    def draws(self, request: Request, numbers: np.ndarray) -> Addressed:
        """The draws of groups in the past, or of runs in the future, by their numbers."""
        return Addressed(self.backend, request.seed, self.backend.xp.asarray(numbers))

    def _first(self, request: Request) -> int:
        return self.lowered.timeline.step_of(request.origin)

    def worlds(
        self, request: Request, low: int, high: int, stops: Sequence[int], tick: Callable[[int], None]
    ) -> Iterator[World]:
        """The runs as they stand after each of some numbers of steps, which rise; none of them lies in the past."""
        runs = np.arange(low, high, dtype=np.uint32)
        world = self.eve(request, runs, tick)
        if stops[0] == self._first(request):
            yield world
        which = range(self._first(request), stops[-1])
        for moment, after, _ in self.steps(request, world, self.draws(request, runs), which):
            tick(moment.step + 1)
            if moment.step + 1 in stops:
                yield after

    def block(self, request: Request, low: int, high: int, tick: Callable[[int], None]) -> BlockResult:
        """Simulate the runs from ``low`` to ``high`` (exclusive); ``tick(steps done)`` is called after every step."""
        runs = np.arange(low, high, dtype=np.uint32)
        timeline = self.lowered.timeline
        first = timeline.step_of(request.origin)
        tallies = Tallies.empty(self.lowered, self.edges, timeline.steps - first, self.ladder)
        tallies.runs, tallies.watched = len(runs), int((runs < request.watched).sum())
        sample = runs < request.sampled
        paths: dict[str, list[np.ndarray]] = {slot: [] for slot in self.shown} if sample.any() else {}
        events: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        last: World | None = None
        world = self.eve(request, runs, tick)
        future = self.future(request, world, runs)
        for moment, world, trace in future:
            self._tally(tallies, moment.step - first, request, runs, world, last, trace)
            last = world
            events += self._events(moment.step, runs, trace, request)
            for slot, rows in paths.items():
                rows.append(np.asarray(world.state[slot])[sample])
            tick(moment.step + 1)
        outcomes = self.close(tallies, world, first, self.machine.faults.places)
        sound = np.asarray(world.status) <= ENDED
        whole = {slot: np.stack(rows, axis=1) for slot, rows in paths.items()}
        happened = Events.of(self.kinds, events).arranged()
        return BlockResult(tallies, outcomes, sound, happened, whole, self.endings(world))

    def endings(self, world: World) -> np.ndarray:
        """The day on which an outcome ended each run, ``(run,)``; infinite if none did."""
        days = np.full(len(np.asarray(world.status)), np.inf)
        for spec in self.lowered.program.outcomes:
            if spec.ends:
                hit = np.asarray(world.hits[spec.name])
                days = np.where(hit >= 0, np.minimum(days, hit), days)
        return days

    def _tally(
        self,
        tallies: Tallies,
        row: int,
        request: Request,
        runs: np.ndarray,
        world: World,
        last: World | None,
        trace: Trace,
    ) -> None:
        status = np.asarray(world.status)
        tallies.going[row] += int((status == GOING).sum())
        self._count(tallies, row, world, last, runs < request.watched)
        top = np.full(len(status), -1)
        for key, mask in trace.taken():
            tallies.count_deed(key, row, int(np.sum(mask)))
            rung = self.options[key].rung
            if rung is not None:
                top = np.maximum(top, np.where(mask, rung, -1))
        tallies.rungs[row] += np.bincount(top + 1, minlength=self.ladder + 1)
        for name, mask in trace.happened():
            if not name.startswith(("action/", "order/")):
                tallies.count_deed(name, row, int(np.sum(mask)))

    def _count(self, tallies: Tallies, row: int, world: World, last: World | None, watched: np.ndarray) -> None:
        """Count the values of the watched runs; one that has ended keeps its last, one that has failed has none."""
        if not watched.any():
            return
        sound = np.asarray(world.status) <= ENDED
        same = last is not None and row > 0 and np.array_equal(sound, np.asarray(last.status) <= ENDED)
        here = sound[watched][None, :]
        for slot, edges in self.edges.items():
            if same and last is not None and world.state[slot] is last.state[slot]:
                tallies.repeat_values(slot, row)
            else:
                tallies.count_values(slot, row, np.asarray(world.state[slot])[watched][None, :], here, edges)

    def _events(
        self, index: int, runs: np.ndarray, trace: Trace, request: Request
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """What happened in a step: columns of `Events`."""
        wanted = np.ones(len(runs), bool) if request.recorded else runs < request.sampled
        if not wanted.any():
            return
        happened = [(f"chosen/{key}", mask, None) for key, mask in trace.taken()]
        happened += [(name, mask, trace.branch[name]) for name, mask in trace.happened()]
        for name, mask, branch in happened:
            here = np.logical_and(mask, wanted)
            if name not in self.first_kind or not here.any():
                continue
            taken = np.broadcast_to(0 if branch is None else np.asarray(branch), here.shape)[here]
            yield (
                np.full(len(taken), index),
                self.first_kind[name] + taken.astype(np.int64),
                runs[here].astype(np.int64),
            )

    def close(self, tallies: Tallies, world: World, first: int, places: Sequence[str]) -> dict[str, np.ndarray]:
        """Tally what is final; gives each run's outcomes ``(run,)``. ``places`` are those of failures, by code."""
        timeline = self.lowered.timeline
        moment = Moment(timeline.steps, timeline.end, timeline.step)
        outcomes = {k: np.asarray(v) for k, v in final_outcomes(self.machine, world, moment).items()}
        status = np.asarray(world.status)
        tallies.count_groups(outcomes, GROUP)
        for name, true in outcomes.items():
            tallies.outcomes[name] = int(true.sum())
            days = np.asarray(world.hits[name])[true]
            if len(days) and days.min() >= 0:
                rows = np.round(days / timeline.step).astype(int) - first
                tallies.first_days[name] += np.bincount(rows, minlength=len(tallies.going))
        failed = status > 1
        tallies.failed = int(failed.sum())
        for code in np.unique(status[failed]):
            tallies.failures[places[int(code) - 2]] = int((status == code).sum())
        return outcomes


def joint_counts(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Counts ``(before, after)`` of runs by whether an outcome came true in each of two paired blocks."""
    table = np.zeros((2, 2), np.int64)
    np.add.at(table, (before.astype(int), after.astype(int)), 1)
    return table
