"""Random magnitudes as a few weighted points, for expected values of what may be non-linear.

Counts by 0, 1, 2 and "3 or more" (at its conditional mean, so that the mean is exact), continuous magnitudes by three
points of Gauss's rules, a coin exactly.
"""

from __future__ import annotations

import math
from typing import Any

Array = Any
POINTS = {"poisson": 4, "normal": 3, "lognormal": 3, "uniform": 3, "bernoulli": 2}
_HERMITE = ((-math.sqrt(3.0), 1 / 6), (0.0, 2 / 3), (math.sqrt(3.0), 1 / 6))
_LEGENDRE = ((-math.sqrt(0.6), 5 / 18), (0.0, 8 / 18), (math.sqrt(0.6), 5 / 18))


def point(xp: Any, family: str, arguments: tuple[Array, ...], index: int) -> tuple[Array, Array]:
    """Value and weight of one point of a family's rule."""
    if family == "poisson":
        return _count(xp, arguments[0], index)
    if family == "bernoulli":
        return (1.0, arguments[0]) if index else (0.0, 1.0 - arguments[0])
    if family == "uniform":
        node, weight = _LEGENDRE[index]
        return (arguments[0] + arguments[1]) / 2 + node * (arguments[1] - arguments[0]) / 2, weight
    node, weight = _HERMITE[index]
    if family == "normal":
        return arguments[0] + node * arguments[1], weight
    return arguments[0] * xp.exp(node * arguments[1]), weight


def _count(xp: Any, mean: Array, index: int) -> tuple[Array, Array]:
    none = xp.exp(-mean)
    one, two = none * mean, none * mean**2 / 2
    if index < 3:
        return float(index), (none, one, two)[index]
    rest = xp.maximum(1.0 - none - one - two, 0.0)
    known = rest > 1e-12
    value = xp.where(known, (mean - one - 2.0 * two) / xp.where(known, rest, 1.0), 3.0)
    return xp.maximum(value, 3.0), rest
