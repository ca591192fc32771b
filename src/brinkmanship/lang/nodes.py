"""Expressions as data.

*Surface* nodes are what an author writes. *Core* leaves (``Slot``, ``Parameter``, ``Constant``, ``Today``, ``Span``,
``Draw``) are what names and numbers become once a scope has resolved them; operators are the same in both.
``at`` is the offset of a node in its text; it takes no part in equality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace

_AT = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    at: int = _AT


@dataclass(frozen=True, slots=True)
class Truth:
    value: bool
    at: int = _AT


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    at: int = _AT


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    at: int = _AT


@dataclass(frozen=True, slots=True)
class Entry:
    """``quantity[index, ...]``."""

    name: str
    index: tuple[Expression, ...]
    at: int = _AT


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: Expression
    at: int = _AT


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Expression
    right: Expression
    at: int = _AT


@dataclass(frozen=True, slots=True)
class Compare:
    """``a < b <= c``: one more operand than operators."""

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]
    at: int = _AT


@dataclass(frozen=True, slots=True)
class Logic:
    operator: str
    operands: tuple[Expression, ...]
    at: int = _AT


@dataclass(frozen=True, slots=True)
class Choose:
    """``then if condition else otherwise``."""

    condition: Expression
    then: Expression
    otherwise: Expression
    at: int = _AT


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Expression, ...]
    at: int = _AT


@dataclass(frozen=True, slots=True)
class Fold:
    """``sum(body for variable in over if condition)``; also ``any`` and ``all``."""

    function: str
    body: Expression
    variable: str
    over: str
    condition: Expression | None = None
    at: int = _AT


@dataclass(frozen=True, slots=True)
class Slot:
    """One number of the state vector, e.g. ``grievance[iran,iraq]``."""

    key: str


@dataclass(frozen=True, slots=True)
class Parameter:
    key: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of the crisis, by its place in the runtime argument vector."""

    index: int


@dataclass(frozen=True, slots=True)
class Today:
    """Days since the clock's start, at the start of the step."""


@dataclass(frozen=True, slots=True)
class Span:
    """The length of the step that is being taken, in days."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A random magnitude with its address."""

    family: str
    arguments: tuple[Expression, ...]
    address: str


Expression = (
    Number | Truth | Text | Name | Entry | Unary | Binary | Compare | Logic | Choose | Call | Fold
    | Slot | Parameter | Constant | Today | Span | Draw
)  # fmt: skip


def children(node: Expression) -> Iterator[Expression]:
    """The nodes directly below one."""
    for each in fields(node):
        value = getattr(node, each.name)
        for item in value if isinstance(value, tuple) else (value,):
            if is_dataclass(item):
                yield item  # type: ignore[misc]


def walk(node: Expression) -> Iterator[Expression]:
    """A node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def transform(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The tree with ``change`` applied to every node, leaves first."""
    altered = {}
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, tuple):
            altered[each.name] = tuple(transform(v, change) if is_dataclass(v) else v for v in value)  # type: ignore[arg-type]
        elif is_dataclass(value):
            altered[each.name] = transform(value, change)  # type: ignore[arg-type]
    return change(replace(node, **altered) if altered else node)


def slots_read(node: Expression) -> frozenset[str]:
    """Keys of the state that an expression reads."""
    return frozenset(each.key for each in walk(node) if isinstance(each, Slot))


def draws_in(node: Expression) -> tuple[Draw, ...]:
    """The random magnitudes of an expression, in order."""
    return tuple(each for each in walk(node) if isinstance(each, Draw))
