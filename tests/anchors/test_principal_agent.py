"""`textbook/principal-agent` against the closed form of an agent that weighs two interests by a grip."""

import math

import numpy as np
import pytest

import brinkmanship as bk

CRISIS = "textbook/principal-agent"
RUNS = 5_000
STEPS = 60
TEMPO, ORDERS = 0.1, 0.05
"""Occasions to act per day: the militia's and the patron's."""
LOOSE, TIGHT = 0.3, 0.9
DENIED = 0.6
PATRON_IDLE = {"tempo: 0.05": "tempo: 0"}


def raid_value(grip: float, denied: float = DENIED) -> float:
    """``(1 − m)`` own gain plus ``m`` times the patron's: calm lost, and blame as far as it is traced."""
    patron = 0.6 * -0.6 - 0.4 * 0.8 * (1 - denied)
    return (1 - grip) * 0.5 + grip * patron - 0.05


def raids(grip: float, denied: float = DENIED) -> float:
    """Probability of a raid at an occasion."""
    pull = 0.8 * math.exp(4 * raid_value(grip, denied))
    return pull / (1 + pull)


def reins() -> float:
    """Probability that the patron reins the militia in at an occasion: less blame, at a cost."""
    pull = math.exp(4 * (0.4 * 0.4 - 0.1))
    return pull / (1 + pull)


def raided(steps: int, ordered: int | None = None) -> float:
    """P(a raid within ``steps``). Both choose in the same state; in step ``ordered`` the patron reins in."""
    free, held = 1.0, 0.0
    for step in range(steps):
        order = 1.0 if step == ordered else ORDERS * reins()
        quiet = free * (1 - TEMPO * raids(LOOSE))
        free, held = quiet * (1 - order), quiet * order + held * (1 - TEMPO * raids(TIGHT))
    return 1 - free - held


@pytest.mark.parametrize("denied", [0, 0.6, 1])
@pytest.mark.parametrize("grip", [0, 0.3, 0.7, 1])
def test_choice_of_the_agent_weighs_two_interests_by_the_grip_miller_2005(variant, exact, grip, denied):
    changes = {
        "end: 2001-03-02": "end: 2001-01-02",
        "start: 0.3": f"start: {grip}",
        "value: 0.6": f"value: {denied}",
    }
    found = exact(variant(CRISIS, {**changes, **PATRON_IDLE}))
    assert found["raided"] == pytest.approx(TEMPO * raids(grip, denied), rel=1e-12)


def test_an_ungripped_agent_slips_and_a_gripped_one_does_as_its_principal_would_miller_2005():
    assert raid_value(1) < 0 < raid_value(0)
    assert raids(0) > raids(LOOSE) > raids(TIGHT) > raids(1)


def test_the_principal_weighs_thanks_against_the_cost_of_control_miller_2005(variant, exact):
    found = exact(variant(CRISIS, {"end: 2001-03-02": "end: 2001-01-02"}))
    assert found["reined"] == pytest.approx(ORDERS * reins(), rel=1e-12)


def test_enumerated_raids_are_the_chain_of_two_grips_salehyan_2010(variant, exact):
    found = exact(variant(CRISIS, {"end: 2001-03-02": "end: 2001-01-04"}))
    assert found["raided"] == pytest.approx(raided(3), rel=1e-12)


def test_deniability_leaves_its_complement_to_the_principal_salehyan_2010(variant, near):
    runs = bk.simulate(variant(CRISIS, PATRON_IDLE), runs=RUNS, seed=0, sampled=RUNS)
    paths = runs.paths()
    committed = (paths["blame[neighbour,militia]"].values[:, -1] - 10) / 0.8
    traced = (paths["blame[neighbour,patron]"].values[:, -1] - 10) / 0.8
    assert committed == pytest.approx(np.round(committed), abs=1e-9)
    assert (traced <= committed + 1e-9).all()
    raided_times = round(committed.sum())
    assert raided_times == int(runs.rates()["count"].sum())
    assert near(raided_times / (RUNS * STEPS), TEMPO * raids(LOOSE), RUNS * STEPS)
    assert near(traced.sum() / raided_times, 1 - DENIED, raided_times)


@pytest.mark.parametrize("seed", [0, 1])
def test_simulated_raids_are_the_chain_of_two_grips_salehyan_2010(near, seed):
    runs = bk.simulate(bk.load(CRISIS), runs=RUNS, seed=seed)
    for outcome, expected in {"raided": raided, "reined": lambda n: 1 - (1 - ORDERS * reins()) ** n}.items():
        curve = runs.incidence().sel(outcome=outcome).values
        for steps in (5, 20, STEPS):
            assert near(curve[steps - 1], expected(steps), RUNS)


def test_reining_in_lowers_the_chance_of_a_raid_by_the_closed_form_salehyan_2010(near):
    runs = bk.simulate(bk.load(CRISIS), runs=RUNS, seed=0, given="2001-01-06 patron rein_in")
    expected = raided(STEPS, ordered=5) - raided(STEPS)
    spared, worse = (int(runs.joint["raided"][cell]) for cell in ((1, 0), (0, 1)))
    change = (worse - spared) / RUNS
    error = math.sqrt(((worse + spared) / RUNS - change**2) / RUNS)
    assert runs.change("raided")[0] == pytest.approx(change, abs=1e-12)
    assert expected < -0.05
    assert abs(change - expected) <= 4 * error
    assert near(runs.probability("raided")[0], raided(STEPS, ordered=5), RUNS)
