"""What a state is worth, read off the odds of a choice, against integrals taken otherwise."""

from math import exp, expm1, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from crises import actor, appraise, crisis, interest, level

PRECISION = 7.0
horizons, discounts = st.floats(10, 400), st.floats(0, 0.05)


def gain(horizon, discount, *, of="x", effect="+2", start=5.0, processes=None, foresight="persistence"):
    """What a deed is worth to one whose only interest lies in ``of``, on a scale of ten."""
    whole = crisis(
        1,
        quantities={"x": level(start, -1000, 1000), "y": level(3, -1000, 1000)},
        actors={
            "ada": actor(
                {"it": interest(of, 1, range=[0, 10])},
                precision=PRECISION,
                foresight=foresight,
                horizon=horizon,
                discount=discount,
            )
        },
        actions={"act": {"class": "force", "by": "ada", "then": {"x": effect}}},
        processes=processes or {},
    )
    chances = appraise(whole, "ada")
    return log(chances["ada.act"] / chances["hold"]) / PRECISION


def mean(function, horizon, discount, nodes=400_001):
    """The discounted mean of a function of time, by the trapezoidal rule on a fine grid."""
    times = np.concatenate([np.linspace(0, 1, nodes), np.linspace(1, horizon, nodes)[1:]])
    weights = np.exp(-discount * times)
    return np.trapezoid(weights * function(times), times) / np.trapezoid(weights, times)


@given(horizons, discounts, st.floats(-4, 4))
def test_a_constant_flow_is_worth_itself(horizon, discount, size):
    assert gain(horizon, discount, effect=f"+{size!r}") == pytest.approx(size / 10, abs=1e-9)
    still = {"drift": {"of": "y", "drift": 0.1}}
    assert gain(horizon, discount, effect=f"+{size!r}", processes=still) == pytest.approx(size / 10, abs=1e-9)


@given(horizons, discounts, st.floats(0.001, 2))
def test_a_decaying_quantity_is_worth_the_integral_of_its_decay(horizon, discount, rate):
    found = gain(horizon, discount, processes={"decay": {"of": "x", "toward": 5, "rate": rate}})
    wanted = 0.2 * mean(lambda t: np.exp(-rate * t), horizon, discount, 20_001)
    whole = -expm1(-discount * horizon) / discount if discount > 1e-9 else horizon
    assert wanted == pytest.approx(0.2 * -expm1(-(rate + discount) * horizon) / (rate + discount) / whole, rel=1e-4)
    assert found == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize("horizon, discount", [(30, 0), (180, 0.003), (365, 0.01)])
def test_a_quantity_that_drives_another_is_worth_what_that_brings(horizon, discount):
    processes = {
        "decay": {"of": "x", "toward": 4, "rate": 0.05},
        "driven": {"of": "y", "drift": "0.02 * x - 0.01 * y"},
    }
    found = gain(horizon, discount, of="y", processes=processes)

    def path(x):
        def pull(_, s):
            return [0.05 * (4 - s[0]), 0.02 * s[0] - 0.01 * s[1]]

        return solve_ivp(pull, (0, horizon), [x, 3], dense_output=True, rtol=1e-10, atol=1e-12).sol

    with_, without = path(7.0), path(5.0)
    wanted = mean(lambda t: with_(t)[1] - without(t)[1], horizon, discount, 5001) / 10
    assert found == pytest.approx(wanted, rel=0.1)


def test_without_foresight_only_today_counts():
    decay = {"decay": {"of": "x", "toward": 5, "rate": 1}}
    assert gain(100, 0, processes=decay, foresight="none") == pytest.approx(0.2, abs=1e-12)
    assert gain(100, 0, processes=decay) == pytest.approx(0.2 * (1 - exp(-100)) / 100, rel=0.02)
