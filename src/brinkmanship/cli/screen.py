"""What all commands print with, and the option that says how."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console


class Format(StrEnum):
    """How results are printed."""

    table = "table"
    json = "json"


OutputFormat = Annotated[Format, typer.Option("--format", help="A table to read, or one JSON object.")]


def screen() -> Console:
    """Standard output: as wide as the terminal, or else as COLUMNS says, or else 100 columns."""
    from rich.console import Console

    columns = os.environ.get("COLUMNS", "")
    width = (
        None
        if sys.stdout.isatty()
        else int(columns)
        if columns.isdecimal() and 20 <= int(columns[:6]) < 10_000
        else 100
    )
    # Labels are an author's: brackets in them are no markup.
    return Console(width=width, soft_wrap=False, markup=False, emoji=False)
