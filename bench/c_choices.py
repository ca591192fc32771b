"""Choices as C: occasions for all lanes, options only for the lanes in which an actor has an occasion.

The value of an option is written out as the change of the chooser's utility per day (foresight ``none``): terms that
an option does not touch are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from bench.c_expressions import Kernel, Reader, Unsupported
from brinkmanship.core.program import Choice, Option, Program, Term, Valuation
from brinkmanship.engine.compose import after, without_chance
from brinkmanship.engine.quadrature import POINTS, point
from brinkmanship.lang import nodes
from brinkmanship.lang.hoist import substitute
from brinkmanship.lang.nodes import Binary, Draw, Expression, Number, Slot, draws_in, slots_read

Writes = Mapping[Expression, Expression]
LOWEST = "-1e30"
"""Stands for minus infinity, which fast mathematics does not know."""


def occasion(choice: Choice, reader: Reader) -> str:
    """C statements that list the lanes with an occasion to act."""
    kernel = Kernel(reader, "i")
    node = substitute(choice.occasion, dict((Slot(slot), source) for slot, source in choice.seen))
    if choice.when is not None:
        node = nodes.Choose(choice.when, node, Number(0.0))
    chance = kernel.value(reader.ready(node))
    body = "\n        ".join(kernel.lines)
    return f"""    fill({reader.key(choice.name)}, run, step, w[0][0], w[0][1]);
    for (int i = 0; i < LANES; i++) {{
        {body}
        fires[i] = going[i] & (unit(w[0][0][i]) < {chance});
    }}
    n = listed(fires, lanes);
"""


def picked(choice: Choice, program: Program, reader: Reader) -> str:
    """C statements that set ``pick`` to the option chosen in each listed lane, -1 for none."""
    kernel = Kernel(reader, "i")
    seen: Writes = {Slot(slot): source for slot, source in choice.seen}

    def value(node: Expression) -> str:
        return kernel.value(reader.ready(substitute(node, seen)))

    def truth(node: Expression | None) -> str:
        return "1" if node is None else kernel.truth(reader.ready(substitute(node, seen)))

    precision = value(choice.precision)
    open_, pulls, shares = [], [], []
    groups = {group.name: group for group in choice.groups}
    for option in choice.options:
        available = truth(option.available)
        nest = value(groups[option.group].dissimilarity)
        gain = kernel.value(reader.ready(_gain(option, choice.valuation, program, seen)))
        worth = f"{precision} * ({gain} - {value(option.cost)}) / {nest}"
        open_.append(available)
        pulls.append(kernel.name(_select(available, worth)))
        shares.append(kernel.name(f"{available} * {value(option.weight)}"))
    chances = _logit(choice, kernel, value, open_, pulls, shares)
    first = 1 if choice.holds else 0
    kernel.lines.append("const double u = unit(second[j]); double edge = 0; int taken = 0;")
    for chance in chances[:-1]:
        kernel.lines.append(f"edge += {chance}; taken += u >= edge;")
    kernel.lines.append(f"pick[j] = taken - {first};")
    body = "\n        ".join(kernel.lines)
    return f"""    const int whole = padded(lanes, n);
    for (int j = 0; j < whole; j++) second[j] = w[0][1][lanes[j]];
    for (int j = 0; j < whole; j++) {{
        const int i = lanes[j];
        {body}
    }}
"""


def _logit(
    choice: Choice, kernel: Kernel, value: object, open_: Sequence[str], pulls: Sequence[str], shares: Sequence[str]
) -> list[str]:
    """Nested logit, in logarithms: C atoms of the probabilities, holding first."""
    assert callable(value)
    levels, inside = [], {}
    for group in choice.groups:
        members = [k for k, option in enumerate(choice.options) if option.group == group.name]
        some = kernel.name(" | ".join(open_[k] for k in members), "int")
        peak = kernel.name(_over("upper_", [pulls[k] for k in members]))
        odds = [kernel.name(f"{shares[k]} * exp({pulls[k]} - {peak})") for k in members]
        total = kernel.name(f"{' + '.join(odds)} + !{some}")
        base = kernel.name(f"{' + '.join(shares[k] for k in members)} + !{some}")
        nest = value(group.dissimilarity)
        weight = value(nodes.Call("log", (group.weight,)))
        levels.append(kernel.name(_select(some, f"({weight} + {nest} * (log({total} / {base}) + {peak}))")))
        inside |= {k: f"{own} / {total}" for k, own in zip(members, odds, strict=True)}
    top = kernel.name(_over("upper_", [*(["0.0"] if choice.holds else []), *levels]))
    hold = [kernel.name(f"exp(-{top})")] if choice.holds else []
    masses = [kernel.name(f"exp({level} - {top})") for level in levels]
    whole = kernel.name(f"1.0 / ({' + '.join([*hold, *masses])})")
    rank = {group.name: k for k, group in enumerate(choice.groups)}
    probabilities = [
        kernel.name(f"{masses[rank[option.group]]} * {whole} * ({inside[k]})")
        for k, option in enumerate(choice.options)
    ]
    return [*(kernel.name(f"{each} * {whole}") for each in hold), *probabilities]


def _select(condition: str, value: str) -> str:
    """The value, or what stands for minus infinity; without a branch, so that gcc makes vectors of the loop."""
    return f"{condition} * {value} + !{condition} * {LOWEST}"


def _over(function: str, values: Sequence[str]) -> str:
    code = values[0]
    for each in values[1:]:
        code = f"{function}({code}, {each})"
    return code


def _gain(option: Option, valuation: Valuation, program: Program, seen: Writes) -> Expression:
    """``E[ū(T(ŝ, a))] − ū(ŝ)``, term by term."""
    if valuation.foresight != "none":
        raise Unsupported("foresight `persistence`")
    total: Expression = Number(0.0)
    relevant = frozenset(
        slot for term, _ in _terms(valuation) for node in (term.weight, term.of) for slot in slots_read(node)
    )
    for weight, writes in _points(option, program, seen, relevant):
        for term, share in _terms(valuation):
            worth = Binary("*", term.weight, term.of)
            if slots_read(worth) & {slot.key for slot in writes if isinstance(slot, Slot)}:
                now = substitute(worth, seen)
                change = Binary("-", substitute(worth, {**seen, **writes}), now)
                total = Binary("+", total, Binary("*", Binary("*", weight, share), change))
    return total


def _terms(valuation: Valuation) -> Iterator[tuple[Term, Expression]]:
    """The terms of a utility per day, each with its share."""
    if valuation.mandate is None:
        yield from ((term, Number(1.0)) for term in valuation.terms)
        return
    if slots_read(valuation.mandate):
        raise Unsupported("a mandate that changes")
    yield from ((term, Binary("-", Number(1.0), valuation.mandate)) for term in valuation.terms)
    yield from ((term, valuation.mandate) for term in valuation.principal_terms)


def _points(
    option: Option, program: Program, seen: Writes, relevant: frozenset[str]
) -> Iterator[tuple[Expression, dict[Expression, Expression]]]:
    """The states that an option may lead to: weight, and what stands in the relevant slots that it writes."""
    rest: Expression = Number(1.0)
    for branch in option.consequence.branches:
        if branch.chance is not None:
            rest = Binary("-", rest, branch.chance)
    for branch in option.consequence.branches:
        chance = substitute(branch.chance or rest, seen)
        kept = [update for update in branch.updates if update.slot in relevant]
        slots = after([(update, None) for update in kept], program.slots)
        draws = list({draw.address: draw for value in slots.values() for draw in draws_in(value)}.values())
        for weight, values in _places(draws):
            yield (
                Binary("*", chance, substitute(weight, seen)),
                {
                    Slot(slot): substitute(without_chance(substitute(value, values)), seen)
                    for slot, value in slots.items()
                },
            )


def _places(draws: Sequence[Draw]) -> Iterator[tuple[Expression, dict[Expression, Expression]]]:
    """All combinations of quadrature points: weight, and what stands for each magnitude."""
    for place in product(*(range(POINTS[draw.family]) for draw in draws)):
        weight: Expression = Number(1.0)
        values: dict[Expression, Expression] = {}
        for draw, index in zip(draws, place, strict=True):
            values[draw], mass = point(draw, index)
            weight = Binary("*", weight, mass)
        yield weight, values
