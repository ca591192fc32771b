"""Words of estimative probability, after ICD 203 (Analytic Standards, 2015; ``icd203``).

The directive gives seven ranges that share their ends and cover 1 to 99 %. Where two ranges share an end we take the
upper one, and below 1 % and above 99 % we use the outermost words: both are our choice. An outcome that happened in no
run, or in every run, gets no word of likelihood, because a sample cannot tell rare from impossible.
"""

from __future__ import annotations

import math

#: Lower end of each range, and its word; each reaches up to the next.
SCALE = (
    (0.0, "almost no chance"),
    (0.05, "very unlikely"),
    (0.20, "unlikely"),
    (0.45, "roughly even chance"),
    (0.55, "likely"),
    (0.80, "very likely"),
    (0.95, "almost certain"),
)
NEVER, ALWAYS = "in no run", "in every run"
WORDS = (NEVER, *(word for _, word in SCALE), ALWAYS)
"""All words from the least likely to the most."""


def word(probability: float) -> str:
    """The word for a probability.

    >>> word(0.035), word(0.2), word(0.5), word(1.0)
    ('almost no chance', 'unlikely', 'roughly even chance', 'in every run')
    """
    if math.isnan(probability):
        return ""
    if probability in (0, 1):
        return ALWAYS if probability else NEVER
    return next(name for start, name in reversed(SCALE) if probability >= start)


def reach(low: float, high: float) -> str:
    """The words that an interval reaches over; empty where it stays within one.

    >>> reach(0.03, 0.06), reach(0.3, 0.4)
    ('almost no chance to very unlikely', '')
    """
    first, last = (word(min(max(end, 1e-9), 1 - 1e-9)) for end in (low, high))
    return "" if first == last else f"{first} to {last}"
