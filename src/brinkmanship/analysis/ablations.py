"""Ablations made: what changes without a mechanism, beside what was expected to.

The crisis as written and each ablation meet the same luck. An expectation holds when the change has the expected
direction and its paired 90 % interval excludes zero; it is contradicted when the interval lies on the other side.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from brinkmanship.analysis.variants import Progress, Seen, Variant, Watch, changed, simulate_variants
from brinkmanship.core.ablations import slot_named
from brinkmanship.core.crisis import Crisis, do
from brinkmanship.errors import UsageError, nearest, one_of
from brinkmanship.model.ablations import Ablation, Expectation

Verdict = Literal["holds", "unclear", "opposite"]


@dataclass(frozen=True)
class Finding:
    """One expectation of one ablation, and what came of it: levels, the paired change and its 90 % interval."""

    ablation: str
    expected: Expectation
    before: float
    after: float
    change: float
    low: float
    high: float
    verdict: Verdict


def ablate(
    crisis: Crisis,
    *,
    names: Collection[str] | None = None,
    runs: int = 1000,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Finding]:
    """Make the ablations of a crisis, or those of some names.

    Parameters
    ----------
    crisis
        What was written, with its ``ablations.yaml``.
    names
        Which to make; None is all.
    runs, seed, jobs, progress
        As of `simulate_variants`.

    Returns
    -------
    list
        One finding an expectation, in the order of the file.

    Raises
    ------
    UsageError
        When there is no such ablation.
    CrisisError
        When an edit cannot be made.
    """
    declared = crisis.text.record.ablations
    for name in names or ():
        if name not in declared:
            hint = nearest(name, declared) or one_of(list(declared))
            raise UsageError(f"there is no ablation `{name}`; {hint}")
    chosen = {name: each for name, each in declared.items() if names is None or name in names}
    bases = {_setting(each): Variant(crisis, each.given, each.from_) for each in chosen.values()}
    edits: Mapping[str, Mapping[str, object]] = crisis.text.tree.root.get("ablations", {})
    after = [Variant(do(crisis, edits[name]["edit"]), each.given, each.from_) for name, each in chosen.items()]  # type: ignore[arg-type]
    watched = {_watch(crisis, each): None for ablation in chosen.values() for each in ablation.expect}
    variants = [*bases.values(), *after]
    seen = simulate_variants(variants, list(watched), runs=runs, seed=seed, jobs=jobs, progress=progress)
    base_of = dict(zip(bases, seen, strict=False))
    return [
        _finding(name, each, _watch(crisis, each), base_of[_setting(ablation)], without)
        for (name, ablation), without in zip(chosen.items(), seen[len(bases) :], strict=True)
        for each in ablation.expect
    ]


def _setting(ablation: Ablation) -> tuple[tuple[str, ...], date | None]:
    return ablation.given, ablation.from_


def _watch(crisis: Crisis, expected: Expectation) -> Watch:
    name = expected.outcome or slot_named(expected.quantity or "")
    day = None if expected.at is None else float((expected.at - crisis.text.record.clock.start).days)
    return Watch(name, expected.outcome is None, day)


def _finding(name: str, expected: Expectation, watch: Watch, one: Seen, two: Seen) -> Finding:
    found = changed(one, two, watch)
    sign = verdict(expected.direction, found.low, found.high)
    return Finding(name, expected, found.before, found.after, found.change, found.low, found.high, sign)


def verdict(direction: Literal["up", "down"], low: float, high: float) -> Verdict:
    """What an interval of a change says of an expected direction."""
    if low > 0:
        return "holds" if direction == "up" else "opposite"
    if high < 0:
        return "holds" if direction == "down" else "opposite"
    return "unclear"
