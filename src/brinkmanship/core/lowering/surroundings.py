"""What nobody chooses: calendar, clocks, events and processes."""

from __future__ import annotations

from collections.abc import Iterator

from brinkmanship.core.lowering.builder import Builder, Path, both
from brinkmanship.core.lowering.effects import lower_branches, lower_effects
from brinkmanship.core.program import NEVER, Branch, Chance, SlotSpec, Update
from brinkmanship.errors import Code
from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression


def occurrence(hazard: Expression, span: Expression) -> Expression:
    """Chance that a hazard per day strikes within a span Δ: 1 − exp(−h Δ)."""
    exposure = nodes.Unary("-", nodes.Binary("*", hazard, span))
    return nodes.Binary("-", nodes.Number(1.0), nodes.Call("exp", (exposure,)))


def declare_clocks(build: Builder) -> None:
    """A clock is a slot that holds the day on which it runs out; below zero it does not run."""
    for name in build.record.clocks:
        key = f"clock({name})"
        build.slots[key] = SlotSpec(key, key, "level", nodes.Number(-1.0), hidden=True)


def lower_calendar(build: Builder) -> Iterator[Chance]:
    """Dated events, and clocks that run out."""
    for name, entry in build.record.calendar.items():
        path: Path = ("calendar", name)
        if missed := build.record.clock.misses(entry.on):
            build.fault((*path, "on"), Code.OUTSIDE_CLOCK, *missed)
        day = build.constant(NEVER) if entry.off else build.days(entry.on)
        begun = nodes.Compare((day, nodes.Today()), (">=",))
        within = nodes.Compare((day, nodes.Binary("+", nodes.Today(), nodes.Span())), ("<",))
        site = f"calendar/{name}"
        updates = lower_effects(build, entry.then, (*path, "then"), build.scope, site)
        yield Chance(site, (Branch("done", None, updates),), nodes.Logic("and", (begun, within)))
    for name, deadline in build.record.clocks.items():
        site, key = f"clock/{name}", f"clock({name})"
        due = nodes.Slot(key)
        out = nodes.Logic(
            "and",
            (nodes.Compare((due, nodes.Number(0.0)), (">=",)), nodes.Compare((due, nodes.Today()), ("<=",))),
        )
        updates = lower_effects(build, deadline.then, ("clocks", name, "then"), build.scope, site)
        stop = Update(key, "set", nodes.Number(-1.0), priority=1)
        yield Chance(site, (Branch("done", None, (*updates, stop)),), out)


def declare_events(build: Builder) -> None:
    """Events are happenings: ``days_since(event)`` covers all its members."""
    for name, event in build.record.events.items():
        for members, _ in build.unroll(event.each, event.unless, ("events", name)):
            site = "/".join(("event", name, *members))
            build.happenings.setdefault(name, []).append((site, ""))


def lower_events(build: Builder) -> Iterator[Chance]:
    """Hazards to chance sites."""
    for name, event in build.record.events.items():
        path: Path = ("events", name)
        span = build.span(event)
        for members, scope in build.unroll(event.each, event.unless, path):
            site = "/".join(("event", name, *members))
            hazard = build.limited(event.hazard, (*path, "hazard"), scope, unit="1/day")
            branches = tuple(lower_branches(build, event, path, scope, site))
            when = build.condition(event.when, (*path, "when"), scope)
            yield Chance(site, branches, when, occurrence(hazard, span))


def lower_processes(build: Builder) -> Iterator[Chance]:
    """Processes to sites with one branch, whose increments are those of the step.

    An approach is exact for a target that stands still: (target − x)(1 − exp(−rate Δ)).
    """
    for name, process in build.record.processes.items():
        path: Path = ("processes", name)
        span = build.span(process)
        for members, scope in build.unroll(process.each, process.unless, path):
            site = "/".join(("process", name, *members))
            typed = build.expression(process.of, (*path, "of"), scope)
            target = typed.node
            if not isinstance(target, nodes.Slot):
                if typed.kind != "unknown":
                    build.fault((*path, "of"), Code.BAD_TARGET, "a process moves a quantity")
                continue
            if build.slots[target.key].kind in ("flag", "rung"):
                build.fault(
                    (*path, "of"),
                    Code.BAD_TARGET,
                    f"`{process.of}` is a {build.slots[target.key].kind}; a process moves levels and counts",
                )
            updates = []
            if process.toward is not None and process.rate is not None:
                gap = nodes.Binary("-", build.amount(process.toward, (*path, "toward"), scope), target)
                rate = build.limited(process.rate, (*path, "rate"), scope, unit="1/day")
                updates.append(Update(target.key, "add", nodes.Binary("*", gap, occurrence(rate, span))))
            if process.drift is not None:
                drift = build.amount(process.drift, (*path, "drift"), scope)
                updates.append(Update(target.key, "add", nodes.Binary("*", drift, span)))
            if process.noise is not None:
                spread = build.limited(process.noise, (*path, "noise"), scope)
                draw = nodes.Draw("normal", (nodes.Number(0.0), nodes.Number(1.0)), f"{site}/noise#0")
                scaled = nodes.Binary("*", nodes.Binary("*", spread, nodes.Call("sqrt", (span,))), draw)
                updates.append(Update(target.key, "add", scaled))
            yield Chance(
                site,
                (Branch("done", None, tuple(updates)),),
                both(build.condition(process.when, (*path, "when"), scope)),
            )
