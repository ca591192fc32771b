"""Published work that a crisis may cite: the package's ``references.bib`` and one in the crisis's own folder."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from brinkmanship.errors import Code, Diagnostic, Place
from brinkmanship.model.folder import CrisisText

PUBLISHED = Path(__file__).parent.parent / "crises" / "references.bib"
"""Published work that any crisis may cite; a crisis folder may add to it with a file of the same name."""
LONGEST = 200_000
"""Bytes of a crisis's own file, at most (our choice: some 500 entries)."""
_MACRO = re.compile(r"@\s*string\b", re.IGNORECASE)
"""Macros double what they name, and doubled often enough fill any memory."""


def references(text: CrisisText, faults: list[Diagnostic]) -> Mapping[str, Any]:
    """All that a crisis may cite: entries of `pybtex` by key. Faults of its own file go to ``faults``."""
    return {**_published(), **_own(text, faults)}


@cache
def _published() -> Mapping[str, Any]:
    return _parsed(PUBLISHED.read_text(encoding="utf-8"))


def _parsed(text: str) -> Mapping[str, Any]:
    # By name, the parser would be sought among the plugins of all that is installed.
    from pybtex.database.input.bibtex import Parser

    return dict(Parser().parse_string(text).entries.items())


def _own(text: CrisisText, faults: list[Diagnostic]) -> Mapping[str, Any]:
    """What a crisis folder brings of its own: it may come from a stranger, so it is bounded."""
    name = PUBLISHED.name
    if not os.path.lexists(text.folder / name):
        return {}
    try:
        raw = _read(text.folder / name)
    except OSError as error:
        message = f"this file cannot be read: {error.strerror or error}"
        faults.append(Diagnostic(Place(name, 1, 1), Code.UNREADABLE_FILE, message))
        return {}
    if len(raw) > LONGEST:
        message, hint = f"this file has more than {LONGEST:,} bytes", "leave out what the crisis does not cite"
        faults.append(Diagnostic(Place(name, 1, 1), Code.TOO_LARGE, message, hint))
        return {}
    return _entries(name, raw.decode("utf-8", errors="replace"), faults)


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise OSError(0, "it is no regular file")
    with path.open("rb") as file:
        return file.read(LONGEST + 1)


def _entries(name: str, text: str, faults: list[Diagnostic]) -> Mapping[str, Any]:
    from pybtex.exceptions import PybtexError

    lines = text.splitlines()
    if macro := _MACRO.search(text):
        row = text.count("\n", 0, macro.start())
        place = Place(name, row + 1, macro.start() - text.rfind("\n", 0, macro.start()), lines[row])
        faults.append(Diagnostic(place, Code.BAD_REFERENCE, "macros are not read", "write the text out in each entry"))
        return {}
    try:
        return _parsed(text)
    except PybtexError as error:
        row = min(getattr(error, "lineno", None) or 1, len(lines))
        message = f"this is not BibTeX: {str(error).splitlines()[0]}"
        hint = "e.g. @book{moore1966, author = {Moore, Ramon E.}, title = {Interval Analysis}, year = {1966}}"
        faults.append(Diagnostic(Place(name, row, 1, lines[row - 1]), Code.BAD_REFERENCE, message, hint))
        return {}
