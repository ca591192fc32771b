"""`brink report`: make the page of a result folder again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A result folder, as `brink run --out DIR` leaves it.")]


def report(folder: Folder) -> None:
    """Make report.html in a result folder again, from the folder alone."""
    from brinkmanship.report import beside, write_report

    with beside():
        print(f"The report is {write_report(folder)}")
