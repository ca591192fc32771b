"""Tables, and what every generated page says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

GENERATED = "<!-- Written by `make reference` from the code; not by hand. -->\n"


def page(title: str, *parts: str) -> str:
    """A page of the reference."""
    return "\n".join((GENERATED, f"# {title}\n", *(f"{part.rstrip()}\n" for part in parts)))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars in cells are escaped, since a bar ends a cell even in code."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(each.replace('|', '&#124;') for each in line)} |" for line in lines)


def code(text: str) -> str:
    """Text as code that may stand in a table."""
    return f"`{text}`" if "|" not in text else f"<code>{text}</code>"


def plain(text: str) -> str:
    """Text in which brackets are no links; code in it stays as it is."""
    parts = text.split("`")
    parts[::2] = [each.replace("[", "\\[").replace("]", "\\]") for each in parts[::2]]
    return "`".join(parts)
