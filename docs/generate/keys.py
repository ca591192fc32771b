"""The keys of every block, from the records that read them."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

from brinkmanship.model import base, documents, records
from brinkmanship.model.base import Record, Sourced, Switchable
from brinkmanship.model.records import CrisisRecord
from docs.generate.markdown import code, page, table
from docs.generate.meanings import meanings

TYPES: list[tuple[Any, str]] = [
    (base.Amount, "number, expression or inline prior"),
    (base.Day, "date"),
    (base.Names, "name or list of names"),
    (base.Members, "name or list of names"),
    (base.Distinct, "name or list of names"),
    (base.Levels, "list of names"),
    (base.Interval, "`[low, high]`"),
    (base.Effects, "effects"),
    (documents.Performer, "name, or names with chances"),
    (records.Foresight, "`none`, `persistence` or `{replies: n}`"),
    (base.Identifier, "name"),
]
PLAIN = {str: "text", float: "number", int: "whole number", bool: "`true` or `false`", Any: "anything"}
INTRODUCTION = """Every block of a crisis, its keys, what each takes and what it is when it is left out. How blocks are
used stands in [the language](language.md). `NAME` is a name of yours.
A key that is not here is a [fault](diagnostics.md#unknown-key)."""
ORIGIN = """Blocks that hold numbers or mechanisms say what they rest on. These keys may stand in every block below
that says *with origin*."""
SWITCH = "Blocks below that say *with a switch* have this key too."


def keys() -> str:
    """The page on keys."""
    told = meanings()
    parts = [
        INTRODUCTION,
        "## Origin",
        ORIGIN,
        _table(Sourced, told["Origin"], Sourced.model_fields),
        SWITCH,
        _table(Switchable, told["Switchable"], own(Switchable)),
    ]
    for record, places in blocks().items():
        whole = record is CrisisRecord
        heading = "The whole crisis" if whole else f"`{places[0]}`"
        intro = "The sections, in any order." if whole else _intro(record, places[1:])
        parts += [f"## {heading}", *filter(None, [intro]), _table(record, told[record.__name__], own(record))]
    return page("Keys of every block", *parts)


def blocks() -> dict[type[Record], list[str]]:
    """All records of a crisis, in the order of a file, with the places where they stand."""
    found: dict[type[Record], list[str]] = {}

    def walk(record: type[Record], place: str) -> None:
        first = record not in found
        found.setdefault(record, []).append(place)
        if not first:
            return
        for name, field in record.model_fields.items():
            for inner, below in _inner(field.annotation, ""):
                if place or inner is not base.Prior or name == "parameters":
                    walk(inner, f"{place}.{field.alias or name}{below}".lstrip("."))

    walk(CrisisRecord, "")
    return found


def _intro(record: type[Record], others: list[str]) -> str:
    shared = "With origin" if issubclass(record, Sourced) else ""
    shared += " and a switch" if issubclass(record, Switchable) else ""
    listed = ", ".join(f"`{each}`" for each in others[:3]) + (", and others" if len(others) > 3 else "")
    return " ".join(f"{each}." for each in (shared, listed and f"Also at {listed}") if each)


def own(record: type[Record]) -> dict[str, FieldInfo]:
    """The keys of a record other than those of every sourced or switchable block."""
    shared = Switchable if issubclass(record, Switchable) else Sourced if issubclass(record, Sourced) else Record
    shared = Sourced if record is Switchable else shared
    return {
        field.alias or name: field for name, field in record.model_fields.items() if name not in shared.model_fields
    }


def _inner(annotation: Any, below: str) -> Iterator[tuple[type[Record], str]]:
    if isinstance(annotation, type) and issubclass(annotation, Record):
        yield annotation, below
    step = {dict: ".NAME", tuple: "[]"}.get(get_origin(annotation), "")  # type: ignore[arg-type]
    for part in get_args(annotation):
        yield from _inner(part, below + step)


def _table(record: type[Record], told: dict[str, str], fields: dict[str, FieldInfo]) -> str:
    hints = get_type_hints(record, include_extras=True)
    names = {field.alias or name: name for name, field in record.model_fields.items()}
    rows = [(f"`{key}`", told[key], takes(hints[names[key]]), _default(field)) for key, field in fields.items()]
    return table(("key", "meaning", "takes", "if left out"), rows)


def takes(hint: Any) -> str:
    """What a key takes, in words."""
    for known, words in TYPES:
        if hint == known:
            return words
    if hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, Record):
        return "a block"
    return _composed(get_origin(hint), get_args(hint))


def _composed(origin: Any, parts: tuple[Any, ...]) -> str:
    if origin is Literal:
        return ", ".join(code(each) for each in parts)
    if origin in (Union, UnionType):
        return " or ".join(takes(each) for each in parts if each is not type(None))
    if origin is dict:
        return f"names, each with {takes(parts[1])}"
    if origin is tuple:
        return f"list of {takes(parts[0]).removeprefix('a ')}s"
    return takes(parts[0])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    default = field.get_default(call_default_factory=True)
    if default is None or default is False or default in ((), {}, "") or isinstance(default, Record):
        return ""
    return f"`{default}`"
