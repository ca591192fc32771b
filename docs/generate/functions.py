"""The functions of the expression language."""

from __future__ import annotations

from collections.abc import Iterable

from brinkmanship.lang.functions import FAMILIES, FOLDS, FUNCTIONS, REFERENCES, WHERE
from docs.generate.markdown import page, table
from docs.generate.meanings import meanings

GROUPS: dict[str, Iterable[str]] = {
    "Arithmetic": FUNCTIONS,
    "Choice": [WHERE],
    "Over the members of a set": FOLDS,
    "What has happened, and what is": REFERENCES,
    "Random magnitudes": FAMILIES,
}
INTRODUCTION = """What an expression may call; how expressions are written stands in
[the language](language.md#expressions). `day` is a name, not a function: days since the clock's start.
Random magnitudes may stand in effects and start values, and in `distribution:` of a parameter."""


def functions() -> str:
    """The page on functions."""
    told = meanings()["functions"]
    parts = [INTRODUCTION]
    for title, names in GROUPS.items():
        rows = [(", ".join(f"`{each}`" for each in _calls(told[name][0])), told[name][1]) for name in names]
        parts += [f"## {title}", table(("function", "meaning"), rows)]
    return page("Functions", *parts)


def _calls(text: str) -> list[str]:
    return [each if each.endswith(")") else f"{each})" for each in text.split("), ")]
