"""The functions an author may call: one table, read by the checker, the evaluator and the interval analysis.

``apply(xp, ...)`` works over any array namespace; ``interval`` maps ``(low, high)`` pairs to one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Interval = tuple[float, float]


def _exp(x: float) -> float:
    return math.exp(x) if x < 709 else math.inf


def _log(x: float) -> float:
    if x <= 0:
        return -math.inf
    return math.log(x) if x < math.inf else x


def _sqrt(x: float) -> float:
    return math.sqrt(max(x, 0.0)) if x < math.inf else x


def _squash(x: float) -> float:
    return 1 / (1 + _exp(-x)) if x > -700 else 0.0


def _monotone(function: Callable[[float], float]) -> Callable[[Interval], Interval]:
    return lambda x: (function(x[0]), function(x[1]))


def _magnitude(x: Interval) -> Interval:
    low = 0.0 if x[0] <= 0 <= x[1] else min(abs(x[0]), abs(x[1]))
    return low, max(abs(x[0]), abs(x[1]))


def _minimum(*xs: Interval) -> Interval:
    return min(x[0] for x in xs), min(x[1] for x in xs)


def _maximum(*xs: Interval) -> Interval:
    return max(x[0] for x in xs), max(x[1] for x in xs)


def _fold(pairwise: str) -> Callable[..., Any]:
    def apply(xp: Any, first: Any, *rest: Any) -> Any:
        combine = getattr(xp, pairwise)
        for each in rest:
            first = combine(first, each)
        return first

    return apply


@dataclass(frozen=True)
class Function:
    """A pure function: ``arity`` is (least, most); ``plain`` says that it takes and gives numbers without unit."""

    arity: tuple[int, int]
    apply: Callable[..., Any]
    interval: Callable[..., Interval]
    plain: bool = False


FUNCTIONS: dict[str, Function] = {
    "exp": Function((1, 1), lambda xp, x: xp.exp(x), _monotone(_exp), plain=True),
    "log": Function((1, 1), lambda xp, x: xp.log(x), _monotone(_log), plain=True),
    "sqrt": Function((1, 1), lambda xp, x: xp.sqrt(x), _monotone(_sqrt), plain=True),
    "logistic": Function((1, 1), lambda xp, x: 1.0 / (1.0 + xp.exp(-x)), _monotone(_squash), plain=True),
    "abs": Function((1, 1), lambda xp, x: xp.abs(x), _magnitude),
    "min": Function((2, 20), _fold("minimum"), _minimum),
    "max": Function((2, 20), _fold("maximum"), _maximum),
    "clip": Function(
        (3, 3),
        lambda xp, x, low, high: xp.minimum(xp.maximum(x, low), high),
        lambda x, low, high: _minimum(_maximum(x, low), high),
    ),
}

WHERE = "where"
FOLDS = ("sum", "any", "all")

#: Functions whose arguments are names of the crisis, with the kind of thing they name.
REFERENCES: dict[str, str] = {
    "days_since": "happening",
    "times": "happening",
    "active": "action",
    "pending": "action",
    "running": "clock",
    "days_left": "clock",
    "belief": "belief",
    "share": "side",
    "at_from": "quantity",
    "date": "date",
}

#: Random magnitudes: parameter names in order.
FAMILIES: dict[str, tuple[str, ...]] = {
    "poisson": ("mean",),
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "uniform": ("low", "high"),
    "bernoulli": ("chance",),
}

ALL_NAMES = (*FUNCTIONS, WHERE, *FOLDS, *REFERENCES, *FAMILIES)
