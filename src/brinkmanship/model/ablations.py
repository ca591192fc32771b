"""Records of ablations: a mechanism taken out or changed, and what that is expected to do."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from brinkmanship.errors import Code
from brinkmanship.model.base import Day, Names, Record, Sourced, Wrong


class Expectation(Record):
    """The direction in which an outcome's probability, or a quantity's mean, moves."""

    outcome: str | None = None
    quantity: str | None = None
    direction: Literal["up", "down"]
    at: Day | None = None

    @model_validator(mode="after")
    def _one(self) -> Expectation:
        if (self.outcome is None) == (self.quantity is None):
            raise Wrong(Code.KEYS_CONFLICT, "give one of `outcome` and `quantity`")
        return self


class Ablation(Sourced):
    """Edits made together, and what they should change; ``edit`` holds paths and values as an author writes them."""

    what: str
    edit: dict[str, Any]
    from_: Day | None = Field(default=None, alias="from")
    given: Names = ()
    expect: tuple[Expectation, ...]

    @model_validator(mode="after")
    def _says_something(self) -> Ablation:
        if not self.edit:
            raise Wrong(Code.BAD_VALUE, "an ablation edits something; e.g. edit: {events.spark: off}")
        if not self.expect:
            raise Wrong(Code.BAD_VALUE, "an ablation expects something; e.g. expect: [{outcome: war, direction: down}]")
        return self
