"""Blocks of runs on several cores.

A worker takes whole blocks; since a run's draws depend on its number alone and blocks are tallied as integers,
results are the same bits for any number of workers. Eager blocks go to processes, each with a simulator of its own;
compiled ones to threads, because compiled code leaves the interpreter alone.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from typing import Any, Protocol

from brinkmanship.core.program import Lowered
from brinkmanship.engine.ensemble import BlockResult, Progress, Request, Simulator
from brinkmanship.engine.step import World

_POLL = 0.2
_AHEAD = 3
"""Blocks a worker that are handed out before the first of them is taken in: memory stays bounded (our choice)."""

_simulator: Simulator | None = None
_request: Request | None = None
_counter: Any = None


class Source(Protocol):
    """What simulates blocks."""

    threads: bool
    """Whether blocks may be simulated in threads; else processes are needed."""
    engine: str
    """Its name, with the device where that is not this processor by itself: the same one gives the same bits."""
    lowered: Lowered

    def block(self, request: Request, low: int, high: int, tick: Callable[[int], None]) -> BlockResult:
        """Simulate the runs from ``low`` to ``high`` (exclusive); ``tick(steps done)`` is called now and then."""
        ...

    def worlds(
        self, request: Request, low: int, high: int, stops: Sequence[int], tick: Callable[[int], None]
    ) -> Iterator[World]:
        """The runs as they stand after each of some numbers of steps, which rise; none of them lies in the past."""
        ...


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worker_context() -> Any:
    """How worker processes are started: afresh, so that they share nothing with threads of this one."""
    import multiprocessing

    methods = multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")


def simulate_blocks(
    source: Source, request: Request, jobs: int, progress: Progress | None = None, skip: int = 0
) -> Iterator[BlockResult]:
    """The blocks of a request in order, without the first ``skip``, on ``jobs`` cores."""
    parts = request.parts[skip:]
    steps = source.lowered.timeline.steps
    done = [(request.runs - sum(high - low for low, high in parts)) * steps]

    def report() -> None:
        if progress is not None:
            progress(done[0], request.runs * steps)

    if len(parts) <= 1 or (jobs <= 1 and not source.threads):
        yield from _one_by_one(source, request, parts, done, report)
    elif source.threads:
        with ThreadPoolExecutor(jobs) as pool:
            yield from _in_order(pool, parts, _threaded(source, request, steps, done), report)
    else:
        yield from _in_processes(source, request, parts, jobs, done, report)


def _one_by_one(
    source: Source,
    request: Request,
    parts: Sequence[tuple[int, int]],
    done: list[int],
    report: Callable[[], None],
) -> Iterator[BlockResult]:
    for low, high in parts:
        before = done[0]

        def tick(step: int, before: int = before, size: int = high - low) -> None:
            done[0] = before + step * size
            report()

        yield source.block(request, low, high, tick)


def _threaded(source: Source, request: Request, steps: int, done: list[int]) -> Callable[[int, int], BlockResult]:
    def work(low: int, high: int) -> BlockResult:
        result = source.block(request, low, high, lambda _: None)
        done[0] += (high - low) * steps
        return result

    return work


def _in_processes(
    source: Source,
    request: Request,
    parts: Sequence[tuple[int, int]],
    jobs: int,
    done: list[int],
    report: Callable[[], None],
) -> Iterator[BlockResult]:
    context = worker_context()
    counter, before = context.Value("q", 0), done[0]

    def counted() -> None:
        done[0] = before + counter.value
        report()

    pool = ProcessPoolExecutor(min(jobs, len(parts)), context, _begin, (source.lowered, request, counter))
    try:
        yield from _in_order(pool, parts, _work, counted)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _in_order(
    pool: Executor,
    parts: Sequence[tuple[int, int]],
    work: Callable[[int, int], BlockResult],
    report: Callable[[], None],
) -> Iterator[BlockResult]:
    """Hand out blocks a few at a time, and take them in in order."""
    most = _AHEAD * (getattr(pool, "_max_workers", 1) or 1)
    rest = iter(parts)
    waiting: deque[Future[BlockResult]] = deque()
    try:
        while True:
            while len(waiting) < most and (part := next(rest, None)) is not None:
                waiting.append(pool.submit(work, *part))
            if not waiting:
                return
            wait([waiting[0]], timeout=_POLL, return_when=FIRST_COMPLETED)
            report()
            while waiting and waiting[0].done():
                yield waiting.popleft().result()
    finally:
        for each in waiting:
            each.cancel()


def _begin(lowered: Lowered, request: Request, counter: Any) -> None:
    global _simulator, _request, _counter
    _simulator, _request, _counter = Simulator(lowered), request, counter


def _work(low: int, high: int) -> BlockResult:
    assert _simulator is not None and _request is not None
    last = 0

    def tick(step: int) -> None:
        nonlocal last
        with _counter.get_lock():
            _counter.value += (step - last) * (high - low)
        last = step

    return _simulator.block(_request, low, high, tick)
