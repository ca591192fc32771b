"""Reports as Markdown, from the data that is kept beside them: tables that fit 80 columns, and their figures."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 80


def prose(*sentences: str) -> str:
    """Sentences as one paragraph of lines that a terminal holds."""
    return textwrap.fill(" ".join(sentences), WIDTH, break_long_words=False, break_on_hyphens=False)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: str = "") -> str:
    """A table; ``right`` has an ``r`` for each column that is set to the right."""
    marks = ["---:" if right[k : k + 1] == "r" else "---" for k in range(len(heads))]
    lines = [heads, marks, *rows]
    return "\n".join("| " + " | ".join(_cell(each) for each in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def percent(value: float | None) -> str:
    """A probability: never 0 % or 100 % where it is neither."""
    if value is None or value != value:
        return "–"
    if 0 < value < 0.0005:
        return "<0.1 %"
    if 0.9995 < value < 1:
        return ">99.9 %"
    return f"{100 * value:.1f} %"


def points(value: float) -> str:
    """A change in percentage points."""
    return f"{100 * value:+.1f}"


def amount(value: float) -> str:
    """A number of any size, to three figures."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def signed(value: float) -> str:
    """A change of any size."""
    return f"+{amount(value)}" if value > 0 else amount(value)


def span(low: str, high: str) -> str:
    """An interval."""
    return f"{low} to {high}"
