"""Blocks of runs on several cores.

Each worker holds its own simulator and takes whole blocks; since a run's draws depend on its number alone and blocks
are tallied as integers, results are the same bits for any number of workers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from typing import Any

from brinkmanship.core.program import Lowered
from brinkmanship.engine.ensemble import BlockResult, Progress, Request, Simulator

LEAST = 250
"""Fewest runs that are worth a block of their own (our choice: below it fewer runs cost as much)."""
_POLL = 0.2

_simulator: Simulator | None = None
_counter: Any = None


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def simulate_blocks(
    simulator: Simulator, request: Request, jobs: int, progress: Progress | None = None
) -> Iterator[BlockResult]:
    """The blocks of a request in order, on ``jobs`` cores; one core works in this process."""
    share = -(-request.runs // max(1, jobs))
    request = replace(request, block=max(1, min(request.block, max(share, LEAST))))
    blocks = [(low, min(low + request.block, request.runs)) for low in range(0, request.runs, request.block)]
    if jobs <= 1 or len(blocks) == 1:
        yield from simulator.blocks(request, progress)
        return
    import multiprocessing

    steps = simulator.lowered.timeline.steps
    context = multiprocessing.get_context(
        "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    )
    counter = context.Value("q", 0)
    pool = ProcessPoolExecutor(min(jobs, len(blocks)), context, _begin, (simulator.lowered, counter))
    try:
        waiting = {pool.submit(_work, request, low, high): rank for rank, (low, high) in enumerate(blocks)}
        yield from _in_order(waiting, lambda: progress(counter.value, request.runs * steps) if progress else None)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _in_order(waiting: dict[Future[BlockResult], int], report: Callable[[], None]) -> Iterator[BlockResult]:
    done: dict[int, BlockResult] = {}
    following = 0
    while waiting or done:
        ready, _ = wait(waiting, timeout=_POLL, return_when=FIRST_COMPLETED)
        for future in ready:
            done[waiting.pop(future)] = future.result()
        report()
        while following in done:
            yield done.pop(following)
            following += 1


def _begin(lowered: Lowered, counter: Any) -> None:
    global _simulator, _counter
    _simulator, _counter = Simulator(lowered), counter


def _work(request: Request, low: int, high: int) -> BlockResult:
    assert _simulator is not None
    last = 0

    def tick(step: int) -> None:
        nonlocal last
        with _counter.get_lock():
            _counter.value += (step - last) * (high - low)
        last = step

    return _simulator.block(request, low, high, tick)
