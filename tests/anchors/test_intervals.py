"""Intervals against published examples: Wilson's (1927) and, for pairs, Newcombe's (1998)."""

import math

import numpy as np
import pytest
from scipy import stats

from brinkmanship.results import intervals
from brinkmanship.results.intervals import paired_change, paired_mean_change, paired_squares, wilson

SEED = 0


@pytest.fixture
def at_95(monkeypatch):
    """The examples are 95 % intervals; ours are of 90 %."""
    monkeypatch.setattr(intervals, "Z", stats.norm.ppf(0.975))


def pairs(both: int, lost: int, won: int, neither: int) -> np.ndarray:
    """Counts ``(before, after)``."""
    return np.array([[neither, won], [lost, both]])


def score_limits(count: int, runs: int) -> list[float]:
    """Roots of ``(p̂ − θ)² = z² θ (1 − θ) / n``."""
    share, z2 = count / runs, intervals.Z**2 / runs
    return sorted(np.roots([1 + z2, -2 * share - z2, share**2]).real)


@pytest.mark.usefixtures("at_95")
@pytest.mark.parametrize(
    ("count", "runs", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_score_interval_of_a_proportion_is_as_tabled_by_newcombe_1998(count, runs, low, high):
    assert wilson(count, runs) == pytest.approx((low, high), abs=5.1e-5)


def test_intervals_are_of_90_percent():
    assert stats.norm.cdf(intervals.Z) == pytest.approx(0.95, abs=1e-15)


@pytest.mark.parametrize(("count", "runs"), [(0, 7), (1, 7), (3, 10), (500, 1000), (7, 7)])
def test_score_interval_solves_the_equation_of_wilson_1927(count, runs):
    assert wilson(count, runs) == pytest.approx(score_limits(count, runs), abs=1e-7)


def test_score_interval_covers_its_probability_wilson_1927():
    # Exact coverage, averaged over probabilities, since at single ones it oscillates with the grid of counts.
    runs = 50
    limits = np.array([wilson(count, runs) for count in range(runs + 1)])
    chances = np.linspace(0.02, 0.98, 193)
    within = (limits[:, 0] <= chances[:, None]) & (chances[:, None] <= limits[:, 1])
    coverage = (within * stats.binom.pmf(np.arange(runs + 1), runs, chances[:, None])).sum(axis=1)
    assert coverage.mean() == pytest.approx(0.9, abs=0.01)


@pytest.mark.usefixtures("at_95")
@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        # Altman, Machin, Bryant and Gardner 2000, Statistics with Confidence, table 6.2.
        (pairs(both=14, lost=0, won=5, neither=22), 0.011, 0.226),
        # Bentur et al. 2009 in Fagerland, Lydersen and Laake 2014.
        (pairs(both=1, lost=7, won=1, neither=12), -0.507, -0.026),
    ],
)
def test_paired_interval_is_as_published_for_method_10_of_newcombe_1998(table, low, high):
    assert paired_change(table)[1:] == pytest.approx((low, high), abs=5.1e-4)


@pytest.mark.parametrize(
    "counts",
    [(36, 12, 2, 4), (2, 9, 14, 1), (20, 5, 5, 20), (430, 20, 50, 500), (12, 10, 11, 12), (1, 30, 20, 3)],
)
def test_paired_interval_is_method_10_of_newcombe_1998(counts):
    both, lost, won, neither = counts
    runs = sum(counts)
    before = np.repeat([1, 1, 0, 0], counts)
    after = np.repeat([1, 0, 1, 0], counts)
    phi = np.corrcoef(before, after)[0, 1]
    if phi > 0:
        cross = both * neither - lost * won
        phi *= max(cross - runs / 2, 0) / cross
    p, q = after.mean(), before.mean()
    (low_p, high_p), (low_q, high_q) = score_limits(both + won, runs), score_limits(both + lost, runs)
    down = np.array([p - low_p, high_q - q])
    up = np.array([high_p - p, q - low_q])
    mixed = np.array([[1, -phi], [-phi, 1]])
    expected = (p - q, p - q - math.sqrt(down @ mixed @ down), p - q + math.sqrt(up @ mixed @ up))
    assert paired_change(pairs(both, lost, won, neither)) == pytest.approx(expected, abs=1e-7)


def test_paired_interval_turns_with_the_table():
    change, low, high = paired_change(pairs(30, 12, 3, 40))
    back = paired_change(pairs(30, 3, 12, 40))
    assert back == pytest.approx((-change, -high, -low), abs=1e-12)


def test_paired_interval_covers_the_change_of_correlated_pairs_newcombe_1998():
    chances, runs, trials = [0.3, 0.15, 0.05, 0.5], 200, 2_000
    generator = np.random.default_rng(SEED)
    tables = generator.multinomial(runs, chances, size=trials)
    hits = sum(low <= -0.1 <= high for _, low, high in (paired_change(pairs(*map(int, t))) for t in tables))
    assert abs(hits / trials - 0.9) < 4 * math.sqrt(0.09 / trials)


def test_paired_intervals_cover_where_runs_come_in_groups():
    """Groups of five differ in how much they change; as if runs were independent, intervals would cover too seldom."""
    rng = np.random.default_rng(3)
    hits = {"share": 0, "mean": 0, "naive": 0}
    for _ in range(400):
        chance = np.repeat(rng.beta(0.5, 1.5, 200), 5)
        before, after = np.zeros(1000, bool), rng.random(1000) < chance
        table = np.array([[(~after).sum(), after.sum()], [0, 0]])
        intervals = {
            "share": paired_change(table, *paired_squares(before, after, 5), 5),
            "mean": paired_mean_change(before, after, 5),
            "naive": paired_change(table),
        }
        for name, (_, low, high) in intervals.items():
            hits[name] += low <= 0.25 <= high
    assert 340 <= hits["share"] <= 380
    assert 340 <= hits["mean"] <= 380
    assert hits["naive"] < 320
