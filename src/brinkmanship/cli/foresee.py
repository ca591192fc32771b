"""What `brink foresee` prints, and the line of `brink run` on what actors expect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from brinkmanship.core.expectations import Expectations
from brinkmanship.results.formats import count

MOST_WEIGHTS = 8


def expectation_line(summary: Mapping[str, Any]) -> Text:
    """How expectations were fitted, and how the worst of them does (`Expectations.summary`)."""
    worst = min(summary["actors"], key=lambda actor: summary["actors"][actor]["explained"])
    explained = summary["actors"][worst]["explained"]
    text = Text(
        f"What actors expect of replies was fitted to {summary['runs']:,} runs in {count(summary['rounds'], 'round')}; "
        f"R² on runs held out is at least {explained:.2f} ({worst})",
        style="not bold",
    )
    for fault in summary["faults"]:
        text.append(f"\nBeware: {fault}", style="not bold red")
    return text


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)


def expectation_report(expectations: Expectations) -> RenderableType:
    """How well what actors expect fits what came, and what they go by."""
    fits = _table("How well does what they expect fit what came, on runs that took no part?")
    for head in ("actor", "R²", "bias", "its error", "states", "moved in the last round"):
        fits.add_column(head, justify="left" if head == "actor" else "right")
    weights = _table("What do they go by? Largest weights, in units of the flow per unit of the feature")
    for head in ("actor", "feature", "weight"):
        weights.add_column(head, justify="right" if head == "weight" else "left")
    for actor, each in expectations.actors.items():
        label = actor.replace("_", " ")
        moved = "–" if each.moved is None else f"{each.moved:.0%}"
        fits.add_row(
            label,
            f"{each.explained:.2f}",
            f"{each.bias:+.1e}",
            f"{each.bias_error:.1e}",
            f"{each.observations:,}",
            moved,
        )
        for name in sorted(each.weights, key=lambda name: -abs(each.weights[name]))[:MOST_WEIGHTS]:
            weights.add_row(label, name, f"{each.weights[name]:+.3g}")
            label = ""
    return Group(expectation_line(expectations.summary), Text(), fits, Text(), weights)
