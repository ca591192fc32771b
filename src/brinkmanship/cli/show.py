"""`brink show`: a result folder, or a crisis, in the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from brinkmanship.cli.screen import Format, OutputFormat, screen
from brinkmanship.errors import UsageError

Subject = Annotated[
    str, typer.Argument(metavar="WHAT", help="A result folder, or a crisis: a name from `brink list`, or a folder.")
]


def show(what: Subject, format_: OutputFormat = Format.table) -> None:
    """Show what a result folder answers, or what a crisis holds."""
    from brinkmanship.core.crisis import catalogue, nowhere
    from brinkmanship.results.folder import MANIFEST

    path = Path(what)
    if (path / MANIFEST).is_file():
        _show_result(path, format_)
    elif what not in catalogue() and not path.exists():
        raise nowhere(what, "crisis or result", ("crisis.yaml", MANIFEST))
    elif path.is_dir() and not (path / "crisis.yaml").exists():
        raise UsageError(f"`{what}` holds neither a result ({MANIFEST}) nor a crisis (crisis.yaml)")
    else:
        _show_crisis(what, format_)


def _show_result(folder: Path, format_: Format) -> None:
    from brinkmanship.cli.tables import answer
    from brinkmanship.results.result import read_result

    result = read_result(folder)
    if format_ is Format.json:
        print(json.dumps(result.summary, allow_nan=False))
        return
    screen().print(answer(result))


def _show_crisis(name: str, format_: Format) -> None:
    from brinkmanship.cli.portrait import portrait, portrait_summary
    from brinkmanship.core.crisis import check

    crisis, found = check(name)
    if format_ is Format.json:
        print(json.dumps(portrait_summary(crisis, found), indent=2))
        return
    screen().print(portrait(crisis, found))
