"""The review of a crisis: its parts as data, each with what it was made from, and how they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from brinkmanship.analysis.ablations import Finding, ablate
from brinkmanship.analysis.base_rates import SPAN, base_rates, read_records
from brinkmanship.analysis.coverage import coverage_data
from brinkmanship.analysis.replay import HOLD, Retraced, retrace
from brinkmanship.analysis.robustness import LARGEST_SHIFT, Shift, halve_step
from brinkmanship.analysis.variants import Progress, Variant, Watch, simulate_variants
from brinkmanship.core.crisis import Crisis, do
from brinkmanship.errors import UsageError, nearest, one_of
from brinkmanship.model.ablations import Expectation
from brinkmanship.model.records import CrisisRecord
from brinkmanship.results import labels
from brinkmanship.results.intervals import wilson

Part = dict[str, Any]


@dataclass(frozen=True)
class Making:
    """How a review is made.

    Attributes
    ----------
    runs, seed, jobs
        Of every ensemble.
    start
        First day of the futures; None is the crisis's own. Ablations may name their own.
    icb
        Folder of the International Crisis Behavior files; None leaves base rates as they are kept.
    outcome
        What base rates are set beside; None is the first outcome that ends a run.
    """

    runs: int = 1000
    seed: int = 0
    jobs: int = 1
    start: date | None = None
    icb: Path | None = None
    outcome: str | None = None


@contextmanager
def _unwatched(part: str) -> Iterator[None]:
    yield None


def review(
    crisis: Crisis,
    making: Making,
    kept: Mapping[str, Part] | None = None,
    *,
    only: tuple[str, ...] = (),
    watch: Callable[[str], AbstractContextManager[Progress | None]] = _unwatched,
) -> dict[str, Part]:
    """Make the parts of a review.

    Parameters
    ----------
    crisis
        What is reviewed.
    making
        How.
    kept
        Parts made before, as `read_parts` gives them: those not made anew stay.
    only
        Names of `PARTS` to make; empty is all.
    watch
        Gives, for the name of a part, a context in which what it yields is called with (done, all).

    Raises
    ------
    UsageError
        When there is no such part, or an argument does not fit the crisis.
    """
    for name in only:
        if name not in PARTS:
            raise UsageError(f"a review has no part `{name}`; {nearest(name, PARTS) or one_of(list(PARTS))}")
    crisis = _from(crisis, making.start)
    parts = dict(kept or {})
    for name, make in PARTS.items():
        if only and name not in only:
            continue
        with watch(name) as progress:
            part = make(crisis, making, parts.get(name, {}), progress)
        if part is not None:
            parts[name] = {**_origin(crisis, making), **part}
    return parts


def _from(crisis: Crisis, start: date | None) -> Crisis:
    """The crisis with another first day of its futures."""
    if start is None:
        return crisis
    crisis.day(start)
    return do(crisis, {"clock.from": start})


def _origin(crisis: Crisis, making: Making) -> Part:
    """What a part was made from."""
    return {
        "crisis": crisis.name,
        "fingerprint": crisis.fingerprint,
        "from": crisis.date(crisis.day(None)).isoformat(),
        "runs": making.runs,
        "seed": making.seed,
    }


def _ablations(crisis: Crisis, making: Making, kept: Part, progress: Progress | None) -> Part | None:
    if not crisis.text.record.ablations:
        return None
    findings = ablate(crisis, runs=making.runs, seed=making.seed, jobs=making.jobs, progress=progress)
    rows = declared_ablations(crisis)
    for row in rows:
        mine = (found for found in findings if found.ablation == row["ablation"])
        row["findings"] = [{**expected, **_finding(each)} for expected, each in zip(row["findings"], mine, strict=True)]
    return {"ablations": rows}


def declared_ablations(crisis: Crisis) -> list[Part]:
    """The ablations as they are written, before anything is found."""
    edits = crisis.text.tree.root.get("ablations", {})
    return [
        {
            "ablation": name,
            "what": each.what,
            "because": list(each.because),
            "assumed": each.assumed,
            "edit": edits[name]["edit"],
            "from": each.from_.isoformat() if each.from_ else None,
            "given": list(each.given),
            "findings": [_expected(crisis.text.record, expected) for expected in each.expect],
        }
        for name, each in crisis.text.record.ablations.items()
    ]


def _expected(record: CrisisRecord, each: Expectation) -> Part:
    name = each.outcome or each.quantity or ""
    return {
        "kind": "outcome" if each.outcome else "quantity",
        "name": name,
        "label": labels.outcome(record, name) if each.outcome else labels.quantity(record, name),
        "direction": each.direction,
        "at": each.at.isoformat() if each.at else None,
    }


def _finding(found: Finding) -> Part:
    return {
        "before": found.before,
        "after": found.after,
        "change": found.change,
        "low": _finite(found.low),
        "high": _finite(found.high),
        "verdict": found.verdict,
    }


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def _replay(crisis: Crisis, making: Making, kept: Part, progress: Progress | None) -> Part | None:
    moves = retrace(crisis, runs=making.runs, seed=making.seed, progress=progress)
    record, options = crisis.text.record, crisis.lowered.program.options
    deeds = {key: labels.deed(record, option.action, option.target or "") for key, option in options.items()}
    return {"moves": [_move(record, each, {HOLD: HOLD, **deeds}) for each in moves]} if moves else None


def _move(record: CrisisRecord, each: Retraced, names: Mapping[str, str]) -> Part:
    return {
        "date": each.day.isoformat(),
        "actor": each.actor,
        "who": labels.short(labels.actor(record, each.actor)),
        "option": each.option,
        "deed": names[each.option],
        "chance_of_performer": each.chance_of_performer,
        "probability": each.probability,
        "per_day": each.per_day,
        "available": each.available,
        "rank": each.rank,
        "of": each.of,
        "preferred": [
            {"option": option, "deed": names[option], "probability": chance} for option, chance in each.preferred
        ],
        "stands_out": each.stands_out,
    }


def _base_rates(crisis: Crisis, making: Making, kept: Part, progress: Progress | None) -> Part | None:
    if making.icb is None and "rates" not in kept:
        return None
    name = _compared(crisis, making.outcome or kept.get("outcome"))
    clock = crisis.text.record.clock
    figures = {key: kept[key] for key in ("rates", "data", "before", "days") if key in kept}
    if making.icb is not None:
        records = read_records(making.icb)
        rates = base_rates(records, clock.start)
        figures = {
            "data": f"ICB version {records.version}, system and actor level",
            "before": clock.start.isoformat(),
            "days": SPAN,
            "rates": [
                {
                    "rate": each.name,
                    "of": each.of,
                    "count": each.count,
                    "size": each.size,
                    "share": each.share,
                    "low": each.interval[0],
                    "high": each.interval[1],
                }
                for each in rates
            ],
        }
    watch = Watch(name)
    (seen,) = simulate_variants(
        [Variant(crisis)], [watch], runs=making.runs, seed=making.seed, jobs=making.jobs, progress=progress
    )
    count, size = int(seen.values[watch][seen.sound].sum()), int(seen.sound.sum())
    low, high = wilson(count, size)
    days = (clock.end - clock.origin).days
    own = {"count": count, "runs": size, "share": count / max(1, size), "low": low, "high": high, "days": days}
    return {**figures, "outcome": name, "label": labels.outcome(crisis.text.record, name), "own": own}


def _compared(crisis: Crisis, name: str | None) -> str:
    """The outcome that base rates are set beside."""
    outcomes = crisis.outcomes
    if name is None:
        ending = [spec.name for spec in crisis.lowered.program.outcomes if spec.ends]
        return (ending or list(outcomes))[0]
    if name not in outcomes:
        raise UsageError(f"there is no outcome `{name}`; {nearest(name, outcomes) or one_of(list(outcomes))}")
    return name


def _robustness(crisis: Crisis, making: Making, kept: Part, progress: Progress | None) -> Part | None:
    shifts = halve_step(crisis, runs=making.runs, seed=making.seed, jobs=making.jobs, progress=progress)
    step = crisis.lowered.timeline.step
    return {
        "step": step,
        "half": step / 2,
        "largest_shift": LARGEST_SHIFT,
        "shifts": [_shift(crisis.text.record, each) for each in shifts],
    }


def _shift(record: CrisisRecord, each: Shift) -> Part:
    return {
        "outcome": each.outcome,
        "label": labels.outcome(record, each.outcome),
        "whole": float(each.whole),
        "half": float(each.half),
        "change": each.change,
        "low": each.low,
        "high": each.high,
        "small": each.small,
    }


def _coverage(crisis: Crisis, making: Making, kept: Part, progress: Progress | None) -> Part | None:
    return coverage_data(crisis) if crisis.text.record.sources.documents else None


PARTS: dict[str, Callable[[Crisis, Making, Part, Progress | None], Part | None]] = {
    "ablations": _ablations,
    "replay": _replay,
    "base-rates": _base_rates,
    "robustness": _robustness,
    "coverage": _coverage,
}
"""What a review consists of, in the order of its page."""
LEFT_OUT: dict[str, str] = {
    "ablations": "the crisis has no ablations (a file ablations.yaml)",
    "replay": "no move of an actor is documented (history.yaml)",
    "base-rates": "no folder of the ICB files is named (--icb DIR), and no figures are kept from before",
    "coverage": "the crisis names no documents (sources.yaml)",
}
"""Why a part cannot be made, where it is not."""
