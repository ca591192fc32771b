"""The documented past against the model: whether each documented move was open to its performer when it was made.

The replay makes a documented move happen whatever its preconditions say. Where they do not hold, the model and the
documents tell two stories.
"""

from __future__ import annotations

import numpy as np

from brinkmanship.core.crisis import Crisis
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.errors import Code, Diagnostic
from brinkmanship.results.expectations import foreseen
from brinkmanship.results.probes import probing

RUNS = 20
"""Replays that a check makes (our choice: enough to tell never from now and then)."""


def impossible_moves(crisis: Crisis, *, runs: int = RUNS, seed: int = 0) -> tuple[Diagnostic, ...]:
    """Replay the documented past, and tell the moves that were not open when they were made.

    Parameters
    ----------
    crisis
        As `load` gives it.
    runs, seed
        Number of replays, and the seed of their draws.

    Returns
    -------
    tuple of Diagnostic
        One for each move whose preconditions failed in some run, in the order of the file.
    """
    if not crisis.lowered.past.pins:
        return ()
    lowered = foreseen(crisis).lowered
    simulator = Simulator(lowered)
    request = Request(runs, seed, lowered.timeline.origin)
    with probing(simulator.machine, lowered) as probes:
        world, sampler = simulator.start(request, np.arange(runs, dtype=np.uint32))
        for _ in simulator.steps(request, world, sampler, range(lowered.timeline.step_of(request.origin))):
            pass
    told = [(index, move) for index, move in enumerate(crisis.text.record.history.moves) if not move.off]
    moves = sorted(told, key=lambda each: each[1].date)
    found = []
    for (index, _), pin in zip(moves, lowered.past.pins, strict=True):
        day = lowered.timeline.step_of(pin.day) * lowered.timeline.step
        count, open_ = probes.counts([name for name, _ in pin.alternatives], day)
        if open_ < count:
            names = " or ".join(f"`{name.replace('/', ' ', 1)}`" for name, _ in pin.alternatives)
            message = f"{names} was not open in {count - open_} of {count} runs of the replay"
            place = crisis.text.tree.place(("history", "moves", index), key=True)
            found.append(Diagnostic(place, Code.IMPOSSIBLE_PAST, message))
    return tuple(sorted(found))
