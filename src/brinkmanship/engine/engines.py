"""Which engine simulates a request: NumPy at once, or machine code that has to be made first.

The choice follows from the request alone and not from what happens to be in the cache, so that a result can be made
again: a draw that falls within rounding of a threshold may turn out otherwise under the other engine.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from brinkmanship.core.program import Lowered
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.engine.workers import Source, worker_context

Engine = Literal["auto", "numpy", "compiled"]
Chosen = Literal["numpy", "compiled"]
WORTH = 50_000_000
"""Runs × steps × sites and options from which on machine code is worth making (our choice, from bench/)."""
EAGER = (250, 500)
"""Least and most runs of an eager block: below, fewer cost as much; above, arrays leave a core's cache."""
COMPILED = (40, 1000)
"""Least and most runs of a compiled block."""


def chosen(lowered: Lowered, runs: int, wanted: Engine = "auto") -> Chosen:
    """The engine for so many runs."""
    if wanted != "auto":
        return wanted
    program = lowered.program
    size = runs * lowered.timeline.steps * (len(program.options) + len(program.sites))
    return "compiled" if size >= WORTH else "numpy"


def fitted(request: Request, engine: Chosen, jobs: int) -> Request:
    """The request with blocks of a size that suits the engine; it changes no result."""
    if request.block:
        return request
    least, most = EAGER if engine == "numpy" else COMPILED
    return replace(request, block=max(least, min(most, -(-request.runs // max(1, jobs)))))


def source(simulator: Simulator, engine: Chosen, meanwhile: Callable[[], None] | None = None) -> Source:
    """What simulates blocks with an engine, ready to go.

    If machine code has to be made first, another process makes it, and ``meanwhile`` is called once while it does.
    """
    if engine == "numpy":
        return simulator
    from brinkmanship.engine.compiled.blocks import Compiled

    compiled = Compiled(simulator)
    if not compiled.at_hand and meanwhile is not None:
        with ProcessPoolExecutor(1, worker_context()) as pool:
            made = pool.submit(_make, simulator.lowered)
            meanwhile()
            # A script that was piped in cannot be begun again in another process; then it is made here.
            with suppress(BrokenExecutor):
                compiled.take(made.result())
    compiled.prepare()
    return compiled


def _make(lowered: Lowered) -> bytes:
    from brinkmanship.engine.compiled.blocks import Compiled

    return Compiled(Simulator(lowered)).code()
