"""What the numbers of a crisis rest on: claims and references used, blocks measured and blocks assumed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from brinkmanship.errors import Diagnostic, Place, nearest
from brinkmanship.model.base import Record, Sourced
from brinkmanship.model.folder import CrisisText
from brinkmanship.model.reading import MAX_BYTES

#: Sections whose every entry must name its origin; so must the clock and each entry of the history.
SECTIONS = (
    "parameters",
    "quantities",
    "classes",
    "actors",
    "actions",
    "events",
    "processes",
    "calendar",
    "clocks",
    "votes",
    "agreements",
    "outcomes",
)

PUBLISHED = Path(__file__).parent.parent / "crises" / "references.bib"
"""Published work that any crisis may cite; a crisis folder may add to it with a file of the same name."""
_ENTRY = re.compile(r"^[ \t]*@(?!(?i:comment|string|preamble)\b)\w+[ \t]*\{[ \t]*([^\s,{}]+)[ \t]*,", re.MULTILINE)


@dataclass
class Origins:
    """How many blocks rest on what, and which claims are used where.

    ``claimed`` rest on claims, ``published`` on references only, both with nothing assumed; ``partly`` name claims or
    references and assume something too, mostly a size; ``assumed`` rest on assumption alone.
    """

    claimed: int = 0
    published: int = 0
    partly: int = 0
    assumed: int = 0
    uses: dict[str, list[str]] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def share(self, count: int) -> float:
        """A count as a share of all blocks."""
        return count / max(1, self.claimed + self.published + self.partly + self.assumed)


def origins(text: CrisisText) -> Origins:
    """Go through every block of a crisis: what it rests on, and faults where it rests on nothing."""
    found = Origins()
    keys = _references(PUBLISHED) | _own_references(text, found)
    for path, record in _blocks(text.record, ()):
        if not isinstance(record, Sourced):
            continue
        _look_up(text, path, record, keys, found)
        if _is_block(path):
            _count(text, path, record, found)
    claims = text.record.sources.claims
    for name, claim in claims.items():
        _check_claim(text, name, claim.contradicts, found)
    for number, each in enumerate(text.record.sources.contradictions):
        for index, name in enumerate(each.claims):
            if name not in claims:
                place = text.tree.place(("sources", "contradictions", number, "claims", index))
                found.diagnostics.append(
                    Diagnostic(place, "unknown-claim", f"there is no claim `{name}`", nearest(name, claims))
                )
    return found


def _is_block(path: tuple[str | int, ...]) -> bool:
    """Whether a path is that of a block which must name its origin."""
    if path[:1] == ("history",):
        return len(path) == 3
    return path == ("clock",) or (len(path) == 2 and path[0] in SECTIONS)


def _look_up(
    text: CrisisText, path: tuple[str | int, ...], record: Sourced, references: frozenset[str], found: Origins
) -> None:
    """Note what a block names as its origin, and faults where there is no such claim or reference."""
    claims = text.record.sources.claims
    for index, name in enumerate(record.because):
        found.uses.setdefault(name, []).append(".".join(map(str, path)))
        place = text.tree.place((*path, "because", index))
        if name.startswith("@"):
            if name not in references:
                message = f"there is no entry `{name[1:]}` in references.bib"
                found.diagnostics.append(
                    Diagnostic(place, "unknown-reference", message, nearest(name, sorted(references)))
                )
        elif name not in claims:
            message = f"there is no claim `{name}` in sources.yaml"
            found.diagnostics.append(Diagnostic(place, "unknown-claim", message, nearest(name, claims)))


def _count(text: CrisisText, path: tuple[str | int, ...], record: Sourced, found: Origins) -> None:
    if record.because and record.assumed:
        found.partly += 1
    elif any(not each.startswith("@") for each in record.because):
        found.claimed += 1
    elif record.because:
        found.published += 1
    elif record.assumed:
        found.assumed += 1
    else:
        hint = "add `because: [claim, ...]` or `assumed: the reason`"
        place = text.tree.place(path, key=True)
        what = f"`{path[-1]}`" if isinstance(path[-1], str) else "this entry"
        found.diagnostics.append(Diagnostic(place, "no-origin", f"{what} does not say what it rests on", hint))


@cache
def _references(path: Path) -> frozenset[str]:
    return _keys(path.read_bytes())


def _own_references(text: CrisisText, found: Origins) -> frozenset[str]:
    """What a crisis folder brings of its own: it may come from a stranger, so its size is bounded."""
    path, place = text.folder / PUBLISHED.name, Place(PUBLISHED.name, 1, 1)
    if not os.path.lexists(path):
        return frozenset()
    try:
        if not path.is_file():
            raise OSError(0, "it is no regular file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"this file cannot be read: {error.strerror or error}"
        found.diagnostics.append(Diagnostic(place, "unreadable-file", message))
        return frozenset()
    if len(raw) > MAX_BYTES:
        message = f"this file has more than {MAX_BYTES:,} bytes"
        found.diagnostics.append(Diagnostic(place, "too-large", message, "leave out what the crisis does not cite"))
        return frozenset()
    return _keys(raw)


def _keys(raw: bytes) -> frozenset[str]:
    """The keys of a BibTeX file as they are cited: ``@fearon1995``."""
    return frozenset("@" + key for key in _ENTRY.findall(raw.decode("utf-8", errors="replace")))


def _check_claim(text: CrisisText, name: str, contradicts: tuple[str, ...], found: Origins) -> None:
    record = text.record.sources
    document = name.partition(":")[0]
    if document not in record.documents:
        place = text.tree.place(("sources", "claims", name), key=True)
        hint = nearest(document, record.documents) or "a claim is named `document:slug`"
        found.diagnostics.append(Diagnostic(place, "unknown-document", f"there is no document `{document}`", hint))
    for index, other in enumerate(contradicts):
        if other not in record.claims:
            place = text.tree.place(("sources", "claims", name, "contradicts", index))
            found.diagnostics.append(
                Diagnostic(place, "unknown-claim", f"there is no claim `{other}`", nearest(other, record.claims))
            )


def _blocks(record: Record, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Record]]:
    yield path, record
    for name, each in type(record).model_fields.items():
        key = each.alias or name
        value = getattr(record, name)
        if isinstance(value, Record):
            yield from _blocks(value, (*path, key))
        elif isinstance(value, dict):
            for inner, item in value.items():
                if isinstance(item, Record):
                    yield from _blocks(item, (*path, key, inner))
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, Record):
                    yield from _blocks(item, (*path, key, index))
