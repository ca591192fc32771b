"""Votes and agreements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from brinkmanship.core.lowering.actors import lower_valuation
from brinkmanship.core.lowering.builder import Builder, Path, both
from brinkmanship.core.lowering.effects import lower_effects
from brinkmanship.core.lowering.surroundings import occurrence
from brinkmanship.core.program import Branch, Chance, Choice, Group, Option
from brinkmanship.errors import Code
from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression
from brinkmanship.lang.parse import ExpressionFault
from brinkmanship.lang.resolve import Typed, total
from brinkmanship.lang.units import NO_UNIT
from brinkmanship.model.records import Ballot, Vote

ZERO, ONE = nodes.Number(0.0), nodes.Number(1.0)


def declare_institutions(build: Builder) -> None:
    """Votes and agreements are happenings."""
    for name in build.record.votes:
        build.happenings[name] = [(f"vote/{name}", "")]
    for name in build.record.agreements:
        build.happenings[name] = [(f"agreement/{name}", "")]


Seen = Mapping[str, tuple[tuple[str, Expression], ...]]


def lower_votes(build: Builder, seen: Seen) -> tuple[list[Choice], list[Chance]]:
    """Each vote to the ballots of its members and one tally; ``seen`` is how each actor sees what it sees otherwise."""
    ballots: list[Choice] = []
    tallies: list[Chance] = []
    for name, vote in build.record.votes.items():
        path: Path = ("votes", name)
        if not build.known(vote.among, build.sets, "set", (*path, "among")):
            continue
        members = build.sets[vote.among]
        outsiders = [member for member in members if member not in build.record.actors]
        if outsiders:
            listed = ", ".join(f"`{member}`" for member in outsiders)
            message = f"members of `{vote.among}` are no actors: {listed}"
            build.fault(
                (*path, "among"),
                Code.UNKNOWN_NAME,
                message,
                "who votes is an actor with interests; declare it in `actors`",
            )
            continue
        due = both(build.condition(vote.when, (*path, "when")), build.on(vote))
        ballots += [_ballot(build, name, vote, member, due, seen.get(member, ())) for member in members]
        tallies.append(_tally(build, name, vote, members, due))
    return ballots, tallies


def _ballot(
    build: Builder,
    name: str,
    vote: Vote,
    member: str,
    due: Expression | None,
    seen: tuple[tuple[str, Expression], ...],
) -> Choice:
    """A member's ballot: each way of voting is valued as the lottery over passing that the member reckons with."""
    path: Path = ("votes", name)
    scope = build.scope.bind(bloc=member)
    if not build.record.actors[member].interests:
        hint = "e.g. interests: {peace: {of: tension, weight: -1}}"
        build.fault(
            ("actors", member),
            Code.NO_INTERESTS,
            f"`{member}` votes and has no `interests` to vote by",
            hint,
            key=True,
        )
    updates = {
        way: lower_effects(build, getattr(vote, way), (*path, way), build.scope, f"vote/{name}", way)
        for way in ("passed", "failed")
    }
    options = []
    ways: dict[str, Ballot | None] = {
        "for": vote.ballots.for_,
        "against": vote.ballots.against,
        "boycott": vote.ballots.boycott,
    }
    for way, ballot in sorted(ways.items()):
        if ballot is None:
            continue
        key = f"{member}.{name}.{way}"
        carries = build.chance(ballot.carries, (*path, "ballots", way, "carries"), scope)
        branches = (Branch("passed", carries, updates["passed"]), Branch("failed", None, updates["failed"]))
        cost = build.amount(ballot.cost, (*path, "ballots", way, "cost"), scope, unit="plain")
        options.append(Option(key, name, way, None, ONE, cost, Chance(f"ballot/{key}", branches)))
    precision = build.limited(build.record.actors[member].precision, ("actors", member, "precision"), unit="plain")
    groups = tuple(Group(option.group, ONE, ONE) for option in options)
    valuation = lower_valuation(build, member)
    due = both(due, build.on(build.record.actors[member]))
    return Choice(
        f"ballot/{name}/{member}", member, ONE, precision, tuple(options), groups, valuation, due, seen, holds=False
    )


def _tally(build: Builder, name: str, vote: Vote, members: tuple[str, ...], due: Expression | None) -> Chance:
    path: Path = ("votes", name)
    seats = {m: build.limited(vote.seats, (*path, "seats"), build.scope.bind(bloc=m)) for m in members}

    def cast(*ways: str) -> Expression:
        chosen = [(seats[member], nodes.Slot(f"chosen({member}.{name}.{way})")) for member in members for way in ways]
        return total([ZERO, *(nodes.Binary("*", *each) for each in chosen)])

    yes, present = cast("for"), cast("for", "against")
    quorum = build.amount(vote.quorum, (*path, "quorum"))
    build.thresholds.append(((*path, "quorum"), quorum, total([ZERO, *seats.values()])))
    quorate = nodes.Compare((present, quorum), (">=",))
    carried = _majority(build, vote, path, yes, present, seats)
    one_way = {
        "no_quorum": nodes.Choose(quorate, ZERO, ONE),
        "passed": nodes.Choose(nodes.Logic("and", (quorate, carried)), ONE, ZERO),
        "failed": None,
    }
    branches = []
    for way, chance in one_way.items():
        updates = lower_effects(build, getattr(vote, way), (*path, way), build.scope, f"vote/{name}", way)
        branches.append(Branch(way, chance, updates))
    return Chance(f"vote/{name}", tuple(branches), due)


def _majority(
    build: Builder, vote: Vote, path: Path, yes: Expression, present: Expression, seats: dict[str, Expression]
) -> Expression:
    twice = nodes.Binary("*", nodes.Number(2.0), yes)
    if vote.majority == "present":
        return nodes.Compare((twice, present), (">",))
    if vote.majority == "all":
        return nodes.Compare((twice, total([ZERO, *seats.values()])), (">",))
    needed = build.amount(vote.majority, (*path, "majority"))
    build.thresholds.append(((*path, "majority"), needed, total([ZERO, *seats.values()])))
    return nodes.Compare((yes, needed), (">=",))


def lower_agreements(build: Builder) -> Iterator[Chance]:
    """Agreements: possible while the least shares that the sides accept add up to no more than the whole.

    Within the bargaining range (Fearon 1995) the surplus is split equally, which is Nash's solution (1950) for sides
    with linear utility.
    """
    for name, agreement in build.record.agreements.items():
        path: Path = ("agreements", name)
        for index, side in enumerate(agreement.sides):
            build.known(side, build.record.actors, "actor", (*path, "sides", index))
            if side not in agreement.minimum:
                hint = f"e.g. {side}: 0.4"
                build.fault(
                    (*path, "minimum"),
                    Code.MISSING_SIDE,
                    f"`{side}` is a side and needs a least acceptable share",
                    hint,
                    key=True,
                )
        for side in agreement.minimum:
            build.known(side, agreement.sides, "side", (*path, "minimum", side), key=True)
        least = {s: build.amount(m, (*path, "minimum", s), unit="plain") for s, m in agreement.minimum.items()}
        claimed: Expression = ZERO
        for each in least.values():
            claimed = nodes.Binary("+", claimed, each)
        open_ = nodes.Compare((claimed, ONE), ("<=",))
        surplus = nodes.Binary("/", nodes.Binary("-", ONE, claimed), nodes.Number(float(max(1, len(least)))))
        shares: dict[str, Expression] = {side: nodes.Binary("+", each, surplus) for side, each in least.items()}
        when = both(
            open_,
            build.condition(agreement.channel, (*path, "channel")),
            build.condition(agreement.when, (*path, "when")),
        )
        hazard = build.limited(agreement.hazard, (*path, "hazard"), unit="1/day")
        site = f"agreement/{name}"
        scope = replace(build.scope, reference=_with_shares(build, shares))
        updates = lower_effects(build, agreement.then, (*path, "then"), scope, site)
        yield Chance(site, (Branch("agreed", None, updates),), when, occurrence(hazard, build.span(agreement)))


def _with_shares(build: Builder, shares: dict[str, Expression]):  # type: ignore[no-untyped-def]
    def reference(function: str, name: str, more: tuple[str, ...]) -> Typed:
        if function != "share":
            return build.reference(function, name, more)
        if name not in shares:
            raise ExpressionFault(f"`{name}` is no side of this agreement", hint=f"sides: {', '.join(shares)}")
        return Typed(shares[name], "number", NO_UNIT)

    return reference
