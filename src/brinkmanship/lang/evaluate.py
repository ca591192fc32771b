"""Core expressions over any array namespace: each is turned once into a closure and then called at every step.

Nothing here depends on data: the same closures run eagerly under NumPy and are traced by JAX.
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
    xp
        Array namespace.
    state, theta
        Quantities and parameters by key, each ``(run,)`` or broadcastable to it.
    numbers
        The runtime argument vector: every number of the crisis.
    day
        Days since the clock's start.
    span
        Length of the step in days.
    magnitude
        Gives random magnitudes by address.
    """

    xp: Any
    state: Mapping[str, Array]
    theta: Mapping[str, Array]
    numbers: Sequence[Any]
    day: Any
    span: Any
    magnitude: Magnitude = no_magnitude

    def seeing(self, state: Mapping[str, Array]) -> Environment:
        """The same with another state."""
        return Environment(self.xp, state, self.theta, self.numbers, self.day, self.span, self.magnitude)


Evaluator = Callable[[Environment], Array]

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": lambda a, b: a**b,
}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@lru_cache(maxsize=200_000)
def evaluator(node: Expression) -> Evaluator:  # noqa: C901 - one arm a node type
    """The closure of a core expression."""
    match node:
        case nodes.Number(value) | nodes.Truth(value):
            return lambda env: value
        case nodes.Constant(index):
            return lambda env: env.numbers[index]
        case nodes.Slot(key):
            return lambda env: env.state[key]
        case nodes.Parameter(key):
            return lambda env: env.theta[key]
        case nodes.Today():
            return lambda env: env.day
        case nodes.Span():
            return lambda env: env.span
        case nodes.Unary("-", operand):
            inner = evaluator(operand)
            return lambda env: -inner(env)
        case nodes.Unary(_, operand):
            inner = evaluator(operand)
            return lambda env: env.xp.logical_not(inner(env))
        case nodes.Binary("/", left, right):
            a, b = evaluator(left), evaluator(right)
            return lambda env: env.xp.divide(a(env), b(env))
        case nodes.Binary("**", left, right):
            a, b = evaluator(left), evaluator(right)
            return lambda env: env.xp.power(a(env) * 1.0, b(env))
        case nodes.Binary(sign, left, right):
            a, b, combine = evaluator(left), evaluator(right), _BINARY[sign]
            return lambda env: combine(a(env), b(env))
        case nodes.Compare((left, right), (sign,)):
            a, b, combine = evaluator(left), evaluator(right), _COMPARE[sign]
            return lambda env: combine(a(env), b(env))
        case nodes.Logic(word, operands):
            return _logic(word, tuple(evaluator(each) for each in operands))
        case nodes.Choose(condition, then, otherwise):
            c, a, b = evaluator(condition), evaluator(then), evaluator(otherwise)
            return lambda env: env.xp.where(c(env), a(env), b(env))
        case nodes.Call(function, arguments):
            apply, parts = FUNCTIONS[function].apply, tuple(evaluator(each) for each in arguments)
            return lambda env: apply(env.xp, *[part(env) for part in parts])
        case nodes.Draw(family, arguments, address):
            parts = tuple(evaluator(each) for each in arguments)
            return lambda env: env.magnitude(address, family, tuple(part(env) for part in parts))
    raise AssertionError(f"not a core expression: {node}")


def _logic(word: str, parts: tuple[Evaluator, ...]) -> Evaluator:
    name = "logical_and" if word == "and" else "logical_or"

    def evaluate(env: Environment) -> Array:
        combine = getattr(env.xp, name)
        value = parts[0](env)
        for part in parts[1:]:
            value = combine(value, part(env))
        return value

    return evaluate
