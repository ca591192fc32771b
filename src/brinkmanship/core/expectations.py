"""What actors expect of others' replies: fitted weights, how well they fit, and the file that keeps them.

The file is written by the program. One that cannot be read, or that was fitted to another crisis, counts as missing:
the weights are then fitted anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import FiniteFloat, TypeAdapter, ValidationError

FILE = "foresight.json"
MAX_BYTES = 1_000_000
SETTLED = 0.25
"""Rounds have converged where the last one moved expectations by less than this share of their spread (our choice)."""


@dataclass(frozen=True)
class Expected:
    """What one actor expects.

    Attributes
    ----------
    weights
        By feature, in units of its flow per unit of the feature.
    explained
        Share of the variance of what came of states that its expectations explain, on runs that took no part (R²).
    bias, bias_error
        What came less what was expected, on these runs, and its standard error, in units of its flow.
    observations
        States that it was fitted to.
    moved
        How far its expectations moved in the last round, as a share of their spread; None with one round.
    faults
        What is wrong with the fit, in words.
    """

    weights: dict[str, FiniteFloat]
    explained: FiniteFloat
    bias: FiniteFloat
    bias_error: FiniteFloat
    observations: int
    moved: FiniteFloat | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expectations:
    """What all actors that reckon with replies expect; ``fingerprint`` is that of the crisis without the weights."""

    fingerprint: str
    runs: int
    seed: int
    rounds: int
    actors: dict[str, Expected]
    format: Literal[1] = 1

    @property
    def weights(self) -> dict[str, Mapping[str, float]]:
        """Weights by actor and feature."""
        return {actor: each.weights for actor, each in self.actors.items()}

    @property
    def faults(self) -> list[str]:
        """What is wrong with the fits, in words."""
        return [f"{actor}: the fit {fault}" for actor, each in self.actors.items() for fault in each.faults]

    @property
    def unsettled(self) -> list[str]:
        """Actors whose expectations the last round still moved, most first: another round would change them again."""
        moved = {actor: each.moved for actor, each in self.actors.items() if each.moved is not None}
        return sorted((actor for actor in moved if moved[actor] > SETTLED), key=lambda actor: -moved[actor])

    @property
    def summary(self) -> dict[str, Any]:
        """How they were fitted and how well, without the weights."""
        shown = {
            actor: {k: v for k, v in asdict(each).items() if k != "weights"} for actor, each in self.actors.items()
        }
        return {
            "rounds": self.rounds,
            "runs": self.runs,
            "seed": self.seed,
            "actors": shown,
            "faults": self.faults,
            "unsettled": self.unsettled,
        }

    def text(self) -> str:
        """The file's text."""
        return json.dumps(asdict(self), indent=1, allow_nan=False) + "\n"


@cache
def _reader() -> TypeAdapter[Expectations]:
    return TypeAdapter(Expectations)


def from_text(text: str | bytes, fingerprint: str) -> Expectations | None:
    """The expectations in a file's text; None unless they were fitted to the crisis of this fingerprint."""
    try:
        found = _reader().validate_json(text)
    except ValidationError:
        return None
    return found if found.fingerprint == fingerprint else None


def read(folder: Path, fingerprint: str) -> Expectations | None:
    """The expectations that are kept with a crisis; None if there are none that fit."""
    path = folder / FILE
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError:
        return None
    return from_text(raw, fingerprint) if len(raw) <= MAX_BYTES else None
