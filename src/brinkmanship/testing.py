"""Checks that authors of crises run in their own test suites.

>>> from brinkmanship.testing import check_crisis
>>> runs = check_crisis("textbook/quantal-choice", runs=20)
>>> runs.failed
0
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from brinkmanship.core.crisis import Crisis, check
from brinkmanship.errors import CrisisError
from brinkmanship.results.runs import Runs
from brinkmanship.results.simulate import simulate


def check_crisis(crisis: str | Path, *, runs: int = 100, seed: int = 0) -> Runs:
    """Check a crisis as a test does: what it says, what it rests on, and that it runs.

    The text is checked as ``brink check`` does. Then futures are simulated from the crisis's own date and, where the
    documented past goes on after that date, from the day after its end too, so that all of it is replayed.

    Parameters
    ----------
    crisis
        The folder of a crisis, or a name of the catalogue.
    runs, seed
        Number of simulated futures from each date, and the seed of all draws.

    Returns
    -------
    Runs
        The futures from the crisis's own date, for further tests of one's own.

    Raises
    ------
    AssertionError
        With every diagnostic of the text, or with the places where runs met a number that is not finite.
    UsageError
        When there is no such crisis.
    """
    try:
        loaded, _ = check(crisis)
    except CrisisError as error:
        raise AssertionError(f"`{crisis}` is not well formed:\n\n{error}") from None
    futures = [_sound(loaded, day, runs, seed) for day in _origins(loaded)]
    return futures[0]


def _origins(crisis: Crisis) -> list[date]:
    """The crisis's own date, and the first day after its documented past if that is later."""
    clock, history = crisis.text.record.clock, crisis.text.record.history
    dated = [each.date for each in (*history.moves, *history.measurements)]
    after = min(max(dated, default=clock.start) + timedelta(days=1), clock.end - timedelta(days=1))
    return [clock.origin, after] if after > clock.origin else [clock.origin]


def _sound(crisis: Crisis, day: date, runs: int, seed: int) -> Runs:
    """Futures from a date, none of which fails."""
    found = simulate(crisis, runs=runs, seed=seed, start=day, sampled=0)
    if found.failed:
        raise AssertionError(
            f"{found.failed} of {runs} runs of `{crisis.name}` from {day} met a number that is not finite: "
            f"{_listed(f'{place} ({count})' for place, count in found.failures.items() if count)}"
        )
    return found


def _listed(places: Iterable[str]) -> str:
    return "; ".join(places)
