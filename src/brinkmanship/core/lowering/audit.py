"""Checks on the whole program: tempo within its limit, chances that can be chances, settings that collide, starts."""

from __future__ import annotations

import math
from graphlib import CycleError, TopologicalSorter

from brinkmanship.core.lowering.builder import Builder
from brinkmanship.core.lowering.collisions import find_collisions, place_of
from brinkmanship.core.lowering.ranges import ranges_of
from brinkmanship.core.lowering.seats import check_seats
from brinkmanship.core.program import Chance, Lowered, Program, number
from brinkmanship.errors import Code
from brinkmanship.lang import nodes
from brinkmanship.lang.functions import FAMILIES
from brinkmanship.lang.interval import EVERYTHING, Interval, Ranges, interval

TEMPO_LIMIT = 0.25
"""Largest chance of an occasion to act in one step: beyond it, two occasions in a step would matter."""


def audit(build: Builder, lowered: Lowered) -> bool:
    """All checks of what has no faults so far; faults go to the builder. Tells whether something was not checked."""
    build.muted = frozenset(build.faulty)
    _judge(build, lowered)
    if build.diagnostics or build.text.tree.diagnostics:
        return build.skipped or bool(build.thresholds)
    check_seats(build, lowered)
    return False


def _judge(build: Builder, lowered: Lowered) -> None:
    ranges = ranges_of(lowered)
    _step(build)
    _limits(build, ranges)
    _draws(build, lowered, ranges)
    for choice in lowered.program.choices:
        _tempo(build, choice.actor, interval(choice.occasion, ranges))
    for site in lowered.program.sites.values():
        _chances(build, site, ranges)
    find_collisions(build, lowered.program)
    _start_cycles(build, lowered)
    _starts(build, lowered, ranges)
    for path, key, value in build.measured:
        low, high = ranges.slots.get(key, EVERYTHING)
        if not low <= value <= high:
            build.fault(
                path,
                Code.OUTSIDE_BOUNDS,
                f"`{key}` cannot be {value:.6g}: its bounds are {low:.6g} to {high:.6g}",
            )


def _step(build: Builder) -> None:
    """The clock is a whole number of steps, before ``from`` and in all, and days begin with a step."""
    clock = build.record.clock
    step, whole, before = clock.step, (clock.end - clock.start).days, (clock.origin - clock.start).days
    if step > whole:
        message = f"a step of {step:g} days is longer than the whole clock, {whole} day{'s' * (whole != 1)}"
    elif not (_is_whole(step) or _is_whole(1 / step)):
        message = f"a step of {step:g} days neither is a whole number of days nor goes into a day"
    elif not _is_whole(whole / step):
        message = f"from `start` to `end` are {whole} days, which is no whole number of steps of {step:g} days"
    elif not _is_whole(before / step):
        message = f"from `start` to `from` are {before} days, which is no whole number of steps of {step:g} days"
    else:
        return
    build.fault(("clock", "step"), Code.BAD_STEP, message, "e.g. 1, a day; 7, a week; 0.5, half a day")


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-9 * max(1.0, value)


def _limits(build: Builder, ranges: Ranges) -> None:
    """Numbers that lie outside their limits whatever happens."""
    for path, node, low, high in build.limits:
        least, most = interval(node, ranges)
        if most >= low and least <= high:
            continue
        value = f"is {least:.6g}" if least == most else f"lies between {least:.6g} and {most:.6g}"
        if high == 1.0:
            build.fault(
                path,
                Code.BAD_CHANCE,
                f"a chance lies between 0 and 1, and this {value}",
                "10 % is written 0.1" if 1 < least <= 100 else "",
            )
        elif low > 0:
            build.fault(
                path,
                Code.OUT_OF_RANGE,
                "all weights are zero, so that nothing matters",
                "give one interest a weight",
                key=True,
            )
        else:
            build.fault(path, Code.OUT_OF_RANGE, f"this cannot be negative, and it {value}")


DOMAINS: dict[str, tuple[tuple[float, float], ...]] = {
    "poisson": ((0.0, math.inf),),
    "normal": (EVERYTHING, (0.0, math.inf)),
    "lognormal": ((1e-300, math.inf), (0.0, math.inf)),
    "uniform": (EVERYTHING, EVERYTHING),
    "bernoulli": ((0.0, 1.0),),
}


def _draws(build: Builder, lowered: Lowered, ranges: Ranges) -> None:
    """Random magnitudes whose arguments cannot be what they have to be."""
    program = lowered.program
    for key, spec in program.parameters.items():
        if spec.draw is not None:
            _magnitudes(build, spec.draw, ("parameters", key, "distribution"), ranges)
    for key, path in build.start_paths.items():
        _magnitudes(build, program.slots[key].start, path, ranges)
    for site in program.sites.values():
        for branch in site.branches:
            for update in branch.updates:
                _magnitudes(build, update.value, (*place_of(site), "branches", branch.name, "then"), ranges)


def _magnitudes(build: Builder, node: nodes.Expression, path: tuple[str | int, ...], ranges: Ranges) -> None:
    for draw in nodes.draws_in(node):
        given = [interval(each, ranges) for each in draw.arguments]
        for name, (least, most), (low, high) in zip(FAMILIES[draw.family], given, DOMAINS[draw.family], strict=True):
            if most < low or least > high:
                wanted = {(0.0, 1.0): "between 0 and 1", EVERYTHING: "a number"}.get(
                    (low, high), "above zero" if low > 0 else "not negative"
                )
                build.fault(
                    path,
                    Code.BAD_MAGNITUDE,
                    f"`{name}` of `{draw.family}` must be {wanted}, and is {most if most < low else least:.6g}",
                )
        if draw.family == "uniform" and given[0][0] > given[1][1]:
            build.fault(
                path,
                Code.BAD_MAGNITUDE,
                f"`uniform` runs from low to high, and {given[0][0]:.6g} is above {given[1][1]:.6g}",
            )


def _start_cycles(build: Builder, lowered: Lowered) -> None:
    """Start values may read one another, but not in a circle."""
    try:
        TopologicalSorter({key: nodes.slots_read(spec.start) for key, spec in lowered.program.slots.items()}).prepare()
    except CycleError as error:
        circle = error.args[1]
        path = next((build.start_paths[key] for key in circle if key in build.start_paths), ("quantities",))
        build.fault(
            path,
            Code.START_CYCLE,
            f"start values wait for each other: {' <- '.join(circle)}",
            "give one of them a number",
        )


def _tempo(build: Builder, actor: str, chance: Interval) -> None:
    if chance[0] < 0:
        message = f"the tempo of `{actor}` can fall to {chance[0] / build.record.clock.step:.3g} a day, below zero"
        build.fault(("actors", actor, "tempo"), Code.OUT_OF_RANGE, message, "e.g. clip(..., 0, 0.2)")
    if chance[1] > TEMPO_LIMIT + 1e-12:
        step = build.record.clock.step
        most = f"{TEMPO_LIMIT / step:.3g}"
        message = f"the tempo of `{actor}` can reach {chance[1] / step:.3g} a day ({chance[1]:.3g} occasions in a step)"
        hint = f"keep it between 0 and {most} a day, e.g. clip(..., 0, {most}), or shorten the step"
        build.fault(("actors", actor, "tempo"), Code.TEMPO_TOO_HIGH, message, hint)


def _chances(build: Builder, site: Chance, ranges: Ranges) -> None:
    """Chances that add up to more than 1 whatever happens; those that merely might are caught in the run."""
    low = sum(max(0.0, interval(branch.chance, ranges)[0]) for branch in site.branches if branch.chance is not None)
    if low > 1 + 1e-9 and place_of(site) not in build.faulty:
        build.fault(
            (*place_of(site), "branches"),
            Code.CHANCES_NOT_ONE,
            f"the chances add up to at least {low:.6g}",
            "they may add up to 1 at most",
            key=True,
        )


def _starts(build: Builder, lowered: Lowered, ranges: Ranges) -> None:
    program: Program = lowered.program
    for key, path in build.start_paths.items():
        spec = program.slots[key]
        if spec.low is None or spec.high is None or nodes.draws_in(spec.start):
            continue
        low, high = interval(spec.start, ranges)
        bounds = number(lowered.numbers, spec.low), number(lowered.numbers, spec.high)
        if low > bounds[1] or high < bounds[0]:
            build.fault(
                path,
                Code.START_OUTSIDE_BOUNDS,
                f"`{key}` starts at {low:.6g}, outside its bounds {bounds[0]:.6g} to {bounds[1]:.6g}",
            )
