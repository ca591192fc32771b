"""The documented past against the model: whether each documented move was open to its performer when it was made.

The replay makes a documented move happen whatever its preconditions say. Where they do not hold, the model and the
documents tell two stories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from brinkmanship.core.crisis import Crisis
from brinkmanship.core.program import Program
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.engine.sites import Turn
from brinkmanship.engine.step import Machine
from brinkmanship.errors import Code, Diagnostic
from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression
from brinkmanship.lang.tape import Environment, Tape
from brinkmanship.results.expectations import foreseen

Array = Any
RUNS = 20
"""Runs of the replay that a check makes (our choice: enough to tell never from now and then)."""


@dataclass
class _Probe:
    """A stage that changes nothing, and counts in how many runs what is pinned in this step was open.

    ``made`` and ``open`` count runs by name and day.
    """

    names: Sequence[str]
    tape: Tape
    made: Counter[tuple[str, float]] = field(default_factory=Counter)
    open: Counter[tuple[str, float]] = field(default_factory=Counter)

    def run(self, turn: Turn, env: Environment, status: Array) -> tuple[Mapping[str, Array], Array]:
        """Look, and leave everything as it is."""
        forced = {name: mask for name, mask in turn.pins.forced.items() if name in self.names}
        if forced:
            holds = dict(zip(self.names, self.tape(env), strict=True))
            for name, mask in forced.items():
                here = np.asarray(mask) & np.asarray(turn.going)
                self.made[name, env.day] += int(here.sum())
                self.open[name, env.day] += int((here & np.asarray(holds[name])).sum())
        return env.state, status


def impossible_moves(crisis: Crisis, *, runs: int = RUNS, seed: int = 0) -> tuple[Diagnostic, ...]:
    """Replay the documented past, and tell the moves that were not open when they were made.

    Parameters
    ----------
    crisis
        As `load` gives it.
    runs, seed
        Runs of the replay, and the seed of their draws.

    Returns
    -------
    tuple of Diagnostic
        One for each move whose preconditions failed in some run, in the order of the file.
    """
    if not crisis.lowered.past.pins:
        return ()
    lowered = foreseen(crisis).lowered
    simulator = Simulator(lowered)
    probes = _probes(simulator.machine, lowered.program)
    request = Request(runs, seed, lowered.timeline.origin)
    for moment, _, _ in simulator.walk(request, np.arange(runs, dtype=np.uint32)):
        if moment.future:
            break
    made = sum((probe.made for probe in probes), Counter())
    open_ = sum((probe.open for probe in probes), Counter())
    told = [(index, move) for index, move in enumerate(crisis.text.record.history.moves) if not move.off]
    moves = sorted(told, key=lambda each: each[1].date)
    found = []
    for (index, _), pin in zip(moves, lowered.past.pins, strict=True):
        day = lowered.timeline.step_of(pin.day) * lowered.timeline.step
        keys = [(name, day) for name, _ in pin.alternatives]
        count, closed = sum(made[key] for key in keys), sum(made[key] - open_[key] for key in keys)
        if closed:
            names = " or ".join(f"`{name.replace('/', ' ', 1)}`" for name, _ in pin.alternatives)
            message = f"{names} was not open in {closed} of {count} runs of the replay"
            place = crisis.text.tree.place(("history", "moves", index), key=True)
            found.append(Diagnostic(place, Code.IMPOSSIBLE_PAST, message))
    return tuple(sorted(found))


def _probes(machine: Machine, program: Program) -> list[_Probe]:
    """Put probes before the stages in which actors choose, events strike, and votes and agreements fall due."""
    options = {option.key: option.available for choice in program.choices for option in choice.options}
    events = {site.name: site.when for site in program.events}
    institutions = {site.name: site.when for site in program.institutions}
    before = {
        id(machine.council): _probe(machine, options),
        id(machine.events): _probe(machine, events),
        id(machine.institutions): _probe(machine, institutions),
    }
    stages: list[Any] = []
    for stage in machine.stages:
        stages += [before[id(stage)], stage] if id(stage) in before else [stage]
    machine.stages = tuple(stages)
    return list(before.values())


def _probe(machine: Machine, conditions: Mapping[str, Expression | None]) -> _Probe:
    parts = [machine.hoist(each if each is not None else nodes.Truth(True)) for each in conditions.values()]
    return _Probe(list(conditions), Tape(parts, machine.backend.xp))
