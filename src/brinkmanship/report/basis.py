"""What a result rests on: documents, claims, published work, and what is assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from brinkmanship.model.base import Prior
from brinkmanship.model.documents import Claim, Document
from brinkmanship.model.evidence import PUBLISHED, Origins, origins
from brinkmanship.results import labels
from brinkmanship.results.formats import number, percent
from brinkmanship.results.result import Result

_ENTRY = re.compile(r"@(\w+)\s*\{\s*([^\s,{}]+)\s*,(.*?)^\s*\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*[{\"](.*?)[}\"]\s*,?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """A share of the blocks of a crisis that rest on one kind of ground; ``rank`` 0 is the firmest."""

    rank: int
    name: str
    count: int
    share: float


@dataclass(frozen=True)
class Cited:
    """A document of the crisis, and the claims of it that are used."""

    key: str
    document: Document
    claims: tuple[tuple[str, Claim], ...]


@dataclass(frozen=True)
class Assumption:
    """A parameter: what it is, its value and range, the claims behind it, and what is assumed."""

    label: str
    value: str
    because: tuple[str, ...]
    assumed: str


@dataclass(frozen=True)
class Basis:
    """All of it. ``numbers`` are those by which the page refers to claims and published work."""

    parts: tuple[Part, ...]
    documents: tuple[Cited, ...]
    references: Mapping[str, str]
    assumptions: tuple[Assumption, ...]
    numbers: Mapping[str, int]

    @property
    def assumed_share(self) -> float:
        """Share of the blocks in which something is assumed."""
        return sum(part.share for part in self.parts if part.name in ASSUMED)


CLAIMED, BOTH, ALONE = "claims of the documents", "claims or published work, and an assumption", "assumption alone"
WORK = "published work"
ASSUMED = (BOTH, ALONE)


def basis(result: Result) -> Basis:
    """What the crisis of a result rests on."""
    record, found = result.record, origins(result.text)
    used = [key for key in found.uses if not key.startswith("@")]
    cited = []
    for key, document in record.sources.documents.items():
        of_it = [name for name in record.sources.claims if name.partition(":")[0] == key and name in used]
        cited.append(Cited(key, document, tuple((name, record.sources.claims[name]) for name in of_it)))
    assumptions = tuple(
        Assumption(
            prior.label or labels.words(name).capitalize(), value_text(prior), prior.because, prior.assumed or ""
        )
        for name, prior in record.parameters.items()
    )
    references = _references(result, found)
    order = [*(name for each in cited for name, _ in each.claims), *references]
    numbers = {name: number for number, name in enumerate(order, start=1)}
    return Basis(parts(found), tuple(cited), references, assumptions, numbers)


def parts(found: Origins) -> tuple[Part, ...]:
    """The shares, of what is documented best first."""
    counts = ((CLAIMED, found.claimed), (WORK, found.published), (BOTH, found.partly), (ALONE, found.assumed))
    return tuple(Part(rank, name, count, found.share(count)) for rank, (name, count) in enumerate(counts) if count)


def value_text(prior: Prior) -> str:
    """What is taken for a parameter, in words."""
    unit = f" {prior.unit}" if prior.unit and prior.unit != "chance" else ""
    if prior.value is not None:
        reach = f" (90 %: {number(prior.range90[0])} to {number(prior.range90[1])})" if prior.range90 else ""
        return f"{number(prior.value)}{unit}{reach}"
    if prior.switch is not None:
        return f"true with chance {percent(prior.switch)}"
    if prior.categories:
        return ", ".join(f"{labels.words(name)} {percent(chance)}" for name, chance in prior.categories.items())
    return (prior.distribution or "") + unit


def _references(result: Result, found: Origins) -> dict[str, str]:
    """Published work that is cited, by key: author, year and title."""
    known: dict[str, str] = {}
    for path in (PUBLISHED, result.text.folder / PUBLISHED.name):
        if path.is_file():
            for match in _ENTRY.finditer(path.read_text(encoding="utf-8", errors="replace")):
                known["@" + match[2]] = _reference(dict(_FIELD.findall(match[3])))
    return {key: known.get(key, key) for key in sorted(found.uses) if key.startswith("@")}


def _reference(fields: Mapping[str, str]) -> str:
    where = fields.get("journal") or fields.get("booktitle") or fields.get("publisher") or fields.get("institution")
    pieces = (fields.get("author"), fields.get("year"), fields.get("title"), where)
    return ". ".join(re.sub(r"[{}\\]", "", each) for each in pieces if each)
