"""From what came of states to the weights of what is expected of them.

An observation is a state that an actor met in a simulated run, and the discounted mean of its flow over the days that
followed. The mean is regressed on features of the state by ridge regression (Hoerl and Kennard 1970). The actor's
features are what its own deeds change. Everything else that is known of the state, the day and the parameters of the
run take part as *controls*: they account for what would have come anyway, and cancel where the worth of two states is
compared, so that only the weights of features are kept.

Whole runs are held out, never single days of one: the days of a run share their luck. Runs with the same parameters
are held out together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FOLDS = 5
"""Every fifth group of runs is held out for the check; each other fifth in turn, to choose the penalty."""
PENALTIES = 10.0 ** np.arange(-5, 1.5, 0.5)
"""Ridge penalties that are tried, in units of the columns' variance (our choice)."""
POOR = 0.1
"""A share of variance explained on held-out runs below which a fit is called poor (our choice)."""
SMALLEST = 1e-9
"""A column that spreads less than this is taken as constant."""


@dataclass(frozen=True)
class Sights:
    """What one actor met and what came of it.

    Attributes
    ----------
    features, controls
        ``(observation, feature)`` and ``(observation, control)``.
    target
        Discounted mean flow that followed, ``(observation,)``, in units of the flow.
    units
        The group of runs with the same parameters that an observation belongs to, ``(observation,)``.
    lasting
        What one unit of each feature is worth as long as it lasts, ``(observation, feature)``.
    """

    features: np.ndarray
    controls: np.ndarray
    target: np.ndarray
    units: np.ndarray
    lasting: np.ndarray


@dataclass(frozen=True)
class Fit:
    """Fitted weights, and how they do on runs that took no part.

    Attributes
    ----------
    weights
        Of the features on their own scale, ``(feature,)``.
    explained
        Share of the target's variance explained on held-out runs (R²).
    bias, bias_error
        Mean of target less expectation on held-out runs, and its standard error over runs.
    penalty
        The ridge penalty that was chosen.
    observations
        How many there were, held-out ones included.
    """

    weights: np.ndarray
    explained: float
    bias: float
    bias_error: float
    penalty: float
    observations: int

    @property
    def faults(self) -> list[str]:
        """What is wrong with it, in words."""
        found = []
        if not self.explained >= POOR:
            found.append(f"explains only {max(0.0, self.explained):.0%} of what came of states")
        if abs(self.bias) > 3 * self.bias_error:
            found.append(f"is off by {self.bias:+.2g} on average")
        return found


def fit(sights: Sights) -> Fit:
    """Regress what came of states on their features.

    The penalty pulls weights towards what a feature is worth if it lasts: so a feature that never varied, or hardly
    did, counts as the actor's interests have it, and one that they do not name counts nothing.
    """
    held = sights.units % FOLDS == FOLDS - 1
    lasting = sights.lasting.mean(axis=0)
    columns = np.concatenate([sights.features, sights.controls], axis=1)
    centre, spread = columns[~held].mean(axis=0), columns[~held].std(axis=0)
    varying = spread > SMALLEST * (1.0 + np.abs(centre))
    scaled = (columns[:, varying] - centre[varying]) / spread[varying]
    rest = sights.target - sights.features @ lasting
    rest = rest - rest[~held].mean()
    penalty, slopes = _ridge(scaled[~held], rest[~held], sights.units[~held] % FOLDS)
    weights = np.zeros(columns.shape[1])
    weights[varying] = slopes / spread[varying]
    missed = rest[held] - scaled[held] @ slopes
    explained = 1.0 - float(np.mean(missed**2)) / max(float(np.var(sights.target[held])), 1e-300)
    bias, error = _mean_by_unit(missed, sights.units[held])
    return Fit(lasting + weights[: len(lasting)], explained, bias, error, penalty, len(rest))


def _ridge(scaled: np.ndarray, target: np.ndarray, folds: np.ndarray) -> tuple[float, np.ndarray]:
    """The penalty that predicts left-out folds best, and the slopes on all of them."""
    parts = [(scaled[folds == each], target[folds == each]) for each in np.unique(folds)]
    grams = [(rows.T @ rows, rows.T @ values, float(values @ values), len(values)) for rows, values in parts]
    gram = np.sum([each[0] for each in grams], axis=0)
    cross = np.sum([each[1] for each in grams], axis=0)
    count = len(target)
    missed = np.zeros(len(PENALTIES))
    for own, own_cross, square, many in grams:
        # (G + p I)⁻¹ for all penalties p at once, from the eigenvalues of G.
        values, vectors = np.linalg.eigh(gram - own)
        turned = vectors.T @ (cross - own_cross)
        for rank, penalty in enumerate(PENALTIES):
            slopes = vectors @ (turned / (values + penalty * (count - many)))
            missed[rank] += square - 2.0 * float(slopes @ own_cross) + float(slopes @ own @ slopes)
    best = float(PENALTIES[np.argmin(missed)])
    return best, np.linalg.solve(gram + best * count * np.eye(scaled.shape[1]), cross)


def _mean_by_unit(values: np.ndarray, units: np.ndarray) -> tuple[float, float]:
    """The mean of values and its standard error, whole units being independent."""
    _, places, counts = np.unique(units, return_inverse=True, return_counts=True)
    mean = float(values.mean())
    sums = np.bincount(places, weights=values - mean)
    return mean, float(np.sqrt(np.sum(sums**2)) / counts.sum())


def shift(features: np.ndarray, now: np.ndarray, before: np.ndarray) -> float:
    """How far expectations moved between two rounds: spread of their difference over the spread of those now.

    ``features`` is ``(observation, feature)``, the weights ``(feature,)``.
    """
    spread = float(np.std(features @ now))
    return float(np.std(features @ (now - before))) / spread if spread > 0 else 0.0
