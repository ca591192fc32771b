"""`textbook/contest-of-risk` against the closed forms of a rising hazard and of a critical risk."""

import math

import pytest

import brinkmanship as bk

CRISIS = "textbook/contest-of-risk"
RUNS = 10_000
STEPS = 60
TEMPO, PRECISION, HARM = 0.25, 8, 10
STAKES = {"a": 1.0, "b": 0.6}
FIRST, GROWTH = 0.01, 0.01
SHORT = {"end: 2001-03-02": "end: 2001-01-06"}


@pytest.fixture(scope="module")
def runs() -> bk.Runs:
    return bk.simulate(bk.load(CRISIS), runs=RUNS, seed=0)


def hazard(step: int) -> float:
    return min(FIRST + GROWTH * step, 1.0)


def yields(side: str, step: int) -> float:
    """Chance that a side yields in a round: when it takes the matter up, by logit of risk against stake."""
    risk = 1 - math.exp(-hazard(step))
    return TEMPO / (1 + math.exp(-PRECISION * (risk * HARM - STAKES[side])))


def endings(steps: int) -> dict[str, float]:
    """Chance of each ending within ``steps``: both choose in the same round, then disaster may come."""
    going, found = 1.0, dict.fromkeys(("a_yields", "b_yields", "together", "disaster"), 0.0)
    for step in range(steps):
        a, b = yields("a", step), yields("b", step)
        firm = going * (1 - a) * (1 - b)
        found["a_yields"] += going * a * (1 - b)
        found["b_yields"] += going * b * (1 - a)
        found["together"] += going * a * b
        found["disaster"] += firm * (1 - math.exp(-hazard(step)))
        going = firm * math.exp(-hazard(step))
    return {**found, "neither": going}


def test_between_two_that_never_yield_ruin_follows_the_rising_hazard_schelling_1966(variant, exact):
    changes = {"value: 1, assumed: the unit;": "value: 1000, assumed: the unit;", "value: 0.6": "value: 1000"}
    found = exact(variant(CRISIS, {**SHORT, **changes}))
    summed = 5 * FIRST + GROWTH * 5 * 4 / 2
    assert found["ending.disaster"] == pytest.approx(1 - math.exp(-summed), rel=1e-12)
    assert found["ending.neither"] == pytest.approx(math.exp(-summed), rel=1e-12)


@pytest.mark.parametrize("side", ["a", "b"])
def test_at_its_critical_risk_a_side_yields_as_often_as_not_ellsberg_1961(variant, exact, side):
    critical = -math.log(1 - STAKES[side] / HARM)
    changes = {"end: 2001-03-02": "end: 2001-01-02", "first round, value: 0.01": f"first round, value: {critical!r}"}
    found = exact(variant(CRISIS, changes))
    assert found[f"ending.{side}_yields"] + found["ending.together"] == pytest.approx(TEMPO / 2, rel=1e-12)


def test_enumerated_endings_are_the_chain_of_rounds_schelling_1966(variant, exact):
    found = exact(variant(CRISIS, SHORT))
    for ending, chance in endings(5).items():
        assert found[f"ending.{ending}"] == pytest.approx(chance, rel=1e-12)


@pytest.mark.parametrize("steps", [5, 15, STEPS])
def test_simulated_endings_follow_the_chain_of_rounds_schelling_1966(runs, near, steps):
    curves = runs.incidence().isel(time=steps - 1)
    for ending in ("a_yields", "b_yields", "disaster"):
        assert near(float(curves.sel(outcome=f"ending.{ending}")), endings(steps)[ending], RUNS)


def test_who_has_more_at_stake_outlasts_the_other_ellsberg_1961():
    found = endings(STEPS)
    assert found["b_yields"] > 3 * found["a_yields"]
