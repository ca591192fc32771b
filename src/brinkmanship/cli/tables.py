"""What the commands print for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from brinkmanship.core.crisis import Crisis, shelf
from brinkmanship.results import labels
from brinkmanship.results.formats import count, number, percent, points
from brinkmanship.results.formats import interval as interval_of
from brinkmanship.results.result import Result

BAR = 10
MOST_DEEDS = 12
MOST_QUANTITIES = 14


def titled_table(title: str = "") -> Table:
    """A table as all are drawn."""
    # A title may be wider than its table: it is never folded to the table's width.
    whole = Text(title, style="bold not italic", no_wrap=True, overflow="ignore") if title else None
    return Table(title=whole, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)


def _bar(value: float) -> str:
    filled = 0 if np.isnan(value) else round(value * BAR)
    return "█" * filled + "·" * (BAR - filled)


def catalogue_table(crises: Sequence[Crisis]) -> RenderableType:
    """The catalogue."""
    table = titled_table()
    for head in ("crisis", "title", "actors", "outcomes"):
        table.add_column(head, justify="right" if head in ("actors", "outcomes") else "left")
    for rank, crisis in enumerate(crises):
        if rank and shelf(crisis.name) != shelf(crises[rank - 1].name):
            table.add_row()
        table.add_row(crisis.name, crisis.title, str(len(crisis.actors)), str(len(crisis.outcomes)))
    return table


# --- run and show -----------------------------------------------------------------------------


def answer(result: Result) -> RenderableType:
    """The answer of `brink run`, and of `brink show` for a result folder."""
    parts: list[RenderableType] = [_headline(result), _outcomes(result)]
    if result.data.sizes["quantity"]:
        parts.append(_quantities(result))
    if int(result.data["count"].sum()):
        parts.append(_deeds(result))
    if result.made["failed_runs"]:
        parts.append(_failures(result))
    spaced = [part for each in parts for part in (each, Text())]
    return Group(*spaced[:-1])


def _headline(result: Result) -> Text:
    made = result.made
    text = Text(f"{made['title']}\n", style="bold")
    how = "parameters at their medians" if made["parameters"] == "medians" else "parameters drawn from their priors"
    text.append(
        f"{count(result.runs, 'future')} from {made['from']} to {made['end']}; seed {made['seed']}; {how}; "
        f"fingerprint {made['fingerprint']}",
        style="not bold",
    )
    if made.get("expectations"):
        text.append("\n").append_text(expectation_line(made["expectations"]))
    for each, times in zip(made["given"], made["made"], strict=True):
        rest = "" if times == result.runs else "; the others had ended before"
        text.append(f"\nSupposed: {each} (made in {times:,} of {result.runs:,} runs{rest})", style="not bold")
    return text


def replaced(earlier: Mapping[str, Any] | None) -> str:
    """A line on the result that was replaced (its manifest); empty if none was."""
    if earlier is None:
        return ""
    given = f", supposed {'; '.join(earlier['given'])}" if earlier.get("given") else ""
    return f"It replaces the earlier result of {count(earlier['runs'], 'run')}, seed {earlier.get('seed')}{given}.\n"


def expectation_line(summary: Mapping[str, Any]) -> Text:
    """How expectations were fitted, and how the worst of them does (`Expectations.summary`)."""
    worst = min(summary["actors"], key=lambda actor: summary["actors"][actor]["explained"])
    explained = summary["actors"][worst]["explained"]
    text = Text(
        f"What actors expect of replies was fitted to {summary['runs']:,} runs in {count(summary['rounds'], 'round')}; "
        f"R² on runs held out is at least {explained:.2f} ({worst})",
        style="not bold",
    )
    if summary["unsettled"]:
        text.append(f"; the last round still moved what these expect: {', '.join(summary['unsettled'])}")
    for fault in summary["faults"]:
        text.append(f"\nBeware: {fault}", style="not bold red")
    return text


def _outcomes(result: Result) -> Table:
    paired = result.before is not None
    table = titled_table("How likely is it?")
    table.add_column("outcome")
    for head in ("before", "after", "change, points", "90 % interval") if paired else ("probability", "90 % interval"):
        table.add_column(head, justify="right", no_wrap=True)
    if not paired:
        table.add_column("", no_wrap=True)
    for each in result.likelihoods:
        label = labels.short(each.label) + (
            f" (so on the first day in {percent(each.on_first_day or 0)})" * each.held_already
        )
        if each.change is not None and each.before is not None:
            change, low, high = each.change
            reach = f"{points(low)} to {points(high)}"
            table.add_row(label, percent(each.before), percent(each.probability), points(change), reach)
        else:
            table.add_row(label, percent(each.probability), interval_of(each.low, each.high), _bar(each.probability))
    return table


def _quantities(result: Result) -> Table:
    """Quantities that move, at the end: those whose spread is widest against their range come first."""
    supposed = ", supposed that" if result.made["given"] else ""
    which = "" if result.going == result.runs else f" ({result.going:,} still under way)"
    runs = count(result.runs, "run")
    table = titled_table(f"Where it leads{supposed}: end of {runs}{which}, widest spread first")
    for head in ("quantity", "first day", "median", "90 % of runs"):
        table.add_column(head, justify="left" if head == "quantity" else "right", no_wrap=head != "quantity")
    flags = {str(name) for name in result.data["flag"].values}
    for _, name in result.spreads()[:MOST_QUANTITIES]:
        if name in flags:
            first, last = result.data["share_true"].sel(flag=name).values[[0, -1]]
            table.add_row(result.label_of(name), percent(first), f"true in {percent(last)}", "")
            continue
        series = result.data["quantiles"].sel(quantity=name).transpose("quantile", "time").values
        low, middle, high = series[[0, 2, 4], -1]
        reach = f"{number(low)} to {number(high)}"
        table.add_row(result.label_of(name), number(series[2, 0]), number(middle), reach)
    return table


def _deeds(result: Result) -> Table:
    supposed = ", supposed that" if result.made["given"] else ""
    table = titled_table(f"What is chosen{supposed}, most often first (orders count, executed or not)")
    for head in ("actor", "action", "per run", "per 30 days"):
        table.add_column(head, justify="right" if head.startswith("per") else "left", no_wrap=head.startswith("per"))
    data = result.data
    order = np.argsort(-data["count"].values, kind="stable")[:MOST_DEEDS]
    for row in (int(each) for each in order if data["count"].values[each]):
        actor = labels.short(labels.actor(result.record, str(data["actor_of_action"].values[row])))
        per_run, per_month = (float(data[name].values[row]) for name in ("per_run", "per_30_days"))
        table.add_row(actor, labels.short(str(data["action_label"].values[row])), f"{per_run:.2f}", f"{per_month:.3f}")
    return table


def _failures(result: Result) -> Text:
    failed = result.made["failed_runs"]
    text = Text(f"{failed:,} of {result.runs:,} runs failed and count in no outcome:", style="bold red")
    for place, times in result.made["failures"].items():
        text.append(
            f"\n  {times:,} met a number that is not finite, or a chance outside [0, 1], at {place}",
            style="not bold",
        )
    return text
