"""Actions to options and their consequences."""

from __future__ import annotations

from dataclasses import dataclass, replace

from brinkmanship.core.lowering.builder import Builder, Path, both
from brinkmanship.core.lowering.effects import (
    clears,
    lower_branches,
    lower_effects,
    split_attribution,
    split_call_off,
)
from brinkmanship.core.program import Branch, Chance, Option, Update
from brinkmanship.errors import Code
from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression
from brinkmanship.lang.resolve import Scope
from brinkmanship.model.records import Action


@dataclass
class Deeds:
    """What actions lower to: options by actor, and the sites that carry them out."""

    options: dict[str, list[Option]]
    resolution: list[Chance]
    endings: list[Chance]
    during: list[Chance]


@dataclass(frozen=True)
class _Deed:
    """One action of one performer against one target."""

    name: str
    action: Action
    performer: str
    target: str | None

    @property
    def key(self) -> str:
        return ".".join(part for part in (self.performer, self.name, self.target) if part)


def declare_actions(build: Builder) -> list[_Deed]:
    """All performers and targets of all actions; their names become known to ``days_since`` and its like."""
    deeds = []
    for name, action in build.record.actions.items():
        path: Path = ("actions", name)
        build.here = path
        if not action.by:
            build.fault((*path, "by"), Code.BAD_VALUE, f"nobody performs `{name}`: `by` is empty", key=True)
        build.known(action.class_, build.record.classes, "action class", (*path, "class"))
        if action.rung is not None:
            build.known(action.rung, build.record.ladder, "rung on the ladder", (*path, "rung"))
        performers = [
            a for i, a in enumerate(action.by) if build.known(a, build.record.actors, "actor", (*path, "by", i))
        ]
        targets: list[str | None] = [
            t for i, t in enumerate(action.on) if build.known(t, build.record.actors, "actor", (*path, "on", i))
        ]
        for performer in performers:
            for target in targets or [None]:
                if target != performer:
                    build.spend(200)
                    deed = _Deed(name, action, performer, target)
                    deeds.append(deed)
                    build.happenings.setdefault(name, []).append((f"action/{deed.key}", performer))
    return deeds


def lower_actions(build: Builder, deeds: list[_Deed]) -> Deeds:
    """Lower every deed to an option and the sites of its consequences."""
    result = Deeds({}, [], [], [])
    for deed in deeds:
        _lower_deed(build, deed, result)
    return result


def _scope(build: Builder, deed: _Deed) -> Scope:
    principal = build.record.actors[deed.performer].principal or deed.performer
    bound = {"by": deed.performer, "principal": principal} | ({"on": deed.target} if deed.target else {})
    return build.scope.bind(**bound)


def _lower_deed(build: Builder, deed: _Deed, result: Deeds) -> None:
    path: Path = ("actions", deed.name)
    action, site = deed.action, f"action/{deed.key}"
    scope = _scope(build, deed)
    branches = lower_branches(build, action, path, scope, site)
    if action.deniable is not None:
        denial = build.chance(action.deniable, (*path, "deniable"), scope)
        principal = build.record.actors[deed.performer].principal
        branches = split_attribution(branches, denial, deed.performer, principal)
        _known_slots(build, branches, (*path, "deniable"))
    available = build.condition(action.when, (*path, "when"), scope)
    ended = _duration(build, deed, branches_of=result, scope=scope)
    available = both(available, ended, _cooldown(build, deed), build.on(action))
    if action.duration is not None:
        until = nodes.Binary("+", nodes.Today(), build.constant(action.duration))
        begun = Update(f"until({site})", "set", until)
        branches = [replace(branch, updates=(*branch.updates, begun)) for branch in branches]
    when: Expression = nodes.Slot(f"chosen({deed.key})")
    when = nodes.Compare((when, nodes.Number(0.5)), (">",))
    if action.authorised is not None:
        branches, available, when = _authorised(build, deed, result, branches, available, scope)
    consequence = Chance(site, tuple(branches), when)
    result.resolution.append(consequence)
    variants = sum(1 for other in action.on if other != deed.performer) or 1
    weight = nodes.Binary("/", build.constant(action.weight), nodes.Number(float(variants)))
    cost = build.amount(action.cost, (*path, "cost"), scope, unit="plain")
    rung = build.record.ladder.index(action.rung) if action.rung in build.record.ladder else None
    option = Option(deed.key, deed.name, action.class_, available, weight, cost, consequence, deed.target, rung)
    result.options.setdefault(deed.performer, []).append(option)


def _known_slots(build: Builder, branches: list[Branch], path: Path) -> None:
    """Attribution writes on the principal's entry: it must exist."""
    for branch in branches:
        for update in branch.updates:
            if update.slot not in build.slots and not update.slot.startswith("clock("):
                build.fault(
                    path,
                    Code.BAD_TARGET,
                    f"what is traced to the principal would be written on `{update.slot}`, which does not exist",
                )
                return


def _cooldown(build: Builder, deed: _Deed) -> Expression | None:
    if deed.action.cooldown is None:
        return None
    since = nodes.Binary("-", nodes.Today(), build.last(f"action/{deed.key}"))
    return nodes.Compare((since, build.constant(deed.action.cooldown)), (">=",))


def _duration(build: Builder, deed: _Deed, branches_of: Deeds, scope: Scope) -> Expression | None:
    """Effects while the action is under way and at its end; gives the condition that it is not."""
    path: Path = ("actions", deed.name)
    site = f"action/{deed.key}"
    if deed.action.duration is None:
        if deed.action.during or deed.action.afterwards:
            key = "during" if deed.action.during else "afterwards"
            build.fault(
                (*path, key),
                Code.NO_DURATION,
                f"`{key}` needs a `duration`: days for which the action is under way",
                key=True,
            )
        return None
    active = build.under_way(site)
    if deed.action.during:
        updates = lower_effects(build, deed.action.during, (*path, "during"), scope, f"during/{deed.key}")
        left = nodes.Binary("-", nodes.Slot(f"until({site})"), nodes.Today())
        during = nodes.Call("min", (nodes.Span(), left))
        daily = tuple(
            replace(u, value=nodes.Binary("*", u.value, during)) if u.operation == "add" else u for u in updates
        )
        branches_of.during.append(Chance(f"during/{deed.key}", (Branch("done", None, daily),), active))
    until = build.counter(f"until({site})")
    ended = nodes.Logic(
        "and",
        (nodes.Compare((until, nodes.Number(0.0)), (">=",)), nodes.Compare((until, nodes.Today()), ("<=",))),
    )
    updates = lower_effects(build, deed.action.afterwards, (*path, "afterwards"), scope, f"afterwards/{deed.key}")
    ending = clears([Branch("done", None, updates)], until.key)
    branches_of.endings.append(Chance(f"afterwards/{deed.key}", tuple(ending), ended))
    return nodes.Unary("not", active)


def _authorised(
    build: Builder,
    deed: _Deed,
    result: Deeds,
    branches: list[Branch],
    available: Expression | None,
    scope: Scope,
) -> tuple[list[Branch], Expression | None, Expression]:
    """The order site, and the branches of its execution ``lag`` days later."""
    assert deed.action.authorised is not None
    path: Path = ("actions", deed.name, "authorised")
    record = deed.action.authorised
    site = f"action/{deed.key}"
    due = build.counter(f"due({site})")
    chance = build.chance(record.called_off.chance, (*path, "called_off", "chance"), scope)
    if "called_off" in deed.action.branches:
        message = "a branch `called_off` stands for the order that is withdrawn"
        build.fault(
            ("actions", deed.name, "branches", "called_off"),
            Code.RESERVED_NAME,
            message,
            "choose another name",
            key=True,
        )
    updates = lower_effects(build, record.called_off.then, (*path, "called_off", "then"), scope, site, "called_off")
    order = Update(due.key, "set", nodes.Binary("+", nodes.Today(), build.constant(record.lag)))
    chosen = nodes.Compare((nodes.Slot(f"chosen({deed.key})"), nodes.Number(0.5)), (">",))
    result.resolution.append(Chance(f"order/{deed.key}", (Branch("authorised", None, (order,)),), chosen))
    waiting = build.ordered(site)
    come = nodes.Logic("and", (waiting, nodes.Compare((due, nodes.Today()), ("<=",))))
    split = clears(split_call_off(branches, chance, updates), due.key)
    return split, both(available, nodes.Unary("not", waiting)), come
