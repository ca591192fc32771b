"""Expressions as data.

*Surface* nodes are what an author writes. *Core* leaves (``Slot``, ``Parameter``, ``Constant``, ``Today``, ``Span``,
``Draw``) are what names and numbers become once a scope has resolved them; operators are the same in both.
``at`` is the offset of a node in its text; it takes no part in equality.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar, dataclass_transform

_AT = field(default=0, compare=False, repr=False)
_T = TypeVar("_T")


class _Node:
    """What all nodes share: trees stand in many tables, so that a node's hash is computed once."""

    __slots__ = ("_hash",)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def _node(plain: type[_T]) -> type[_T]:
    made = dataclass(frozen=True, slots=True)(plain)
    own = made.__hash__

    def cached(self: Any) -> int:
        try:
            return self._hash
        except AttributeError:
            object.__setattr__(self, "_hash", own(self))
            return self._hash

    made.__hash__ = cached  # type: ignore[method-assign,assignment]
    return made


@_node
class Number(_Node):
    value: float
    at: int = _AT


@_node
class Truth(_Node):
    value: bool
    at: int = _AT


@_node
class Text(_Node):
    value: str
    at: int = _AT


@_node
class Name(_Node):
    name: str
    at: int = _AT


@_node
class Entry(_Node):
    """``quantity[index, ...]``."""

    name: str
    index: tuple[Expression, ...]
    at: int = _AT


@_node
class Unary(_Node):
    operator: str
    operand: Expression
    at: int = _AT


@_node
class Binary(_Node):
    operator: str
    left: Expression
    right: Expression
    at: int = _AT


@_node
class Compare(_Node):
    """``a < b <= c``: one more operand than operators."""

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]
    at: int = _AT


@_node
class Logic(_Node):
    operator: str
    operands: tuple[Expression, ...]
    at: int = _AT


@_node
class Choose(_Node):
    """``then if condition else otherwise``."""

    condition: Expression
    then: Expression
    otherwise: Expression
    at: int = _AT


@_node
class Call(_Node):
    function: str
    arguments: tuple[Expression, ...]
    at: int = _AT


@_node
class Fold(_Node):
    """``sum(body for variable in over if condition)``; also ``any`` and ``all``."""

    function: str
    body: Expression
    variable: str
    over: str
    condition: Expression | None = None
    at: int = _AT


@_node
class Slot(_Node):
    """One number of the state vector, e.g. ``grievance[iran,iraq]``."""

    key: str


@_node
class Parameter(_Node):
    key: str


@_node
class Constant(_Node):
    """A number of the crisis, by its place in the runtime argument vector."""

    index: int


@_node
class Today(_Node):
    """Days since the clock's start, at the start of the step."""


@_node
class Span(_Node):
    """The length of the step that is being taken, in days."""


@_node
class Draw(_Node):
    """A random magnitude with its address."""

    family: str
    arguments: tuple[Expression, ...]
    address: str


Expression = (
    Number | Truth | Text | Name | Entry | Unary | Binary | Compare | Logic | Choose | Call | Fold
    | Slot | Parameter | Constant | Today | Span | Draw
)  # fmt: skip


_BELOW: dict[type, tuple[str, ...]] = {
    kind: tuple(each.name for each in fields(kind) if "Expression" in str(each.type))
    for kind in Expression.__args__  # type: ignore[attr-defined]
}
"""By kind of node, the fields that hold nodes, or tuples of them."""


def children(node: Expression) -> Iterator[Expression]:
    """The nodes directly below one."""
    for name in _BELOW[type(node)]:
        value = getattr(node, name)
        if isinstance(value, tuple):
            yield from value
        elif value is not None:
            yield value


def walk(node: Expression) -> Iterator[Expression]:
    """A node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def transform(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The tree with ``change`` applied to every node, leaves first."""
    return change(below(node, lambda child: transform(child, change)))


def below(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """A node with ``change`` applied to those directly below it; the node itself if that changes none of them."""
    altered: dict[str, object] = {}
    for name in _BELOW[type(node)]:
        value = getattr(node, name)
        if isinstance(value, tuple):
            changed = tuple(map(change, value))
            if any(map(operator.is_not, changed, value)):
                altered[name] = changed
        elif value is not None:
            changed = change(value)
            if changed is not value:
                altered[name] = changed
    return replace(node, **altered) if altered else node  # type: ignore[arg-type]


def slots_read(node: Expression) -> frozenset[str]:
    """Keys of the state that an expression reads."""
    return frozenset(each.key for each in walk(node) if isinstance(each, Slot))


def draws_in(node: Expression) -> tuple[Draw, ...]:
    """The random magnitudes of an expression, in order."""
    return tuple(each for each in walk(node) if isinstance(each, Draw))
