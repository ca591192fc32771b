"""A crisis, to look at: its clock, who is in it, what they can do, what is asked, and what it rests on."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from brinkmanship.cli.check import origins_text
from brinkmanship.cli.inventory import inventory, inventory_summary, named_table
from brinkmanship.core.crisis import Crisis
from brinkmanship.model.origins import Origins
from brinkmanship.model.records import CrisisRecord
from brinkmanship.results import labels
from brinkmanship.results.formats import count
from brinkmanship.results.readme import first_paragraph, read_readme


def portrait_summary(crisis: Crisis, found: Origins) -> dict[str, Any]:
    """A crisis in short, as data."""
    record = crisis.text.record
    clock = record.clock
    return {
        "crisis": crisis.name,
        "title": crisis.title,
        "about": about(crisis),
        "fingerprint": crisis.fingerprint,
        "clock": {
            "start": clock.start.isoformat(),
            "from": clock.origin.isoformat(),
            "end": clock.end.isoformat(),
            "step_days": clock.step,
        },
        "ladder": list(record.ladder),
        "actors": {
            name: {
                "label": labels.actor(record, name),
                "principal": actor.principal,
                "interests": {key: {"of": each.of, "weight": each.weight} for key, each in actor.interests.items()},
            }
            for name, actor in record.actors.items()
        },
        "actions": {
            name: {
                "label": labels.label(record, "actions", name),
                "class": each.class_,
                "by": list(each.by),
                "on": list(each.on),
                "rung": each.rung,
            }
            for name, each in record.actions.items()
        },
        **inventory_summary(record),
        "outcomes": {name: labels.outcome(record, name) for name in crisis.outcomes},
        "numbers": {"all": len(found.numbers), **found.counts},
    }


def about(crisis: Crisis) -> str:
    """What its author says of it first."""
    return first_paragraph(read_readme(crisis.text.folder)) or crisis.text.record.crisis.summary


def portrait(crisis: Crisis, found: Origins) -> RenderableType:
    """A crisis, to read."""
    record = crisis.text.record
    parts: list[RenderableType] = [_head(crisis, found), _actors(record)]
    if record.ladder:
        rungs = " < ".join(map(labels.words, record.ladder))
        parts.append(Text.assemble(("Ladder, lowest rung first: ", "bold"), rungs))
    if record.actions:
        parts.append(_actions(record))
    parts += [each for each in inventory(record) if each.row_count]
    parts.append(_outcomes(crisis))
    spaced = [part for each in parts for part in (each, Text())]
    return Group(*spaced[:-1])


def _head(crisis: Crisis, found: Origins) -> Text:
    clock = crisis.text.record.clock
    text = Text(f"{crisis.title}\n", style="bold")
    lines = [about(crisis), ""] if about(crisis) else []
    past = f"; the future begins on {clock.origin}" if clock.origin != clock.start else ""
    step = count(int(clock.step), "day") if clock.step == int(clock.step) else f"{clock.step:g} days"
    lines.append(f"Clock: {clock.start} to {clock.end}, steps of {step}{past}; fingerprint {crisis.fingerprint}")
    lines.append(origins_text(found))
    return text.append("\n".join(lines), style="not bold")


def _actors(record: CrisisRecord) -> Table:
    table = named_table(
        "Actors, and what each wants (weights; less is better where they are negative)", "actor", "interests"
    )
    for name, actor in record.actors.items():
        label = labels.actor(record, name)
        if actor.principal is not None:
            label += f", agent of {labels.short(labels.actor(record, actor.principal))}"
        wants = [f"{each.label or labels.words(key)} {each.weight}" for key, each in actor.interests.items()]
        table.add_row(name, label, ", ".join(wants) or "none: it does not act")
    return table


def _actions(record: CrisisRecord) -> Table:
    table = named_table("What they can do, by class; `--given` takes these names", "action", "who, on whom")
    for group in dict.fromkeys(action.class_ for action in record.actions.values()):
        table.add_row(Text(labels.label(record, "classes", group), style="bold"))
        for name, each in record.actions.items():
            if each.class_ == group:
                rung = f" [{labels.words(each.rung)}]" if each.rung else ""
                on = f" → {', '.join(each.on)}" if each.on else ""
                label = labels.short(labels.label(record, "actions", name)) + rung
                table.add_row(name, label, ", ".join(each.by) + on)
    return table


def _outcomes(crisis: Crisis) -> Table:
    record = crisis.text.record
    table = named_table("What is asked", "outcome", "read")
    for name in crisis.outcomes:
        outcome = record.outcomes[name.partition(".")[0]]
        when = "what comes first" if outcome.first else "at the end" if outcome.at_end else "ever"
        table.add_row(name, labels.outcome(record, name), when + (", and ends the run" if outcome.ends else ""))
    return table
