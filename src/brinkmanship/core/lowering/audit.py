"""Checks on the whole program: tempo within its limit, chances that can be chances, settings that collide, starts."""

from __future__ import annotations

import math

from brinkmanship.core.lowering.builder import Builder
from brinkmanship.core.program import Branch, Chance, Lowered, ParameterSpec, Program, number
from brinkmanship.lang import nodes
from brinkmanship.lang.interval import EVERYTHING, Interval, Ranges, interval
from brinkmanship.lang.nodes import walk

TEMPO_LIMIT = 0.25
"""Largest chance of an occasion to act in one step: beyond it, two occasions in a step would matter."""

CUT = 4.0
"""Priors are cut at this many standard deviations."""


def audit(build: Builder, lowered: Lowered) -> None:
    """All checks; faults go to the builder."""
    ranges = ranges_of(lowered)
    for choice in lowered.program.choices:
        _tempo(build, choice.actor, interval(choice.occasion, ranges))
    for site in lowered.program.sites.values():
        _chances(build, site, ranges)
        for branch in site.branches:
            _collisions(build, site, branch)
    _starts(build, lowered, ranges)


def ranges_of(lowered: Lowered) -> Ranges:
    """What every slot, parameter and day can be."""
    program, numbers = lowered.program, lowered.numbers
    slots: dict[str, Interval] = {}
    for key, spec in program.slots.items():
        if spec.low is not None and spec.high is not None:
            slots[key] = (number(numbers, spec.low), number(numbers, spec.high))
    parameters = {key: _prior_range(spec, numbers) for key, spec in program.parameters.items()}
    return Ranges(slots, parameters, numbers, (0.0, lowered.timeline.end), lowered.timeline.step)


def _prior_range(spec: ParameterSpec, numbers: tuple[float, ...]) -> Interval:
    values = [number(numbers, each) for each in spec.numbers]
    if spec.form == "constant":
        return values[0], values[0]
    if spec.form == "switch":
        return 0.0, 1.0
    if spec.form == "categories":
        return 0.0, len(values) - 1.0
    if spec.form == "two_piece":
        return two_piece(spec.scale, values, -CUT), two_piece(spec.scale, values, CUT)
    draw = next((each for each in walk(spec.draw) if isinstance(each, nodes.Draw)), None) if spec.draw else None
    if draw is None or draw is not spec.draw:
        return EVERYTHING
    return _family_range(draw.family, [number(numbers, each) for each in draw.arguments])


def _family_range(family: str, values: list[float]) -> Interval:
    if family == "uniform":
        return values[0], values[1]
    if family == "normal":
        return values[0] - 6.7 * values[1], values[0] + 6.7 * values[1]
    if family == "lognormal":
        return values[0] * math.exp(-6.7 * values[1]), values[0] * math.exp(6.7 * values[1])
    return (0.0, 1.0) if family == "bernoulli" else (0.0, math.inf)


def two_piece(scale: str, values: list[float], z: float) -> float:
    """Quantile of a two-piece normal at a standard normal ``z``: 5 %, 50 % and 95 % are as given."""
    forward, backward = SCALES[scale]
    low, middle, high = (forward(each) for each in values)
    reach = (high - middle) if z > 0 else (middle - low)
    return backward(middle + z * reach / Z95)


Z95 = 1.6448536269514722
SCALES = {
    "plain": (lambda x: x, lambda y: y),
    "log": (math.log, math.exp),
    "logit": (lambda x: math.log(x / (1 - x)), lambda y: 1 / (1 + math.exp(-y))),
}


def _tempo(build: Builder, actor: str, chance: Interval) -> None:
    if chance[0] < 0 or chance[1] > TEMPO_LIMIT + 1e-12:
        step = build.record.clock.step
        message = f"the tempo of `{actor}` can reach {chance[1] / step:.3g} a day (step: {chance[1]:.3g} occasions; lowest {chance[0]:.3g})"
        hint = f"keep it between 0 and {TEMPO_LIMIT / step:.3g} a day, e.g. clip(..., 0, {TEMPO_LIMIT / step:.3g}), or shorten the step"
        build.fault(("actors", actor, "tempo"), "tempo-too-high", message, hint)


def _place(site: Chance) -> tuple[str, ...]:
    kind, name, *_ = site.name.split("/")
    sections = {"action": "actions", "order": "actions", "during": "actions", "afterwards": "actions", "event": "events", "vote": "votes"}
    section = sections.get(kind, {"agreement": "agreements", "process": "processes", "calendar": "calendar", "clock": "clocks"}.get(kind, "actors"))
    return (section, name.split(".")[1] if section == "actions" and "." in name else name)


def _chances(build: Builder, site: Chance, ranges: Ranges) -> None:
    """A chance that lies outside [0, 1] whatever happens is a fault; one that merely might is caught in the run."""
    low = 0.0
    for branch in site.branches:
        if branch.chance is None:
            continue
        bounds = interval(branch.chance, ranges)
        low += max(0.0, bounds[0])
        if bounds[0] > 1 + 1e-9 or bounds[1] < -1e-9:
            build.fault((*_place(site), "branches", branch.name, "chance"), "bad-chance", f"this chance lies between {bounds[0]:.3g} and {bounds[1]:.3g}")
    if low > 1 + 1e-9:
        build.fault((*_place(site), "branches"), "bad-chance", f"the chances add up to at least {low:.3g}", "they may add up to 1 at most")


def _collisions(build: Builder, site: Chance, branch: Branch) -> None:
    """Two settings of one slot in one branch that have equal priority and differ."""
    settings: dict[tuple[str, int], nodes.Expression] = {}
    for update in branch.updates:
        if update.operation != "set" or update.guard is not None:
            continue
        where = (update.slot, update.priority)
        other = settings.setdefault(where, update.value)
        if other != update.value and not _same_number(build, other, update.value):
            message = f"`{update.slot}` is set twice in one branch, to different values"
            build.fault((*_place(site), "branches", branch.name), "colliding-settings", message, "give one of them a higher `priority`")


def _same_number(build: Builder, a: nodes.Expression, b: nodes.Expression) -> bool:
    numbers = tuple(build.numbers)
    return isinstance(a, nodes.Constant) and isinstance(b, nodes.Constant) and number(numbers, a) == number(numbers, b)


def _starts(build: Builder, lowered: Lowered, ranges: Ranges) -> None:
    program: Program = lowered.program
    for key, path in build.start_paths.items():
        spec = program.slots[key]
        if spec.low is None or spec.high is None or nodes.draws_in(spec.start):
            continue
        low, high = interval(spec.start, ranges)
        bounds = number(lowered.numbers, spec.low), number(lowered.numbers, spec.high)
        if low > bounds[1] or high < bounds[0]:
            build.fault(path, "start-outside-bounds", f"`{key}` starts at {low:.6g}, outside its bounds {bounds[0]:.6g} to {bounds[1]:.6g}")
