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
    """An actor, a quantity (all its entries as one), and the actions by which the one writes the other."""

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
        Tie(labels.short(labels.actor(record, actor)), _name(record, quantity), tuple(actions))
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


def layout(rows: list[Tie], rounds: int = 8) -> tuple[list[str], list[str]]:
    """Actors and quantities in an order that keeps ties from crossing: each by the mean place of what it is tied to.

    The barycentre heuristic of Sugiyama, Tagawa and Toda (1981, ``sugiyama1981``).
    """
    actors, quantities = (list(dict.fromkeys(getattr(row, side) for row in rows)) for side in ("actor", "quantity"))
    for _ in range(rounds):
        quantities = _ordered(quantities, [(row.quantity, actors.index(row.actor) / len(actors)) for row in rows])
        actors = _ordered(actors, [(row.actor, quantities.index(row.quantity) / len(quantities)) for row in rows])
    return actors, quantities


def _ordered(names: list[str], places: list[tuple[str, float]]) -> list[str]:
    sums = {name: (0.0, 0) for name in names}
    for name, place in places:
        total, times = sums[name]
        sums[name] = total + place, times + 1
    return sorted(names, key=lambda name: sums[name][0] / max(1, sums[name][1]))
