"""The records of a crisis: what an author may write, key by key (see ``docs/reference/language.md``).

Scalars that may be expressions are text here; they are resolved when the crisis is lowered.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from brinkmanship.errors import Code
from brinkmanship.model.ablations import Ablation
from brinkmanship.model.base import (
    Amount,
    Day,
    Distinct,
    Effects,
    Identifier,
    Interval,
    Levels,
    Members,
    Names,
    Prior,
    Record,
    Sourced,
    Switchable,
    Wrong,
)
from brinkmanship.model.documents import Evidence, History
from brinkmanship.model.questions import Question

MAX_STEPS = 200_000
"""Steps of a run, at most (our choice: a century of days with room to halve them twice)."""
LARGEST = 1e15
"""Whole numbers stay exact in double precision well beyond this (2**53)."""


MOST_ROUNDS = 5
"""Rounds of reasoning, at most (our choice: people are seldom found to go beyond three; Camerer, Ho and Chong 2004)."""


class Head(Record):
    title: str
    summary: str = ""


class Clock(Sourced):
    start: Day
    from_: Day | None = Field(default=None, alias="from")
    end: Day
    step: float = Field(default=1.0, gt=0, le=30)

    @model_validator(mode="after")
    def _ordered(self) -> Clock:
        if not self.start < self.end:
            raise Wrong(Code.OUT_OF_RANGE, "`end` must come after `start`")
        if self.from_ is not None and not self.start <= self.from_ < self.end:
            raise Wrong(Code.OUTSIDE_CLOCK, "`from` must lie between `start` and `end`")
        if (self.end - self.start).days > 36_525:
            raise Wrong(Code.TOO_LARGE, "from `start` to `end` are more than a hundred years")
        if (self.end - self.start).days / self.step > MAX_STEPS:
            raise Wrong(
                Code.TOO_LARGE,
                f"from `start` to `end` are more than {MAX_STEPS:,} steps of {self.step:g} days: make `step` longer",
            )
        return self

    def misses(self, day: Day) -> tuple[str, str] | None:
        """What is wrong with a day outside the clock, and what would be right; None for one inside."""
        if self.start <= day < self.end:
            return None
        if day < self.start:
            hint = f"the first day of a run is {self.start}: correct the date, or let the clock start earlier"
        else:
            last = self.end - timedelta(days=1)
            hint = f"the last day of a run is {last}: correct the date, or let the clock end later"
        return f"{day} lies outside the clock ({self.start} to {self.end})", hint

    @property
    def origin(self) -> Day:
        """The default date from which futures are simulated."""
        return self.from_ or self.start


class Quantity(Sourced):
    kind: Literal["level", "count", "flag", "rung"] = "level"
    unit: str | None = None
    bounds: Interval | None = None
    levels: Levels = ()
    over: Names = ()
    start: Amount = "0"
    starts: dict[str, Amount] = {}

    @model_validator(mode="after")
    def _complete(self) -> Quantity:
        if self.kind in ("level", "count"):
            if self.bounds is None:
                raise Wrong(Code.MISSING_KEY, f"a {self.kind} needs `bounds: [low, high]`")
            if not self.bounds[0] < self.bounds[1]:
                raise Wrong(Code.OUT_OF_RANGE, "the lower bound must be below the upper")
            if max(map(abs, self.bounds)) > LARGEST:
                raise Wrong(Code.OUT_OF_RANGE, f"bounds beyond {LARGEST:.0e} are not exact; take a larger unit")
        elif self.bounds is not None:
            raise Wrong(Code.KEYS_CONFLICT, f"a {self.kind} has no `bounds`")
        if (self.kind == "rung") != bool(self.levels):
            raise Wrong(
                Code.KEYS_CONFLICT,
                "a rung needs its `levels: [lowest, ...]`"
                if self.kind == "rung"
                else f"a {self.kind} has no `levels`; `kind: rung` has",
            )
        return self


class ActionClass(Sourced):
    weight: float = Field(default=1.0, gt=0)
    dissimilarity: float = Field(default=1.0, gt=0, le=1)


class Interest(Switchable):
    of: str
    weight: Amount
    range: Interval | None = None


class Perception(Switchable):
    delay: float | None = Field(default=None, gt=0)
    noise: Amount | None = None
    bias: Amount | None = None


class Belief(Switchable):
    about: str
    rung: str
    provoked_by: Names
    window: float = Field(gt=0)
    start: Amount
    strength: Amount = "4"


class Replies(Record):
    """Foresight that reckons with what others do in reply, in so many rounds of reasoning."""

    replies: int = Field(ge=1, le=MOST_ROUNDS)


Foresight = Annotated[
    Annotated[Literal["none", "persistence"], Tag("word")] | Annotated[Replies, Tag("replies")],
    Discriminator(lambda value: "replies" if isinstance(value, dict | Replies) else "word"),
]


class Actor(Switchable):
    codes: dict[str, str] = {}
    precision: Amount = "1"
    tempo: Amount = "0"
    foresight: Foresight = "persistence"
    features: Names = ()
    horizon: Amount = "90"
    discount: Amount = "0"
    principal: str | None = None
    mandate: Amount | None = None
    interests: dict[Identifier, Interest] = {}
    perception: dict[str, Perception] = {}
    beliefs: dict[Identifier, Belief] = {}

    @model_validator(mode="after")
    def _delegation(self) -> Actor:
        if (self.principal is None) != (self.mandate is None):
            raise Wrong(Code.KEYS_CONFLICT, "`principal` and `mandate` go together")
        return self

    @model_validator(mode="after")
    def _features(self) -> Actor:
        if self.features and not isinstance(self.foresight, Replies):
            raise Wrong(Code.KEYS_CONFLICT, "`features` go with foresight of replies; e.g. foresight: {replies: 2}")
        return self


class Branch(Sourced):
    chance: Amount | None = None
    then: Effects = {}


class CallOff(Sourced):
    chance: Amount
    then: Effects = {}


class Authorised(Sourced):
    lag: float = Field(gt=0)
    called_off: CallOff


class Happening(Switchable):
    """What has effects: always, and by branches."""

    when: str | None = None
    then: Effects = {}
    branches: dict[Identifier, Branch] = {}


class Action(Happening):
    class_: str = Field(alias="class")
    by: Distinct
    on: Distinct = ()
    rung: str | None = None
    weight: float = Field(default=1.0, gt=0)
    cost: Amount = "0"
    deniable: Amount | None = None
    cooldown: float | None = Field(default=None, gt=0)
    duration: float | None = Field(default=None, gt=0)
    during: Effects = {}
    afterwards: Effects = {}
    authorised: Authorised | None = None


class Event(Happening):
    hazard: Amount
    each: dict[Identifier, str] = {}
    unless: str | None = None


class Process(Switchable):
    of: str
    toward: Amount | None = None
    rate: Amount | None = None
    drift: Amount | None = None
    noise: Amount | None = None
    when: str | None = None
    each: dict[Identifier, str] = {}
    unless: str | None = None

    @model_validator(mode="after")
    def _moves(self) -> Process:
        if (self.toward is None) != (self.rate is None):
            raise Wrong(Code.KEYS_CONFLICT, "`toward` and `rate` go together")
        if self.toward is None and self.drift is None and self.noise is None:
            raise Wrong(Code.MISSING_KEY, "a process needs `toward` and `rate`, `drift` or `noise`")
        return self


class CalendarEntry(Switchable):
    on: Day
    then: Effects = {}


class Deadline(Switchable):
    days: Amount
    then: Effects = {}


class Ballot(Sourced):
    carries: Amount
    cost: Amount = "0"


class Ballots(Record):
    for_: Ballot = Field(alias="for")
    against: Ballot
    boycott: Ballot | None = None


class Vote(Switchable):
    when: str
    among: str
    seats: str
    quorum: Amount = "0"
    majority: Amount = "present"
    ballots: Ballots
    passed: Effects = {}
    failed: Effects = {}
    no_quorum: Effects = {}


class Agreement(Switchable):
    sides: Distinct
    minimum: dict[str, Amount]
    channel: str | None = None
    hazard: Amount
    when: str | None = None
    then: Effects = {}

    @model_validator(mode="after")
    def _sides(self) -> Agreement:
        if len(self.sides) < 2:
            raise Wrong(Code.MISSING_SIDE, "an agreement has at least two `sides`")
        return self


class Outcome(Sourced):
    ever: str | None = None
    at_end: str | None = None
    first: dict[Identifier, str] | None = None
    ends: bool = False

    @model_validator(mode="after")
    def _one(self) -> Outcome:
        if sum(each is not None for each in (self.ever, self.at_end, self.first)) != 1:
            raise Wrong(Code.KEYS_CONFLICT, "give one of `ever`, `at_end` and `first`")
        if self.ends and self.ever is None:
            raise Wrong(Code.KEYS_CONFLICT, "only an `ever` outcome can end a run")
        return self


class CrisisRecord(Record):
    """A whole crisis."""

    crisis: Head
    clock: Clock
    sets: dict[Identifier, Members] = {}
    parameters: dict[Identifier, Prior] = {}
    quantities: dict[Identifier, Quantity] = {}
    ladder: Levels = ()
    classes: dict[Identifier, ActionClass] = {}
    actors: dict[Identifier, Actor] = {}
    actions: dict[Identifier, Action] = {}
    events: dict[Identifier, Event] = {}
    processes: dict[Identifier, Process] = {}
    calendar: dict[Identifier, CalendarEntry] = {}
    clocks: dict[Identifier, Deadline] = {}
    votes: dict[Identifier, Vote] = {}
    agreements: dict[Identifier, Agreement] = {}
    outcomes: dict[Identifier, Outcome] = {}
    history: History = History()
    sources: Evidence = Evidence()
    ablations: dict[Identifier, Ablation] = {}
    questions: dict[Identifier, Question] = {}
