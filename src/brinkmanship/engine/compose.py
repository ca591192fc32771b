"""Sites as expressions: what a slot becomes when certain updates are made, written out in the core language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from brinkmanship.core.program import Chance, SlotSpec, Update
from brinkmanship.engine.quadrature import mean
from brinkmanship.lang.nodes import Binary, Call, Choose, Draw, Expression, Logic, Number, Slot, transform

Guarded = tuple[Update, Expression | None]


def after(updates: Iterable[Guarded], slots: Mapping[str, SlotSpec]) -> dict[str, Expression]:
    """Each written slot after the updates: settings by rising priority, increments on top, then its bounds."""
    written: dict[str, list[Guarded]] = {}
    for update, when in updates:
        written.setdefault(update.slot, []).append((update, _both(when, update.guard)))
    return {slot: _bounded(_total(slot, entries), slots[slot]) for slot, entries in written.items()}


def unconditional(site: Chance) -> list[Guarded]:
    """The updates of a site with one branch and no chance, under its condition."""
    return [(update, site.when) for update in site.branches[0].updates]


def without_chance(node: Expression) -> Expression:
    """The expression with every random magnitude at its mean."""
    return transform(node, lambda each: mean(each) if isinstance(each, Draw) else each)


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
