"""Which engine simulates a request: NumPy at once, or machine code that has to be made first.

The choice follows from the request alone and not from what happens to be in the cache, so that a result can be made
again: a draw that falls within rounding of a threshold may turn out otherwise under the other engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from brinkmanship.core.program import Lowered
from brinkmanship.engine.ensemble import GROUP, Request, Simulator
from brinkmanship.engine.workers import Source

Engine = Literal["auto", "numpy", "compiled", "xla"]
Chosen = Literal["numpy", "compiled", "xla"]
FEW = 300
"""Runs that take NumPy as long as one run does: its time goes into calls, not into numbers."""
WORTH = 100_000_000
"""Runs × steps × sites and options from which on machine code is worth making (our choice, from bench/)."""
LASTING = 500_000_000
"""The same, from which on it is worth making code that takes longer to make and less to run."""
BLOCKS: dict[Chosen, tuple[int, int]] = {"numpy": (250, 500), "compiled": (40, 1000), "xla": (1000, 10_000)}
"""Least and most runs of a block. Eager ones: below, fewer cost as much; above, arrays leave a core's cache. Those of a
device: our choice, not measured on one."""


def chosen(lowered: Lowered, runs: int, wanted: Engine = "auto") -> Chosen:
    """The engine for so many runs; a device is never chosen where nobody asks for it."""
    if wanted != "auto":
        return wanted
    return "compiled" if _work(lowered, max(FEW, runs)) >= WORTH else "numpy"


def _work(lowered: Lowered, runs: int) -> int:
    return runs * lowered.timeline.steps * (len(lowered.program.options) + len(lowered.program.sites))


def fitted(request: Request, engine: Chosen, jobs: int) -> Request:
    """The request with blocks of a size that suits the engine; it changes no result."""
    if request.block:
        return request
    least, most = BLOCKS[engine]
    # Every core gets as many blocks, and as large ones, as any other.
    shares = max(1, jobs) * -(-request.runs // (most * max(1, jobs)))
    size = max(least, -(-request.runs // shares))
    return replace(request, block=-(-size // GROUP) * GROUP)


def source(
    simulator: Simulator,
    engine: Chosen,
    runs: int = 0,
    *,
    meanwhile: Callable[[Source], None] | None = None,
    idle: Callable[[], None] = lambda: None,
) -> Source:
    """What simulates blocks with an engine, ready to go.

    For many ``runs``, code that runs faster is made while blocks run on code that was made quickly; the two give the
    same bits. ``meanwhile`` is called once, when that begins; ``idle`` while the first code is made, if it has to be.
    """
    if engine == "numpy":
        return simulator
    from brinkmanship.engine.compiled.blocks import Compiled

    compiled = Compiled(simulator, xla=engine == "xla")
    compiled.prepare(idle)
    if _work(simulator.lowered, runs) >= LASTING and compiled.hasten() and meanwhile is not None:
        meanwhile(compiled)
    return compiled
