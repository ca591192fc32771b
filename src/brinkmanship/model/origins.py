"""What the numbers and mechanisms of a crisis rest on: every one has an origin, its own or that of a block around it.

A number is a numeral or a date as it stands in the text, a mechanism any other thing that says how the crisis works.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from brinkmanship.errors import Code, Diagnostic, nearest
from brinkmanship.model.base import Record, Sourced
from brinkmanship.model.evidence import Path, blocks, check_sources, claim_hint, uses
from brinkmanship.model.folder import CrisisText
from brinkmanship.model.questions import check_questions
from brinkmanship.model.references import references

Kind = Literal["measured", "published", "fitted", "guided", "assumed"]
KINDS: dict[Kind, str] = {
    "measured": "taken from the documents",
    "published": "taken from published work",
    "fitted": "fitted to the documented past",
    "guided": "assumed, with documents or published work behind them",
    "assumed": "assumed alone",
}
"""Kinds of origin. The first three assume nothing; a block that names claims and assumes something too is guided."""

UNSOURCED = ("crisis", "sets", "ladder", "sources")
"""Sections that only name things."""
ABOUT = ("ablations", "questions")
"""Sections that say something of the crisis: their entries have origins, and their numbers are none of its own."""
_APART = {"because", "assumed", "fitted", "label", "note", "codes", "unit", "priority"}
"""Keys that say nothing about how a crisis works, or how much: words about a block, and rules of the language."""
_NUMERAL = re.compile(r"""(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])|date\(\s*["'][^"']*["']\s*\)""")


@dataclass(frozen=True)
class Number:
    """A number of the crisis: where it stands, as it is written, and the block that says what it rests on."""

    path: str
    written: str
    kind: Kind
    block: str
    because: tuple[str, ...]


@dataclass
class Origins:
    """The numbers of a crisis with their origins, what rests on each claim or reference, and the faults."""

    numbers: list[Number] = field(default_factory=list)
    uses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def counts(self) -> dict[Kind, int]:
        """How many numbers have each kind of origin."""
        counted = Counter(each.kind for each in self.numbers)
        return {kind: counted[kind] for kind in KINDS}

    def share(self, kind: Kind) -> float:
        """The share of the numbers that has a kind of origin."""
        return self.counts[kind] / max(1, len(self.numbers))


def origins(text: CrisisText) -> Origins:
    """Go through every number and mechanism of a crisis; faults where one rests on nothing that is there."""
    found = Origins(uses=uses(text))
    keys = frozenset(f"@{key}" for key in references(text, found.diagnostics))
    missing_claims = [each for path, block in blocks(text.record) for each in _unknown_claims(text, path, block)]
    found.diagnostics += missing_claims if "sources" in text.tree.root else _no_sources(missing_claims)
    for path, block in blocks(text.record):
        found.diagnostics += _unknown_works(text, path, block, keys)
    for path, block in _entries(text.record):
        missing = list(_descend(block, path, None, [] if path[0] in ABOUT else found.numbers))
        if missing:
            found.diagnostics.append(_without(text, path, block, missing))
    found.diagnostics += [*check_sources(text), *check_questions(text)]
    return found


def kind_of(block: Sourced) -> Kind | None:
    """The kind of origin that a block names; None if it names none."""
    if block.assumed:
        return "guided" if block.because else "assumed"
    if block.fitted:
        return "fitted"
    if not block.because:
        return None
    return "published" if all(each.startswith("@") for each in block.because) else "measured"


def _entries(record: Record) -> Iterator[tuple[Path, Sourced]]:
    """The blocks by which a crisis is checked: the clock, each entry of a section, each of the history."""
    for path, block in blocks(record):
        length = {"clock": 1, "history": 3}.get(str(path[0]), 2)
        if path[0] not in UNSOURCED and len(path) == length:
            yield path, block


def _descend(value: Any, path: Path, over: tuple[Path, Sourced] | None, numbers: list[Number]) -> Iterator[Path]:
    """Collect the numbers below a value; give the paths of what no block covers. ``over``: the nearest origin."""
    if isinstance(value, Record):
        if isinstance(value, Sourced) and kind_of(value) is not None:
            over = path, value
        fields = {name: each for name, each in type(value).model_fields.items() if name in value.model_fields_set}
        for name, each in fields.items():
            if name not in _APART:
                yield from _descend(getattr(value, name), (*path, each.alias or name), over, numbers)
        if over is None and not fields:
            yield path
    elif isinstance(value, dict | tuple):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _descend(item, (*path, key), over, numbers)
    elif over is None:
        yield path
    else:
        numbers += _numbers(value, path, *over)


def _numbers(value: Any, path: Path, block: Path, origin: Sourced) -> Iterator[Number]:
    kind = kind_of(origin)
    assert kind is not None
    written = _NUMERAL.findall(value) if isinstance(value, str) else []
    if isinstance(value, int | float | date) and not isinstance(value, bool):
        written = [f"{value}"]
    for each in written:
        yield Number(_dotted(path), each, kind, _dotted(block), origin.because)


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


# --- faults -----------------------------------------------------------------------------------


def _without(text: CrisisText, path: Path, block: Sourced, missing: list[Path]) -> Diagnostic:
    """The fault of an entry that rests on nothing, as a whole or in part."""
    hint = "add `because: [claim, ...]` or `assumed: the reason`"
    what = f"`{path[-1]}`" if isinstance(path[-1], str) else "this entry"
    partly = any(kind_of(inner) is not None for _, inner in blocks(block))
    if not partly:
        return Diagnostic(
            text.tree.place(path, key=True), Code.NO_ORIGIN, f"{what} does not say what it rests on", hint
        )
    where = _dotted(missing[0][len(path) :])
    more = f", nor do {len(missing) - 1} more of its parts" if len(missing) > 1 else ""
    message = f"`{where}` of {what} does not say what it rests on{more}"
    return Diagnostic(text.tree.place(missing[0], key=True), Code.NO_ORIGIN, message, f"{hint}, here or on {what}")


def _unknown_claims(text: CrisisText, path: Path, block: Sourced) -> Iterator[Diagnostic]:
    """Faults where there is no claim that a block names as its origin."""
    claims = text.record.sources.claims
    for index, name in enumerate(block.because):
        if not name.startswith("@") and name not in claims:
            place = text.tree.place((*path, "because", index))
            message = f"there is no claim `{name}` in sources.yaml"
            yield Diagnostic(place, Code.UNKNOWN_CLAIM, message, claim_hint(name, claims))


def _no_sources(unknown: list[Diagnostic]) -> list[Diagnostic]:
    """One fault for all claims that are named where there are no sources at all."""
    if not unknown:
        return []
    first = min(unknown)
    times = f"; claims are named {len(unknown)} times" if len(unknown) > 1 else ""
    message = f"there is no sources.yaml, so that there are no claims to name{times}"
    hint = "write the documents and their claims into sources.yaml; words of your own go under `assumed:`"
    return [Diagnostic(first.place, first.code, message, hint)]


def _unknown_works(text: CrisisText, path: Path, block: Sourced, keys: frozenset[str]) -> Iterator[Diagnostic]:
    """Faults where there is no published work that a block names as its origin."""
    for index, name in enumerate(block.because):
        if name.startswith("@") and name not in keys:
            place = text.tree.place((*path, "because", index))
            message = f"there is no entry `{name[1:]}` in references.bib"
            yield Diagnostic(place, Code.UNKNOWN_REFERENCE, message, nearest(name, sorted(keys)))
