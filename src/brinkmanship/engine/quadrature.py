"""Random magnitudes as a few weighted points, for expected values of what may be non-linear.

Counts by 0, 1, 2 and "3 or more" (at its conditional mean, so that the mean is exact), continuous magnitudes by three
points of Gauss's rules, a coin exactly. Points and weights are expressions in the magnitude's own arguments.
"""

from __future__ import annotations

import math

from brinkmanship.lang.nodes import Binary, Call, Choose, Compare, Draw, Expression, Number, Unary

POINTS = {"poisson": 4, "normal": 3, "lognormal": 3, "uniform": 3, "bernoulli": 2}
_HERMITE = ((-math.sqrt(3.0), 1 / 6), (0.0, 2 / 3), (math.sqrt(3.0), 1 / 6))
_LEGENDRE = ((-math.sqrt(0.6), 5 / 18), (0.0, 8 / 18), (math.sqrt(0.6), 5 / 18))
ONE = Number(1.0)


def point(draw: Draw, index: int) -> tuple[Expression, Expression]:
    """Value and weight of one point of a magnitude's rule."""
    first, *more = draw.arguments
    if draw.family == "poisson":
        return _count(first, index)
    if draw.family == "bernoulli":
        return (ONE, first) if index else (Number(0.0), Binary("-", ONE, first))
    if draw.family == "uniform":
        node, weight = _LEGENDRE[index]
        half = Binary("/", Binary("-", more[0], first), Number(2.0))
        return Binary("+", mean(draw), Binary("*", Number(node), half)), Number(weight)
    node, weight = _HERMITE[index]
    spread = Binary("*", Number(node), more[0])
    if draw.family == "normal":
        return Binary("+", first, spread), Number(weight)
    return Binary("*", first, Call("exp", (spread,))), Number(weight)


def mean(draw: Draw) -> Expression:
    """The mean of a magnitude (of a lognormal one, its median): what stands in where nothing is drawn."""
    if draw.family == "uniform":
        return Binary("/", Binary("+", draw.arguments[0], draw.arguments[1]), Number(2.0))
    return draw.arguments[0]


def _count(rate: Expression, index: int) -> tuple[Expression, Expression]:
    none = Call("exp", (Unary("-", rate),))
    one = Binary("*", none, rate)
    two = Binary("/", Binary("*", one, rate), Number(2.0))
    if index < 3:
        return Number(float(index)), (none, one, two)[index]
    few = Binary("+", Binary("+", none, one), two)
    rest = Call("max", (Binary("-", ONE, few), Number(0.0)))
    known = Compare((rest, Number(1e-12)), (">",))
    beyond = Binary("-", Binary("-", rate, one), Binary("*", Number(2.0), two))
    value = Choose(known, Binary("/", beyond, Choose(known, rest, ONE)), Number(3.0))
    return Call("max", (value, Number(3.0))), rest
