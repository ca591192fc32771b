"""Simulate a crisis and label what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, Protocol

import numpy as np

from brinkmanship.core.crisis import Crisis
from brinkmanship.engine.engines import Engine, chosen, fitted, source
from brinkmanship.engine.ensemble import GROUP, BlockResult, Request, Simulator, joint_counts
from brinkmanship.engine.events import Events
from brinkmanship.engine.tallies import Tallies
from brinkmanship.engine.workers import Source, available_cores, simulate_blocks
from brinkmanship.errors import UsageError
from brinkmanship.results.checkpoint import Checkpoint
from brinkmanship.results.expectations import foreseen
from brinkmanship.results.intervals import paired_squares
from brinkmanship.results.probes import openings
from brinkmanship.results.runs import Runs

Progress = Callable[[int, int], None]
FIRST = 200
"""Runs that are shown while machine code is made (our choice)."""
MAX_RUNS = 2**32 - 1


class Sink(Protocol):
    """Takes each block as it is done, in the order of the runs, so that its events need not be held in memory."""

    def begin(self, request: Mapping[str, Any]) -> Checkpoint | None:
        """Hear what will be simulated; gives what an interrupted run of the same has left, if it shall be gone on."""
        ...

    def write(self, block: BlockResult) -> None:
        """Take the events of one block, and how each of its runs ended."""
        ...

    def save(self, checkpoint: Callable[[], Checkpoint]) -> None:
        """Keep the state of things now and then, so that it can be gone on from."""
        ...


@dataclass
class _Collected:
    tallies: Tallies | None = None
    paths: dict[str, list[np.ndarray]] = field(default_factory=dict)
    events: list[Events] = field(default_factory=list)

    def add(self, block: BlockResult, sampled: int) -> None:
        if self.tallies is None:
            self.tallies = block.tallies
        else:
            self.tallies.merge(block.tallies)
        self.sample(block, sampled)

    def sample(self, block: BlockResult, sampled: int) -> None:
        for slot, rows in block.paths.items():
            self.paths.setdefault(slot, []).append(rows)
        self.events.append(block.events.before(sampled))


def simulate(
    crisis: Crisis,
    *,
    runs: int = 1000,
    seed: int = 0,
    start: date | str | None = None,
    given: str | Sequence[str] = (),
    fix_parameters: bool = False,
    sampled: int = 20,
    block: int = 0,
    jobs: int | None = 1,
    engine: Engine = "auto",
    progress: Progress | None = None,
    sink: Sink | None = None,
    preview: Callable[[Runs], None] | None = None,
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
        Runs stepped together; changes no result. Zero: as suits the engine.
    jobs
        Cores to use; None is all that there are. It changes no result.
    engine
        ``"numpy"`` begins at once, ``"compiled"`` makes machine code first (kept for the next time) and is then
        some twenty times faster on a large crisis; ``"auto"`` chooses between these by the size of the request.
        ``"xla"`` runs on the device that JAX chooses, a graphics card where it finds one.
    progress
        Called with (done, all) while it runs.
    preview
        Called once with the first runs, when machine code that runs faster begins to be made.
    sink
        Takes all dated events, and the outcomes of each run, block by block.

    Raises
    ------
    UsageError
        When an argument does not fit the crisis.
    """
    if not 1 <= runs <= MAX_RUNS:
        raise UsageError(f"`runs` is a number from 1 to {MAX_RUNS:,}, not {runs}")
    if block < 0 or sampled < 0 or (jobs is not None and jobs < 1):
        raise UsageError("`jobs` must be at least 1, and `block` and `sampled` at least 0")
    cores = available_cores() if jobs is None else jobs
    suppositions = [given] if isinstance(given, str) else list(given)
    pins = tuple(crisis.supposition(each) for each in suppositions)
    origin = crisis.day(start)
    for pin, text in zip(pins, suppositions, strict=True):
        if pin.day < origin:
            raise UsageError(
                f"`{text}` lies before the first day of the future, {crisis.date(origin)}; "
                f"begin it earlier: `--from {crisis.date(pin.day)}`, in Python `start=`"
            )
    crisis = foreseen(crisis, jobs=cores)
    taken = chosen(crisis.lowered, runs, engine)
    base = Request(runs, seed, origin, (), fix_parameters, sampled, block, recorded=sink is not None)
    base = fitted(base, taken, cores)
    simulator = Simulator(crisis.lowered)
    requests = [base, replace(base, given=pins)] if pins else [base]
    meanwhile = partial(_preview, crisis, simulator, base, preview) if preview is not None else None
    ready = source(simulator, taken, runs * len(requests), meanwhile=meanwhile, idle=_get_ready_to_label)
    ensemble = _Ensemble(ready, requests, cores, sink, progress)
    ensemble.run(_identity(crisis, base, ready.engine, suppositions))
    results = [
        _label(crisis, simulator, request, done, ready.engine)
        for request, done in zip(requests, ensemble.done, strict=True)
    ]
    if not pins:
        return results[0]
    return replace(
        results[1],
        given=tuple(suppositions),
        before=results[0],
        joint=ensemble.joint,
        squares=ensemble.squares,
        openings=openings(simulator, ready, requests[1]),
    )


def _get_ready_to_label() -> None:
    """Import what labels results, and takes half a second."""
    with suppress(ImportError):  # whoever needs them says so
        import pyarrow.parquet  # noqa: F401
        import scipy.special  # noqa: F401
        import xarray  # noqa: F401


def _preview(
    crisis: Crisis, simulator: Simulator, request: Request, show: Callable[[Runs], None], source: Source
) -> None:
    first = replace(request, runs=min(FIRST, request.runs), sampled=0, recorded=False, block=0)
    done = _Collected()
    for block in simulate_blocks(source, first, 1):
        done.add(block, 0)
    show(_label(crisis, simulator, first, done, source.engine))


def _identity(crisis: Crisis, request: Request, engine: str, given: Sequence[str]) -> dict[str, Any]:
    """All that results depend on, and the size of the blocks."""
    return {
        "fingerprint": crisis.fingerprint,
        "runs": request.runs,
        "seed": request.seed,
        "origin": request.origin,
        "given": list(given),
        "fixed": request.fixed,
        "engine": engine,
    }


@dataclass
class _Ensemble:
    """The futures with and without a supposition, block by block, run by run with the same luck."""

    source: Source
    requests: list[Request]
    cores: int
    sink: Sink | None
    progress: Progress | None

    def run(self, identity: dict[str, Any]) -> None:
        """Simulate what is not there yet."""
        self.done = [_Collected() for _ in self.requests]
        self.joint = (
            {spec.name: np.zeros((2, 2), np.int64) for spec in self.source.lowered.program.outcomes}
            if len(self.requests) > 1
            else {}
        )
        self.squares = dict.fromkeys(self.joint, 0)
        blocks = self._resumed(identity)
        identity = identity | {"block": self.requests[0].block}
        streams = [
            simulate_blocks(self.source, request, self.cores, self._ticks(rank), blocks)
            for rank, request in enumerate(self.requests)
        ]
        for results in zip(*streams, strict=True):
            for done, each in zip(self.done, results, strict=True):
                done.add(each, self.requests[0].sampled)
            self._pair(*results)
            blocks += 1
            if self.sink is not None:
                self.sink.write(results[-1])
                self.sink.save(partial(self._checkpoint, identity, blocks))

    def _ticks(self, rank: int) -> Progress | None:
        """Progress is that of the last stream: the others keep pace with it."""
        return self.progress if rank == len(self.requests) - 1 else None

    def _pair(self, *results: BlockResult) -> None:
        if len(results) > 1:
            one, two = results
            sound = one.sound & two.sound
            for name, table in self.joint.items():
                before, after = one.outcomes[name] & sound, two.outcomes[name] & sound
                table += joint_counts(before[sound], after[sound])
                self.squares[name] += int(paired_squares(before, after, GROUP)[1])

    def _checkpoint(self, identity: dict[str, Any], blocks: int) -> Checkpoint:
        tallies = tuple(d.tallies for d in self.done if d.tallies is not None)
        return Checkpoint(identity, blocks, tallies, self.joint, self.squares)

    def _resumed(self, identity: dict[str, Any]) -> int:
        """Take up what an interrupted run has left; gives the number of blocks that are in."""
        left = self.sink.begin(identity) if self.sink is not None else None
        if left is None:
            return 0
        self.requests = [replace(each, block=int(left.request["block"])) for each in self.requests]
        self.joint, self.squares = dict(left.joint), dict(left.squares)
        for done, request, tallies in zip(self.done, self.requests, left.tallies, strict=True):
            done.tallies = tallies
            for low, high in request.parts[: left.blocks]:
                if low < request.sampled:
                    done.sample(self.source.block(request, low, high, lambda _: None), request.sampled)
        return left.blocks


def _label(crisis: Crisis, simulator: Simulator, request: Request, done: _Collected, engine: str) -> Runs:
    assert done.tallies is not None
    paths = {slot: np.concatenate(rows) for slot, rows in done.paths.items()}
    return Runs(
        crisis, request, done.tallies, simulator.edges, paths, Events.together(simulator.kinds, done.events), engine
    )
