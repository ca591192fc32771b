"""What the numbers of a crisis rest on: claims used and unused, blocks measured and blocks assumed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from brinkmanship.errors import Diagnostic, nearest
from brinkmanship.model.base import Record, Sourced
from brinkmanship.model.folder import CrisisText

#: Sections whose every entry must name its origin.
SECTIONS = (
    "parameters",
    "quantities",
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


@dataclass
class Origins:
    """How many blocks rest on claims, on references, on assumption; and which claims are used where."""

    claimed: int = 0
    published: int = 0
    assumed: int = 0
    uses: dict[str, list[str]] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def share(self, count: int) -> float:
        """A count as a share of all blocks."""
        return count / max(1, self.claimed + self.published + self.assumed)


def origins(text: CrisisText) -> Origins:
    """Go through every block of a crisis: what it rests on, and faults where it rests on nothing."""
    found = Origins()
    claims = text.record.sources.claims
    for path, record in _blocks(text.record, ()):
        if not isinstance(record, Sourced):
            continue
        for index, name in enumerate(record.because):
            found.uses.setdefault(name, []).append(".".join(map(str, path)))
            if not name.startswith("@") and name not in claims:
                place = text.tree.place((*path, "because", index))
                found.diagnostics.append(
                    Diagnostic(
                        place,
                        "unknown-claim",
                        f"there is no claim `{name}` in sources.yaml",
                        nearest(name, claims),
                    )
                )
        if path[0] in SECTIONS and len(path) == 2:
            _count(text, path, record, found)
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


def _count(text: CrisisText, path: tuple[str | int, ...], record: Sourced, found: Origins) -> None:
    if any(not each.startswith("@") for each in record.because):
        found.claimed += 1
    elif record.because:
        found.published += 1
    elif record.assumed:
        found.assumed += 1
    else:
        hint = "add `because: [claim, ...]` or `assumed: the reason`"
        place = text.tree.place(path, key=True)
        found.diagnostics.append(Diagnostic(place, "no-origin", f"`{path[-1]}` does not say what it rests on", hint))


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
