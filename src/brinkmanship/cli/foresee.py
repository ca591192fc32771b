"""What `brink foresee` prints."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from brinkmanship.cli.tables import expectation_line, titled_table
from brinkmanship.core.expectations import Expectations

MOST_WEIGHTS = 8


def expectation_report(expectations: Expectations) -> RenderableType:
    """How well what actors expect fits what came, and what they go by."""
    fits = titled_table("How well does what they expect fit what came, on runs that took no part?")
    for head in ("actor", "R²", "bias", "its error", "states", "moved in the last round"):
        fits.add_column(head, justify="left" if head == "actor" else "right")
    weights = titled_table("What do they go by? Largest weights, in units of the flow per unit of the feature")
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
            weights.add_row(label, Text(name), f"{each.weights[name]:+.3g}")
            label = ""
    return Group(expectation_line(expectations.summary), Text(), fits, Text(), weights)
