"""The core: an ordered list of sites whose branches carry guarded updates.

A *site* is either a `Chance` (a distribution over branches) or a `Choice` (an actor and its options). Simulation,
enumeration and, later, explanation, likelihood and solution are written against these types, once each.

Numbers do not stand in a `Program`: it refers to them by place (``Constant``), so that crises which differ only in
numbers, dates or switches share one program.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Literal

from brinkmanship.lang.nodes import Constant, Expression, Number, slots_read

NEVER = -100_000.0
"""The day of what has never happened."""
FREE = math.inf
"""What stands for a parameter that is held at no value."""
_FREE = Number(FREE)


@dataclass(frozen=True)
class SlotSpec:
    """One number of the state vector: ``low`` and ``high`` bound it at the end of every stage."""

    key: str
    quantity: str
    kind: Literal["level", "count", "flag", "rung"]
    start: Expression
    low: Expression | None = None
    high: Expression | None = None
    hidden: bool = False


@dataclass(frozen=True)
class ParameterSpec:
    """A prior: a form and the places of its numbers; ``held`` is the value at which it is held, or `FREE`.

    ``two_piece``: (low, median, high) of a 90 % interval on ``scale``; ``drawn``: ``draw`` holds the random magnitude;
    ``switch``: (chance,); ``categories``: the chances in order; ``constant``: (value,).
    """

    key: str
    form: Literal["constant", "two_piece", "drawn", "switch", "categories"]
    numbers: tuple[Expression, ...] = ()
    scale: Literal["plain", "log", "logit"] = "plain"
    draw: Expression | None = None
    held: Expression = _FREE


@dataclass(frozen=True)
class Update:
    """A guarded write on one slot. Increments add up on top of a setting; the highest priority sets."""

    slot: str
    operation: Literal["add", "set"]
    value: Expression
    guard: Expression | None = None
    priority: int = 0


@dataclass(frozen=True)
class Branch:
    """One way a site can turn out; a ``chance`` of None takes what the others leave.

    ``happens`` is False for a branch in which the deed does not take place (called off);
    ``attributed`` says whether a deniable deed was traced to its principal (None: not deniable).
    """

    name: str
    chance: Expression | None
    updates: tuple[Update, ...]
    happens: bool = True
    attributed: bool | None = None


@dataclass(frozen=True)
class Chance:
    """A chance site: where ``when`` holds it occurs with probability ``occurs``, and then one branch comes true."""

    name: str
    branches: tuple[Branch, ...]
    when: Expression | None = None
    occurs: Expression | None = None


@dataclass(frozen=True)
class Option:
    """An option of a choice. ``consequence`` is what its chooser expects of it, and values.

    Choosing it sets the transient slot ``chosen(...)`` of the step.
    """

    key: str
    action: str
    group: str
    available: Expression | None
    weight: Expression
    cost: Expression
    consequence: Chance
    target: str | None = None
    rung: int | None = None


@dataclass(frozen=True)
class Group:
    """An action class as an actor sees it: base weight and dissimilarity of the nest."""

    name: str
    weight: Expression
    dissimilarity: Expression


@dataclass(frozen=True)
class Term:
    """One term of a flow: ``weight * of``; ``owner`` is the actor whose interest it is."""

    owner: str
    name: str
    weight: Expression
    of: Expression


@dataclass(frozen=True)
class Feature:
    """Something by which an actor judges what a state leads to: ``weight`` is fitted, a number of the crisis."""

    name: str
    of: Expression
    weight: Constant


@dataclass(frozen=True)
class Valuation:
    """How an actor values a state.

    By its flow (``none``), by the discounted mean flow over its horizon if others stay idle (``persistence``), or by
    what it expects that mean to be when others reply (``replies``): the weighted sum of its ``features``. ``rounds``
    is how many levels of reasoning lie behind the weights.
    """

    foresight: Literal["none", "persistence", "replies"]
    horizon: Expression
    discount: Expression
    terms: tuple[Term, ...]
    principal_terms: tuple[Term, ...] = ()
    mandate: Expression | None = None
    rounds: Expression | None = None
    features: tuple[Feature, ...] = ()


@dataclass(frozen=True)
class Choice:
    """A choice site: an actor, its occasions and its options in canonical order.

    ``seen`` lists the slots that the actor sees otherwise than they are; ``holds`` says whether doing nothing is an
    option.
    """

    name: str
    actor: str
    occasion: Expression
    precision: Expression
    options: tuple[Option, ...]
    groups: tuple[Group, ...]
    valuation: Valuation
    when: Expression | None = None
    seen: tuple[tuple[str, Expression], ...] = ()
    holds: bool = True


def changed_by(actor: str, choices: Sequence[Choice]) -> frozenset[str]:
    """The slots that an actor expects its own deeds to change."""
    options = [option for choice in choices if choice.actor == actor for option in choice.options]
    return frozenset(
        update.slot for option in options for branch in option.consequence.branches for update in branch.updates
    )


@dataclass(frozen=True)
class OutcomeSpec:
    """A named predicate over the path. ``first`` outcomes of one ``contest`` exclude each other."""

    name: str
    kind: Literal["ever", "at_end", "first", "undecided"]
    predicate: Expression | None
    ends: bool = False
    contest: str | None = None


@dataclass(frozen=True)
class Program:
    """A lowered crisis, in the order of a step (see `brinkmanship.engine.step`)."""

    slots: Mapping[str, SlotSpec]
    parameters: Mapping[str, ParameterSpec]
    calendar: tuple[Chance, ...]
    perception: tuple[Chance, ...]
    choices: tuple[Choice, ...]
    resolution: tuple[Chance, ...]
    events: tuple[Chance, ...]
    processes: tuple[Chance, ...]
    ballots: tuple[Choice, ...]
    institutions: tuple[Chance, ...]
    outcomes: tuple[OutcomeSpec, ...]
    kept: tuple[tuple[str, str], ...]
    """``(slot, copy)``: copies taken when the future begins."""

    @cached_property
    def structure(self) -> str:
        """Fingerprint of the structure: equal for crises that differ only in numbers."""
        return digest(repr([getattr(self, name) for name in self.__dataclass_fields__]))

    @cached_property
    def starts(self) -> tuple[str, ...]:
        """Slots in the order in which their start values can be drawn: after those that they read."""
        reads = {key: slots_read(spec.start) for key, spec in self.slots.items()}
        return tuple(key for key in TopologicalSorter(reads).static_order() if key in reads)

    @property
    def foresighted(self) -> dict[str, Valuation]:
        """Valuations of the actors that reckon with replies, by actor."""
        every = {choice.actor: choice.valuation for choice in (*self.choices, *self.ballots)}
        return {actor: each for actor, each in sorted(every.items()) if each.foresight == "replies"}

    @property
    def options(self) -> dict[str, Option]:
        """All options by key, actors' and ballots'."""
        return {option.key: option for choice in (*self.choices, *self.ballots) for option in choice.options}

    @property
    def sites(self) -> dict[str, Chance]:
        """All chance sites by name."""
        stages = (
            self.calendar,
            self.perception,
            self.resolution,
            self.events,
            self.processes,
            self.institutions,
        )
        return {site.name: site for stage in stages for site in stage}


@dataclass(frozen=True)
class Pin:
    """A documented happening: on ``day`` one of the ``alternatives`` (option or site, chance) took place.

    ``branches`` restricts how it turned out, ``lag`` days later; ``magnitudes`` are what it was seen to add to slots,
    or what it set them to.
    """

    day: float
    alternatives: tuple[tuple[str, float], ...]
    branches: tuple[tuple[str, tuple[int, ...]], ...] = ()
    magnitudes: tuple[tuple[str, float], ...] = ()
    lag: float = 0.0


@dataclass(frozen=True)
class Window:
    """Days (first and last) in which ``names`` (options and sites) are replayed only where documented.

    ``complete`` says that nothing else happened: only then is silence evidence.
    """

    first: float
    last: float
    names: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True)
class Measurement:
    day: float
    slot: str
    value: float


@dataclass(frozen=True)
class Past:
    """The documented past, in core terms."""

    pins: tuple[Pin, ...] = ()
    windows: tuple[Window, ...] = ()
    measurements: tuple[Measurement, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """The clock in days: ``origin`` is the default first day of the future, ``end`` is exclusive."""

    start: str
    origin: float
    end: float
    step: float

    @property
    def steps(self) -> int:
        """Number of steps from start to end."""
        return round(self.end / self.step)

    def step_of(self, day: float) -> int:
        """The step that a day falls into."""
        return int(day / self.step + 1e-9)

    def step_after(self, day: float, lag: float) -> int:
        """The step in which what was ordered on a day is due: the first that starts ``lag`` days after the order's."""
        return self.step_of(day) + math.ceil(lag / self.step - 1e-9)


@dataclass(frozen=True)
class Lowered:
    """A program with its runtime arguments: numbers, past and clock."""

    program: Program
    numbers: tuple[float, ...]
    past: Past
    timeline: Timeline

    @cached_property
    def fingerprint(self) -> str:
        """Fingerprint of the content: structure, numbers, past and clock."""
        return digest(self.program.structure + repr((self.numbers, self.past, self.timeline)))

    def expecting(self, weights: Mapping[str, Mapping[str, float]]) -> Lowered:
        """The same with the weights of features, by actor and feature; what is not among them stays as it is."""
        numbers = list(self.numbers)
        for actor, valuation in self.program.foresighted.items():
            for feature in valuation.features:
                known = weights.get(actor, {}).get(feature.name)
                if known is not None:
                    numbers[feature.weight.index] = known
        return replace(self, numbers=tuple(numbers))


def digest(text: str) -> str:
    """A short fingerprint of a text."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def number(numbers: tuple[float, ...], node: Expression) -> float:
    """The value of a node that must be a plain number."""
    return numbers[node.index] if isinstance(node, Constant) else getattr(node, "value", 0.0)
