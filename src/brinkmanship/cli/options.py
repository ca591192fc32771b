"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from brinkmanship.errors import UsageError


def whole_number(option: str, least: int | None = None) -> Callable[[str], int]:
    """A reader of whole numbers for an option."""
    wanted = "a whole number" if least is None else f"a whole number of at least {least}"

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or (least is not None and value < least):
            raise UsageError(f"`{option}` must be {wanted}, not `{text}`")
        return value

    return read


Seed = Annotated[
    int,
    typer.Option("--seed", parser=whole_number("--seed"), metavar="N", help="Seed of all draws: any whole number."),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        parser=whole_number("--jobs", 1),
        metavar="N",
        help="Cores to use; all by default. Results do not depend on it.",
    ),
]


def runs_option(help_: str) -> object:
    """The option ``--runs``."""
    return typer.Option("--runs", parser=whole_number("--runs", 1), metavar="N", help=help_)
