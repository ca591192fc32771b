"""Monte Carlo intervals for probabilities and for differences between paired ensembles. All are 90 % intervals."""

from __future__ import annotations

import math

import numpy as np

Z = 1.6448536269514722
"""Standard normal quantile of a 90 % interval."""


def wilson(count: float, runs: float) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927, ``wilson1927``).

    >>> low, high = wilson(0, 200)
    >>> round(low, 4), round(high, 4)
    (0.0, 0.0133)
    """
    if runs == 0:
        return 0.0, 1.0
    share = count / runs
    spread = Z * math.sqrt(share * (1 - share) / runs + Z * Z / (4 * runs * runs))
    centre = share + Z * Z / (2 * runs)
    scale = 1 + Z * Z / runs
    low = 0.0 if count == 0 else (centre - spread) / scale
    high = 1.0 if count == runs else (centre + spread) / scale
    return max(0.0, low), min(1.0, high)


def clustered(count: int, runs: int, groups: int, squares: int, size: int) -> tuple[float, float]:
    """`wilson` for runs that share parameters and past in groups: with as many runs as would tell as much if not.

    The effective number of runs is that of Korn and Graubard (``korn1998``), never more than there are.

    Parameters
    ----------
    count, runs
        Runs in which an outcome came true, and all.
    groups, squares, size
        Groups, the sum of the squared counts in them, and the runs in each.
    """
    effective = runs / max(1.0, design_effect(count, runs, groups, squares, size))
    share = count / runs if runs else 0.0
    return wilson(share * effective, effective)


def design_effect(count: int, runs: int, groups: int, squares: int, size: int) -> float:
    """How much the variance of a share is raised because runs come in groups; 1 where it cannot be told."""
    if groups < 2 or count in (0, runs):
        return 1.0
    share = count / runs
    between = max(0.0, (squares - groups * (share * size) ** 2) / (groups - 1))
    return between / (size * share * (1 - share))


def parameter_interval(count: int, runs: int, groups: int, squares: int, size: int) -> tuple[float, float]:
    """Where an outcome's probability lies as what groups share varies: 5 to 95 %, chance taken out.

    What groups share is what nobody knows on the first day of the future: parameters, start values, an open past.
    The probability given these is taken to follow a beta distribution with the mean of all runs and the
    variance that is left of that between groups when the variance within them is taken away: the moments of a
    beta-binomial distribution (Kleinman 1973, ``kleinman1973``). Where the groups differ no more than chance makes
    them differ in nineteen of twenty ensembles, the interval is the probability itself.
    """
    if runs == 0:
        return 0.0, 1.0
    share, effect = count / runs, design_effect(count, runs, groups, squares, size)
    if groups < 2 or effect <= 1.0 + Z * math.sqrt(2.0 / (groups - 1)):
        return share, share
    correlation = (effect - 1.0) / (size - 1)
    spread = 1.0 / min(correlation, 0.999) - 1.0
    low, high = (_beta_quantile(level, share * spread, (1.0 - share) * spread) for level in (0.05, 0.95))
    return low, high


def _beta_quantile(level: float, a: float, b: float) -> float:
    from scipy.special import betaincinv

    return float(betaincinv(a, b, level))


def paired_squares(before: np.ndarray, after: np.ndarray, size: int) -> tuple[int, float]:
    """Complete groups of ``size`` runs, and the sum over them of the squared sum of changes; values ``(run,)``."""
    groups = len(before) // size
    changes = np.asarray(after, float)[: groups * size] - np.asarray(before, float)[: groups * size]
    return groups, float((changes.reshape(-1, size).sum(axis=1) ** 2).sum())


def paired_effect(change: float, square: float, groups: int, squares: float, size: int) -> float:
    """How much the variance of a mean change is raised because runs come in groups; at least 1.

    ``change`` and ``square`` are the means of the changes and of their squares.
    """
    within = square - change**2
    if groups < 2 or within <= 0.0:
        return 1.0
    between = max(0.0, (squares - groups * (change * size) ** 2) / (groups - 1))
    return max(1.0, between / (size * within))


def paired_change(
    table: np.ndarray, groups: int = 0, squares: float = 0.0, size: int = 1
) -> tuple[float, float, float]:
    """Change of a probability between paired ensembles, with Newcombe's score interval (method 10, ``newcombe1998``).

    Parameters
    ----------
    table
        Counts ``(before, after)``: ``table[1, 0]`` runs had the outcome before and not after.
    groups, squares, size
        Groups of runs that share parameters and past, the sum of the squared changes in them (`paired_squares`), and
        the runs in each: the pairs count as so many as would tell as much without groups.

    Returns
    -------
    change, low, high
    """
    if not table.sum():
        return 0.0, -1.0, 1.0
    change = float(table[0, 1] - table[1, 0]) / float(table.sum())
    square = float(table[0, 1] + table[1, 0]) / float(table.sum())
    table = table / paired_effect(change, square, groups, squares, size)
    runs, before, after = float(table.sum()), float(table[1].sum()), float(table[:, 1].sum())
    p, q = after / runs, before / runs
    (low_p, high_p), (low_q, high_q) = wilson(after, runs), wilson(before, runs)
    phi = _correlation(table)
    below = (p - low_p) ** 2 - 2 * phi * (p - low_p) * (high_q - q) + (high_q - q) ** 2
    above = (high_p - p) ** 2 - 2 * phi * (high_p - p) * (q - low_q) + (q - low_q) ** 2
    return p - q, p - q - math.sqrt(max(below, 0.0)), p - q + math.sqrt(max(above, 0.0))


def _correlation(table: np.ndarray) -> float:
    """Phi coefficient of the pairs, with the continuity correction that method 10 asks for when it is positive."""
    (d, c), (b, a) = table.astype(float)
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if margins == 0:
        return 0.0
    cross = a * d - b * c
    if cross > 0:
        cross = max(cross - table.sum() / 2, 0.0)
    return cross / math.sqrt(margins)


def paired_mean_change(before: np.ndarray, after: np.ndarray, size: int = 1) -> tuple[float, float, float]:
    """Change of a mean between paired ensembles, values ``(run,)``, with the normal interval of paired differences.

    ``size`` runs in a row share parameters and past, see `paired_change`.

    >>> paired_mean_change(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    (1.0, 1.0, 1.0)

    Returns
    -------
    change, low, high
    """
    differences = np.asarray(after, float) - np.asarray(before, float)
    if len(differences) < 2:
        change = float(differences.sum())
        return change, -math.inf, math.inf
    change = float(differences.mean())
    effect = paired_effect(change, float((differences**2).mean()), *paired_squares(before, after, size), size)
    spread = Z * float(differences.std(ddof=1)) * math.sqrt(effect / len(differences))
    return change, change - spread, change + spread
