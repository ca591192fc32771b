"""What `brink check` prints: counts, what the numbers rest on, and what is suspicious."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from brinkmanship.cli.tables import titled_table
from brinkmanship.core.crisis import Crisis
from brinkmanship.core.lowering.ranges import ranges_of
from brinkmanship.errors import CrisisError, Diagnostic
from brinkmanship.lang.interval import interval
from brinkmanship.model.contradictions import Settlement, settlements
from brinkmanship.model.evidence import CoveredDocument, coverage
from brinkmanship.model.origins import KINDS, Kind, Origins
from brinkmanship.results import labels
from brinkmanship.results.formats import count

COUNTED = {
    "actors": "actor",
    "actions": "action",
    "quantities": "quantity",
    "parameters": "parameter",
    "events": "event",
    "processes": "process",
    "clocks": "clock",
    "votes": "vote",
    "agreements": "agreement",
    "outcomes": "outcome",
}
"""Sections whose entries are counted, and what one entry is called."""


def faults_summary(crisis: str, error: CrisisError) -> dict[str, Any]:
    """The faults of a crisis, as data."""
    found = [_diagnostic(each) for each in error.diagnostics]
    return {"crisis": crisis, "sound": False, "diagnostics": found, "more_may_follow": error.more}


def check_summary(crisis: Crisis, found: Origins, warnings: Sequence[Diagnostic] = ()) -> dict[str, Any]:
    """What a check found, as data: everything, long lists too."""
    record = crisis.text.record
    claims = record.sources.claims
    ranges = ranges_of(crisis.lowered)
    return {
        "crisis": crisis.name,
        "sound": True,
        "fingerprint": crisis.fingerprint,
        "counts": {section: len(getattr(record, section)) for section in COUNTED}
        | {"moves": len(record.history.moves)},
        "numbers": {"all": len(found.numbers), **found.counts},
        "claims": {
            "declared": len(claims),
            "used": sum(name in found.uses for name in claims),
            "unused": [name for name in claims if name not in found.uses],
        },
        "published": {name[1:]: list(paths) for name, paths in sorted(found.uses.items()) if name.startswith("@")},
        "contradictions": [{"claims": list(each.claims), "settled": each.settled} for each in settlements(crisis.text)],
        "documents": {each.name: _covered(each) for each in coverage(crisis.text)},
        "occasions_per_step": {
            choice.actor: interval(choice.occasion, ranges)[1] for choice in crisis.lowered.program.choices
        },
        "diagnostics": [_diagnostic(each) for each in warnings],
    }


def _diagnostic(each: Diagnostic) -> dict[str, Any]:
    place = each.place
    where = {"file": place.file, "line": place.line, "column": place.column}
    return {"code": str(each.code), **where, "message": each.message, "hint": each.hint}


def _covered(document: CoveredDocument) -> dict[str, Any]:
    return {
        "paragraphs": document.document.paragraphs,
        "set_aside": sum(each.set_aside is not None for each in document.paragraphs),
        "open": list(document.open),
    }


def check_report(crisis: Crisis, found: Origins) -> RenderableType:
    """What a check found, to read: the counts."""
    record = crisis.text.record
    entries = {section: len(getattr(record, section)) for section in COUNTED}
    counts = [count(size, COUNTED[section], section) for section, size in entries.items() if size]
    counts += [count(len(record.history.moves), "documented move")] if record.history.moves else []
    lines: list[RenderableType] = [
        Text(f"{crisis.title} is well formed.", style="bold"),
        Text(f"It has {', '.join(counts)}."),
        Text(),
        _numbers(found),
        *_claims(crisis, found),
        Text(),
        _occasions(crisis),
    ]
    return Group(*lines)


def origins_text(found: Origins) -> str:
    """What the numbers of a crisis rest on, in one sentence."""
    counts = found.counts
    rests = "; ".join(f"{found.share(kind):.0%} {words}" for kind, words in KINDS.items() if counts[kind])
    return f"Its {len(found.numbers):,} numbers: {rests}."


def _numbers(found: Origins) -> Table:
    table = titled_table(f"What its {len(found.numbers):,} numbers rest on")
    for head in ("", "numbers", "share"):
        table.add_column(head, justify="right" if head else "left")
    counts: dict[Kind, int] = found.counts
    for kind, words in KINDS.items():
        table.add_row(words, f"{counts[kind]:,}", f"{found.share(kind):.1%}")
    return table


def _claims(crisis: Crisis, found: Origins) -> list[Text]:
    """One line each on claims, contradictions and documents; none where there are none."""
    claims = crisis.text.record.sources.claims
    if not claims:
        return []
    used = sum(name in found.uses for name in claims)
    settled = settlements(crisis.text)
    left = sum(each.settled is None for each in settled)
    lines = [
        Text(),
        Text(f"{count(len(claims), 'claim')} in its sources: {_parted(len(claims), used, 'used', 'not used')}."),
    ]
    if settled:
        lines.append(Text(f"Contradictions: {len(settled) - left} settled, {left} left open."))
    counted = [each for each in coverage(crisis.text) if each.document.paragraphs]
    if counted:
        whole, left = sum(len(each.paragraphs) for each in counted), sum(len(each.open) for each in counted)
        settled_ones = _parted(whole, whole - left, "used for a claim or set aside", "neither")
        lines.append(Text(f"{count(whole, 'paragraph')} in its documents: {settled_ones}."))
    return [*lines, Text(f"`brink check {crisis.name} --evidence` lists them.")]


def _parted(whole: int, part: int, these: str, others: str) -> str:
    """How many of all are this, and how many are that.

    >>> _parted(8, 8, "used", "not used"), _parted(8, 7, "used", "not used")
    ('all used', '7 used, 1 not used')
    """
    return f"all {these}" if part == whole else f"{part:,} {these}, {whole - part:,} {others}"


def _occasions(crisis: Crisis) -> Table:
    ranges = ranges_of(crisis.lowered)
    table = titled_table("Occasions to act in one step, at most (limit 0.25)")
    table.add_column("actor")
    table.add_column("τΔ", justify="right")
    for choice in crisis.lowered.program.choices:
        most = interval(choice.occasion, ranges)[1]
        table.add_row(labels.actor(crisis.text.record, choice.actor), f"{most:.3f}")
    return table


def suspicious_report(told: Sequence[Diagnostic]) -> str:
    """What is legal and suspicious, as it is: folded, carets would stand elsewhere."""
    many = f"{len(told)} things are" if len(told) != 1 else "One thing is"
    return "\n\n".join([f"{many if told else 'Nothing is'} legal and suspicious.", *map(str, told)])


# --- the long lists ---------------------------------------------------------------------------


def evidence_report(crisis: Crisis, found: Origins) -> RenderableType:
    """The long lists: claims that nothing uses, how contradictions are settled, paragraphs left open, works cited."""
    claims = crisis.text.record.sources.claims
    unused = [(name, claim.text) for name, claim in claims.items() if name not in found.uses]
    works = [
        (name, f"used {count(len(paths), 'time')}")
        for name, paths in sorted(found.uses.items())
        if name.startswith("@")
    ]
    left_open = [
        (each.name, "paragraphs " + ", ".join(map(str, each.open))) for each in coverage(crisis.text) if each.open
    ]
    settled = [_settlement(each) for each in settlements(crisis.text)]
    return Group(
        *_listed(f"Claims that nothing uses ({len(unused)})", unused),
        *_listed(f"How contradictions are settled ({len(settled)})", settled),
        *_listed("Paragraphs neither used for a claim nor set aside", left_open),
        *_listed(f"Published work ({len(works)})", works),
    )


def _settlement(each: Settlement) -> tuple[str, str]:
    return "; ".join(each.claims), each.settled or "LEFT OPEN: no entry of `contradictions` covers them."


def _listed(title: str, entries: Sequence[tuple[str, str]]) -> list[RenderableType]:
    """A list under its title; nothing where it is empty."""
    if not entries:
        return []
    lines: list[RenderableType] = [Text(title, style="bold")]
    for name, words in entries:
        lines += [Text(name, style="cyan"), Padding(Text(" ".join(words.split())), (0, 0, 0, 4))]
    return [*lines, Text()]
