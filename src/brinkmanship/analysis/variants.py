"""Variants of a crisis simulated with common draws: what one looks at, run by run.

Run ``k`` of every variant meets the same luck, so that differences between variants are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from brinkmanship.core.crisis import Crisis
from brinkmanship.core.program import Lowered, Timeline
from brinkmanship.engine.engines import Chosen, chosen, fitted, source
from brinkmanship.engine.ensemble import GROUP, Request, Simulator, joint_counts
from brinkmanship.engine.step import ENDED, Moment, World, final_outcomes
from brinkmanship.engine.workers import worker_context
from brinkmanship.errors import UsageError
from brinkmanship.results.expectations import foreseen
from brinkmanship.results.intervals import paired_change, paired_mean_change, paired_squares

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Variant:
    """A crisis, moves supposed in it, and the first day of its futures (None: the crisis's own)."""

    crisis: Crisis
    given: tuple[str, ...] = ()
    start: date | None = None


@dataclass(frozen=True)
class Watch:
    """What is looked at: an outcome come true by the end of a day, or a quantity at the end of it.

    ``day`` counts from the clock's start; None is the end of the run. A run that has ended keeps its last values.
    """

    name: str
    quantity: bool = False
    day: float | None = None


@dataclass(frozen=True)
class Seen:
    """What a variant's runs showed.

    Attributes
    ----------
    sound
        Runs that did not fail, ``(run,)``.
    values
        By what is watched: truths or numbers, ``(run,)``.
    """

    sound: np.ndarray
    values: dict[Watch, np.ndarray]


@dataclass(frozen=True)
class Change:
    """What one variant has of something, what another has, and the paired difference with its 90 % interval."""

    before: float
    after: float
    change: float
    low: float
    high: float


def changed(one: Seen, two: Seen, watch: Watch) -> Change:
    """The change from one variant to another, of runs in groups that are sound in both."""
    sound = one.sound & two.sound
    whole = len(sound) - len(sound) % GROUP
    sound[:whole] = np.repeat(sound[:whole].reshape(-1, GROUP).all(axis=1), GROUP)
    before, after = one.values[watch][sound], two.values[watch][sound]
    if watch.quantity:
        found = paired_mean_change(before, after, GROUP)
    else:
        found = paired_change(joint_counts(before, after), *paired_squares(before, after, GROUP), GROUP)
    with_it, without = (float(np.mean(each)) if len(each) else float("nan") for each in (before, after))
    return Change(with_it, without, *found)


@dataclass(frozen=True)
class _Task:
    """Some runs of one variant, for one process."""

    lowered: Lowered
    request: Request
    low: int
    high: int
    watched: tuple[Watch, ...]
    engine: Chosen


def simulate_variants(
    variants: Sequence[Variant],
    watched: Sequence[Watch],
    *,
    runs: int,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Seen]:
    """Simulate variants with common draws.

    Parameters
    ----------
    variants
        Crises and suppositions; each has whatever is watched.
    watched
        What to keep of every run.
    runs, seed
        Number of runs of each variant, and the seed of all draws.
    jobs
        Cores to use; it changes no result.
    progress
        Called with (done, all) in steps of runs.

    Returns
    -------
    list
        What each variant showed, in the order given.

    Raises
    ------
    UsageError
        When a supposition or a date does not fit.
    """
    if runs < 1:
        raise UsageError(f"`runs` is at least 1, not {runs}")
    variants = [replace(each, crisis=foreseen(each.crisis, jobs=jobs)) for each in variants]
    engines: list[Chosen] = [chosen(each.crisis.lowered, runs * len(variants)) for each in variants]
    tasks = [
        task
        for each, engine in zip(variants, engines, strict=True)
        for task in _tasks(each, tuple(watched), runs, seed, engine)
    ]
    whole = sum((task.high - task.low) * task.lowered.timeline.steps for task in tasks)
    parts = _in_workers(tasks, jobs, whole, progress) if jobs > 1 else _here(tasks, whole, progress)
    ends = np.cumsum([len(list(_tasks(each, (), runs, seed, e))) for each, e in zip(variants, engines, strict=True)])
    return [_joined(parts[low:high]) for low, high in zip([0, *ends], ends, strict=False)]


def _tasks(variant: Variant, watched: tuple[Watch, ...], runs: int, seed: int, engine: Chosen) -> Iterator[_Task]:
    crisis = variant.crisis
    origin = crisis.day(variant.start)
    given = tuple(crisis.supposition(each) for each in variant.given)
    for pin, text in zip(given, variant.given, strict=True):
        if pin.day < origin:
            raise UsageError(f"`{text}` lies before the first day of the future, {crisis.date(origin)}")
    request = fitted(Request(runs, seed, origin, given, sampled=0), engine, 1)
    for low, high in request.parts:
        yield _Task(crisis.lowered, request, low, high, watched, engine)


def _here(tasks: Sequence[_Task], whole: int, progress: Progress | None) -> list[Seen]:
    found, done = [], 0
    for task in tasks:
        before = done

        def tick(step: int, before: int = before, size: int = task.high - task.low) -> None:
            if progress is not None:
                progress(before + step * size, whole)

        found.append(_walked(task, tick))
        done += (task.high - task.low) * task.lowered.timeline.steps
    return found


def _in_workers(tasks: Sequence[_Task], jobs: int, whole: int, progress: Progress | None) -> list[Seen]:
    """Compiled variants in threads, others in processes; machine code is made once, before they begin."""
    found: list[Any] = [None] * len(tasks)
    done = 0
    threads = all(task.engine == "compiled" for task in tasks)
    if threads:
        for each in {task.lowered.program.structure: task for task in tasks}.values():
            alike = [task for task in tasks if task.lowered.program.structure == each.lowered.program.structure]
            source(Simulator(each.lowered), "compiled", sum(task.high - task.low for task in alike))
    many = min(jobs, len(tasks))
    pool = ThreadPoolExecutor(many) if threads else ProcessPoolExecutor(many, worker_context())
    try:
        waiting = {pool.submit(_walked, task): rank for rank, task in enumerate(tasks)}
        for future in as_completed(waiting):
            rank = waiting[future]
            found[rank] = future.result()
            done += (tasks[rank].high - tasks[rank].low) * tasks[rank].lowered.timeline.steps
            if progress is not None:
                progress(done, whole)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return found


def _walked(task: _Task, tick: Callable[[int], None] | None = None) -> Seen:
    """Step some runs from the clock's start to its end."""
    simulator, timeline = Simulator(task.lowered), task.lowered.timeline
    days = {watch: _step_of_end(timeline, watch.day) + 1 for watch in task.watched if watch.day is not None}
    stops = sorted({*days.values(), timeline.steps})
    engine = source(simulator, task.engine)
    values: dict[Watch, np.ndarray] = {}
    world: World | None = None
    for stop, world in zip(
        stops, engine.worlds(task.request, task.low, task.high, stops, tick or (lambda _: None)), strict=True
    ):
        values |= {watch: _watched(world, watch) for watch, step in days.items() if step == stop}
    assert world is not None
    end = Moment(timeline.steps, timeline.end, timeline.step)
    outcomes = final_outcomes(simulator.machine, world, end)
    for watch in task.watched:
        if watch.day is None:
            values[watch] = np.array(world.state[watch.name] if watch.quantity else outcomes[watch.name])
    return Seen(np.asarray(world.status) <= ENDED, values)


def _step_of_end(timeline: Timeline, day: float) -> int:
    """The last step of a day."""
    return timeline.step_of(day + 1 - min(timeline.step, 1.0) / 2)


def _watched(world: World, watch: Watch) -> np.ndarray:
    return np.array(world.state[watch.name] if watch.quantity else np.asarray(world.hits[watch.name]) >= 0)


def _joined(parts: Sequence[Seen]) -> Seen:
    values = {watch: np.concatenate([part.values[watch] for part in parts]) for watch in parts[0].values}
    return Seen(np.concatenate([part.sound for part in parts]), values)
