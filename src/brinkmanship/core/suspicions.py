"""What is legal and suspicious: parts of a crisis that nothing reads, that never happen, or that nobody can move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from itertools import pairwise

from brinkmanship.core.crisis import Crisis
from brinkmanship.core.lowering.collisions import place_of
from brinkmanship.core.program import Chance, Choice, Program, Update
from brinkmanship.core.reachable import Reach, reach
from brinkmanship.errors import Code, Diagnostic
from brinkmanship.lang import nodes
from brinkmanship.lang.interval import interval
from brinkmanship.lang.nodes import Expression
from brinkmanship.model.documents import Measurement, Window

Path = tuple[str | int, ...]


def suspicions(crisis: Crisis) -> tuple[Diagnostic, ...]:
    """All that is suspicious in a sound crisis, in file order."""
    found = reach(crisis.lowered)
    tree = crisis.text.tree
    told = (
        *_unread(crisis),
        *_closed(crisis, found),
        *_never(found),
        *_idle(crisis),
        *_outcomes(found),
        *_chances(crisis, found),
        *_disorder(crisis),
        *_not_replayed(crisis),
    )
    return tuple(sorted({Diagnostic(tree.place(path, key=True), code, message) for path, code, message in told}))


Told = Iterator[tuple[Path, Code, str]]


def _unread(crisis: Crisis) -> Told:
    """Quantities and parameters that nothing reads, classes that no action belongs to."""
    program, record = crisis.lowered.program, crisis.text.record
    parts = list(_expressions(program))
    read = {node.key for part in parts for node in nodes.walk(part) if isinstance(node, nodes.Slot)}
    quantities = {program.slots[key].quantity for key in read if key in program.slots}
    quantities |= {key.removeprefix("at_from(").partition("[")[0].rstrip(")") for key in quantities}
    drawn = {node.key for part in parts for node in nodes.walk(part) if isinstance(node, nodes.Parameter)}
    for name in record.quantities:
        if name not in quantities:
            yield ("quantities", name), Code.UNREAD_QUANTITY, f"nothing reads `{name}`: no actor, mechanism or outcome"
    for name in record.parameters:
        if name not in drawn:
            yield ("parameters", name), Code.UNREAD_PARAMETER, f"nothing reads the parameter `{name}`"
    for name in record.classes:
        if all(action.class_ != name for action in record.actions.values()):
            yield ("classes", name), Code.UNUSED_CLASS, f"no action is of the class `{name}`"


def _expressions(program: Program) -> Iterator[Expression]:
    """All expressions of a program, but what an update of a slot reads of that slot itself."""
    for spec in program.slots.values():
        yield spec.start
    for spec in program.parameters.values():
        yield from _given(spec.draw)
    for site in program.sites.values():
        yield from _conditions(site)
        for update in _updates(site):
            yield from _given(update.guard)
            own = nodes.Slot(update.slot)
            yield nodes.transform(update.value, partial(_without, own))
    for choice in (*program.choices, *program.ballots):
        yield from _deliberation(choice)
    for outcome in program.outcomes:
        yield from _given(outcome.predicate)


def _deliberation(choice: Choice) -> Iterator[Expression]:
    valuation = choice.valuation
    yield from (choice.occasion, choice.precision, valuation.horizon, valuation.discount)
    yield from _given(choice.when, valuation.mandate)
    yield from (source for _, source in choice.seen)
    for option in choice.options:
        yield from (option.weight, option.cost)
        yield from _given(option.available, *(branch.chance for branch in option.consequence.branches))
    for term in (*valuation.terms, *valuation.principal_terms):
        yield from (term.weight, term.of)


def _without(own: nodes.Slot, node: Expression) -> Expression:
    return nodes.Number(0.0) if node == own else node


def _given(*parts: Expression | None) -> Iterator[Expression]:
    return (part for part in parts if part is not None)


def _conditions(site: Chance) -> Iterator[Expression]:
    return _given(site.when, site.occurs, *(branch.chance for branch in site.branches))


def _updates(site: Chance) -> Iterator[Update]:
    return (update for branch in site.branches for update in branch.updates)


# --- what never happens -----------------------------------------------------------------------


def _closed(crisis: Crisis, found: Reach) -> Told:
    """Actions that nobody can ever choose."""
    open_ = {
        option.action
        for choice in crisis.lowered.program.choices
        for option in choice.options
        if found.open(choice, option)
    }
    for name in crisis.text.record.actions:
        if name not in open_:
            message = f"`{name}` can never be available: its `when` cannot hold, or its performers never act"
            yield ("actions", name), Code.NEVER_AVAILABLE, message


def _never(found: Reach) -> Told:
    """Events, votes and agreements that cannot happen, in none of their members, and clocks that cannot run out."""
    program = found.lowered.program
    clocks = [site for site in program.calendar if place_of(site)[0] == "clocks"]
    sites = [*clocks, *program.events, *program.institutions]
    alive = {place_of(site) for site in sites if found.happens(site)}
    for path in dict.fromkeys(map(place_of, sites)):
        if path not in alive:
            why = "happen: its condition cannot hold, or its hazard is zero"
            if path[0] == "clocks":
                why = "run out: nothing that can take place starts it, or the run ends before"
            yield path, Code.CANNOT_FIRE, f"`{path[1]}` can never {why}"


def _outcomes(found: Reach) -> Told:
    """Outcomes that are decided before anything has happened."""
    for spec in found.lowered.program.outcomes:
        name, _, contestant = spec.name.partition(".")
        path: Path = ("outcomes", name, "first", contestant) if contestant else ("outcomes", name)
        if spec.predicate is None or contestant == "together":
            continue
        if not found.may(spec.predicate):
            yield path, Code.UNREACHABLE_OUTCOME, f"no path reaches `{spec.name}`"
        elif found.must(spec.predicate):
            yield path, Code.CERTAIN_OUTCOME, f"every path reaches `{spec.name}`"


# --- what nobody moves ------------------------------------------------------------------------


def _idle(crisis: Crisis) -> Told:
    """Interests in what no action or ballot can move, be it through other mechanisms."""
    program = crisis.lowered.program
    moved = _moved(program)
    for actor, record in crisis.text.record.actors.items():
        choice = next((each for each in program.choices if each.actor == actor), None)
        if choice is None:
            continue
        for term in choice.valuation.terms:
            if not moved & set(nodes.slots_read(term.of)) and term.name in record.interests:
                path = ("actors", actor, "interests", term.name)
                yield path, Code.IDLE_INTEREST, f"no action can move what the interest `{term.name}` of `{actor}` is in"


def _moved(program: Program) -> set[str]:
    """Slots that depend on what is chosen."""
    moved = {f"chosen({key})" for key in program.options}
    writes: list[tuple[set[str], str]] = []
    for site in program.sites.values():
        conditions = _read(_conditions(site))
        writes += [(conditions | _read(_given(each.value, each.guard)), each.slot) for each in _updates(site)]
    for choice in program.choices:
        consequences = (option.consequence for option in choice.options)
        moved |= {update.slot for consequence in consequences for update in _updates(consequence)}
    while more := {slot for read, slot in writes if slot not in moved and moved & read}:
        moved |= more
    return moved


def _read(parts: Iterable[Expression]) -> set[str]:
    return {slot for part in parts for slot in nodes.slots_read(part)}


def _chances(crisis: Crisis, found: Reach) -> Told:
    """Chances that can leave [0, 1], as far as ranges tell."""
    limits: Mapping[Path, Expression] = {
        path: node for path, node, _, high in crisis.lowering.builder.limits if high == 1.0
    }
    for path, node in limits.items():
        low, high = interval(node, found.ranges)
        if low < -1e-9 or high > 1 + 1e-9:
            message = f"this chance may lie between {low:.3g} and {high:.3g}; a run that meets it fails"
            yield path, Code.CHANCE_MAY_LEAVE, message


def _disorder(crisis: Crisis) -> Told:
    """Entries of the past that are not told in the order of their dates: so a slip in a year is seen."""
    for section in ("moves", "measurements"):
        entries = getattr(crisis.text.record.history, section)
        for index, (before, after) in enumerate(pairwise(entries), start=1):
            if after.date < before.date:
                message = f"{after.date} comes before the entry above it, {before.date}"
                yield ("history", section, index, "date"), Code.HISTORY_OUT_OF_ORDER, message


def _not_replayed(crisis: Crisis) -> Told:
    """Measurements and windows that lie in the future, which is simulated; moves may well wait for a later start."""
    first = crisis.text.record.clock.origin
    for section in ("measurements", "complete", "left_out"):
        entries = getattr(crisis.text.record.history, section)
        late = [index for index, entry in enumerate(entries) if _begins(entry) >= first]
        if late:
            many = f"; {len(late) - 1} more in this list" if len(late) > 1 else ""
            message = f"this lies after the past that is replayed by default, before {first}{many}"
            yield ("history", section, late[0]), Code.NOT_REPLAYED, message


def _begins(entry: Measurement | Window) -> date:
    return entry.date if isinstance(entry, Measurement) else entry.from_
