"""Core expressions over any array namespace: many expressions at once, each common part computed once.

A `Tape` is a straight-line program: a list of operations on numbered registers. Nothing in it depends on data, so the
same tape runs eagerly under NumPy, is written down by a recorder, and is traced by JAX.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from brinkmanship.lang import nodes
from brinkmanship.lang.functions import FUNCTIONS
from brinkmanship.lang.nodes import Expression

Array = Any
Magnitude = Callable[[str, str, tuple[Array, ...]], Array]


def no_magnitude(address: str, family: str, arguments: tuple[Array, ...]) -> Array:
    """The rule for places where nothing random may stand."""
    raise AssertionError(f"a random magnitude outside an effect: {address}")


@dataclass(slots=True)
class Environment:
    """What an expression reads.

    Attributes
    ----------
    state, theta
        Quantities and parameters by key, arrays that broadcast against each other, e.g. ``(run,)``.
    day
        Days since the clock's start.
    span
        Length of the step in days.
    numbers
        The runtime argument vector: every number of the crisis.
    magnitude
        Gives random magnitudes by address.
    """

    state: Mapping[str, Array]
    theta: Mapping[str, Array]
    day: Any = 0.0
    span: Any = 1.0
    numbers: Sequence[Any] = ()
    magnitude: Magnitude = no_magnitude

    def seeing(self, state: Mapping[str, Array]) -> Environment:
        """The same with another state."""
        return Environment(state, self.theta, self.day, self.span, self.numbers, self.magnitude)


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_MAGNITUDE = nodes.Name("magnitude")


class Tape:
    """Expressions as one straight-line program.

    Parameters
    ----------
    outputs
        Core expressions.
    xp
        Array namespace.
    """

    def __init__(self, outputs: Sequence[Expression], xp: Any):
        self.xp = xp
        self.blank: list[Any] = []
        self.reads: list[tuple[int, str, Any]] = []
        self.work: list[tuple[int, Any, Any, int, int, int]] = []
        self._places: dict[Expression, int] = {}
        self._known: dict[tuple[Any, ...], int] = {}
        self.outputs = [self._place(each) for each in outputs]
        self._reuse()
        self.slots = [key for _, kind, key in self.reads if kind == "state"]
        self.parameters = [key for _, kind, key in self.reads if kind == "theta"]

    def __call__(self, env: Environment) -> list[Array]:
        """Values of the outputs, in order."""
        registers = self.blank.copy()
        for place, kind, key in self.reads:
            if kind == "state":
                registers[place] = env.state[key]
            elif kind == "theta":
                registers[place] = env.theta[key]
            elif kind == "numbers":
                registers[place] = env.numbers[key]
            else:
                registers[place] = getattr(env, kind)
        for arity, apply, a, b, c, place in self.work:
            if arity == 2:
                registers[place] = apply(registers[a], registers[b])
            elif arity == 3:
                registers[place] = apply(registers[a], registers[b], registers[c])
            elif arity == 1:
                registers[place] = apply(registers[a])
            else:
                registers[place] = apply(*[registers[each] for each in a])
        return [registers[place] for place in self.outputs]

    def _reuse(self) -> None:
        """Give registers a second use once their value is not needed: intermediate arrays stay in the cache."""
        last = {place: step for step, work in enumerate(self.work) for place in _arguments(work)}
        kept = set(self.outputs)
        moved: dict[int, int] = {}
        free: list[int] = []
        work = []
        for step, entry in enumerate(self.work):
            arity, apply, a, b, c, place = entry
            used = dict.fromkeys(_arguments(entry))
            if arity:
                a, b, c = (moved.get(each, each) for each in (a, b, c))
            else:
                a = tuple(moved.get(each, each) for each in a)
            free += [moved.get(each, each) for each in used if last[each] == step and each not in kept]
            if free:
                moved[place] = free.pop()
            work.append((arity, apply, a, b, c, moved.get(place, place)))
        self.work = work
        self.outputs = [moved.get(place, place) for place in self.outputs]

    # --- building -----------------------------------------------------------------------------

    def _place(self, node: Expression) -> int:
        place = self._places.get(node)
        if place is None:
            place = self._places[node] = self._new(node)
        return place

    def _register(self, value: Any = None) -> int:
        self.blank.append(value)
        return len(self.blank) - 1

    def _input(self, kind: str, key: Any = None) -> int:
        place = self._register()
        self.reads.append((place, kind, key))
        return place

    def _operation(self, name: Any, apply: Callable[..., Any], *arguments: int) -> int:
        known = (name, *arguments)
        if known not in self._known:
            place = self._known[known] = self._register()
            if 1 <= len(arguments) <= 3:
                a, b, c = (*arguments, 0, 0)[:3]
                self.work.append((len(arguments), apply, a, b, c, place))
            else:
                self.work.append((0, apply, arguments, 0, 0, place))
        return self._known[known]

    def _chain(self, name: str, parts: Sequence[Expression]) -> int:
        """A left fold of a binary function of the namespace."""
        place = self._place(parts[0])
        for part in parts[1:]:
            place = self._operation(name, getattr(self.xp, name), place, self._place(part))
        return place

    def _new(self, node: Expression) -> int:  # noqa: C901 - one arm a node type
        xp = self.xp
        match node:
            case nodes.Number(value) | nodes.Truth(value):
                return self._register(value)
            case nodes.Constant(index):
                return self._input("numbers", index)
            case nodes.Slot(key):
                return self._input("state", key)
            case nodes.Parameter(key):
                return self._input("theta", key)
            case nodes.Today():
                return self._input("day")
            case nodes.Span():
                return self._input("span")
            case nodes.Name("magnitude"):
                return self._input("magnitude")
            case nodes.Unary("-", operand):
                return self._operation("-", operator.neg, self._place(operand))
            case nodes.Unary(_, operand):
                return self._operation("not", xp.logical_not, self._place(operand))
            case nodes.Binary("**", base, nodes.Number(2.0)):
                place = self._place(base)
                return self._operation("square", operator.mul, place, place)
            case nodes.Binary(sign, left, right):
                apply = {
                    "+": operator.add,
                    "-": operator.sub,
                    "*": operator.mul,
                    "/": xp.divide,
                    "**": self._power,
                }[sign]
                return self._operation(("binary", sign), apply, self._place(left), self._place(right))
            case nodes.Compare((left, right), (sign,)):
                return self._operation(sign, _COMPARE[sign], self._place(left), self._place(right))
            case nodes.Logic(word, operands):
                return self._chain("logical_and" if word == "and" else "logical_or", operands)
            case nodes.Choose(condition, then, otherwise):
                return self._operation(
                    "where", xp.where, self._place(condition), self._place(then), self._place(otherwise)
                )
            case nodes.Call("max", arguments):
                return self._chain("maximum", arguments)
            case nodes.Call("min", arguments):
                return self._chain("minimum", arguments)
            case nodes.Call(function, arguments):
                apply = FUNCTIONS[function].apply
                places = [self._place(each) for each in arguments]
                return self._operation(function, lambda *values: apply(xp, *values), *places)
            case nodes.Draw(family, arguments, address):
                places = [self._place(_MAGNITUDE), *map(self._place, arguments)]
                return self._operation(("draw", address), lambda draw, *values: draw(address, family, values), *places)
        raise AssertionError(f"not a core expression: {node}")

    def _power(self, base: Array, exponent: Array) -> Array:
        return self.xp.power(base * 1.0, exponent)


def _arguments(work: tuple[int, Any, Any, int, int, int]) -> tuple[int, ...]:
    """The registers that an operation reads."""
    arity, _, a, b, c, _ = work
    return (a, b, c)[:arity] if arity else tuple(a)


def evaluate(node: Expression, env: Environment, xp: Any) -> Array:
    """The value of one expression by itself; its tape is kept for the next time."""
    return _tape_of(node, xp)(env)[0]


@lru_cache(maxsize=10_000)  # several times what a large crisis has (our choice)
def _tape_of(node: Expression, xp: Any) -> Tape:
    return Tape([node], xp)
