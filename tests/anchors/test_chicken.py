"""`textbook/chicken` against the symmetric quantal response equilibrium of McKelvey and Palfrey (1995)."""

import math

import pytest

import brinkmanship as bk

CRISIS = "textbook/chicken"
RUNS = 10_000
STEPS = 60
TEMPO, WEIGHT = 0.25, 4
WIN, LOSS, CRASH, PRECISION = 1, 1, 4, 2
NASH = (CRASH - LOSS) / (CRASH - LOSS + WIN)
"""Chance of giving way that leaves the other indifferent."""


def values(trust: float) -> dict[str, float]:
    """What orders are worth to one who expects the other to give way with chance ``trust``."""
    return {"give_way": -(1 - trust) * LOSS, "hold_course": trust * WIN - (1 - trust) * CRASH}


def gives_way(trust: float, precision: float = PRECISION) -> float:
    """Chance of giving way: the logit response to a trust."""
    worth = values(trust)
    return 1 / (1 + math.exp(-precision * (worth["give_way"] - worth["hold_course"])))


def equilibrium(precision: float = PRECISION) -> float:
    """The trust that play bears out; the response falls as trust grows, so that there is one."""
    low, high = 0.0, 1.0
    while high - low > 1e-13:
        middle = (low + high) / 2
        low, high = (middle, high) if gives_way(middle, precision) > middle else (low, middle)
    return low


def sealed(trust: float, steps: int, precision: float = PRECISION) -> float:
    """Chance that a fleet has its orders within ``steps``."""
    pull = WEIGHT * sum(math.exp(precision * value) / 2 for value in values(trust).values())
    return 1 - (1 - TEMPO * pull / (1 + pull)) ** steps


def stated() -> float:
    value = bk.load(CRISIS).text.record.parameters["trust"].value
    assert value is not None
    return value


def test_the_stated_trust_is_the_equilibrium_of_mckelvey_and_palfrey_1995():
    assert stated() == pytest.approx(equilibrium(), abs=1e-6)
    assert 0.5 < stated() < NASH


@pytest.mark.parametrize("trust", [0.1, 0.5, 0.75, 0.9])
def test_orders_are_the_logit_response_to_any_trust_mckelvey_and_palfrey_1995(variant, exact, trust):
    found = exact(variant(CRISIS, {"end: 2001-03-02": "end: 2001-01-04", "value: 0.664547": f"value: {trust}"}))
    yields, ready = gives_way(trust), sealed(trust, 3)
    assert found["met"] == pytest.approx(ready**2, rel=1e-12)
    assert found["collision"] == pytest.approx((ready * (1 - yields)) ** 2, rel=1e-12)
    assert found["both_give_way"] == pytest.approx((ready * yields) ** 2, rel=1e-12)
    assert found["north_yields"] == pytest.approx(ready**2 * yields * (1 - yields), rel=1e-12)


@pytest.mark.parametrize("precision", [0.01, 1, 10, 25])
def test_equilibria_lead_from_a_coin_to_the_mixed_nash_equilibrium_mckelvey_and_palfrey_1995(variant, exact, precision):
    trust = equilibrium(precision)
    changes = {"value: 0.664547": f"value: {trust!r}", "value: 2,": f"value: {precision},"}
    found = exact(variant(CRISIS, {**changes, "end: 2001-03-02": "end: 2001-01-04"}))
    # Play bears the trust out: of two fleets that have met, each gave way as often as the other expected.
    assert (found["both_give_way"] + found["north_yields"]) / found["met"] == pytest.approx(trust, abs=1e-9)
    if precision == 0.01:
        assert trust == pytest.approx(0.5, abs=0.01)
    if precision == 25:
        assert trust == pytest.approx(NASH, abs=0.015)


def test_simulated_fleets_meet_as_the_equilibrium_has_it_mckelvey_and_palfrey_1995(near):
    runs = bk.simulate(bk.load(CRISIS), runs=RUNS, seed=0)
    yields, ready = equilibrium(), sealed(equilibrium(), STEPS)
    expected = {
        "collision": (1 - yields) ** 2,
        "both_give_way": yields**2,
        "north_yields": yields * (1 - yields),
        "south_yields": yields * (1 - yields),
    }
    for outcome, chance in expected.items():
        assert near(runs.probability(outcome)[0], ready**2 * chance, RUNS)
