"""A crisis text to its program: all constructs, in the order in which they need each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

from brinkmanship.core.lowering.actions import Deeds, declare_actions, lower_actions
from brinkmanship.core.lowering.actors import (
    check_delegation,
    declare_beliefs,
    lower_belief,
    lower_choice,
    lower_perception,
)
from brinkmanship.core.lowering.audit import audit
from brinkmanship.core.lowering.builder import Builder, TooLarge
from brinkmanship.core.lowering.foresight import with_features
from brinkmanship.core.lowering.institutions import declare_institutions, lower_agreements, lower_votes
from brinkmanship.core.lowering.outcomes import lower_outcomes
from brinkmanship.core.lowering.past import lower_past
from brinkmanship.core.lowering.state import (
    check_names,
    declare_quantities,
    lower_parameters,
    lower_prior,
    lower_quantities,
    lower_sets,
)
from brinkmanship.core.lowering.surroundings import (
    declare_clocks,
    declare_events,
    lower_calendar,
    lower_events,
    lower_processes,
)
from brinkmanship.core.program import Chance, Choice, Lowered, Program, Timeline
from brinkmanship.errors import Code, CrisisError
from brinkmanship.lang.nodes import Expression
from brinkmanship.model.folder import CrisisText


@dataclass(frozen=True)
class Lowering:
    """A lowered crisis, and the builder that can lower further moves against it."""

    lowered: Lowered
    builder: Builder


def lower(text: CrisisText) -> Lowering:
    """Lower a crisis.

    Raises
    ------
    CrisisError
        With every fault of names, kinds, units, index sets and references.
    """
    build = Builder(text, lower_prior)
    try:
        lowered = _lowered(build)
        skipped = audit(build, lowered)
    except TooLarge:
        _too_large(build)
    if error := text.error(build.diagnostics, more=skipped):
        raise error
    return Lowering(lowered, build)


def _too_large(build: Builder) -> NoReturn:
    """Stop where it got too much."""
    if not any(each.code == Code.TOO_LARGE for each in build.diagnostics):
        message = "this crisis unrolls to too much: sets, `each`, `over` and sums multiply"
        build.fault(
            build.here,
            Code.TOO_LARGE,
            message,
            "make the sets smaller, or leave combinations out with `unless`",
            key=True,
        )
    raise build.text.error(build.diagnostics, more=True) or CrisisError(build.diagnostics) from None


def _lowered(build: Builder) -> Lowered:
    text = build.text
    lower_sets(build)
    lower_parameters(build)
    declare_quantities(build)
    check_names(build)
    declare_clocks(build)
    declare_beliefs(build)
    lower_quantities(build)
    check_delegation(build)
    deeds = declare_actions(build)
    declare_events(build)
    declare_institutions(build)
    program = _program(build, lower_actions(build, deeds))
    past = lower_past(build, program.options, program.sites)
    clock = text.record.clock
    timeline = Timeline(
        clock.start.isoformat(),
        float((clock.origin - clock.start).days),
        float((clock.end - clock.start).days),
        clock.step,
    )
    return Lowered(program, tuple(build.numbers), past, timeline)


def _program(build: Builder, deeds: Deeds) -> Program:
    registers: dict[str, Chance] = {}
    choices: list[Choice] = []
    beliefs: list[Chance] = []
    everything = [option for options in deeds.options.values() for option in options]
    seen: dict[str, tuple[tuple[str, Expression], ...]] = {}
    for actor, record in sorted(build.record.actors.items()):
        seen[actor] = lower_perception(build, actor, record, registers)
        for name, belief in record.beliefs.items():
            site = lower_belief(build, actor, name, belief, everything)
            beliefs += [site] if site else []
        if actor in deeds.options:
            choices.append(lower_choice(build, actor, deeds.options[actor], seen[actor]))
    ballots, tallies = lower_votes(build, seen)
    agreements = list(lower_agreements(build))
    everyone = with_features(build, [*choices, *ballots])
    calendar = [*lower_calendar(build), *deeds.endings]
    events = list(lower_events(build))
    processes = [*lower_processes(build), *deeds.during]
    outcomes = tuple(lower_outcomes(build))

    def finished(sites: list[Chance]) -> tuple[Chance, ...]:
        return tuple(build.tracking(site) for site in sorted(sites, key=lambda site: site.name))

    def tracked(choice: Choice) -> Choice:
        """The choice with consequences that keep their days and counts, so that interests in these are seen."""
        options = [replace(option, consequence=build.tracking(option.consequence)) for option in choice.options]
        return replace(choice, options=tuple(options))

    return Program(
        dict(sorted(build.slots.items())),
        dict(sorted(build.parameters.items())),
        finished(calendar),
        finished([*registers.values(), *beliefs]),
        tuple(map(tracked, everyone[: len(choices)])),
        finished(deeds.resolution),
        finished(events),
        finished(processes),
        tuple(everyone[len(choices) :]),
        finished([*tallies, *agreements]),
        outcomes,
        tuple(sorted(build.kept.items())),
    )
