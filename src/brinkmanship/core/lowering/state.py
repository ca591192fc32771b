"""Sets, parameters and quantities."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import isfinite

from brinkmanship.core.lowering.builder import Builder, Path, TooLarge
from brinkmanship.core.program import FREE, ParameterSpec, SlotSpec
from brinkmanship.errors import Code
from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression
from brinkmanship.lang.resolve import Symbol, slot_key
from brinkmanship.lang.units import NO_UNIT, Unit, parse_unit
from brinkmanship.model.base import Prior
from brinkmanship.model.records import Quantity

MOST_MEMBERS = 2_000
ON_OFF = {"on": 1.0, "true": 1.0, "off": 0.0, "false": 0.0}
RESERVED = {
    "day": "the days since the clock's start",
    "by": "the performer of an action",
    "on": "the target of an action",
    "principal": "the performer's principal",
    "bloc": "the member in a vote",
    "run": "an axis of the results",
    "time": "an axis of the results",
    "date": "an axis of the results",
}


def lower_sets(build: Builder) -> None:
    """Declare the sets; ``actors`` is always one."""
    build.sets["actors"] = tuple(sorted(build.record.actors))
    for name, members in build.record.sets.items():
        if name == "actors":
            build.fault(("sets", name), Code.RESERVED_NAME, "`actors` is always the set of all actors", key=True)
            continue
        if not members:
            build.fault(("sets", name), Code.EMPTY_SET, f"the set `{name}` has no members")
        seen: set[str] = set()
        for index, member in enumerate(members):
            if member in seen:
                build.fault(("sets", name, index), Code.DUPLICATE_MEMBER, f"`{member}` stands twice in `{name}`")
            seen.add(member)
        build.sets[name] = tuple(dict.fromkeys(members))
    if (count := sum(map(len, build.sets.values()))) > MOST_MEMBERS:
        build.fault(
            ("sets",),
            Code.TOO_LARGE,
            f"the sets have {count:,} members; at most {MOST_MEMBERS:,} are read",
            key=True,
        )
        raise TooLarge


def check_names(build: Builder) -> None:
    """No name means two things, and none hides a word of the language."""
    _check_values(build)
    _check_levels(build)
    record = build.record
    taken: dict[str, str] = {}
    for section in ("actions", "events", "votes", "agreements"):
        for name in getattr(record, section):
            if name in taken:
                _twice(build, (section, name), f"`{name}` stands in `{taken[name]}` already")
            taken[name] = section
    for name in record.clocks:
        if name in record.quantities or name in record.parameters:
            _twice(build, ("clocks", name), f"`{name}` is a quantity or a parameter already")


def _twice(build: Builder, path: Path, message: str) -> None:
    build.fault(path, Code.DUPLICATE_NAME, message, "choose another name", key=True)


def _check_values(build: Builder) -> None:
    """Quantities and parameters share their names with no word and no member."""
    members = {member for each in build.sets.values() for member in each}
    for section in ("quantities", "parameters"):
        for name in getattr(build.record, section):
            if name in RESERVED:
                message = f"`{name}` has a meaning of its own: {RESERVED[name]}"
                build.fault((section, name), Code.RESERVED_NAME, message, "choose another name", key=True)
            elif name in members:
                _twice(build, (section, name), f"`{name}` is a member of a set already")


def _check_levels(build: Builder) -> None:
    """A level beside `==` is a bare name, so no quantity may have it."""
    for section, key in (("quantities", "levels"), ("parameters", "categories")):
        for name, each in getattr(build.record, section).items():
            for index, level in enumerate(getattr(each, key) or ()):
                if level in build.symbols:
                    step = index if key == "levels" else level
                    either = f"`{name} == {level}` could mean either"
                    _twice(
                        build,
                        (section, name, key, step),
                        f"`{level}` is a quantity or a parameter too, so that {either}",
                    )


def lower_parameters(build: Builder) -> None:
    """Declare the parameters and their priors."""
    for name, prior in build.record.parameters.items():
        path: Path = ("parameters", name)
        levels = tuple(prior.categories) if prior.categories else ()
        kind = "flag" if prior.switch is not None else "rung" if levels else "number"
        build.symbols[name] = Symbol("parameter", kind, unit_of_prior(build, prior, path), (), levels)
        lower_parameter(build, name, prior, path)


def unit_of_prior(build: Builder, prior: Prior, path: Path) -> Unit | None:
    """The declared unit of a prior; a switch and categories are plain numbers."""
    if prior.switch is not None or prior.categories is not None:
        return NO_UNIT
    return unit_of(build, prior.unit, path)


def unit_of(build: Builder, text: str | None, path: Path) -> Unit | None:
    """A declared unit; None where none is declared."""
    if text is None:
        return None
    try:
        return parse_unit(text)
    except ValueError as error:
        build.fault((*path, "unit"), Code.BAD_UNIT, str(error), "e.g. usd/barrel, people*day, 1/day, share")
        return None


def lower_prior(build: Builder, key: str, prior: Prior, path: Path) -> Unit | None:
    """A prior as the parameter of a name, unless it is one already; gives its unit."""
    if key not in build.parameters:
        lower_parameter(build, key, prior, path)
    return unit_of_prior(build, prior, path)


def lower_parameter(build: Builder, key: str, prior: Prior, path: Path) -> None:
    """One prior as a parameter of the program."""
    _lower_form(build, key, prior, path)
    build.parameters[key] = replace(build.parameters[key], held=build.constant(_held(build, prior, path)))


def _held(build: Builder, prior: Prior, path: Path) -> float:
    """The number at which a parameter is held, written as a number, a category, or `on` and `off` of a switch."""
    text = prior.held
    if text is None:
        return FREE
    where = (*path, "held")
    if prior.categories is not None:
        names = list(prior.categories)
        return float(names.index(text)) if build.known(text, names, "category", where) else 0.0
    if prior.switch is not None and text in ON_OFF:
        return ON_OFF[text]
    try:
        value = float(text)
    except ValueError:
        value = FREE
    if not isfinite(value):
        build.fault(where, Code.BAD_VALUE, f"a parameter is held at a number; `{text}` stands here")
        return 0.0
    return value


def _lower_form(build: Builder, key: str, prior: Prior, path: Path) -> None:
    if prior.distribution is not None:
        build.parameters[key] = ParameterSpec(key, "drawn")
        typed = build.expression(
            prior.distribution, (*path, "distribution"), build.scope.with_draws(f"parameter/{key}")
        )
        if typed.kind != "unknown" and not _is_draw(typed.node):
            message = "a distribution is one random magnitude, its arguments plain numbers"
            build.fault((*path, "distribution"), Code.BAD_VALUE, message, "e.g. uniform(10, 60), lognormal(2, 0.5)")
            return
        build.parameters[key] = ParameterSpec(key, "drawn", draw=typed.node)
        return
    if prior.switch is not None:
        build.parameters[key] = ParameterSpec(key, "switch", (build.constant(prior.switch),))
    elif prior.categories is not None:
        chances = tuple(build.constant(each) for each in prior.categories.values())
        build.parameters[key] = ParameterSpec(key, "categories", chances)
    elif prior.range90 is None:
        build.parameters[key] = ParameterSpec(key, "constant", (build.constant(prior.value or 0.0),))
    else:
        low, high = prior.range90
        scale = "logit" if prior.unit == "chance" else "log" if low > 0 else "plain"
        numbers = tuple(build.constant(each) for each in (low, prior.value or 0.0, high))
        build.parameters[key] = ParameterSpec(key, "two_piece", numbers, scale)


def _is_draw(node: Expression) -> bool:
    allowed = (nodes.Constant, nodes.Number, nodes.Unary, nodes.Binary)
    return isinstance(node, nodes.Draw) and all(
        isinstance(part, allowed) for each in node.arguments for part in nodes.walk(each)
    )


def declare_quantities(build: Builder) -> None:
    """Declare the quantities' names, so that expressions can be resolved."""
    for name, quantity in build.record.quantities.items():
        path: Path = ("quantities", name)
        if name in build.symbols:
            build.fault(path, Code.DUPLICATE_NAME, f"`{name}` is a parameter already", key=True)
        for index, over in enumerate(quantity.over):
            build.known(over, build.sets, "set", (*path, "over", index))
        kind = {"flag": "flag", "rung": "rung"}.get(quantity.kind, "number")
        unit = NO_UNIT if kind != "number" else unit_of(build, quantity.unit, path)
        over = tuple(each for each in quantity.over if each in build.sets)
        build.symbols[name] = Symbol("quantity", kind, unit, over, quantity.levels)  # type: ignore[arg-type]
        build.here = path
        for members in product(*(build.sets[each] for each in over)):
            build.spend(8)
            key = slot_key(name, members)
            build.slots[key] = SlotSpec(key, name, quantity.kind, nodes.Number(0.0))


def lower_quantities(build: Builder) -> None:
    """Bounds and start values of all entries."""
    for name, quantity in build.record.quantities.items():
        path: Path = ("quantities", name)
        low, high = _bounds(build, quantity)
        given = _starts(build, name, quantity, path)
        for members in product(*(build.sets[each] for each in build.symbols[name].over)):
            key = slot_key(name, members)
            text, where = given.get(members, (quantity.start, (*path, "start")))
            scope = build.scope.with_draws(f"start/{key}")
            start = _level(build, name, quantity, text, where) if isinstance(text, str) else None
            node = build.amount(text, where, scope, build.symbols[name].unit) if start is None else start
            build.start_paths[key] = where
            build.slots[key] = SlotSpec(key, name, quantity.kind, node, low, high)


def _bounds(build: Builder, quantity: Quantity) -> tuple[Expression, Expression]:
    if quantity.bounds is not None:
        return build.constant(quantity.bounds[0]), build.constant(quantity.bounds[1])
    top = len(quantity.levels) - 1 if quantity.kind == "rung" else 1
    return nodes.Number(0.0), nodes.Number(float(top))


def _starts(
    build: Builder, name: str, quantity: Quantity, path: Path
) -> dict[tuple[str, ...], tuple[str | Prior, Path]]:
    """Start values by members; a member may be left open with ``*``."""
    over = build.symbols[name].over
    found: dict[tuple[str, ...], tuple[str | Prior, Path]] = {}
    ordered = sorted(quantity.starts.items(), key=lambda item: item[0].count("*"), reverse=True)
    for text, value in ordered:
        members = tuple(part.strip() for part in text.split(","))
        where = (*path, "starts", text)
        if len(members) != len(over):
            sets = f"{len(over)} set{'s' * (len(over) != 1)}"
            hint = f"write {', '.join(over)}" if over else "an entry without `over` has one `start`"
            build.fault(
                where,
                Code.BAD_INDEX,
                f"`{name}` runs over {sets}, and {len(members)} stand{'s' * (len(members) == 1)} here",
                hint,
                key=True,
            )
            continue
        choices = [build.sets[each] if member == "*" else (member,) for member, each in zip(members, over, strict=True)]
        known = [
            build.known(m, build.sets[each], f"member of `{each}`", where, key=True)
            for m, each in zip(members, over, strict=True)
            if m != "*"
        ]
        if all(known):
            for entry in product(*choices):
                build.spend(1)
                found[entry] = (value, where)
    return found


def _level(build: Builder, name: str, quantity: Quantity, text: str, path: Path) -> Expression | None:
    """The start of a rung by the name of its level; None for other quantities."""
    if quantity.kind != "rung" or text.replace(".", "").isdigit():
        return None
    if not build.known(text, quantity.levels, f"level of `{name}`", path):
        return nodes.Number(0.0)
    return nodes.Number(float(quantity.levels.index(text)))
