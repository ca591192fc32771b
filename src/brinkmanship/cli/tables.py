"""What the commands print for people to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from brinkmanship.core.crisis import Crisis, shelf
from brinkmanship.core.lowering.audit import ranges_of
from brinkmanship.lang.interval import interval
from brinkmanship.model.evidence import Origins
from brinkmanship.results.runs import Runs

BAR = 18
MOST_DEEDS = 12
MOST_QUANTITIES = 14


def _table(title: str = "") -> Table:
    # A title may be wider than its table: it is never folded to the table's width.
    whole = Text(title, style="bold not italic", no_wrap=True, overflow="ignore") if title else None
    return Table(title=whole, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)


def percent(value: float) -> str:
    """A probability as text: never 0 % or 100 % where it is neither."""
    if np.isnan(value):
        return "–"
    if 0 < value < 0.001:
        return "<0.1 %"
    if 0.999 < value < 1:
        return ">99.9 %"
    return f"{100 * value:.1f} %"


def points(value: float) -> str:
    """A change in percentage points, with its sign."""
    return f"{100 * value:+.1f}"


def _bar(value: float) -> str:
    filled = 0 if np.isnan(value) else round(value * BAR)
    return "█" * filled + "·" * (BAR - filled)


def _label(crisis: Crisis, section: str, name: str) -> str:
    head, _, tail = name.partition(".")
    record = getattr(crisis.text.record, section).get(head)
    label = (record.label if record is not None else None) or head.replace("_", " ")
    return f"{label}: {tail.replace('_', ' ')}" if tail else label


def catalogue_table(crises: Sequence[Crisis]) -> RenderableType:
    """The catalogue."""
    table = _table()
    for head in ("crisis", "title", "actors", "outcomes"):
        table.add_column(head, justify="right" if head in ("actors", "outcomes") else "left")
    for number, crisis in enumerate(crises):
        if number and shelf(crisis.name) != shelf(crises[number - 1].name):
            table.add_row()
        table.add_row(crisis.name, crisis.title, str(len(crisis.actors)), str(len(crisis.outcomes)))
    return table


# --- check ------------------------------------------------------------------------------------


def check_summary(crisis: Crisis, found: Origins) -> dict[str, Any]:
    """What a check found, as data."""
    record = crisis.text.record
    claims = record.sources.claims
    sections = (
        "actors",
        "actions",
        "quantities",
        "parameters",
        "events",
        "processes",
        "votes",
        "agreements",
        "outcomes",
    )
    return {
        "crisis": crisis.name,
        "fingerprint": crisis.fingerprint,
        "counts": {section: len(getattr(record, section)) for section in sections}
        | {"moves": len(record.history.moves)},
        "origins": {
            "claims": found.claimed,
            "published": found.published,
            "partly_assumed": found.partly,
            "assumed": found.assumed,
        },
        "claims": {"declared": len(claims), "used": sum(name in found.uses for name in claims)},
        "occasions_per_step": {
            choice.actor: interval(choice.occasion, ranges_of(crisis.lowered))[1]
            for choice in crisis.lowered.program.choices
        },
    }


def check_report(crisis: Crisis, found: Origins) -> RenderableType:
    """What a check found, to read."""
    summary = check_summary(crisis, found)
    counts = ", ".join(f"{count} {name}" for name, count in summary["counts"].items() if count)
    words = {
        "claims": "on claims of the documents",
        "published": "on published work",
        "partly_assumed": "on claims or published work, with something assumed besides (mostly a size)",
        "assumed": "on assumption alone",
    }
    origins = summary["origins"].items()
    rests = "; ".join(f"{count} ({found.share(count):.0%}) {words[name]}" for name, count in origins if count)
    lines = [
        Text(f"{crisis.title} is well formed.", style="bold"),
        Text(f"It has {counts}."),
        Text(f"Its blocks rest: {rests}."),
    ]
    if summary["claims"]["declared"]:
        lines.append(
            Text(f"Of {summary['claims']['declared']} claims in its sources, {summary['claims']['used']} are used.")
        )
    table = _table("Occasions to act in one step, at most (limit 0.25)")
    table.add_column("actor")
    table.add_column("τΔ", justify="right")
    for actor, value in summary["occasions_per_step"].items():
        table.add_row(_label(crisis, "actors", actor), f"{value:.3f}")
    return Group(*lines, Text(), table)


# --- run --------------------------------------------------------------------------------------


def answer(runs: Runs) -> RenderableType:
    """The answer of `brink run`."""
    parts: list[RenderableType] = [_headline(runs), _outcomes(runs)]
    if runs.tallies.going[-1]:
        parts.append(_quantities(runs))
    if any(map(runs.count, runs.crisis.lowered.program.options)):
        parts.append(_deeds(runs))
    if runs.failed:
        parts.append(_failures(runs))
    spaced = [part for each in parts for part in (each, Text())]
    return Group(*spaced[:-1])


def _headline(runs: Runs) -> Text:
    crisis = runs.crisis
    origin, end = crisis.date(runs.request.origin), crisis.text.record.clock.end
    text = Text(f"{crisis.title}\n", style="bold")
    how = "parameters at their medians" if runs.request.fixed else "parameters drawn from their priors"
    text.append(
        f"{runs.runs:,} futures from {origin} to {end}; seed {runs.request.seed}; {how}; "
        f"fingerprint {crisis.fingerprint}",
        style="not bold",
    )
    for each, made in zip(runs.given, runs.made(), strict=True):
        rest = "" if made == runs.runs else "; the others had ended before"
        text.append(f"\nSupposed: {each} (made in {made:,} of {runs.runs:,} runs{rest})", style="not bold")
    return text


def _outcomes(runs: Runs) -> Table:
    paired = runs.before is not None
    table = _table("How likely is it?")
    table.add_column("outcome")
    for head in ("before", "after", "change, points", "90 % interval") if paired else ("probability", "90 % interval"):
        table.add_column(head, justify="right", no_wrap=True)
    if not paired:
        table.add_column("", no_wrap=True)
    for name in runs.crisis.outcomes:
        probability, low, high = runs.probability(name)
        label = _label(runs.crisis, "outcomes", name)
        if runs.before is not None:
            change, below, above = runs.change(name)
            before = runs.before.probability(name)[0]
            table.add_row(
                label,
                percent(before),
                percent(probability),
                points(change),
                f"{points(below)} to {points(above)}",
            )
        else:
            table.add_row(label, percent(probability), f"{100 * low:.1f} to {100 * high:.1f}", _bar(probability))
    return table


def _quantities(runs: Runs) -> Table:
    """Quantities that move, at the end: those whose spread is widest against their range come first."""
    going = int(runs.tallies.going[-1])
    which = f"the {going:,} runs" if going != 1 else "the one run"
    supposed = ", supposed that" if runs.given else ""
    table = _table(f"Where it leads{supposed}: last day of {which} still under way, widest spread first")
    for head in ("quantity", "first day", "median", "90 % of runs"):
        table.add_column(head, justify="left" if head == "quantity" else "right", no_wrap=head != "quantity")
    rows = []
    for name, edges in runs.edges.items():
        if runs.crisis.lowered.program.slots[name].kind == "flag":
            shares = runs.tallies.histograms[name][[0, -1]]
            first, last = (row[1] / max(1, row.sum()) for row in shares)
            rows.append((-4 * last * (1 - last), name, percent(first), f"true in {percent(last)}", ""))
            continue
        series = runs.daily(name, (0.05, 0.5, 0.95), [0, -1])
        low, middle, high = series[:, -1]
        spread = (high - low) / (edges[-1] - edges[0])
        reach = f"{_number(low)} to {_number(high)}"
        rows.append((0.0 if np.isnan(spread) else -spread, name, _number(series[1, 0]), _number(middle), reach))
    for _, name, first, middle, reach in sorted(rows)[:MOST_QUANTITIES]:
        table.add_row(_quantity_label(runs.crisis, name), first, middle, reach)
    return table


def _quantity_label(crisis: Crisis, key: str) -> str:
    name, _, members = key.partition("[")
    record = crisis.text.record.quantities.get(name)
    label = (record.label if record is not None else None) or name.replace("_", " ")
    unit = f" [{record.unit}]" if record is not None and record.unit else ""
    return f"{label}{' (' + members.rstrip(']').replace(',', ' → ').replace('_', ' ') + ')' if members else ''}{unit}"


def _number(value: float) -> str:
    if np.isnan(value):
        return "–"
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 or value == round(value) else f"{value:.2f}" if size < 10 else f"{value:.1f}"


def _deeds(runs: Runs) -> Table:
    supposed = ", supposed that" if runs.given else ""
    table = _table(f"What is chosen{supposed}, most often first (orders count, executed or not)")
    for head in ("actor", "action", "per run", "per 30 days"):
        table.add_column(head, justify="right" if head.startswith("per") else "left")
    counts = {name: runs.count(name) for name in sorted(runs.crisis.lowered.program.options)}
    for name in sorted(counts, key=lambda each: -counts[each])[:MOST_DEEDS]:
        if counts[name]:
            actor, _, action = name.partition(".")
            per_month = 30 * counts[name] / max(runs.days_under_way, 1e-9)
            labels = _label(runs.crisis, "actors", actor), _deed_label(runs.crisis, action)
            table.add_row(*labels, f"{counts[name] / runs.runs:.2f}", f"{per_month:.3f}")
    return table


def _deed_label(crisis: Crisis, action: str) -> str:
    name, _, target = action.partition(".")
    if name in crisis.text.record.votes:
        return f"{_label(crisis, 'votes', name)}: {target}"
    on = f" → {_label(crisis, 'actors', target)}" if target and len(crisis.text.record.actions[name].on) > 1 else ""
    return _label(crisis, "actions", name) + on


def _failures(runs: Runs) -> Text:
    text = Text(f"{runs.failed:,} of {runs.runs:,} runs failed and count in no outcome:", style="bold red")
    for place, count in runs.failures.items():
        text.append(
            f"\n  {count:,} met a number that is not finite, or a chance outside [0, 1], at {place}",
            style="not bold",
        )
    return text
