"""What a crisis can reach: ranges of its slots that hold whatever is chosen and whatever chance brings.

The start values are widened by every update that can take place, until nothing changes (interval analysis,
``moore1966``). The ranges are safe, not sharp: what they rule out cannot be, what they allow need not be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from brinkmanship.core.lowering.ranges import ranges_of
from brinkmanship.core.program import Chance, Choice, Lowered, Option, SlotSpec, Update
from brinkmanship.lang import nodes
from brinkmanship.lang.interval import EVERYTHING, Interval, Ranges, interval
from brinkmanship.lang.nodes import Expression

ROUNDS = 20
"""Rounds of widening, after which what still moves is taken to reach its bounds (our choice)."""


@dataclass(frozen=True)
class Reach:
    """The ranges that a program can reach."""

    lowered: Lowered
    ranges: Ranges

    def may(self, condition: Expression | None) -> bool:
        """Whether a condition can hold."""
        return condition is None or interval(condition, self.ranges)[1] > 0

    def must(self, condition: Expression | None) -> bool:
        """Whether a condition holds always."""
        return condition is None or interval(condition, self.ranges)[0] >= 1

    def open(self, choice: Choice, option: Option) -> bool:
        """Whether an option can be chosen."""
        return self.may(choice.when) and self.may(choice.occasion) and self.may(option.available)

    def happens(self, site: Chance) -> bool:
        """Whether a site can occur."""
        return self.may(site.when) and self.may(site.occurs)


def beginning(lowered: Lowered) -> Ranges:
    """The ranges of all slots as they start or are measured: what is reached before anything happens."""
    bounds = ranges_of(lowered)
    slots = _starts(lowered, bounds)
    for each in lowered.past.measurements:
        slots[each.slot] = _hull(slots[each.slot], (each.value, each.value))
    return replace(bounds, slots=slots)


def reach(lowered: Lowered) -> Reach:
    """The ranges of all slots, over the documented past and every future."""
    bounds = ranges_of(lowered)
    program = lowered.program
    pinned = {name for pin in lowered.past.pins for name, _ in pin.alternatives}
    slots = dict(beginning(lowered).slots)
    for turn in range(2 * ROUNDS):
        found = Reach(lowered, replace(bounds, slots=slots))
        widened = dict(slots)
        for choice in (*program.choices, *program.ballots):
            for option in choice.options:
                if option.key in pinned or found.open(choice, option):
                    widened[f"chosen({option.key})"] = 0.0, 1.0
        for key, reached in _written(found, pinned):
            spec = program.slots.get(key)
            limit = bounds.slots.get(key, EVERYTHING)
            new = limit if turn >= ROUNDS and spec is not None else _clip(reached, limit)
            widened[key] = _hull(widened.get(key, new), new)
        if widened == slots:
            return found
        slots = widened
    return Reach(lowered, replace(bounds, slots={**dict.fromkeys(slots, EVERYTHING), **bounds.slots}))


def _starts(lowered: Lowered, bounds: Ranges) -> dict[str, Interval]:
    def start(key: str, spec: SlotSpec) -> Interval:
        limit = bounds.slots.get(key, EVERYTHING)
        return limit if nodes.draws_in(spec.start) else _clip(interval(spec.start, bounds), limit)

    program = lowered.program
    options = {f"chosen({key})": (0.0, 0.0) for key in program.options}
    copies = {copy: bounds.slots.get(slot, EVERYTHING) for slot, copy in program.kept}
    return {key: start(key, spec) for key, spec in program.slots.items()} | copies | options


def _written(found: Reach, pinned: set[str]) -> Iterator[tuple[str, Interval]]:
    """What each update that can take place may write."""
    for site in found.lowered.program.sites.values():
        if site.name not in pinned and not found.happens(site):
            continue
        for branch in site.branches:
            if found.may(branch.chance):
                for update in branch.updates:
                    if found.may(update.guard):
                        yield update.slot, _value(found, update)


def _value(found: Reach, update: Update) -> Interval:
    low, high = EVERYTHING if nodes.draws_in(update.value) else interval(update.value, found.ranges)
    if update.operation == "set":
        return low, high
    now = found.ranges.slots.get(update.slot, EVERYTHING)
    # Increments come again and again: what can rise reaches its upper bound.
    return (EVERYTHING[0] if low < 0 else now[0]), (EVERYTHING[1] if high > 0 else now[1])


def _hull(one: Interval, two: Interval) -> Interval:
    return min(one[0], two[0]), max(one[1], two[1])


def _clip(value: Interval, limit: Interval) -> Interval:
    low, high = (min(max(each, limit[0]), limit[1]) for each in value)
    return low, high
