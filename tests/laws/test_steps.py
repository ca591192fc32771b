"""Laws of time: rates, not chances per step."""

import math
from math import exp, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

import brinkmanship as bk
from brinkmanship.engine.enumerate import enumerate_outcomes
from crises import crisis, generic, level

RUNS = 10_000
Z90 = 1.645


@given(st.floats(0, 5))
def test_hazards_compose_over_sub_steps(hazard):
    chances = []
    for step in (1, 0.5, 0.25):
        struck = crisis(
            1,
            step,
            quantities={"hit": {"kind": "flag"}},
            events={"hit_it": {"hazard": hazard, "then": {"hit": "true"}}},
            outcomes={"hit": {"ever": "hit"}},
        )
        chances.append(enumerate_outcomes(struck.lowered, 0.0)["hit"])
    assert chances == pytest.approx([1 - exp(-hazard)] * 3, abs=1e-12)


@given(st.floats(0, 3), st.floats(-5, 15))
def test_approaches_and_drifts_compose_over_sub_steps(rate, target):
    ends = []
    for step in (1, 0.5, 0.2):
        moved = crisis(
            2,
            step,
            quantities={"x": level(7, -100, 100), "y": level(1, -100, 100)},
            processes={"a": {"of": "x", "toward": target, "rate": rate}, "b": {"of": "y", "drift": 0.3}},
        )
        paths = bk.simulate(moved, runs=1).sampled_paths
        ends.append((paths["x"][0, -1], paths["y"][0, -1]))
    wanted = (target + (7 - target) * exp(-2 * rate), 1.6)
    for end in ends:
        assert end == pytest.approx(wanted, abs=1e-9)


def test_noise_grows_with_the_root_of_time():
    for step in (1, 0.25):
        moved = crisis(4, step, quantities={"x": level(0, -100, 100)}, processes={"walk": {"of": "x", "noise": 1.5}})
        paths = bk.simulate(moved, runs=4000, sampled=4000, seed=2).sampled_paths["x"]
        # The standard error of a standard deviation is σ / √(2n).
        assert paths[:, -1].std() == pytest.approx(3.0, abs=4 * 3.0 / sqrt(8000))


def test_halving_the_step_moves_no_outcome():
    whole, half = (bk.simulate(crisis(20, step, **generic()), runs=RUNS, seed=11, sampled=0) for step in (1, 0.5))
    for outcome in whole.crisis.outcomes:
        p, q = whole.probability(outcome)[0], half.probability(outcome)[0]
        spread = Z90 * sqrt(p * (1 - p) / RUNS + q * (1 - q) / RUNS)
        assert abs(p - q) <= 0.01 + spread, outcome
        assert 0.02 < p < 0.98, f"{outcome} tests nothing"


def test_occasions_do_not_depend_on_the_step():
    rates, errors = [], []
    for step in (1, 0.5):
        runs = bk.simulate(crisis(20, step, **generic()), runs=1500, seed=4, sampled=0)
        deeds = sum(
            int(days.sum())
            for name, days in runs.tallies.deeds.items()
            if name.startswith("cyd.") and "ban" not in name
        )
        days = runs.tallies.going.sum() * step
        rates.append(deeds / days)
        errors.append(deeds / days**2)
    assert min(rates) > 0.02
    assert abs(rates[0] - rates[1]) < 4 * math.sqrt(sum(errors))
