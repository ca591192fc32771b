"""How numbers become words: the one place where results are written for people, on paper and on the screen."""

from __future__ import annotations

import math
from datetime import date

import numpy as np

NOTHING = "–"


def percent(value: float) -> str:
    """A probability as text: never 0 % or 100 % where it is neither.

    >>> percent(0.345), percent(0.0004), percent(1.0)
    ('34.5 %', '<0.1 %', '100.0 %')
    """
    if math.isnan(value):
        return NOTHING
    if 0 < value < 0.001:
        return "<0.1 %"
    if 0.999 < value < 1:
        return ">99.9 %"
    return f"{100 * value:.1f} %"


def interval(low: float, high: float) -> str:
    """An interval of a probability, in per cent.

    >>> interval(0.02, 0.345)
    '2.0 to 34.5'
    """
    return f"{100 * low:.1f} to {100 * high:.1f}"


def points(value: float) -> str:
    """A change in percentage points, with its sign.

    >>> points(-0.021)
    '−2.1'
    """
    return f"{100 * value:+.1f}".replace("-", "−")


def number(value: float, *, whole: bool = False) -> str:
    """A quantity: three digits or so, thousands apart; or rounded to a ``whole`` number, where it counts something.

    >>> number(5200.0), number(0.25), number(36.04), number(float("nan")), number(14.3, whole=True)
    ('5,200', '0.25', '36.0', '–', '14')
    """
    if math.isnan(value):
        return NOTHING
    value = round(value) if whole else value
    size = abs(value)
    text = f"{value:,.0f}" if size >= 100 or value == round(value) else f"{value:.2f}" if size < 10 else f"{value:.1f}"
    return text.replace("-", "−")


def count(value: int, singular: str, plural: str = "") -> str:
    """So many of something.

    >>> count(1, "run"), count(1200, "run"), count(2, "entry", "entries")
    ('1 run', '1,200 runs', '2 entries')
    """
    return f"{value:,} {singular if value == 1 else plural or singular + 's'}"


def day(when: date | np.datetime64 | str) -> str:
    """A date in words.

    >>> day("2020-01-14"), day(date(2020, 11, 3))
    ('14 January 2020', '3 November 2020')
    """
    whole = date.fromisoformat(str(when)[:10])
    return f"{whole.day} {whole:%B} {whole.year}"


def listed(words: list[str]) -> str:
    """Words as an English list.

    >>> listed(["one"]), listed(["one", "two", "three"])
    ('one', 'one, two and three')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
