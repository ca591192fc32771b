"""What `brink review` does: make the parts, keep them with the crisis, show them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.text import Text

from brinkmanship.analysis.kept import read_parts, write_review
from brinkmanship.analysis.page import section
from brinkmanship.analysis.review import LEFT_OUT, PARTS, Making, Part, review
from brinkmanship.cli.progress import progress
from brinkmanship.core.crisis import check

FOLDER = "review"
"""Where a crisis folder keeps its review."""


def make_review(crisis: str, making: Making, only: tuple[str, ...], out: Path | None) -> tuple[dict[str, Part], Path]:
    """Make a review, or some parts of it anew, and put it in its place; gives all parts and the place.

    Raises
    ------
    CrisisError
        With every fault of the crisis.
    UsageError
        When an argument does not fit, or the place cannot be written.
    """
    loaded, _ = check(crisis)
    folder = out if out is not None else loaded.text.folder / FOLDER
    parts = review(loaded, making, read_parts(folder), only=only, watch=progress)
    write_review(folder, loaded, parts)
    return parts, folder


def shown(parts: Mapping[str, Part], only: tuple[str, ...], folder: Path) -> RenderableType:
    """The parts that were made, to read, and why others were not."""
    wanted = [name for name in PARTS if not only or name in only]
    texts = [Markdown(section(name, parts[name])) for name in wanted if name in parts]
    missing = [Text(f"Left out: {name}, since {LEFT_OUT[name]}.") for name in wanted if name not in parts]
    return Group(*(each for text in texts for each in (text, Text())), *missing, Text(f"The review is in {folder}"))
