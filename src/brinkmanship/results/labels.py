"""What things are called: an author's labels, or else the names in words."""

from __future__ import annotations

import re

from brinkmanship.model.records import CrisisRecord

_EXPLAINED = re.compile(r"\s*\([^()]*\)")
_DEFINED = re.compile(r"[:;]\s")
LONGEST = 90
"""Letters of a label that still fits into a table or above a chart (our choice: two lines)."""


def words(name: str) -> str:
    """A name as words; an underscore at its end only tells it from another name.

    >>> words("oil_price"), words("alert_")
    ('oil price', 'alert')
    """
    return name.replace("_", " ").strip()


def label(record: CrisisRecord, section: str, name: str) -> str:
    """The label of an entry; what stands after a dot is added in words (``first_turn.talks``)."""
    head, _, tail = name.partition(".")
    entry = getattr(record, section).get(head)
    whole = (entry.label if entry is not None else None) or words(head)
    return f"{whole}: {words(tail)}" if tail else whole


def actor(record: CrisisRecord, name: str) -> str:
    """An actor's label."""
    return label(record, "actors", name)


def short(text: str) -> str:
    """A label without what it explains in brackets.

    >>> short("Iran (the Supreme Leader and the Guards)")
    'Iran'
    """
    return _EXPLAINED.sub("", text).strip() or text


def outcome(record: CrisisRecord, name: str) -> str:
    """An outcome's label, whole: it may be a definition."""
    return label(record, "outcomes", name)


def outcome_in_short(record: CrisisRecord, name: str) -> str:
    """An outcome's label for tables and charts: `heading` of it, where no other outcome has the same."""
    head, _, tail = name.partition(".")
    headings = {each: heading(label(record, "outcomes", each)) for each in record.outcomes}
    alike = list(headings.values()).count(headings[head]) > 1
    whole = short(label(record, "outcomes", head)) if alike else headings[head]
    return f"{whole}: {words(tail)}" if tail else whole


def heading(text: str) -> str:
    """A label without what it explains in brackets; if it is longer than `LONGEST`, up to its first colon or semicolon.

    >>> heading("War: " + "open strikes by both sides on each other's territory, " * 2)
    'War'
    >>> heading("War (by the reports of two agencies): yes or no")
    'War: yes or no'
    """
    plain = short(text)
    return plain if len(plain) <= LONGEST else _DEFINED.split(plain, maxsplit=1)[0]


def quantity(record: CrisisRecord, key: str) -> str:
    """The label of a quantity's entry such as ``grievance[iran,united_states]`` or ``belief(nerve)``."""
    name, _, members = key.partition("[")
    if name.startswith("belief("):
        return _belief(record, name[len("belief(") : -1])
    whole = label(record, "quantities", name)
    each = [short(actor(record, member)) for member in members.rstrip("]").split(",") if member]
    return f"{whole}: {' → '.join(each)}" if each else whole


def _belief(record: CrisisRecord, name: str) -> str:
    for owner, entry in record.actors.items():
        if name in entry.beliefs:
            belief = entry.beliefs[name]
            what = f"{short(actor(record, belief.about))} answers at “{words(belief.rung)}” or above"
            return belief.label or f"{short(actor(record, owner))}: belief that {what}"
    return f"Belief: {words(name)}"


def unit(record: CrisisRecord, key: str) -> str:
    """The unit of a quantity's entry; empty where it has none."""
    entry = record.quantities.get(key.partition("[")[0])
    return (entry.unit or "") if entry is not None else ""


def deed(record: CrisisRecord, name: str, target: str = "") -> str:
    """The label of an action, with its target where it may have several; of a ballot, with how it is cast."""
    if name in record.votes:
        return f"{label(record, 'votes', name)}: {words(target)}" if target else label(record, "votes", name)
    entry = record.actions.get(name)
    several = entry is not None and len(entry.on) > 1
    return label(record, "actions", name) + (f" → {short(actor(record, target))}" if target and several else "")


SECTIONS = {
    "event": "events",
    "calendar": "calendar",
    "clock": "clocks",
    "vote": "votes",
    "agreement": "agreements",
}
"""Where in a crisis the happenings of a kind are declared; all other kinds are actions."""


def branch(record: CrisisRecord, kind: str, name: str, turned_out: str) -> str:
    """How something turned out, in words; empty where it could turn out one way only."""
    section = SECTIONS.get(kind, "actions")
    entry = getattr(record, section).get(name)
    branches = getattr(entry, "branches", {})
    if turned_out in branches:
        return branches[turned_out].label or words(turned_out)
    return words(turned_out) if turned_out not in ("", "done", "agreed") else ""
