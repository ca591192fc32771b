"""A crisis whose actors know what to expect of others' replies."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from brinkmanship.core.crisis import Crisis
from brinkmanship.core.expectations import FILE, Expectations, Expected, from_text
from brinkmanship.core.program import number
from brinkmanship.engine import cache
from brinkmanship.engine.ensemble import Progress
from brinkmanship.engine.rounds import Round, reason
from brinkmanship.errors import UsageError

RUNS = 1500
"""Runs of each round (our choice, see docs/design.md)."""
LEAST = 50


def foreseen(crisis: Crisis, *, jobs: int = 1, progress: Progress | None = None) -> Crisis:
    """The crisis with its actors' expectations: those it has, those in the cache, or else fitted now.

    A crisis in which nobody reckons with replies is given back as it is.
    """
    if not _lacking(crisis):
        return crisis
    fingerprint = crisis.lowering.lowered.fingerprint
    known = cache.kept(_name(fingerprint))
    expectations = from_text(known, fingerprint) if known else None
    if expectations is None:
        expectations = fit_foresight(crisis, jobs=jobs, progress=progress)
        keep_foresight(crisis, expectations)
    return replace(crisis, expectations=expectations)


def _name(fingerprint: str) -> str:
    """Name of the file in the cache."""
    return f"foresight-{fingerprint}.json"


def keep_foresight(crisis: Crisis, expectations: Expectations, *, beside: bool = False) -> Path | None:
    """Keep expectations in the cache or, if they are to stand ``beside`` the crisis, in its folder; gives that file.

    Raises
    ------
    UsageError
        When the folder cannot be written.
    """
    if not beside:
        cache.keep(_name(expectations.fingerprint), expectations.text().encode())
        return None
    path = crisis.text.folder / FILE
    try:
        path.write_text(expectations.text(), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None
    return path


def _lacking(crisis: Crisis) -> bool:
    """Whether an actor reckons with replies and does not know what to expect."""
    lowered = crisis.lowered
    every = lowered.program.foresighted.values()
    return any(math.isnan(number(lowered.numbers, each.weight)) for valuation in every for each in valuation.features)


def fit_foresight(
    crisis: Crisis, *, runs: int = RUNS, seed: int = 0, jobs: int = 1, progress: Progress | None = None
) -> Expectations:
    """Fit what actors expect of others' replies (`brinkmanship.engine.rounds`).

    Parameters
    ----------
    crisis
        As `load` gives it.
    runs, seed
        Number of runs of each round, and the seed of their draws.
    jobs
        Cores to use.
    progress
        Called with (done, all).

    Raises
    ------
    UsageError
        With too few runs, or when no actor reckons with replies.
    """
    if runs < LEAST:
        raise UsageError(f"expectations are fitted to at least {LEAST} `runs`, not {runs}")
    lowered = crisis.lowering.lowered
    foresighted = lowered.program.foresighted
    if not foresighted:
        raise UsageError(f"no actor of `{crisis.name}` reckons with replies; write `foresight: {{replies: 2}}` for one")
    rounds = reason(lowered, runs, seed, jobs, progress)
    names = {actor: [each.name for each in valuation.features] for actor, valuation in foresighted.items()}
    actors = {actor: _expected(actor, names[actor], rounds) for actor in foresighted}
    return Expectations(lowered.fingerprint, runs, seed, len(rounds), actors)


def _expected(actor: str, names: list[str], rounds: list[Round]) -> Expected:
    """What an actor expects after its last round."""
    last = [each for each in rounds if actor in each.fits][-1]
    fit = last.fits[actor]
    weights = dict(zip(names, map(float, fit.weights), strict=True))
    moved = last.moved.get(actor)
    return Expected(weights, fit.explained, fit.bias, fit.bias_error, fit.observations, moved, tuple(fit.faults))
