"""Effects and branches to updates: targets, guards, deniability, and orders that may be called off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from brinkmanship.core.lowering.builder import Builder, Path, both
from brinkmanship.core.program import NEVER, Branch, Update
from brinkmanship.errors import Code, nearest, one_of
from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression
from brinkmanship.lang.parse import ExpressionFault, parse
from brinkmanship.lang.resolve import Scope, Typed
from brinkmanship.lang.units import agree, show_unit
from brinkmanship.model.base import Effect, Prior
from brinkmanship.model.records import Happening

Effects = Mapping[str, "str | Effect"]


def lower_effects(
    build: Builder, effects: Effects, path: Path, scope: Scope, site: str, branch: str = ""
) -> tuple[Update, ...]:
    """The updates of a block of effects; random magnitudes are addressed by site, branch and slot."""
    updates = []
    for target, value in effects.items():
        where = (*path, target)
        if target in build.record.clocks:
            updates += _clock_effect(build, target, value, where)
            continue
        typed = _target(build, target, where, scope)
        if typed is None:
            continue
        effect = build.effect(value)
        guard = build.condition(effect.if_, (*where, "if"), scope)
        update = _update(build, typed, effect, where, scope.with_draws(f"{site}/{branch}/{typed.node.key}"))  # type: ignore[union-attr]
        if update is not None:
            updates.append(replace(update, guard=guard))
    return tuple(updates)


def _clock_effect(build: Builder, name: str, value: str | Effect, path: Path) -> list[Update]:
    key = f"clock({name})"
    if value == "start":
        clock = build.record.clocks[name]
        idle = nodes.Compare((nodes.Slot(key), nodes.Today()), ("<=",))
        days = build.limited(clock.days, ("clocks", name, "days"), unit="day")
        return [Update(key, "set", nodes.Binary("+", nodes.Today(), days), both(idle, build.on(clock)), priority=2)]
    if value == "stop":
        return [Update(key, "set", nodes.Number(-1.0), priority=1)]
    build.fault(path, Code.BAD_VALUE, f"`{name}` is a clock: it is set to `start` or `stop`")
    return []


def _target(build: Builder, target: str, path: Path, scope: Scope) -> Typed | None:
    """The slot that an effect writes."""
    try:
        surface = parse(target)
    except ExpressionFault as fault:
        build.fault(path, Code.BAD_TARGET, fault.message, fault.hint, key=True)
        return None
    is_belief = isinstance(surface, nodes.Call) and surface.function == "belief"
    if not is_belief and not isinstance(surface, nodes.Name | nodes.Entry):
        build.fault(
            path,
            Code.BAD_TARGET,
            "an effect writes on a quantity",
            "e.g. `oil_price: +2` or `grievance[iran, by]: +1`",
            key=True,
        )
        return None
    name = getattr(surface, "name", "")
    if not is_belief and (name not in build.symbols or build.symbols[name].source != "quantity"):
        quantities = [each for each, symbol in build.symbols.items() if symbol.source == "quantity"]
        if kind := build.kind_of(name) or ("a parameter" if name in build.symbols else ""):
            build.fault(path, Code.BAD_TARGET, f"`{name}` is {kind}; an effect writes on a quantity", key=True)
        else:
            build.known(name, [*quantities, *build.record.clocks], "quantity", path, key=True)
        return None
    typed = build.expression(target, path, scope, key=True)
    return typed if isinstance(typed.node, nodes.Slot) else None


def _update(build: Builder, target: Typed, effect: Effect, path: Path, scope: Scope) -> Update | None:
    slot = target.node.key  # type: ignore[union-attr]
    kind = build.slots[slot].kind if slot in build.slots else "level"
    if effect.add is not None:
        if kind == "flag":
            build.fault(path, Code.BAD_EFFECT, f"`{slot}` is a flag and takes no increment", "set it: true or false")
            return None
        return Update(slot, "add", _value(build, target, effect.add, (*path, "add"), scope), priority=effect.priority)
    value = effect.set or ""
    levels = target.levels
    if levels and isinstance(value, str) and value in levels:
        node: Expression = nodes.Number(float(levels.index(value)))
    elif levels and isinstance(value, str) and value.isidentifier() and value not in build.symbols:
        build.fault(
            (*path, "set"),
            Code.UNKNOWN_NAME,
            f"`{value}` is none of the levels of `{slot}`",
            nearest(value, levels) or one_of(levels),
        )
        return None
    else:
        node = _value(build, target, value, (*path, "set"), scope)
        if kind == "flag" and isinstance(node, nodes.Constant) and build.numbers[node.index] not in (0.0, 1.0):
            build.fault(path, Code.BAD_EFFECT, f"`{slot}` is a flag: it is set to true or false")
    return Update(slot, "set", node, priority=effect.priority)


def _value(build: Builder, target: Typed, value: str | Prior, path: Path, scope: Scope) -> Expression:
    if isinstance(value, Prior):
        return build.amount(value, path[:-1], unit=target.unit)
    stripped = value.lstrip("+")
    typed = build.expression(stripped, path, scope, shift=len(value) - len(stripped))
    if not agree(typed.unit, target.unit):
        build.fault(path, Code.UNIT_CLASH, f"{show_unit(typed.unit)} is written on {show_unit(target.unit)}")
    return typed.node


def lower_branches(build: Builder, record: Happening, path: Path, scope: Scope, site: str) -> list[Branch]:
    """The branches of a block: what always applies is part of each."""
    always = lower_effects(build, record.then, (*path, "then"), scope, site)
    if not record.branches:
        return [Branch("done", None, always)]
    without = [name for name, branch in record.branches.items() if branch.chance is None]
    if len(without) != 1:
        message = "one branch takes the rest: exactly one leaves out its `chance`"
        some = {0: "none does", 1: "one does"}.get(len(without), f"{len(without)} do: {', '.join(without)}")
        build.fault((*path, "branches"), Code.BAD_BRANCHES, f"{message} (here {some})", key=True)
    branches = []
    for name, branch in record.branches.items():
        where = (*path, "branches", name)
        chance = None if branch.chance is None else build.chance(branch.chance, (*where, "chance"), scope)
        updates = lower_effects(build, branch.then, (*where, "then"), scope, site, name)
        branches.append(Branch(name, chance, always + updates))
    return sorted(branches, key=lambda branch: branch.chance is None)


def explicit(branches: list[Branch]) -> list[Branch]:
    """The same branches with the rest's chance written out, so that they can be split further."""
    if len(branches) == 1:
        return [replace(branches[0], chance=nodes.Number(1.0))]
    taken: Expression | None = None
    for branch in branches:
        if branch.chance is not None:
            taken = branch.chance if taken is None else nodes.Binary("+", taken, branch.chance)
    rest = nodes.Binary("-", nodes.Number(1.0), taken) if taken is not None else nodes.Number(1.0)
    return [branch if branch.chance is not None else replace(branch, chance=rest) for branch in branches]


def split_attribution(
    branches: list[Branch], chance: Expression, performer: str, principal: str | None
) -> list[Branch]:
    """Deniability: with ``chance`` what a branch writes on its performer's entry stays there.

    Otherwise it is written on the principal's entry too. A performer without principal answers to nobody: with
    ``chance`` it is written nowhere.
    """
    result = []
    for branch in explicit(branches):
        against = [update for update in branch.updates if _is_against(update.slot, performer)]
        if not against:
            result.append(branch)
            continue
        others = tuple(update for update in branch.updates if update not in against)
        denied = branch.updates if principal else others
        extra = (
            tuple(replace(update, slot=_on(update.slot, performer, principal)) for update in against)
            if principal
            else ()
        )
        known = nodes.Binary("-", nodes.Number(1.0), chance)
        assert branch.chance is not None
        result.append(
            replace(branch, chance=nodes.Binary("*", branch.chance, chance), updates=denied, attributed=False)
        )
        result.append(
            replace(
                branch,
                chance=nodes.Binary("*", branch.chance, known),
                updates=branch.updates + extra,
                attributed=True,
            )
        )
    return [*result[:-1], replace(result[-1], chance=None)]


def _members(slot: str) -> list[str]:
    return slot.partition("[")[2].rstrip("]").split(",")


def _is_against(slot: str, performer: str) -> bool:
    """What others hold against the performer: entries with it at a later index, as ``grievance[victim, performer]``."""
    return performer in _members(slot)[1:]


def _on(slot: str, performer: str, principal: str) -> str:
    name = slot.partition("[")[0]
    first, *later = _members(slot)
    return f"{name}[{','.join([first, *(principal if each == performer else each for each in later)])}]"


def split_call_off(branches: list[Branch], chance: Expression, updates: tuple[Update, ...]) -> list[Branch]:
    """An order that waits: with ``chance`` it is called off, otherwise it is executed and branches as declared."""
    goes = nodes.Binary("-", nodes.Number(1.0), chance)
    executed = [
        replace(branch, chance=nodes.Binary("*", goes, branch.chance))
        for branch in explicit(branches)
        if branch.chance is not None
    ]
    off = Branch("called_off", chance, updates, happens=False)
    return [off, *executed[:-1], replace(executed[-1], chance=None)]


def clears(branches: list[Branch], slot: str) -> list[Branch]:
    """The branches with a hidden counter set back to never."""
    update = Update(slot, "set", nodes.Number(NEVER))
    return [replace(branch, updates=(*branch.updates, update)) for branch in branches]
