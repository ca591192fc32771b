"""Foresight of replies: the features by which an actor judges what a state leads to.

An actor's deeds are worth the difference of two states, so only what its own deeds change can be a feature; everything
else takes part in the fit alone. Declared ``features`` are taken as they stand. Otherwise they are the terms of its
own and its principal's interests, and the quantities and beliefs, that its deeds change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from brinkmanship.core.lowering.builder import Builder
from brinkmanship.core.program import Choice, Feature, Valuation, changed_by
from brinkmanship.errors import Code
from brinkmanship.lang.nodes import Expression, Slot, slots_read


def with_features(build: Builder, choices: Sequence[Choice]) -> list[Choice]:
    """The choices and ballots, those of actors that reckon with replies with their features."""
    valuations: dict[str, Valuation] = {}
    for choice in choices:
        if choice.valuation.foresight == "replies" and choice.actor not in valuations:
            features = _features(build, choice.actor, choice.valuation, changed_by(choice.actor, choices))
            valuations[choice.actor] = replace(choice.valuation, features=features)
    return [replace(each, valuation=valuations.get(each.actor, each.valuation)) for each in choices]


def _features(build: Builder, actor: str, valuation: Valuation, changed: frozenset[str]) -> tuple[Feature, ...]:
    found: dict[Expression, str] = {}
    declared = list(_declared(build, actor))
    for name, of in declared or _usual(build, valuation, changed):
        if slots_read(of) & changed:
            found.setdefault(of, name)
    build.spend(len(declared) + len(found))
    if not found and not build.diagnostics:
        _fault(build, actor, declared=bool(declared))
    return tuple(Feature(name, of, build.constant(float("nan"))) for of, name in found.items())


def _declared(build: Builder, actor: str) -> Iterator[tuple[str, Expression]]:
    for rank, text in enumerate(build.record.actors[actor].features):
        yield text, build.expression(text, ("actors", actor, "features", rank)).node


def _usual(build: Builder, valuation: Valuation, changed: frozenset[str]) -> Iterator[tuple[str, Expression]]:
    for term in (*valuation.terms, *valuation.principal_terms):
        yield f"{term.owner}: {term.name}", term.of
    for slot in sorted(changed):
        if slot in build.slots and not build.slots[slot].hidden:
            yield slot, Slot(slot)


def _fault(build: Builder, actor: str, *, declared: bool) -> None:
    if declared:
        message = f"no deed of `{actor}` changes anything that its `features` read, so it would expect nothing of any"
        hint = "leave `features` out to take the usual ones"
        build.fault(("actors", actor, "features"), Code.NO_FEATURES, message, hint)
    else:
        message = f"no deed of `{actor}` changes a quantity, so that there are no replies to reckon with"
        build.fault(("actors", actor, "foresight"), Code.NO_FEATURES, message, "write `foresight: persistence`")
