"""Who acts on what: from the crisis alone, which quantities the actions of each actor write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from brinkmanship.model.records import Action, CrisisRecord
from brinkmanship.results import labels

_HEAD = re.compile(r"\s*(belief\(\w+\)|\w+)")


@dataclass(frozen=True)
class Tie:
    """An actor with its rank, a quantity (all its entries as one), and the actions that join them."""

    rank: int
    actor: str
    quantity: str
    actions: tuple[str, ...]


def ties(record: CrisisRecord) -> list[Tie]:
    """All ties, in the order of the crisis; quantities and actions by their labels."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, action in record.actions.items():
        for quantity in dict.fromkeys(_written(record, action)):
            for actor in action.by:
                found.setdefault((actor, quantity), []).append(labels.short(labels.label(record, "actions", name)))
    order = {actor: rank for rank, actor in enumerate(record.actors)}
    rows = sorted(found.items(), key=lambda each: order.get(each[0][0], len(order)))
    return [
        Tie(
            order.get(actor, len(order)),
            labels.short(labels.actor(record, actor)),
            _name(record, quantity),
            tuple(actions),
        )
        for (actor, quantity), actions in rows
    ]


def _written(record: CrisisRecord, action: Action) -> Iterator[str]:
    """Names of the quantities, beliefs and clocks that an action writes."""
    effects = [action.then, action.during, action.afterwards, *(branch.then for branch in action.branches.values())]
    if action.authorised is not None:
        effects.append(action.authorised.called_off.then)
    for each in effects:
        for key in each:
            if match := _HEAD.match(key):
                yield match[1]


def _name(record: CrisisRecord, quantity: str) -> str:
    if quantity in record.clocks:
        return f"Clock: {labels.label(record, 'clocks', quantity)}"
    return labels.short(labels.quantity(record, quantity))
