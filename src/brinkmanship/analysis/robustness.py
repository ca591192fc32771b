"""How much outcomes hang on the length of a step: rates are per day, so that half a step is the same crisis."""

from __future__ import annotations

from dataclasses import dataclass

from brinkmanship.analysis.variants import Progress, Variant, Watch, changed, simulate_variants
from brinkmanship.core.crisis import Crisis, do

LARGEST_SHIFT = 0.01
"""Shift of a probability by half a step that is still taken for none (our choice: one percentage point)."""


@dataclass(frozen=True)
class Shift:
    """The change of an outcome's probability when the step is halved, with its 90 % interval."""

    outcome: str
    whole: float
    half: float
    change: float
    low: float
    high: float

    @property
    def small(self) -> bool:
        """Whether the interval does not lie beyond `LARGEST_SHIFT` as a whole."""
        return self.low <= LARGEST_SHIFT and self.high >= -LARGEST_SHIFT


def halve_step(
    crisis: Crisis, *, runs: int = 1000, seed: int = 0, jobs: int = 1, progress: Progress | None = None
) -> list[Shift]:
    """Simulate a crisis with its step and with half of it.

    Draws are addressed by step, so the two ensembles do not share their luck; the interval is that of the counts as
    they fell, run by run.
    """
    half = do(crisis, {"clock.step": crisis.text.record.clock.step / 2})
    watched = {name: Watch(name) for name in crisis.outcomes}
    one, two = simulate_variants(
        [Variant(crisis), Variant(half)], list(watched.values()), runs=runs, seed=seed, jobs=jobs, progress=progress
    )
    found = {name: changed(one, two, watch) for name, watch in watched.items()}
    return [Shift(name, each.before, each.after, each.change, each.low, each.high) for name, each in found.items()]
