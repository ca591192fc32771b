"""Blocks of runs in compiled code: arguments in, tallies out."""

from __future__ import annotations

import gc
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from brinkmanship.core.program import Pin, digest
from brinkmanship.engine.compiled.llvm import build
from brinkmanship.engine.compiled.llvm.kernel import Kernel, source
from brinkmanship.engine.compiled.recording.layout import Layout, recorded
from brinkmanship.engine.compiled.report import Report
from brinkmanship.engine.draws import site_key
from brinkmanship.engine.ensemble import GROUP, BlockResult, Request, Simulator, spread
from brinkmanship.engine.replay import Schedule
from brinkmanship.engine.step import World

Array = Any
CHUNK = 32
"""Steps between two looks at the reports (our choice: reports of a block then stay in the processor's cache)."""


_loaded: dict[str, tuple[Kernel, tuple[str, ...]]] = {}
"""Machine code that this process has loaded, and the places of its faults, by name."""
_hurried: dict[str, build.Made] = {}
"""What was made quickly, and nobody has begun to make better yet, by name."""
MAKER = "brinkmanship-llvm"
"""The name of threads that make machine code."""


@cache
def _version() -> str:
    """Fingerprint of the code that a record follows."""
    engine = Path(__file__).parents[1]
    parts = [engine.rglob("*.py"), (engine.parent / "lang").glob("*.py"), (engine.parent / "core").glob("*.py")]
    files = sorted(path for part in parts for path in part)
    return hashlib.blake2b(b"\0".join(path.read_bytes() for path in files), digest_size=16).hexdigest()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Work without the search for circles among objects: where all are kept it takes a quarter of the time."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


class Walker(Protocol):
    """What takes a block of runs through steps (`Kernel`; `brinkmanship.engine.compiled.xla.Spread`)."""

    width: int

    def walk(
        self,
        arrays: Sequence[np.ndarray],
        steps: int,
        marks: np.ndarray | None,
        shown: np.ndarray | None,
        tiles: int,
    ) -> None:
        """Take all runs through some steps."""
        ...


class Compiled:
    """A crisis in machine code.

    Parameters
    ----------
    simulator
        The same crisis, for what is done once a run: parameters, start values, what is final.
    xla
        Whether to run under XLA, on the device that JAX chooses, and not on this processor without it.
    """

    threads = True

    def __init__(self, simulator: Simulator, *, xla: bool = False) -> None:
        self.simulator, self.lowered = simulator, simulator.lowered
        self.xla, self.engine = xla, "compiled"
        one, _ = simulator.start(Request(1, 0, self.lowered.timeline.origin), np.zeros(1, np.uint32))
        self.layout = Layout.of(self.lowered, one.theta, simulator.shown)
        self.name = build.key(
            _version(),
            self.lowered.program.structure,
            digest(repr((self.layout.shape, self.layout.shown, self.layout.table.structure))),
        )
        self.kernel: Walker | None = None
        self.faults: tuple[str, ...] = ()
        self._past: dict[Any, np.ndarray] = {}

    def prepare(self, idle: Callable[[], None] = lambda: None) -> Walker:
        """The machine code: what is loaded, what the cache has, or code made now and quickly.

        ``idle`` is called while LLVM makes code and leaves the interpreter alone.
        """
        if self.kernel is None:
            if self.xla:
                self._spread()
            elif self.name in _loaded:
                self.kernel, self.faults = _loaded[self.name]
            else:
                self._take(build.kept(self.name) or build.kept(self._quick) or self._made(idle))
        assert self.kernel is not None
        return self.kernel

    def hasten(self) -> bool:
        """If the code at hand was made quickly, begin to make code that runs faster; whether that began.

        What is simulated after it is there runs on it; the two give the same bits.
        """
        made = None if self.xla else _hurried.pop(self.name, None)
        if made is None:
            return False
        threading.Thread(target=lambda: self._take(self._kept(made.finished())), name=MAKER).start()
        return True

    @property
    def _quick(self) -> str:
        return f"{self.name}-quick"

    def _spread(self) -> None:
        # XLA makes its own code: JAX is imported only where somebody asks for it.
        from brinkmanship.engine.compiled.jaxrun import traced
        from brinkmanship.engine.compiled.xla import Spread, found

        device = found()
        self.engine = f"xla on {device.platform}"
        closed, faults = traced(self.lowered.program, self.layout)
        self.kernel, self.faults = Spread(closed, self.layout.shape, device), tuple(faults)

    def _kept(self, made: build.Made) -> build.Made:
        """The same, put into the cache."""
        build.keep(self._quick if made.module else self.name, made)
        return made

    def _take(self, made: build.Made) -> None:
        """Load machine code; crises of one structure share it."""
        kernel = Kernel(self.layout.shape, build.width(), build.loaded(made.code))
        _loaded[self.name] = self.kernel, self.faults = kernel, made.faults
        if made.module:
            _hurried[self.name] = made

    def _made(self, idle: Callable[[], None]) -> build.Made:
        with _uncollected():
            record, faults = recorded(self.lowered.program, self.layout)
            text = source(record, self.layout.shape, build.width(), build.vector_functions(build.width()))
        beside = threading.Thread(target=idle)
        beside.start()
        try:
            return self._kept(build.made(text, faults))
        finally:
            beside.join()

    def block(self, request: Request, low: int, high: int, tick: Callable[[int], None]) -> BlockResult:
        """Simulate the runs from ``low`` to ``high`` (exclusive); ``tick(steps done)`` is called now and then."""
        timeline = self.lowered.timeline
        first = timeline.step_of(request.origin)
        theta, arrays = self._eve(request, low, high, tick)
        rows = self._rows(first, request.given, request.seed)
        kernel = self.prepare()
        report = Report(self.simulator, self.layout, self.faults, request, low, high, kernel.width)
        for start in range(first, timeline.steps, CHUNK):
            arrays["row"] = rows[start : start + CHUNK]
            marks, shown = report.sheets(len(arrays["row"]))
            kernel.walk(list(arrays.values()), len(arrays["row"]), marks, shown, report.tiles)
            report.read(start - first, len(arrays["row"]))
            tick(start + len(arrays["row"]))
        return report.finished(self._world(theta, arrays, high - low))

    def worlds(
        self, request: Request, low: int, high: int, stops: Sequence[int], tick: Callable[[int], None]
    ) -> Iterator[World]:
        """The runs as they stand after each of some numbers of steps, which rise; none of them lies in the past."""
        at = self.lowered.timeline.step_of(request.origin)
        theta, arrays = self._eve(request, low, high, tick)
        for stop in stops:
            self._taken(request, arrays, at, stop, tick)
            at = stop
            yield self._world(theta, arrays, high - low)

    def _eve(
        self, request: Request, low: int, high: int, tick: Callable[[int], None]
    ) -> tuple[dict[str, Array], dict[str, np.ndarray]]:
        """The runs when their future begins, as arguments, and before these their parameters; see `Simulator.eve`."""
        width = self.prepare().width
        runs, past = _filled(low, high, width), _filled(low // GROUP, -(-high // GROUP), width)
        begun, _ = self.simulator.start(request, past)
        arrays = self._arguments(request, begun, past, width)
        self._taken(request, arrays, 0, self.lowered.timeline.step_of(request.origin), tick)
        self._begin_future(arrays["state"])
        member = np.minimum(runs // GROUP, past[-1]) - past[0]
        for name in ("fixed", "state", "status", "hits"):
            arrays[name] = _tiled(_flat(arrays[name])[:, member], width)
        arrays["run"] = _tiled(runs[None], width)
        return spread(begun.theta, member), arrays

    def _taken(
        self, request: Request, arrays: dict[str, np.ndarray], low: int, high: int, tick: Callable[[int], None]
    ) -> None:
        """Take the runs through some steps of which nothing is reported."""
        first = self.lowered.timeline.step_of(request.origin)
        rows = self._rows(first, request.given, request.seed)
        for start in range(low, high, CHUNK):
            arrays["row"] = rows[start : min(high, start + CHUNK)]
            self.prepare().walk(list(arrays.values()), len(arrays["row"]), None, None, len(arrays["run"]))
            tick(start + len(arrays["row"]))

    def _arguments(self, request: Request, begun: World, runs: np.ndarray, width: int) -> dict[str, np.ndarray]:
        layout = self.layout
        words = [site_key(request.seed, address) for address in layout.addresses]

        def tiled(values: list[Array], kind: Any = float) -> np.ndarray:
            return _tiled(
                np.array([np.broadcast_to(each, runs.shape) for each in values], kind).reshape(-1, len(runs)), width
            )

        return {
            "numbers": np.array([begun.theta[key] for key in layout.shared], float),
            "span": np.array([self.lowered.timeline.step], float),
            "keys": np.array(words, np.uint32),
            "row": np.zeros((0, 0)),
            "fixed": tiled([begun.theta[key] for key in layout.fixed]),
            "run": tiled([runs], np.uint32),
            "state": tiled([begun.state[slot] for slot in layout.slots]),
            "status": tiled([begun.status], np.int32),
            "hits": tiled([begun.hits[name] for name in layout.outcomes]),
        }

    def _rows(self, first: int, given: tuple[Pin, ...], seed: int) -> np.ndarray:
        """What is fixed in each step, ``(step, column)``: the same for all blocks of a request."""
        asked = (first, given, seed)
        rows = self._past.get(asked)
        if rows is None:
            schedule = Schedule(self.lowered, first, given)
            rows = self.layout.table.rows(schedule, seed, 0, self.lowered.timeline.steps)
            # Futures with and without a supposition take turns; other threads may do the same at the same time.
            self._past = dict([*list(self._past.items())[-1:], (asked, rows)])
        return rows

    def _begin_future(self, state: np.ndarray) -> None:
        place = {slot: rank for rank, slot in enumerate(self.layout.slots)}
        for slot, copy in self.lowered.program.kept:
            state[:, place[copy]] = state[:, place[slot]]

    def _world(self, theta: Mapping[str, Array], arrays: dict[str, np.ndarray], count: int) -> World:
        """The first ``count`` runs as they stand in the arguments."""

        def flat(name: str) -> np.ndarray:
            return _flat(arrays[name])[:, :count]

        state = dict(zip(self.layout.slots, flat("state"), strict=True))
        known = {key: value[:count] if np.ndim(value) else value for key, value in theta.items()}
        return World(state, known, flat("status")[0], dict(zip(self.layout.outcomes, flat("hits"), strict=True)))


def _filled(low: int, high: int, width: int) -> np.ndarray:
    """Numbers from ``low`` on: those before ``high``, and as many after it as fill the last tile."""
    return np.arange(low, low + -(-(high - low) // width) * width, dtype=np.uint32)


def _tiled(values: np.ndarray, width: int) -> np.ndarray:
    """Values ``(value, lane)`` as ``(tile, value, lane of the tile)``, which is how machine code takes them."""
    return np.ascontiguousarray(values.reshape(len(values), values.shape[1] // width, width).transpose(1, 0, 2))


def _flat(tiles: np.ndarray) -> np.ndarray:
    """The reverse of `_tiled`."""
    return tiles.transpose(1, 0, 2).reshape(tiles.shape[1], len(tiles) * tiles.shape[2])
