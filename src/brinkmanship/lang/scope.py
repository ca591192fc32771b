"""What an expression may name: symbols, sets, and what names, numbers and draws become.

Kinds: ``number``; ``flag``, a number that is 0 or 1; ``condition``, a truth; ``rung``, one of named levels;
``member``, a member of a set (known when the crisis is read, so that comparing members costs nothing later).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from brinkmanship.lang.nodes import Expression
from brinkmanship.lang.units import Unit

Kind = Literal["number", "flag", "condition", "rung", "member", "unknown"]


@dataclass(frozen=True)
class Symbol:
    """A declared name: a quantity (with the sets it runs over) or a parameter."""

    source: Literal["quantity", "parameter"]
    kind: Kind = "number"
    unit: Unit | None = None
    over: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Typed:
    """A resolved expression with its kind, unit and, for a rung, its levels."""

    node: Expression
    kind: Kind = "number"
    unit: Unit | None = None
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scope:
    """What an expression may name, and how numbers, references and draws become core nodes.

    Attributes
    ----------
    constant
        Registers a number as a runtime argument and gives its node.
    reference
        ``(function, name, further names) -> Typed``; raises `ExpressionFault` for a name it does not know.
    address
        Gives the address of the next random magnitude; None where random magnitudes are not allowed.
    kinds
        What a name is that is neither quantity nor parameter: "action", "clock", ...; empty if nothing.
    spend
        Called with the work done, so that the whole can be bounded.
    """

    symbols: Mapping[str, Symbol]
    sets: Mapping[str, tuple[str, ...]]
    constant: Callable[[float], Expression]
    reference: Callable[[str, str, tuple[str, ...]], Typed]
    bound: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Typed] = field(default_factory=dict)
    address: Callable[[], str] | None = None
    kinds: Callable[[str], str] = lambda name: ""
    spend: Callable[[int], None] = lambda work: None

    def bind(self, **members: str) -> Scope:
        """The scope with variables bound to members."""
        return replace(self, bound={**self.bound, **members})

    def with_draws(self, prefix: str) -> Scope:
        """The scope with random magnitudes allowed, addressed under a prefix."""
        count = iter(range(1_000_000))
        return replace(self, address=lambda: f"{prefix}#{next(count)}")


def slot_key(name: str, members: tuple[str, ...] = ()) -> str:
    """The state key of one entry of a quantity."""
    return f"{name}[{','.join(members)}]" if members else name
