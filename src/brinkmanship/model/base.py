"""What all records share: unknown keys are faults, blocks name their origin, numbers may carry a prior."""

from __future__ import annotations

import re
from datetime import date
from keyword import iskeyword
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    model_validator,
)

from brinkmanship.errors import Code, nearest, one_of


class Wrong(ValueError):
    """What a record's own check finds wrong, with the code of its diagnostic."""

    def __init__(self, code: Code, message: str):
        super().__init__(message)
        self.code = code


def as_list(value: Any) -> Any:
    """One name for a list of one."""
    return [value] if isinstance(value, str) else value


def identifier(value: str) -> str:
    """A name that expressions can hold; `Wrong` if it is none."""
    if not value.isidentifier() or not value.isascii():
        better = re.sub(r"[^A-Za-z0-9]+", "_", value).strip("_")
        better = f"n{better}" if better[:1].isdigit() else better or "a_name"
        raise Wrong(
            Code.BAD_NAME,
            f"`{value}` is no name: it takes the letters a to z, digits (not first) and underscores; e.g. {better}",
        )
    if iskeyword(value) or value in ("true", "false"):
        raise Wrong(Code.BAD_NAME, f"`{value}` is a word of the expression language and cannot be a name")
    return value


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise Wrong(Code.BAD_DATE, f"`{value}` is no date; e.g. 2020-01-05 (year, month, day)")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Wrong(Code.BAD_DATE, f"`{value}` is a day that no calendar has") from None


def _distinct(value: tuple[str, ...]) -> tuple[str, ...]:
    seen: set[str] = set()
    for each in value:
        if each in seen:
            raise Wrong(Code.DUPLICATE_MEMBER, f"`{each}` stands twice in this list")
        seen.add(each)
    return value


def _pair(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(value) != 2:
        raise Wrong(Code.WRONG_SHAPE, f"this takes two numbers, and {len(value)} stand here; e.g. [low, high]")
    return value


Identifier = Annotated[str, AfterValidator(identifier)]
Names = Annotated[tuple[str, ...], BeforeValidator(as_list)]
Day = Annotated[date, BeforeValidator(_day)]
Members = Annotated[tuple[Identifier, ...], BeforeValidator(as_list)]
Distinct = Annotated[tuple[str, ...], BeforeValidator(as_list), AfterValidator(_distinct)]
Levels = Annotated[tuple[Identifier, ...], AfterValidator(_distinct)]
Interval = Annotated[tuple[float, ...], AfterValidator(_pair)]


class Record(BaseModel):
    """Base of all records: frozen, and an unknown key is a fault with the nearest known one."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False, allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _known_keys(cls, value: Any, handler: Any, info: ValidationInfo) -> Any:
        if isinstance(value, dict) and info.context is not None:
            known = [each.alias or name for name, each in cls.model_fields.items()]
            unknown = [key for key in value if key not in known]
            for key in unknown:
                info.context.append((value, key, nearest(key, known) or one_of(known, 25)))
            if unknown:
                value = {key: each for key, each in value.items() if key in known}
        return handler(value)


class Sourced(Record):
    """A block that names its origin: claims or references (``because``), a reason (``assumed``), a fit (``fitted``)."""

    because: Names = ()
    assumed: str | None = None
    fitted: str | None = None
    label: str | None = None
    note: str | None = None


class Switchable(Sourced):
    """A block that can be switched off: a crisis then runs as if the block were not there, with the same structure."""

    off: bool = False


class Prior(Sourced):
    """A number and what is known of it. A pair is a 90 % interval; without one the number is a constant.

    ``held`` is a value (or a category) at which it is held, whatever else is known of it.
    """

    value: float | None = None
    range90: Interval | None = None
    distribution: str | None = None
    switch: float | None = Field(default=None, ge=0, le=1)
    categories: dict[Identifier, float] | None = None
    unit: str | None = None
    held: str | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Prior:
        forms = [
            self.value is not None,
            self.distribution is not None,
            self.switch is not None,
            self.categories is not None,
        ]
        if self.range90 is not None and self.value is None:
            raise Wrong(Code.KEYS_CONFLICT, "`range90` goes with `value`, the median")
        if sum(forms) != 1:
            raise Wrong(Code.KEYS_CONFLICT, "give one of `value`, `distribution`, `switch` or `categories`")
        if self.range90 is not None:
            assert self.value is not None
            if not self.range90[0] < self.value < self.range90[1]:
                raise Wrong(Code.OUT_OF_RANGE, "`value` is the median and must lie inside `range90`")
            if self.unit == "chance" and not 0 < self.range90[0] < self.range90[1] < 1:
                raise Wrong(Code.BAD_CHANCE, "the range of a chance must lie inside (0, 1)")
        if self.categories is not None and abs(sum(self.categories.values()) - 1) > 1e-9:
            raise Wrong(Code.CHANCES_NOT_ONE, "the chances of the categories must add up to 1")
        if self.categories is not None and min(self.categories.values()) < 0:
            raise Wrong(Code.BAD_CHANCE, "a chance cannot be negative")
        return self


#: A number, an expression, or an inline prior.
Amount = Annotated[
    Annotated[str, Tag("text")] | Annotated[Prior, Tag("prior")],
    Discriminator(lambda value: "prior" if isinstance(value, dict | Prior) else "text"),
]


class Effect(Record):
    add: Amount | None = None
    set: Amount | None = None
    if_: str | None = Field(default=None, alias="if")
    priority: int = 0

    @model_validator(mode="after")
    def _one(self) -> Effect:
        if (self.add is None) == (self.set is None):
            raise Wrong(Code.KEYS_CONFLICT, "give one of `add` and `set`")
        return self


Effects = dict[
    str,
    Annotated[
        Annotated[str, Tag("text")] | Annotated[Effect, Tag("effect")],
        Discriminator(lambda value: "effect" if isinstance(value, dict | Effect) else "text"),
    ],
]
