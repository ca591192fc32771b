"""Claims that contradict each other, and how the crisis settles it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from brinkmanship.model.folder import CrisisText


@dataclass(frozen=True)
class Settlement:
    """Claims that contradict each other; ``settled`` says how the crisis takes them, None that it does not say."""

    claims: tuple[str, ...]
    settled: str | None


def settlements(text: CrisisText) -> tuple[Settlement, ...]:
    """All contradictions of a crisis: those settled in the order of the file, then each pair left open."""
    sources = text.record.sources
    entries = tuple(Settlement(each.claims, each.settled) for each in sources.contradictions)
    covered = {pair for each in entries for pair in _pairs(each.claims)}
    declared = dict.fromkeys(
        tuple(sorted((name, other))) for name, claim in sources.claims.items() for other in claim.contradicts
    )
    return (*entries, *(Settlement(pair, None) for pair in declared if pair not in covered))


def _pairs(claims: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    names = sorted(set(claims))
    return ((one, other) for place, one in enumerate(names) for other in names[place + 1 :])
