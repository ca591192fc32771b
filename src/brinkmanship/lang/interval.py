"""Interval arithmetic over core expressions: what values an expression can take, given the ranges of what it reads.

Used to reject a tempo that can exceed its limit and chances that cannot lie in [0, 1]. Bounds are safe, not sharp: a
name that stands twice is taken as two (``moore1966``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from brinkmanship.lang import nodes
from brinkmanship.lang.functions import FUNCTIONS, Interval
from brinkmanship.lang.nodes import Expression

_PARTIAL = ("sqrt", "log", "/", "**")
EVERYTHING: Interval = (-math.inf, math.inf)


@dataclass(frozen=True)
class Ranges:
    """Ranges of slots and parameters, the numbers of the crisis, its days and its step."""

    slots: Mapping[str, Interval]
    parameters: Mapping[str, Interval]
    numbers: Sequence[float]
    days: Interval
    span: float


def interval(node: Expression, ranges: Ranges) -> Interval:  # noqa: C901 - one arm a node type
    """Lowest and highest value of an expression; a condition counts as 0 or 1."""
    match node:
        case nodes.Number(value) | nodes.Truth(value):
            return float(value), float(value)
        case nodes.Constant(index):
            return ranges.numbers[index], ranges.numbers[index]
        case nodes.Slot(key):
            return ranges.slots.get(key, EVERYTHING)
        case nodes.Parameter(key):
            return ranges.parameters.get(key, EVERYTHING)
        case nodes.Today():
            return ranges.days
        case nodes.Span():
            return ranges.span, ranges.span
        case nodes.Unary("-", operand):
            low, high = interval(operand, ranges)
            return -high, -low
        case nodes.Binary(operator, left, right):
            return _clean(_BINARY[operator](interval(left, ranges), interval(right, ranges)))
        case nodes.Choose(condition, then, otherwise):
            certain = interval(condition, ranges)
            a, b = interval(then, ranges), interval(otherwise, ranges)
            if certain == (1.0, 1.0):
                return a
            return b if certain == (0.0, 0.0) else (min(a[0], b[0]), max(a[1], b[1]))
        case nodes.Compare((left, right), (operator,)):
            low, high = _compare(interval(left, ranges), operator, interval(right, ranges))
            if not _may_fail(node):
                return low, high
            return (0.0, 1.0) if operator == "!=" else (0.0, high)
        case nodes.Call(function, arguments):
            return _clean(FUNCTIONS[function].interval(*(interval(each, ranges) for each in arguments)))
        case nodes.Unary("not", operand):
            low, high = interval(operand, ranges)
            return 1.0 - high, 1.0 - low
        case nodes.Logic(operator, operands):
            extreme = min if operator == "and" else max
            lows, highs = zip(*(interval(each, ranges) for each in operands), strict=True)
            return extreme(lows), extreme(highs)
    return EVERYTHING


def _may_fail(node: Expression) -> bool:
    """Whether an expression may be no number at all, so that what it is compared with is never certainly true."""
    partial = [each for each in nodes.walk(node) if isinstance(each, nodes.Call | nodes.Binary)]
    return any((getattr(each, "function", "") or getattr(each, "operator", "")) in _PARTIAL for each in partial)


def _compare(a: Interval, operator: str, b: Interval) -> Interval:
    if operator in (">", ">="):
        a, b, operator = b, a, "<" if operator == ">" else "<="
    if operator == "<":
        return float(a[1] < b[0]), float(a[0] < b[1])
    if operator == "<=":
        return float(a[1] <= b[0]), float(a[0] <= b[1])
    equal = float(a == b and a[0] == a[1]), float(a[0] <= b[1] and b[0] <= a[1])
    return equal if operator == "==" else (1.0 - equal[1], 1.0 - equal[0])


def _clean(bounds: Interval) -> Interval:
    low, high = bounds
    return (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _multiply(a: Interval, b: Interval) -> Interval:
    corners = [_product(x, y) for x in a for y in b]
    return min(corners), max(corners)


def _divide(a: Interval, b: Interval) -> Interval:
    if b[0] <= 0 <= b[1]:
        return EVERYTHING
    return _multiply(a, (1 / b[1], 1 / b[0]))


def _power(a: Interval, b: Interval) -> Interval:
    if a[0] < 0 or math.isinf(a[1]):
        if b == (2.0, 2.0):
            top = max(abs(a[0]), abs(a[1])) ** 2
            return (0.0 if a[0] <= 0 <= a[1] else min(abs(a[0]), abs(a[1])) ** 2), top
        return EVERYTHING
    if a[0] == 0 and b[0] < 0:
        return 0.0, math.inf
    try:
        corners = [x**y for x in a for y in b]
    except OverflowError:
        return 0.0, math.inf
    return min(corners), max(corners)


_BINARY = {
    "+": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "-": lambda a, b: (a[0] - b[1], a[1] - b[0]),
    "*": _multiply,
    "/": _divide,
    "**": _power,
}
