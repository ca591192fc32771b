"""`textbook/audience-costs` against the logit response to costs that grow as in Fearon (1994)."""

import math

import pytest

import brinkmanship as bk

CRISIS = "textbook/audience-costs"
RUNS = 10_000
STEPS = 120
TEMPO, PRECISION, WAR = 0.1, 3, 0.8
PUBLIC = {"a": 0.04, "b": 0.01}
SHORT = {"end: 2001-05-01": "end: 2001-01-05"}


@pytest.fixture(scope="module")
def runs() -> bk.Runs:
    return bk.simulate(bk.load(CRISIS), runs=RUNS, seed=0)


def response(side: str, step: int) -> tuple[float, float]:
    """Chances per step that a side backs down and that it attacks; to go on is worth nothing."""
    retreat = math.exp(-PRECISION * PUBLIC[side] * step)
    attack = math.exp(-PRECISION * WAR)
    every = 1 + retreat + attack
    return TEMPO * retreat / every, TEMPO * attack / every


def endings(steps: int) -> dict[str, float]:
    """Chance of each ending within ``steps``; what falls into one step is `together`."""
    going, found = 1.0, dict.fromkeys(("a_backs_down", "b_backs_down", "war", "together"), 0.0)
    for step in range(steps):
        (down_a, war_a), (down_b, war_b) = response("a", step), response("b", step)
        stay_a, stay_b = 1 - down_a - war_a, 1 - down_b - war_b
        found["a_backs_down"] += going * down_a * stay_b
        found["b_backs_down"] += going * down_b * stay_a
        found["war"] += going * (war_a * stay_b + stay_a * war_b + war_a * war_b)
        found["together"] += going * (down_a * down_b + down_a * war_b + war_a * down_b)
        going *= stay_a * stay_b
    return {**found, "neither": going}


def test_enumerated_endings_are_the_logit_response_to_growing_costs_fearon_1994(variant, exact):
    found = exact(variant(CRISIS, SHORT))
    for ending, chance in endings(4).items():
        assert found[f"ending.{ending}"] == pytest.approx(chance, rel=1e-12)


@pytest.mark.parametrize("steps", [10, 40, STEPS])
def test_simulated_endings_follow_the_closed_form_fearon_1994(runs, near, steps):
    curves = runs.incidence().isel(time=steps - 1)
    for ending in ("a_backs_down", "b_backs_down", "war"):
        assert near(float(curves.sel(outcome=f"ending.{ending}")), endings(steps)[ending], RUNS)


def test_the_harder_public_makes_the_other_side_back_down_fearon_1994():
    found = endings(STEPS)
    assert found["b_backs_down"] > 1.5 * found["a_backs_down"]
    assert response("a", 20)[0] == pytest.approx(response("a", 20)[1], rel=1e-12)
    assert response("a", 19)[0] > response("a", 19)[1] and response("a", 21)[0] < response("a", 21)[1]
