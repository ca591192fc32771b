"""Who acts on whom: how often each actor chooses deeds that have another actor as their target."""

from __future__ import annotations

from dataclasses import dataclass

from brinkmanship.results import labels
from brinkmanship.results.result import Result


@dataclass(frozen=True)
class Relation:
    """Deeds of one actor on another, or on nobody by name.

    ``per_run`` is the number of times in a run, ``actions`` how many there are to choose from, and ``share`` the rate
    as a share of the highest.
    """

    per_run: float
    actions: int
    share: float


@dataclass(frozen=True)
class Relations:
    """A table: targets in its columns, and for each actor that acts its `Relation` to each (None: it has no deed)."""

    targets: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Relation | None, ...]], ...]


NOBODY = "nobody by name"


def relations(result: Result) -> Relations | None:
    """Who acts on whom, in the order of the crisis; None where no deed has a target."""
    found: dict[tuple[str, str], tuple[float, int]] = {}
    keys = map(str, result.data["action"].values)
    for key, rate in zip(keys, map(float, result.data["per_run"].values), strict=True):
        actor, name, *target = key.split(".")
        if name not in result.record.votes:
            times, actions = found.get((actor, ".".join(target)), (0.0, 0))
            found[actor, ".".join(target)] = times + rate, actions + 1
    order = {name: rank for rank, name in enumerate(result.record.actors)}
    targets = sorted({target for _, target in found if target}, key=lambda name: order.get(name, len(order)))
    if not targets:
        return None
    top = max(times for times, _ in found.values()) or 1.0
    columns = [*targets, *([""] if any(not target for _, target in found) else [])]
    rows = []
    for actor in sorted({actor for actor, _ in found}, key=lambda name: order.get(name, len(order))):
        cells = [found.get((actor, target)) for target in columns]
        made = tuple(None if each is None else Relation(*each, share=each[0] / top) for each in cells)
        rows.append((labels.short(labels.actor(result.record, actor)), made))
    names = [labels.short(labels.actor(result.record, name)) if name else NOBODY for name in columns]
    return Relations(tuple(names), tuple(rows))
