"""Sites as expressions: what a slot becomes when certain updates are made, written out in the core language."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from brinkmanship.core.program import Chance, SlotSpec, Update
from brinkmanship.engine.quadrature import mean
from brinkmanship.lang.nodes import (
    Binary,
    Call,
    Choose,
    Draw,
    Expression,
    Logic,
    Number,
    Slot,
    Today,
    transform,
    walk,
)

ZERO = Number(0.0)
Guarded = tuple[Update, Expression | None]


def after(updates: Iterable[Guarded], slots: Mapping[str, SlotSpec]) -> dict[str, Expression]:
    """Each written slot after the updates, within its bounds."""
    return {slot: _bounded(value, slots[slot]) for slot, value in totals(updates).items()}


def totals(updates: Iterable[Guarded]) -> dict[str, Expression]:
    """Each written slot after the updates: settings by rising priority, increments on top."""
    written: dict[str, list[Guarded]] = {}
    for update, when in updates:
        written.setdefault(update.slot, []).append((update, _both(when, update.guard)))
    return {slot: _total(slot, entries) for slot, entries in written.items()}


def unconditional(site: Chance) -> list[Guarded]:
    """The updates of a site with one branch and no chance, under its condition."""
    return [(update, site.when) for update in site.branches[0].updates]


def without_chance(node: Expression) -> Expression:
    """The expression with every random magnitude at its mean, and what that makes zero left out."""
    return transform(node, lambda each: _without_zero(mean(each) if isinstance(each, Draw) else each))


def is_exact(slot: str, updates: Sequence[Guarded], moved: Collection[str]) -> bool:
    """Whether taking one long step is the same as taking many short ones.

    So it is for increments of a constant rate, and for one exponential approach to a target that stands still, as long
    as nothing in them is itself ``moved``.
    """

    def still(*parts: Expression | None) -> bool:
        return not any(
            isinstance(each, Today) or (isinstance(each, Slot) and each.key in moved)
            for part in parts
            if part
            for each in walk(part)
        )

    increments = [without_chance(update.value) for update, _ in updates]
    acting = [(value, update, when) for value, (update, when) in zip(increments, updates, strict=True) if value != ZERO]
    if not all(update.operation == "add" and still(update.guard, when) for _, update, when in acting):
        return False
    if all(still(value) for value, _, _ in acting):
        return True
    if len(acting) != 1:
        return False
    match acting[0][0]:
        case Binary("*", Binary("-", target, Slot(key)), share):
            return key == slot and still(target, share)
    return False


def _without_zero(node: Expression) -> Expression:
    match node:
        case Binary("*", left, right) if ZERO in (left, right):
            return ZERO
        case Binary("+", left, right) if ZERO in (left, right):
            return right if left == ZERO else left
    return node


def _both(left: Expression | None, right: Expression | None) -> Expression | None:
    if left is None or right is None:
        return right if left is None else left
    return Logic("and", (left, right))


def _total(slot: str, entries: list[Guarded]) -> Expression:
    value: Expression = Slot(slot)
    for update, guard in sorted(entries, key=lambda entry: entry[0].priority):
        if update.operation == "set":
            value = update.value if guard is None else Choose(guard, update.value, value)
    for update, guard in entries:
        if update.operation == "add":
            increment = update.value if guard is None else Choose(guard, update.value, Number(0.0))
            value = Binary("+", value, increment)
    return value


def _bounded(value: Expression, spec: SlotSpec) -> Expression:
    if spec.low is None or spec.high is None:
        return value
    return Call("min", (Call("max", (value, spec.low)), spec.high))
