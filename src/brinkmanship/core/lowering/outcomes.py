"""Outcomes: named predicates over the path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from brinkmanship.core.lowering.builder import Builder, Path
from brinkmanship.core.program import OutcomeSpec
from brinkmanship.errors import Code
from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression


def lower_outcomes(build: Builder) -> Iterator[OutcomeSpec]:
    """Every outcome; a contest of firsts becomes one outcome a contestant, `together` and `neither`."""
    if not build.record.outcomes:
        hint = "e.g. outcomes: {war: {ever: at_war, assumed: ...}}"
        build.fault(("crisis",), Code.NO_OUTCOMES, "a crisis needs `outcomes`: what is asked of it", hint, key=True)
    for name, outcome in build.record.outcomes.items():
        path: Path = ("outcomes", name)
        if outcome.ever is not None:
            yield OutcomeSpec(name, "ever", build.condition(outcome.ever, (*path, "ever")), outcome.ends)
        elif outcome.at_end is not None:
            yield OutcomeSpec(name, "at_end", build.condition(outcome.at_end, (*path, "at_end")))
        else:
            yield from _contest(build, name, outcome.first or {}, (*path, "first"))


def _contest(build: Builder, name: str, first: Mapping[str, str], path: Path) -> Iterator[OutcomeSpec]:
    predicates: dict[str, Expression] = {}
    build.here = path
    build.spend(len(first) ** 2)
    for each, text in first.items():
        if each in ("together", "neither"):
            message = f"`{each}` is an outcome that every contest has of itself"
            build.fault((*path, each), Code.RESERVED_NAME, message, "choose another name", key=True)
        predicate = build.condition(text, (*path, each))
        assert predicate is not None
        predicates[each] = predicate
    for each, predicate in predicates.items():
        others = tuple(nodes.Unary("not", other) for key, other in predicates.items() if key != each)
        yield OutcomeSpec(f"{name}.{each}", "first", nodes.Logic("and", (predicate, *others)), contest=name)
    pairs = [
        nodes.Logic("and", (a, b))
        for i, a in enumerate(predicates.values())
        for b in list(predicates.values())[i + 1 :]
    ]
    both: Expression = (
        nodes.Truth(False) if not pairs else pairs[0] if len(pairs) == 1 else nodes.Logic("or", tuple(pairs))
    )
    yield OutcomeSpec(f"{name}.together", "first", both, contest=name)
    yield OutcomeSpec(f"{name}.neither", "undecided", None, contest=name)
