"""The two-piece normal prior: one quantile function, for draws and for the range that a parameter can take.

5 %, 50 % and 95 % are as given; draws are cut at four standard deviations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Array = Any
CUT = 4.0
"""Priors are cut at this many standard deviations (our choice)."""
Z95 = 1.6448536269514722
"""Standard normal quantile of 95 %."""
MOST = 700.0
"""Largest exponent taken: beyond it doubles overflow."""


def two_piece(xp: Any, scale: str, values: Sequence[Array], z: Array) -> Array:
    """Quantile at a standard normal ``z`` of the prior with ``values`` (low, median, high) on a scale."""
    low, middle, high = (_forward(xp, scale, each) for each in values)
    return _backward(xp, scale, middle + xp.where(z > 0, high - middle, middle - low) * z / Z95)


def _forward(xp: Any, scale: str, x: Array) -> Array:
    if scale == "log":
        return xp.log(x)
    return xp.log(x / (1 - x)) if scale == "logit" else x


def _backward(xp: Any, scale: str, y: Array) -> Array:
    if scale == "log":
        return xp.exp(xp.minimum(y, MOST))
    return 1 / (1 + xp.exp(xp.minimum(-y, MOST))) if scale == "logit" else y
