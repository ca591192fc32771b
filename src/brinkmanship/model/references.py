"""Published work that a crisis may cite: the package's ``references.bib`` and one in the crisis's own folder."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

from brinkmanship.errors import Diagnostic, Place
from brinkmanship.model.folder import CrisisText
from brinkmanship.model.reading import MAX_BYTES

PUBLISHED = Path(__file__).parent.parent / "crises" / "references.bib"
"""Published work that any crisis may cite; a crisis folder may add to it with a file of the same name."""
_ENTRY = re.compile(r"^[ \t]*@(?!(?i:comment|string|preamble)\b)\w+[ \t]*\{[ \t]*([^\s,{}]+)[ \t]*,", re.MULTILINE)


def cited_as(text: CrisisText, faults: list[Diagnostic]) -> frozenset[str]:
    """All that a crisis may cite, as it is cited: ``@fearon1995``. Faults of its own file go to ``faults``."""
    return _references(PUBLISHED) | _keys(_own_references(text, faults))


@cache
def _references(path: Path) -> frozenset[str]:
    return _keys(path.read_bytes())


def _own_references(text: CrisisText, faults: list[Diagnostic]) -> bytes:
    """What a crisis folder brings of its own: it may come from a stranger, so its size is bounded."""
    path, place = text.folder / PUBLISHED.name, Place(PUBLISHED.name, 1, 1)
    if not os.path.lexists(path):
        return b""
    try:
        if not path.is_file():
            raise OSError(0, "it is no regular file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"this file cannot be read: {error.strerror or error}"
        faults.append(Diagnostic(place, "unreadable-file", message))
        return b""
    if len(raw) > MAX_BYTES:
        message = f"this file has more than {MAX_BYTES:,} bytes"
        faults.append(Diagnostic(place, "too-large", message, "leave out what the crisis does not cite"))
        return b""
    return raw


def _keys(raw: bytes) -> frozenset[str]:
    """The keys of a BibTeX file as they are cited: ``@fearon1995``."""
    return frozenset("@" + key for key in _ENTRY.findall(raw.decode("utf-8", errors="replace")))
