"""`textbook/bargaining-range` against Fearon's bargaining range (1995) and Nash's division (1950)."""

import math

import numpy as np
import pytest

import brinkmanship as bk
from brinkmanship.engine.ensemble import GROUP

CRISIS = "textbook/bargaining-range"
RUNS = 10_000
DRAWN = RUNS // GROUP
"""Draws of the parameters: the costs of war differ only between groups of runs."""
SAMPLED = 2_000
STEPS = 120
SILENT = 10
"""Steps before the channel opens."""
PROSPECT = 0.55
ADVANTAGE, COST_A, COST_B = 0.4, 0.2, 0.3
"""Upper ends of the uniform priors."""
SETTLING, ACCIDENT, LAUNCH = 0.04, 0.01, 0.05


@pytest.fixture(scope="module")
def runs() -> bk.Runs:
    return bk.simulate(bk.load(CRISIS), runs=RUNS, seed=0, sampled=SAMPLED)


def corner(size: float, power: int) -> float:
    return max(size, 0.0) ** power


def range_open() -> float:
    """P(first-strike advantage ≤ costs of war): one minus a tetrahedron cut off at the costs' upper ends."""
    a, b, c = COST_A, COST_B, ADVANTAGE
    closed = corner(c, 3) - corner(c - a, 3) - corner(c - b, 3) + corner(c - a - b, 3)
    return 1 - closed / (6 * a * b * c)


def mean_cost_if_open(own: float, other: float) -> float:
    """Mean cost of war to a side where the range is open; ``own`` and ``other`` are upper ends."""
    volume, c = own * other * ADVANTAGE, ADVANTAGE
    # ∫ x over x + y ≤ z, less what lies beyond the upper ends of x and of y.
    beyond_own = own * corner(c - own, 3) / 6 + corner(c - own, 4) / 24
    closed = (corner(c, 4) / 24 - beyond_own - corner(c - other, 4) / 24) / volume
    return (own / 2 - closed) / range_open()


def agreement_if_open(steps: int, silent: int = SILENT) -> float:
    """P(agreement within ``steps``), given a range: peace until the channel opens, then a race."""
    peace, talk = math.exp(-ACCIDENT), 1 - math.exp(-SETTLING)
    on = peace * (1 - talk)  # war moves first in a step
    return peace**silent * peace * talk * (1 - on ** max(steps - silent, 0)) / (1 - on)


def war(steps: int) -> float:
    """P(war within ``steps``)."""
    peace, talk = math.exp(-ACCIDENT), 1 - math.exp(-SETTLING)
    on, talks = peace * (1 - talk), max(steps - SILENT, 0)
    by_accident = 1 - peace ** min(steps, SILENT) + peace**SILENT * (1 - peace) * (1 - on**talks) / (1 - on)
    return range_open() * by_accident + (1 - range_open()) * (1 - math.exp(-LAUNCH * steps))


def short(advantage: float) -> dict[str, str]:
    return {
        "end: 2001-05-01 ": "end: 2001-01-07 ",
        "on: 2001-01-11": "on: 2001-01-03",
        'distribution: "uniform(0, 0.4)"': f"value: {advantage}",
    }


def test_enumerated_agreement_before_war_is_the_closed_form_fearon_1995(variant, exact):
    # Costs stand at their medians and add up to 0.25.
    found = exact(variant(CRISIS, short(0.24)))
    assert found["range_open"] == 1
    assert found["agreement"] == pytest.approx(agreement_if_open(6, silent=2), rel=1e-12)


def test_no_agreement_holds_where_striking_first_gains_more_than_war_costs_fearon_1995(variant, exact):
    found = exact(variant(CRISIS, short(0.26)))
    assert found["range_open"] == found["agreement"] == 0
    assert found["war"] == pytest.approx(1 - math.exp(-6 * LAUNCH), rel=1e-12)


def test_share_of_runs_with_a_bargaining_range_is_its_volume_fearon_1995(runs, near):
    assert range_open() == pytest.approx(1 - 0.055 / 0.144, rel=1e-12)
    assert near(runs.probability("range_open")[0], range_open(), DRAWN)


@pytest.mark.parametrize("day", [SILENT, SILENT + 1, 30, STEPS])
def test_simulated_agreement_and_war_follow_the_closed_forms_fearon_1995(runs, near, day):
    curves = runs.incidence().isel(time=day - 1)
    assert near(float(curves.sel(outcome="agreement")), range_open() * agreement_if_open(day), DRAWN)
    assert near(float(curves.sel(outcome="war")), war(day), DRAWN)


@pytest.fixture(scope="module")
def last(runs) -> dict[str, np.ndarray]:
    """Last values of every quantity in the sampled runs."""
    return {name: rows.values[:, -1] for name, rows in runs.paths().items()}


def test_every_agreement_lies_in_the_bargaining_range_fearon_1995(last):
    agreed = last["settled"] == 1
    surplus = last["war_cost_a"] + last["war_cost_b"] - last["first_strike_gain"]
    assert 0 < agreed.sum() < SAMPLED
    assert surplus[agreed].min() >= 0
    by_war = {"a": PROSPECT, "b": 1 - PROSPECT}
    for side, chance in by_war.items():
        least = chance + last["first_strike_gain"] / 2 - last[f"war_cost_{side}"]
        assert (last[f"share_of_{side}"] >= least)[agreed].all()


def test_the_surplus_is_halved_nash_1950(last):
    agreed = last["settled"] == 1
    expected = PROSPECT + (last["war_cost_b"] - last["war_cost_a"]) / 2
    assert last["share_of_a"][agreed] == pytest.approx(expected[agreed], abs=1e-12)
    assert (last["share_of_a"] + last["share_of_b"])[agreed] == pytest.approx(1, abs=1e-12)


def test_mean_share_settled_is_the_closed_form_nash_1950(last):
    shares = last["share_of_a"][last["settled"] == 1]
    expected = PROSPECT + (mean_cost_if_open(COST_B, COST_A) - mean_cost_if_open(COST_A, COST_B)) / 2
    assert abs(shares.mean() - expected) <= 4 * shares.std() / math.sqrt(len(shares))


def test_the_side_to_which_war_costs_less_gets_more_than_its_prospect_nash_1950(runs, near):
    # P(range open, B's cost above A's) by a fine grid over both costs; the advantage is integrated exactly.
    middles = (np.arange(1_000) + 0.5) / 1_000
    a, b = np.meshgrid(COST_A * middles, COST_B * middles)
    gains = np.mean((b > a) * np.minimum(a + b, ADVANTAGE) / ADVANTAGE)
    assert near(runs.probability("a_gains")[0], gains * agreement_if_open(STEPS), DRAWN)
