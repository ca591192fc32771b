"""The documents of a crisis, paragraph by paragraph: what was claimed there, and what of the model rests on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from brinkmanship.errors import Code, Diagnostic, Place, nearest, one_of
from brinkmanship.model.base import Record, Sourced
from brinkmanship.model.documents import Claim, Document
from brinkmanship.model.folder import CrisisText

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class CoveredClaim:
    """A claim, and the paths of the model's elements that rest on it, such as ``actions.rocket_fire``."""

    name: str
    claim: Claim
    elements: tuple[str, ...]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a document: the claims taken from it, or why none is (``set_aside``)."""

    number: int
    claims: tuple[CoveredClaim, ...]
    set_aside: str | None = None

    @property
    def covered(self) -> bool:
        """Whether a claim is taken from it or it is set aside with a reason."""
        return bool(self.claims) or self.set_aside is not None


@dataclass(frozen=True)
class CoveredDocument:
    """A document with its paragraphs, all of them where it says how many it has; else those that claims name.

    ``unplaced`` are the claims that name no paragraph.
    """

    name: str
    document: Document
    paragraphs: tuple[Paragraph, ...]
    unplaced: tuple[CoveredClaim, ...]

    @property
    def open(self) -> tuple[int, ...]:
        """Numbers of the paragraphs that are neither used for a claim nor set aside."""
        return tuple(each.number for each in self.paragraphs if not each.covered)


def coverage(text: CrisisText) -> tuple[CoveredDocument, ...]:
    """Each document of a crisis in the order of the file: paragraphs, the claims in them, what rests on these."""
    sources = text.record.sources
    resting = uses(text)
    placed: dict[tuple[str, int | None], list[CoveredClaim]] = defaultdict(list)
    for name, claim in sources.claims.items():
        document = name.partition(":")[0]
        placed[document, claim.paragraph].append(CoveredClaim(name, claim, resting.get(name, ())))
    found = []
    for name, document in sources.documents.items():
        named = {number for other, number in placed if other == name and number is not None}
        numbers = range(1, document.paragraphs + 1) if document.paragraphs else sorted(named | set(document.set_aside))
        paragraphs = tuple(
            Paragraph(number, tuple(placed.get((name, number), ())), document.set_aside.get(number))
            for number in numbers
        )
        found.append(CoveredDocument(name, document, paragraphs, tuple(placed.get((name, None), ()))))
    return tuple(found)


def uses(text: CrisisText) -> dict[str, tuple[str, ...]]:
    """What names each claim or reference as its origin: paths such as ``actions.rocket_fire.branches.killed``."""
    found: dict[str, list[str]] = {}
    for path, block in blocks(text.record):
        for name in dict.fromkeys(block.because):
            found.setdefault(name, []).append(".".join(map(str, path)))
    return {name: tuple(paths) for name, paths in found.items()}


def blocks(record: Record, path: Path = ()) -> Iterator[tuple[Path, Sourced]]:
    """Every block in a record that can name its origin, with its path."""
    if isinstance(record, Sourced):
        yield path, record
    for name, each in type(record).model_fields.items():
        value = getattr(record, name)
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple) else ()
        if isinstance(value, Record):
            yield from blocks(value, (*path, each.alias or name))
        for key, item in items:
            if isinstance(item, Record):
                yield from blocks(item, (*path, each.alias or name, key))


# --- faults -----------------------------------------------------------------------------------


def check_sources(text: CrisisText) -> Iterator[Diagnostic]:
    """Faults of the sources: documents, paragraphs and claims that are not there."""
    sources = text.record.sources
    for name, claim in sources.claims.items():
        yield from _check_claim(text, name, claim)
    for name in sources.documents:
        yield from _check_set_aside(text, name)
    for number, each in enumerate(sources.contradictions):
        yield from _known(text, each.claims, ("sources", "contradictions", number, "claims"))


def _known(text: CrisisText, names: tuple[str, ...], path: Path) -> Iterator[Diagnostic]:
    """A fault for each name that is no claim."""
    claims = text.record.sources.claims
    for index, name in enumerate(names):
        if name not in claims:
            place = text.tree.place((*path, index))
            yield Diagnostic(place, Code.UNKNOWN_CLAIM, f"there is no claim `{name}`", claim_hint(name, claims))


def claim_hint(name: str, claims: Mapping[str, Claim]) -> str:
    """What to write instead of what is no claim."""
    if " " in name or ":" not in name:
        return "name a claim, `document:slug`, or a published work, `@key`; words of your own go under `assumed:`"
    return nearest(name, claims) or one_of(list(claims))


def _check_claim(text: CrisisText, name: str, claim: Claim) -> Iterator[Diagnostic]:
    documents = text.record.sources.documents
    path: Path = ("sources", "claims", name)
    home = name.partition(":")[0]
    if home not in documents:
        place = text.tree.place(path, key=True)
        hint = nearest(home, documents) or "a claim is named `document:slug`"
        yield Diagnostic(place, Code.UNKNOWN_DOCUMENT, f"there is no document `{home}`", hint)
    elif claim.paragraph is not None:
        place = text.tree.place((*path, "paragraph"))
        yield from _check_paragraph(text, home, claim.paragraph, place)
        if claim.paragraph in documents[home].set_aside:
            message = f"paragraph {claim.paragraph} of `{home}` is set aside, and `{name}` is taken from it"
            yield Diagnostic(place, Code.PARAGRAPH_SET_ASIDE, message, "delete one of the two")
    yield from _known(text, claim.contradicts, (*path, "contradicts"))


def _check_set_aside(text: CrisisText, name: str) -> Iterator[Diagnostic]:
    for number in text.record.sources.documents[name].set_aside:
        place = text.tree.place(("sources", "documents", name, "set_aside", str(number)), key=True)
        yield from _check_paragraph(text, name, number, place)


def _check_paragraph(text: CrisisText, name: str, number: int, place: Place) -> Iterator[Diagnostic]:
    last = text.record.sources.documents[name].paragraphs
    if number < 1 or (last is not None and number > last):
        message = f"`{name}` has no paragraph {number}"
        hint = "paragraphs count from 1" if last is None else f"its paragraphs are 1 to {last}"
        yield Diagnostic(place, Code.UNKNOWN_PARAGRAPH, message, hint)
