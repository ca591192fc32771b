"""One step of one run as a function of numbers, its record, and where its arguments and reports stand.

What a record needs to know is the structure of a crisis; numbers, dates, seed and switches are arguments. So crises
that differ in those alone have the same record, and share its machine code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from brinkmanship.core.program import Lowered, Program
from brinkmanship.engine.compiled.recording.onerun import KeyedDraws, OneRun
from brinkmanship.engine.compiled.recording.order import ordered
from brinkmanship.engine.compiled.recording.record import Record
from brinkmanship.engine.compiled.recording.recorder import Recorder
from brinkmanship.engine.compiled.recording.seldom import gathered
from brinkmanship.engine.compiled.recording.shape import STATUS, Field, Shape
from brinkmanship.engine.compiled.recording.table import Table
from brinkmanship.engine.step import ENDED, GOING, Machine, Moment, World, step
from brinkmanship.lang.nodes import Draw, walk

Array = Any


@dataclass(frozen=True)
class Layout:
    """Where everything stands in the arguments and reports of a step.

    Attributes
    ----------
    shared, fixed
        Parameters that are the same for all runs, and those that each run has its own of; with whether they are truths.
    addresses
        Of draws, in the order of their keys.
    marks
        The truths that a step reports: ``("going",)``, ``("sound",)``, ``("rung", rank)`` of the highest rung
        (-1: none), ``("chosen", option)``, ``("fired", site, branch)``.
    shown
        The slots that it reports.
    """

    shared: dict[str, bool]
    fixed: dict[str, bool]
    addresses: tuple[str, ...]
    slots: tuple[str, ...]
    outcomes: tuple[str, ...]
    marks: tuple[tuple[Any, ...], ...]
    shown: tuple[str, ...]
    table: Table

    @classmethod
    def of(cls, lowered: Lowered, theta: Mapping[str, Array], shown: Sequence[str]) -> Layout:
        """The layout of a crisis; ``theta`` are its parameters as `Machine.derive` gives them, for any block."""
        program = lowered.program
        truths = {key: np.asarray(value).dtype == bool for key, value in theta.items()}
        ladder = max([-1, *(o.rung for o in program.options.values() if o.rung is not None)]) + 1
        marks: list[tuple[Any, ...]] = [("going",), ("sound",), *(("rung", rank) for rank in range(-1, ladder))]
        marks += [("chosen", key) for key in program.options]
        marks += [("fired", name, rank) for name, site in program.sites.items() for rank in range(len(site.branches))]
        return cls(
            {key: truths[key] for key, value in theta.items() if np.ndim(value) == 0},
            {key: truths[key] for key, value in theta.items() if np.ndim(value)},
            tuple(_addresses(program)),
            tuple(program.slots),
            tuple(spec.name for spec in program.outcomes),
            tuple(marks),
            tuple(shown),
            Table(lowered),
        )

    @property
    def shape(self) -> Shape:
        """The arguments of a step, in order."""
        return Shape(
            (
                Field("numbers", len(self.shared), "f64", shared=True),
                Field("span", 1, "f64", shared=True),
                Field("keys", 2 * len(self.addresses), "u32", shared=True),
                Field("row", len(self.table.columns), "f64", row=True),
                Field("fixed", len(self.fixed), "f64"),
                Field("run", 1, "u32"),
                Field("state", len(self.slots), "f64", change=True, held=True),
                Field(STATUS, 1, "i32", change=True),
                Field("hits", len(self.outcomes), "f64", change=True),
            ),
            len(self.marks),
            tuple(self.slots.index(slot) for slot in self.shown),
        )


def _addresses(program: Program) -> list[str]:
    """All addresses that a step may draw at."""
    choices = [*program.choices, *program.ballots]
    found = [choice.name for choice in choices] + list(program.sites)
    found += [
        node.address for choice in choices for _, seen in choice.seen for node in walk(seen) if isinstance(node, Draw)
    ]
    for site in [*program.sites.values(), *(option.consequence for option in program.options.values())]:
        for branch in site.branches:
            for update in branch.updates:
                found += [node.address for node in walk(update.value) if isinstance(node, Draw)]
    return list(dict.fromkeys(found))


class StepFunction:
    """A step as a function of single numbers, to be taken in the array namespace of a single run."""

    def __init__(self, program: Program, layout: Layout, backend: OneRun) -> None:
        self.program, self.layout, self.backend = program, layout, backend
        self.machine = Machine(program, backend)

    @property
    def faults(self) -> list[str]:
        """The places of its faults, once it has been taken."""
        return self.machine.faults.places

    def __call__(self, *arguments: Array) -> tuple[Array, ...]:
        """The changing fields ``(size, 1)`` and marks ``(mark, 1)`` for all numbers (`Layout.shape`)."""
        layout, xp = self.layout, self.backend.xp
        parts = layout.shape.parted(arguments)
        truths, given = {**layout.shared, **layout.fixed}, [*parts["numbers"], *parts["fixed"]]
        theta = {
            key: value != 0.0 if truth else value for (key, truth), value in zip(truths.items(), given, strict=True)
        }
        (run,), (status,) = parts["run"], parts["status"]
        row = dict(zip(layout.table.columns, parts["row"], strict=True))
        words = zip(layout.addresses, parts["keys"][0::2], parts["keys"][1::2], strict=True)
        keys = {address: (first, second) for address, first, second in words}
        sampler = KeyedDraws(self.backend, keys, run, row[("step",)].astype("uint32")[None])
        world = World(
            dict(zip(layout.slots, parts["state"], strict=True)),
            theta,
            status,
            dict(zip(layout.outcomes, parts["hits"], strict=True)),
        )
        (span,), day, future = parts["span"], row[("day",)], row[("future",)]
        pins = layout.table.pins(row, sampler, self.backend)
        after, trace = step(self.machine, world, Moment(None, day, span, future > 0.0), sampler, pins)
        return (
            self._stacked([after.state[slot] for slot in layout.slots]),
            after.status.astype("int32"),
            self._stacked([after.hits[name] for name in layout.outcomes]),
            self._stacked(_marks(layout, self.program, after, trace, xp)),
        )

    def _stacked(self, values: Sequence[Array]) -> Array:
        return self.backend.rows(values, 1) if values else self.backend.xp.zeros((0, 1))


def recorded(program: Program, layout: Layout) -> tuple[Record, list[str]]:
    """The record of a step, and the places of its faults."""
    recorder = Recorder()
    step = StepFunction(program, layout, recorder)
    arguments = [
        recorder.argument(field.kind, field.example.shape) for field in layout.shape.fields for _ in range(field.size)
    ]
    record = recorder.record(arguments, step(*arguments))
    fields = [field for field in layout.shape.fields for _ in range(field.size)]
    varying = {each for each, field in zip(record.parameters, fields, strict=True) if not field.common}
    return replace(record, region=gathered(ordered(record.region), varying)), step.faults


def _marks(layout: Layout, program: Program, world: World, trace: Any, xp: Any) -> list[Array]:
    never = xp.zeros(1, bool)
    chosen = {key: trace.chosen.get(key, never) for key in program.options}
    by_rung: dict[int, Array] = {}
    for key, option in program.options.items():
        if option.rung is not None:
            by_rung[option.rung] = by_rung.get(option.rung, never) | chosen[key]
    above, highest = never, {}
    for rung in sorted(by_rung, reverse=True):
        highest[rung] = by_rung[rung] & ~above
        above = above | by_rung[rung]
    found = []
    for mark in layout.marks:
        if mark[0] == "going":
            found.append(world.status == GOING)
        elif mark[0] == "sound":
            found.append(world.status <= ENDED)
        elif mark[0] == "rung":
            found.append(~above if mark[1] < 0 else highest.get(mark[1], never))
        elif mark[0] == "chosen":
            found.append(chosen[mark[1]])
        else:
            fires, branch = trace.fired.get(mark[1], never), trace.branch.get(mark[1])
            found.append(fires if branch is None else fires & (branch == mark[2]))
    return found
