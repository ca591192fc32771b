"""How far a probability depends on parameters: against beta-binomial ensembles whose answer is known."""

import numpy as np
import pytest
from scipy import stats

from brinkmanship.results.intervals import clustered, design_effect, parameter_interval, wilson

SIZE = 5


def ensemble(a: float, b: float, groups: int, seed: int = 0) -> tuple[int, int, int, int, int]:
    """Counts of groups of runs whose probability is drawn from a beta distribution."""
    rng = np.random.default_rng(seed)
    counts = rng.binomial(SIZE, rng.beta(a, b, groups))
    return int(counts.sum()), groups * SIZE, groups, int((counts**2).sum()), SIZE


@pytest.mark.parametrize(("a", "b"), [(2.0, 6.0), (0.5, 0.5), (20.0, 5.0)])
def test_the_interval_is_that_of_the_distribution_of_the_probability(a, b):
    low, high = parameter_interval(*ensemble(a, b, 40_000))
    assert (low, high) == pytest.approx(stats.beta(a, b).ppf([0.05, 0.95]), abs=0.015)


def test_chance_alone_is_not_taken_for_parameters():
    rng = np.random.default_rng(1)
    told = 0
    for _ in range(400):
        counts = rng.binomial(SIZE, 0.3, 400)
        found = int(counts.sum()), 2000, 400, int((counts**2).sum()), SIZE
        low, high = parameter_interval(*found)
        told += low < high
    assert told / 400 <= 0.08


def test_likeness_of_groups_widens_the_monte_carlo_interval_as_it_should():
    inside = 0
    for seed in range(400):
        low, high = clustered(*ensemble(0.5, 1.5, 200, seed))
        inside += low <= 0.25 <= high
    assert 0.86 <= inside / 400 <= 0.94


def test_without_likeness_it_is_wilsons():
    assert clustered(30, 100, 20, 0, SIZE) == wilson(30, 100)
    assert design_effect(0, 100, 20, 0, SIZE) == 1.0
