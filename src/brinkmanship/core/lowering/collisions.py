"""Settings that collide: two sites of one stage, or two effects of one branch, that set a quantity to different values.

Settings that can coincide must be equal, or one must have the higher ``priority``; otherwise the result would depend
on an order that the file does not have.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from brinkmanship.core.lowering.builder import Builder, both
from brinkmanship.core.program import Chance, Program
from brinkmanship.errors import Code
from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression

COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
SECTIONS = {
    "action": "actions",
    "order": "actions",
    "during": "actions",
    "afterwards": "actions",
    "event": "events",
    "vote": "votes",
    "agreement": "agreements",
    "process": "processes",
    "calendar": "calendar",
    "clock": "clocks",
}


def place_of(site: Chance) -> tuple[str, ...]:
    """The path of the block that a site comes from."""
    kind, name, *_ = site.name.split("/")
    section = SECTIONS.get(kind, "actors")
    return (section, name.split(".")[1] if section == "actions" and "." in name else name)


@dataclass(frozen=True)
class _Setting:
    """One setting, made when its site's condition and its own guard hold.

    Two deeds of one ``performer`` exclude each other: a step has one choice an actor.
    """

    site: Chance
    branch: str
    performer: str
    priority: int
    value: Expression
    when: Expression | None


def find_collisions(build: Builder, program: Program) -> None:
    """Report each quantity that is set twice, once for each pair of blocks."""
    reported: set[tuple[object, ...]] = set()
    for stage in (program.calendar, program.resolution, program.events, program.institutions):
        sound = [site for site in stage if place_of(site) not in build.muted]
        for slot, settings in _by_slot(sound, tuple(build.numbers)).items():
            for one, two in combinations(settings, 2):
                pair = (slot.partition("[")[0], place_of(one.site), place_of(two.site))
                if pair in reported or _other_day(build, one, two) or not _coincide(one, two):
                    continue
                if one.value != two.value:
                    reported.add(pair)
                    _report(build, slot, one, two)


def _by_slot(sites: Sequence[Chance], numbers: tuple[float, ...]) -> dict[str, list[_Setting]]:
    found: dict[str, list[_Setting]] = {}
    for site in sites:
        for slot, setting in _settings(site, numbers):
            if not slot.startswith(("clock(", "last(", "until(", "due(")):
                found.setdefault(slot, []).append(setting)
    return found


def _settings(site: Chance, numbers: tuple[float, ...]) -> Iterator[tuple[str, _Setting]]:
    kind, name, *_ = site.name.split("/")
    performer = name.split(".")[0] if kind == "action" else ""

    def plain(node: Expression) -> Expression:
        return nodes.Number(numbers[node.index]) if isinstance(node, nodes.Constant) else node

    for branch in site.branches:
        for update in branch.updates:
            if update.operation == "set":
                value, when = nodes.transform(update.value, plain), both(site.when, update.guard)
                when = None if when is None else nodes.transform(when, plain)
                yield update.slot, _Setting(site, branch.name, performer, update.priority, value, when)


def _other_day(build: Builder, one: _Setting, two: _Setting) -> bool:
    """Whether two dated events lie on different days."""
    places = place_of(one.site), place_of(two.site)
    if one.site is two.site or any(place[0] != "calendar" for place in places):
        return False
    days = [build.record.calendar[place[1]].on for place in places]
    return abs((days[1] - days[0]).days) >= build.record.clock.step


def _coincide(one: _Setting, two: _Setting) -> bool:
    if one.priority != two.priority or _exclusive(one.when, two.when):
        return False
    if one.site is two.site:
        return one.branch == two.branch and one is not two
    return not one.performer or one.performer != two.performer


def _exclusive(one: Expression | None, two: Expression | None) -> bool:
    """Whether two conditions plainly contradict each other: one demands what the other denies."""
    these, those = _conjuncts(one), _conjuncts(two)
    return any(_contradict(this, that) for this in these for that in those)


def _contradict(this: Expression, that: Expression) -> bool:
    if nodes.Unary("not", this) == that or nodes.Unary("not", that) == this:
        return True
    if not (isinstance(this, nodes.Compare) and isinstance(that, nodes.Compare)):
        return False
    (left, first), (other, second) = this.operands, that.operands
    if left != other:
        return False
    if first == second:
        edges = 0.0, 0.0
    elif isinstance(first, nodes.Number) and isinstance(second, nodes.Number):
        edges = first.value, second.value
    else:
        return False
    low, high = sorted(edges)
    # One point of each stretch that the edges cut the line into.
    points = low - 1.0, low, (low + high) / 2, high, high + 1.0
    (here,), (there,) = this.operators, that.operators
    return not any(COMPARE[here](x, edges[0]) and COMPARE[there](x, edges[1]) for x in points)


def _conjuncts(node: Expression | None) -> list[Expression]:
    """The parts of a condition that must all hold; a chain of comparisons is one part for each pair."""
    if isinstance(node, nodes.Logic) and node.operator == "and":
        return [part for each in node.operands for part in _conjuncts(each)]
    if isinstance(node, nodes.Compare):
        pairs = zip(node.operands, node.operands[1:], strict=False)
        return [nodes.Compare(pair, (word,)) for pair, word in zip(pairs, node.operators, strict=True)]
    return [] if node is None else [node]


def _report(build: Builder, slot: str, one: _Setting, two: _Setting) -> None:
    hint = "give one of them a higher `priority`: `{set: ..., priority: 1}`"
    if one.site is two.site:
        path, message = (*place_of(one.site), "branches", one.branch), "twice in one branch, to different values"
    else:
        path = place_of(two.site)
        other = " ".join((place_of(one.site)[0].removesuffix("s"), f"`{place_of(one.site)[1]}`"))
        message = f"here and by the {other}, which can happen in the same step, to different values"
    build.fault(path, Code.COLLIDING_SETTINGS, f"`{slot}` is set {message}", hint, key=True)
