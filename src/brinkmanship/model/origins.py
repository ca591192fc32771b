"""What the numbers of a crisis rest on: claims and references used, blocks measured and blocks assumed."""

from __future__ import annotations

from dataclasses import dataclass, field

from brinkmanship.errors import Diagnostic, nearest
from brinkmanship.model.base import Sourced
from brinkmanship.model.evidence import blocks, check_sources
from brinkmanship.model.folder import CrisisText
from brinkmanship.model.references import cited_as

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
    keys = cited_as(text, found.diagnostics)
    for path, record in blocks(text.record):
        _look_up(text, path, record, keys, found)
        if _is_block(path):
            _count(text, path, record, found)
    found.diagnostics += check_sources(text)
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
