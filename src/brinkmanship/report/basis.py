"""What a result rests on: documents, claims, published work, and what is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from brinkmanship.model.base import Prior
from brinkmanship.model.bibliography import as_text, bibliography
from brinkmanship.model.documents import Claim, Document
from brinkmanship.model.origins import KINDS, Kind, Origins, origins
from brinkmanship.results import labels
from brinkmanship.results.formats import number, percent
from brinkmanship.results.result import Result


@dataclass(frozen=True)
class Part:
    """A share of the numbers of a crisis that rest on one kind of ground; ``rank`` 0 is the firmest."""

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

    @property
    def by(self) -> str:
        """Whose it is: its author, or else who published it."""
        return self.document.author or self.document.publisher or self.key

    @property
    def published(self) -> str:
        """Who published it, where that is another than its author."""
        return self.document.publisher or "" if self.document.author else ""


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
        """Share of the numbers in which something is assumed."""
        return sum(part.share for part in self.parts if part.name in [KINDS[kind] for kind in ASSUMED])


ASSUMED: tuple[Kind, ...] = ("guided", "assumed")
"""Kinds of origin in which something is assumed."""


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
    counts = found.counts
    return tuple(
        Part(rank, words, counts[kind], found.share(kind))
        for rank, (kind, words) in enumerate(KINDS.items())
        if counts[kind]
    )


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
    """Published work that is cited, by key, as a bibliography has it."""
    cited = sorted(key for key in found.uses if key.startswith("@"))
    works = bibliography(result.text)
    return {key: as_text({key[1:]: works[key[1:]]}) if key[1:] in works else key for key in cited}
