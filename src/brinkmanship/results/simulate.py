"""Simulate a crisis and label what comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

import numpy as np

from brinkmanship.core.crisis import Crisis
from brinkmanship.engine.ensemble import BlockResult, Happening, Request, Simulator, joint_counts
from brinkmanship.engine.tallies import Tallies
from brinkmanship.engine.workers import available_cores, simulate_blocks
from brinkmanship.errors import UsageError
from brinkmanship.results.runs import Runs

Progress = Callable[[int, int], None]
MAX_RUNS = 2**32 - 1


class Sink(Protocol):
    """Takes each block as it is done, in the order of the runs, so that its events need not be held in memory."""

    def write(self, block: BlockResult) -> None:
        """Take the events of one block, and how each of its runs ended."""
        ...


@dataclass
class _Collected:
    tallies: Tallies | None = None
    paths: dict[str, list[np.ndarray]] = field(default_factory=dict)
    events: list[Happening] = field(default_factory=list)

    def add(self, block: BlockResult, sampled: int, sink: Sink | None = None) -> None:
        if sink is not None:
            sink.write(block)
        if self.tallies is None:
            self.tallies = block.tallies
        else:
            self.tallies.merge(block.tallies)
        for slot, rows in block.paths.items():
            self.paths.setdefault(slot, []).append(rows)
        self.events += [each for each in block.events if each.runs[0] < sampled]


def simulate(
    crisis: Crisis,
    *,
    runs: int = 1000,
    seed: int = 0,
    start: date | str | None = None,
    given: str | Sequence[str] = (),
    fix_parameters: bool = False,
    sampled: int = 20,
    block: int = 500,
    jobs: int | None = 1,
    progress: Progress | None = None,
    sink: Sink | None = None,
) -> Runs:
    """Simulate futures of a crisis.

    Parameters
    ----------
    crisis
        As `load` gives it.
    runs, seed
        Number of runs, and the seed of all draws; the same seed gives the same bits whatever else changes.
    start
        First day of the future (``--from``); the documented past before it is replayed. Default: the crisis's own.
    given
        Moves that are supposed, each ``"DATE ACTOR ACTION [BRANCH]"``. The futures without them are simulated too,
        with the same luck, and stand in ``Runs.before``.
    fix_parameters
        Put every parameter at its median instead of drawing it from its prior.
    sampled
        Number of runs whose daily paths and events are kept.
    block
        Runs stepped together; changes no result.
    jobs
        Cores to use; None is all that there are. It changes no result.
    progress
        Called with (done, all) while it runs.
    sink
        Takes all dated events, and the outcomes of each run, block by block.

    Raises
    ------
    UsageError
        When an argument does not fit the crisis.
    """
    if not 1 <= runs <= MAX_RUNS:
        raise UsageError(f"`runs` is a number from 1 to {MAX_RUNS:,}, not {runs}")
    if block < 1 or sampled < 0 or (jobs is not None and jobs < 1):
        raise UsageError("`block` and `jobs` must be at least 1, and `sampled` at least 0")
    cores = available_cores() if jobs is None else jobs
    suppositions = [given] if isinstance(given, str) else list(given)
    pins = tuple(crisis.supposition(each) for each in suppositions)
    origin = crisis.day(start)
    for pin, text in zip(pins, suppositions, strict=True):
        if pin.day < origin:
            raise UsageError(
                f"`{text}` lies before the first day of the future, {crisis.date(origin)}; set `from` earlier"
            )
    simulator = Simulator(crisis.lowered)
    base = Request(runs, seed, origin, (), fix_parameters, sampled, block)
    if not pins:
        done = _Collected()
        for each in simulate_blocks(simulator, base, cores, progress):
            done.add(each, sampled, sink)
        return _label(crisis, simulator, base, done, ())
    return _paired(crisis, simulator, base, replace(base, given=pins), tuple(suppositions), cores, progress, sink)


def _paired(
    crisis: Crisis,
    simulator: Simulator,
    base: Request,
    request: Request,
    given: tuple[str, ...],
    cores: int,
    progress: Progress | None,
    sink: Sink | None,
) -> Runs:
    """The futures with and without a supposition, block by block, run by run with the same luck."""
    before, after = _Collected(), _Collected()
    joint = {name: np.zeros((2, 2), np.int64) for name in crisis.outcomes}
    twins = zip(
        simulate_blocks(simulator, base, cores),
        simulate_blocks(simulator, request, cores, progress),
        strict=True,
    )
    for one, two in twins:
        before.add(one, base.sampled)
        after.add(two, request.sampled, sink)
        sound = one.sound & two.sound
        for name, table in joint.items():
            table += joint_counts(one.outcomes[name][sound], two.outcomes[name][sound])
    return _label(crisis, simulator, request, after, given, _label(crisis, simulator, base, before, ()), joint)


def _label(
    crisis: Crisis,
    simulator: Simulator,
    request: Request,
    done: _Collected,
    given: tuple[str, ...],
    before: Runs | None = None,
    joint: dict[str, np.ndarray] | None = None,
) -> Runs:
    assert done.tallies is not None
    paths = {slot: np.concatenate(rows) for slot, rows in done.paths.items()}
    return Runs(crisis, request, done.tallies, simulator.edges, paths, tuple(done.events), given, before, joint or {})
