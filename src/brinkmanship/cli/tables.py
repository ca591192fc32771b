"""What the commands print for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from brinkmanship.core.crisis import Crisis, shelf
from brinkmanship.engine.ensemble import WATCHED
from brinkmanship.results import labels
from brinkmanship.results.formats import count, number, percent, points
from brinkmanship.results.formats import interval as interval_of
from brinkmanship.results.result import Likelihood, Result

BAR = 10
WIDE = 100
"""Columns from which on there is room for bars."""
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
    main = _Likelihoods(result) if result.before is None else _changes(result)
    parts: list[RenderableType] = [_headline(result), main]
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
    for rank, (each, times) in enumerate(zip(made["given"], made["made"], strict=True)):
        rest = "" if times == result.runs else "; the others had ended before"
        text.append(f"\nSupposed: {each} (made in {times:,} of {result.runs:,} runs{rest})", style="not bold")
        text.append_text(_opening(made["open"][rank], times))
    return text


def _opening(found: Mapping[str, int], made: int) -> Text:
    """How often a supposed move was open to its actor in the runs in which it was made; red where it never was."""
    looked, open_ = found["runs"], found["open"]
    of = count(looked, "run") + " that were looked at" * (looked < made)
    if not looked:
        return Text()
    if open_ == 0:
        beware = f"Beware: it was open to it in none of {of}; the rules of the crisis would not have let it be made."
        return Text(f"\n{beware}", style="not bold red")
    return Text(f"\nIt was open to it then in {f'{open_:,}' if open_ < looked else 'all'} of {of}.", style="not bold")


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


@dataclass(frozen=True)
class _Likelihoods:
    """How likely the outcomes are, in the order of the crisis; bars where there is room for them."""

    result: Result

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        bars = options.max_width >= WIDE
        table = titled_table("How likely is it?")
        for head in ("outcome", "probability", "90 % interval", "by parameters", *[""] * bars):
            table.add_column(head, justify="left" if head in ("outcome", "") else "right", no_wrap=head != "outcome")
        for title, each in _under_titles(self.result):
            if title:
                table.add_row(f"{title}:")
            label = f"  {labels.words(each.name.partition('.')[2])}" if "." in each.name else each.label
            reach = interval_of(*each.parameters) if each.parameters_matter else "–"
            row = [label + _already(each), percent(each.probability), interval_of(each.low, each.high), reach]
            table.add_row(*row, *[_bar(each.probability)] * bars)
        yield table
        yield Text(
            "90 % interval: how far the share may be off with so many runs. By parameters: between which values it "
            "lies for 90 % of what is possible on the first day: parameters, start values, an open past "
            "(–: no difference that these runs can show). In per cent.",
            style="dim",
        )


def _under_titles(result: Result) -> Iterator[tuple[str, Likelihood]]:
    """Outcomes, the first answer to a question with that question."""
    last = ""
    for each in result.likelihoods:
        question, dot, _ = each.name.partition(".")
        yield labels.outcome_in_short(result.record, question) if dot and question != last else "", each
        last = question


def _already(each: Likelihood) -> str:
    return f" (so on the first day in {percent(each.on_first_day or 0)})" * each.held_already


def _changes(result: Result) -> RenderableType:
    """What a supposition changes, the largest change first; what chance would explain is not marked."""
    table = titled_table("What does it change? Largest change first")
    for head in ("outcome", "before", "after", "change, points", "90 % interval"):
        table.add_column(head, justify="left" if head == "outcome" else "right", no_wrap=head != "outcome")
    for each in result.changes:
        assert each.change is not None and each.before is not None
        change, low, high = each.change
        mark = "*" if each.beyond_chance else " "
        row = percent(each.before), percent(each.probability), points(change) + mark, f"{points(low)} to {points(high)}"
        table.add_row(each.label + _already(each), *row, style="bold" if each.beyond_chance else "")
    beyond, whole = sum(each.beyond_chance for each in result.changes), len(result.changes)
    note = (
        f"* beyond chance: the 90 % interval leaves out zero, for {beyond} of {whole}. Where nothing changes, "
        f"{f'about {result.by_chance}' if result.by_chance else 'hardly any'} of so many would do so by chance."
    )
    return Group(table, Text(note, style="dim"))


def _quantities(result: Result) -> Table:
    """Quantities that move, at the end: those whose spread is widest against their range come first."""
    supposed = ", supposed that" if result.made["given"] else ""
    which = "" if result.going == result.runs else f" ({result.going:,} still under way)"
    runs = count(min(result.runs, WATCHED), "run")
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
