"""Records of the documented past and of the evidence: history, sources, claims."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from brinkmanship.errors import Code
from brinkmanship.model.base import Day, Names, Record, Switchable, Wrong

MOST_PARAGRAPHS = 10_000
"""Paragraphs of a document, at most (our choice: a long book)."""

#: One performer, or several with the chance that each it was.
Performer = Annotated[
    Annotated[str, Tag("name")] | Annotated[dict[str, float], Tag("chances")],
    Discriminator(lambda value: "chances" if isinstance(value, dict) else "name"),
]


class Move(Switchable):
    date: Day
    actor: Performer | None = None
    action: str | None = None
    on: str | None = None
    event: str | None = None
    vote: str | None = None
    agreement: str | None = None
    members: dict[str, str] = {}
    branch: str | None = None
    attributed: bool | None = None
    magnitudes: dict[str, float] = {}

    @model_validator(mode="after")
    def _one(self) -> Move:
        if sum(each is not None for each in (self.action, self.event, self.vote, self.agreement)) != 1:
            raise Wrong(Code.KEYS_CONFLICT, "give one of `action`, `event`, `vote` and `agreement`")
        if (self.action is None) != (self.actor is None):
            raise Wrong(Code.KEYS_CONFLICT, "`actor` and `action` go together")
        return self


class Measurement(Switchable):
    date: Day
    quantity: str
    value: str


class Window(Switchable):
    """Days in which certain deeds and events are replayed only as documented.

    Under ``complete`` the documents tell all of them; under ``left_out`` there may have been others, which the replay
    leaves out.
    """

    classes: Names = ()
    actors: Names = ()
    events: Names = ()
    votes: Names = ()
    agreements: Names = ()
    from_: Day = Field(alias="from")
    to: Day


class History(Record):
    moves: tuple[Move, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    complete: tuple[Window, ...] = ()
    left_out: tuple[Window, ...] = ()


class Document(Record):
    file: str | None = None
    author: str | None = None
    title: str | None = None
    publisher: str | None = None
    date: str | None = None
    kind: str | None = None
    reliability: Literal["A", "B", "C", "D", "E", "F"] | None = None
    note: str | None = None
    url: str | None = None
    paragraphs: int | None = Field(default=None, ge=1, le=MOST_PARAGRAPHS)
    set_aside: dict[int, str] = {}


class Claim(Record):
    paragraph: int | None = None
    place: str | None = None
    kind: Literal["event", "quantity", "causal", "intention", "forecast", "judgement"]
    says: str | None = None
    date: str | None = None
    text: str
    contradicts: Names = ()
    note: str | None = None


class Contradiction(Record):
    claims: Names
    settled: str


class Evidence(Record):
    documents: dict[str, Document] = {}
    claims: dict[str, Claim] = {}
    contradictions: tuple[Contradiction, ...] = ()
