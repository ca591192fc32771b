"""Settings that collide: two sites of one stage, or two effects of one branch, that set a quantity to different values.

Settings that can coincide must be equal, or one must have the higher ``priority``; otherwise the result would depend
on an order that the file does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from brinkmanship.core.lowering.builder import Builder
from brinkmanship.core.program import Chance, Program
from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression

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
    """One unguarded setting. Two deeds of one ``performer`` exclude each other: a step has one choice an actor."""

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
        for slot, settings in _by_slot(stage, tuple(build.numbers)).items():
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

    when = None if site.when is None else nodes.transform(site.when, plain)
    for branch in site.branches:
        for update in branch.updates:
            if update.operation == "set" and update.guard is None:
                value = nodes.transform(update.value, plain)
                yield update.slot, _Setting(site, branch.name, performer, update.priority, value, when)


def _other_day(build: Builder, one: _Setting, two: _Setting) -> bool:
    """Whether two dated events lie on different days."""
    places = place_of(one.site), place_of(two.site)
    if one.site is two.site or any(place[0] != "calendar" for place in places):
        return False
    days = [build.record.calendar[place[1]].on for place in places]
    return abs((days[1] - days[0]).days) >= build.record.clock.step


def _coincide(one: _Setting, two: _Setting) -> bool:
    if one.priority != two.priority:
        return False
    if one.site is two.site:
        return one.branch == two.branch and one is not two
    return (not one.performer or one.performer != two.performer) and not _exclusive(one.when, two.when)


def _exclusive(one: Expression | None, two: Expression | None) -> bool:
    """Whether two conditions plainly contradict each other: one demands what the other denies."""
    these, those = _conjuncts(one), _conjuncts(two)
    return any(nodes.Unary("not", each) in those for each in these) or any(
        nodes.Unary("not", each) in these for each in those
    )


def _conjuncts(node: Expression | None) -> list[Expression]:
    if isinstance(node, nodes.Logic) and node.operator == "and":
        return [part for each in node.operands for part in _conjuncts(each)]
    return [] if node is None else [node]


def _report(build: Builder, slot: str, one: _Setting, two: _Setting) -> None:
    hint = "give one of them a higher `priority`: `{set: ..., priority: 1}`"
    if one.site is two.site:
        path, message = (*place_of(one.site), "branches", one.branch), "twice in one branch, to different values"
    else:
        path = place_of(two.site)
        other = " ".join((place_of(one.site)[0].removesuffix("s"), f"`{place_of(one.site)[1]}`"))
        message = f"here and by the {other}, which can happen in the same step, to different values"
    build.fault(path, "colliding-settings", f"`{slot}` is set {message}", hint, key=True)
