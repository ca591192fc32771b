"""Actors: interests, perception and beliefs, and the choice that draws them together."""

from __future__ import annotations

from math import inf

from brinkmanship.core.lowering.builder import Builder, Path
from brinkmanship.core.lowering.ranges import declared_ranges
from brinkmanship.core.program import Branch, Chance, Choice, Group, Option, SlotSpec, Term, Update, Valuation
from brinkmanship.errors import Code
from brinkmanship.lang import nodes
from brinkmanship.lang.interval import interval
from brinkmanship.lang.nodes import Expression
from brinkmanship.model.records import Actor, Belief, Perception, Replies

SMALLEST = 1e-12
"""Weights that sum to less than this are all zero."""


def declare_beliefs(build: Builder) -> None:
    """Beliefs are slots like others; their names are unique in a crisis."""
    holders: dict[str, str] = {}
    for actor, record in build.record.actors.items():
        for name, belief in record.beliefs.items():
            path: Path = ("actors", actor, "beliefs", name)
            if name in holders:
                build.fault(path, Code.DUPLICATE_NAME, f"`{holders[name]}` has a belief `{name}` already", key=True)
            holders[name] = actor
            key = f"belief({name})"
            start = build.chance(belief.start, (*path, "start"))
            build.slots[key] = SlotSpec(key, key, "level", start, nodes.Number(0.0), nodes.Number(1.0))


def check_delegation(build: Builder) -> None:
    """Principals exist and do not form a circle."""
    actors = build.record.actors
    for name, actor in actors.items():
        path: Path = ("actors", name, "principal")
        if actor.principal is None or not build.known(actor.principal, actors, "actor", path):
            continue
        seen, above = {name}, actor.principal
        while above is not None and above in actors:
            if above in seen:
                build.fault(path, Code.PRINCIPAL_CYCLE, f"`{name}` is, by its principals, its own principal")
                return
            seen.add(above)
            above = actors[above].principal


def agents_of(build: Builder, actor: str) -> set[str]:
    """The actor and those whose principal it is."""
    return {actor} | {name for name, each in build.record.actors.items() if each.principal == actor}


def lower_terms(build: Builder, actor: str) -> tuple[Term, ...]:
    """The interests of an actor, scaled: weights sum to one in absolute value, terms are divided by their range."""
    record = build.record.actors[actor]
    weights: list[Expression] = []
    rows = []
    build.spend(len(record.interests))
    for name, interest in record.interests.items():
        path: Path = ("actors", actor, "interests", name)
        typed = build.expression(interest.of, (*path, "of"))
        weight = build.amount(interest.weight, (*path, "weight"), unit="plain")
        weights.append(nodes.Binary("*", weight, build.enabled(interest)))
        length = _length(build, typed.node, interest.range, path) if typed.kind != "unknown" else nodes.Number(1.0)
        rows.append((name, typed.node, length))
    total: Expression | None = None
    for weight in weights:
        size = nodes.Call("abs", (weight,))
        total = size if total is None else nodes.Binary("+", total, size)
    if total is not None:
        build.limits.append((("actors", actor, "interests"), total, SMALLEST, inf))
    terms = []
    for (name, of, length), weight in zip(rows, weights, strict=True):
        assert total is not None
        scaled = nodes.Binary("/", weight, nodes.Binary("*", total, length))
        terms.append(Term(actor, name, scaled, of))
    return tuple(terms)


def _length(build: Builder, of: Expression, given: tuple[float, ...] | None, path: Path) -> Expression:
    """The length of an interest's range: as given, or of the one quantity that it reads."""
    if given is not None:
        if not given[0] < given[1]:
            build.fault((*path, "range"), Code.BAD_VALUE, "the lower end must be below the upper")
        return build.constant(given[1] - given[0])
    spec = build.slots.get(of.key) if isinstance(of, nodes.Slot) else None
    if isinstance(of, nodes.Choose) and (of.then, of.otherwise) == (nodes.Number(1.0), nodes.Number(0.0)):
        return nodes.Number(1.0)  # a condition, as a number
    if spec is None or spec.low is None or spec.high is None:
        build.fault(
            path,
            Code.NO_RANGE,
            "this interest is more than one quantity and needs a `range: [low, high]`",
            _widest(build, of),
            key=True,
        )
        return nodes.Number(1.0)
    return nodes.Binary("-", spec.high, spec.low)


def _widest(build: Builder, of: Expression) -> str:
    """A hint with the widest range that an interest can have, by the bounds of what it reads."""
    clock = build.record.clock
    days = (0.0, float((clock.end - clock.start).days))
    low, high = interval(of, declared_ranges(build.slots, build.parameters, build.numbers, days, clock.step))
    if not -inf < low < high < inf:
        return "from the least that is to be expected to the most"
    return f"e.g. range: [{low:.6g}, {high:.6g}], the widest by its bounds"


def lower_valuation(build: Builder, actor: str) -> Valuation:
    """How an actor values states, its principal's interests included."""
    record = build.record.actors[actor]
    path: Path = ("actors", actor)
    principal = record.principal if record.principal in build.record.actors else None
    ahead = record.foresight
    rounds = build.constant(ahead.replies) if isinstance(ahead, Replies) else None
    return Valuation(
        "replies" if isinstance(ahead, Replies) else ahead,
        build.limited(record.horizon, (*path, "horizon"), unit="day"),
        build.limited(record.discount, (*path, "discount"), unit="1/day"),
        lower_terms(build, actor),
        lower_terms(build, principal) if principal else (),
        build.chance(record.mandate, (*path, "mandate")) if principal and record.mandate is not None else None,
        rounds,
    )


def lower_choice(build: Builder, actor: str, options: list[Option], seen: tuple[tuple[str, Expression], ...]) -> Choice:
    """The choice site of an actor, options in canonical order: class, then name."""
    record = build.record.actors[actor]
    path: Path = ("actors", actor)
    if not record.interests:
        hint = "e.g. interests: {peace: {of: tension, weight: -1}}"
        build.fault(path, Code.NO_INTERESTS, f"`{actor}` has actions and no `interests` to choose by", hint, key=True)
    tempo = build.amount(record.tempo, (*path, "tempo"), unit="1/day")
    names = sorted({option.group for option in options})
    groups = []
    for name in names:
        each = build.record.classes.get(name)
        weight, nest = (each.weight, each.dissimilarity) if each else (1.0, 1.0)
        groups.append(Group(name, build.constant(weight), build.constant(nest)))
    return Choice(
        f"choice/{actor}",
        actor,
        nodes.Binary("*", tempo, build.span(record)),
        build.limited(record.precision, (*path, "precision"), unit="plain"),
        tuple(sorted(options, key=lambda option: (option.group, option.key))),
        tuple(groups),
        lower_valuation(build, actor),
        seen=seen,
    )


def lower_perception(
    build: Builder, actor: str, record: Actor, sites: dict[str, Chance]
) -> tuple[tuple[str, Expression], ...]:
    """The slots that an actor sees late, blurred or biased; ``sites`` collects the registers of delays."""
    seen = []
    for text, perception in record.perception.items():
        path: Path = ("actors", actor, "perception", text)
        build.here = path
        clock = build.record.clock
        if perception.delay is not None and perception.delay > (clock.end - clock.start).days:
            build.fault(
                (*path, "delay"),
                Code.OUT_OF_RANGE,
                f"a delay of {perception.delay:g} days is longer than the whole clock",
            )
        for key in _slots_named(build, text, path):
            source: Expression = nodes.Slot(key)
            if perception.delay is not None:
                source = nodes.Choose(build.on(perception), _delayed(build, key, perception.delay, sites), source)
            seen.append((key, _blurred(build, actor, key, source, perception, path)))
    return tuple(sorted(seen, key=lambda pair: pair[0]))


def _slots_named(build: Builder, text: str, path: Path) -> list[str]:
    name = text.partition("[")[0]
    quantities = [each for each, symbol in build.symbols.items() if symbol.source == "quantity"]
    if not build.known(name, quantities, "quantity", path, key=True):
        return []
    if text == name:
        return [key for key, spec in build.slots.items() if spec.quantity == name]
    node = build.expression(text, path, key=True).node
    return [node.key] if isinstance(node, nodes.Slot) else []


def _delayed(build: Builder, key: str, delay: float, sites: dict[str, Chance]) -> Expression:
    """A shift register as long as the delay: the number of steps is structure, not a runtime argument."""
    clock = build.record.clock
    steps = max(1, round(min(delay, (clock.end - clock.start).days) / clock.step))
    build.spend(20 * steps)
    chain = [key, *(f"lag({key},{k})" for k in range(steps + 1))]
    for k, name in enumerate(chain[1:]):
        build.slots.setdefault(name, SlotSpec(name, name, "level", nodes.Slot(key), hidden=True))
        update = Update(name, "set", nodes.Slot(chain[k]))
        sites[name] = Chance(f"perception/{name}", (Branch("done", None, (update,)),))
    return nodes.Slot(chain[-1])


def _blurred(
    build: Builder, actor: str, key: str, source: Expression, perception: Perception, path: Path
) -> Expression:
    if perception.bias is not None:
        bias = nodes.Binary("*", build.amount(perception.bias, (*path, "bias")), build.enabled(perception))
        source = nodes.Binary("+", source, bias)
    if perception.noise is not None:
        spread = nodes.Binary("*", build.limited(perception.noise, (*path, "noise")), build.enabled(perception))
        draw = nodes.Draw("normal", (nodes.Number(0.0), nodes.Number(1.0)), f"see/{actor}/{key}#0")
        source = nodes.Binary("+", source, nodes.Binary("*", spread, draw))
    spec = build.slots[key]
    if spec.low is None or spec.high is None or (perception.bias is None and perception.noise is None):
        return source
    return nodes.Call("min", (nodes.Call("max", (source, spec.low)), spec.high))


def lower_belief(build: Builder, actor: str, name: str, belief: Belief, options: list[Option]) -> Chance | None:
    """How a belief learns: a provocation answered raises it, one let pass lowers it.

    The belief is the mean of a beta distribution with ``strength`` pseudo-observations behind it (standard conjugate
    updating). A provocation opens a window; an answer in it, or its end without one, is one observation.
    """
    path: Path = ("actors", actor, "beliefs", name)
    if not build.known(belief.about, build.record.actors, "actor", (*path, "about")):
        return None
    if not build.known(belief.rung, build.record.ladder, "rung on the ladder", (*path, "rung")):
        return None
    build.spend(len(options))
    names = {*build.record.classes, *build.record.actions}
    for index, each in enumerate(belief.provoked_by):
        build.known(each, names, "action class or action", (*path, "provoked_by", index))
    mine, theirs = agents_of(build, actor), agents_of(build, belief.about)
    rung = build.record.ladder.index(belief.rung)
    provoking = [
        o
        for o in options
        if _performer(o) in mine
        and {o.action, o.group} & set(belief.provoked_by)
        and (o.target is None or o.target in theirs)
    ]
    answering = [
        o
        for o in options
        if _performer(o) == belief.about
        and o.rung is not None
        and o.rung >= rung
        and (o.target is None or o.target in mine)
    ]
    provoked, answered = _just(build, provoking), _just(build, answering)
    return Chance(f"belief/{name}", (Branch("done", None, _learning(build, name, belief, path, provoked, answered)),))


def _performer(option: Option) -> str:
    return option.key.partition(".")[0]


def _just(build: Builder, options: list[Option]) -> Expression:
    """Condition: one of the options was carried out in the step before."""
    edge = nodes.Binary("-", nodes.Today(), nodes.Binary("*", nodes.Number(1.5), nodes.Span()))
    parts = tuple(nodes.Compare((build.last(f"action/{option.key}"), edge), (">",)) for option in options)
    if not parts:
        return nodes.Truth(False)
    return parts[0] if len(parts) == 1 else nodes.Logic("or", parts)


def _learning(
    build: Builder, name: str, belief: Belief, path: Path, provoked: Expression, answered: Expression
) -> tuple[Update, ...]:
    estimate, strength, waiting = (
        nodes.Slot(f"belief({name})"),
        f"strength({name})",
        build.counter(f"waiting({name})"),
    )
    pseudo = build.limited(belief.strength, (*path, "strength"), unit="plain")
    build.slots[strength] = SlotSpec(strength, strength, "level", pseudo, hidden=True)
    open_ = nodes.Compare((waiting, nodes.Number(0.0)), (">=",))
    over = nodes.Compare((waiting, nodes.Today()), ("<=",))
    hit = nodes.Logic("and", (open_, answered))
    passed = nodes.Logic("and", (open_, over, nodes.Unary("not", answered)))
    closed = nodes.Logic("or", (nodes.Unary("not", open_), answered, over))
    weight = nodes.Slot(strength)
    more = nodes.Binary("+", weight, nodes.Number(1.0))
    kept = nodes.Binary("*", weight, estimate)
    return (
        Update(estimate.key, "set", nodes.Binary("/", nodes.Binary("+", kept, nodes.Number(1.0)), more), hit),
        Update(estimate.key, "set", nodes.Binary("/", kept, more), passed),
        Update(strength, "add", nodes.Number(1.0), nodes.Logic("or", (hit, passed))),
        Update(waiting.key, "set", nodes.Number(-1.0), nodes.Logic("or", (hit, passed))),
        Update(
            waiting.key,
            "set",
            nodes.Binary("+", nodes.Today(), build.constant(belief.window)),
            nodes.Logic("and", (build.on(belief), provoked, closed)),
            1,
        ),
    )
