"""`textbook/extended-deterrence` against backward induction by logit response (McKelvey and Palfrey 1998)."""

import math

import pytest

import brinkmanship as bk

CRISIS = "textbook/extended-deterrence"
RUNS = 5_000
PRECISION = 4
SPOILS, CONQUEST, CHALLENGER_WAR = 0.6, 0.3, 1.0
CONCESSION, CONQUERED, PROTECTED = 0.5, 1.0, 0.2
DEFENDER_WAR, ABANDONMENT = 0.6, 0.8
ABANDONS = "costs the defender, value: 0.8"


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-PRECISION * value))


def chances(abandonment: float = ABANDONMENT) -> dict[str, float]:
    """Chance that each acts, the last first: the defender comes, the protégé resists, the challenger demands."""
    comes = logistic(abandonment - DEFENDER_WAR)
    resists = logistic(CONCESSION - comes * PROTECTED - (1 - comes) * CONQUERED)
    fight = (1 - comes) * CONQUEST - comes * CHALLENGER_WAR
    demands = logistic((1 - resists) * SPOILS + resists * fight)
    return {"comes": comes, "resists": resists, "demands": demands}


def outcomes(abandonment: float = ABANDONMENT) -> dict[str, float]:
    each = chances(abandonment)
    fought = each["demands"] * each["resists"]
    return {
        "deterrence": 1 - each["demands"],
        "concession_made": each["demands"] * (1 - each["resists"]),
        "war": fought * each["comes"],
        "conquest_alone": fought * (1 - each["comes"]),
    }


@pytest.mark.parametrize("abandonment", [0, 0.6, 0.8, 2])
def test_enumerated_decisions_are_logit_in_turn_mckelvey_and_palfrey_1998(variant, exact, in_turn, abandonment):
    each = chances(abandonment)
    alone, together = 1 - each["comes"], each["comes"]
    demand = (1 - each["resists"]) * SPOILS + each["resists"] * (alone * CONQUEST - together * CHALLENGER_WAR)
    values = {
        (): {"demand": demand, "forgo": 0.0},
        ("demand",): {"resist": -together * PROTECTED - alone * CONQUERED, "concede": -CONCESSION},
        ("demand", "resist"): {"intervene": -DEFENDER_WAR, "abandon": -abandonment},
    }
    # The protégé values what it does from a state in which nothing is lost yet; so does the defender.
    played = in_turn(lambda past: values.get(past, {}), 5, PRECISION)
    changes = {ABANDONS: f"costs the defender, value: {abandonment}", "end: 2001-07-01": "end: 2001-01-06"}
    found = exact(variant(CRISIS, changes))
    ends = {
        "deterrence": ("forgo",),
        "concession_made": ("demand", "concede"),
        "war": ("demand", "resist", "intervene"),
        "conquest_alone": ("demand", "resist", "abandon"),
    }
    for outcome, past in ends.items():
        assert found[outcome] == pytest.approx(played[past], rel=1e-12)


def test_simulated_decisions_agree_with_backward_induction_mckelvey_and_palfrey_1998(near):
    runs = bk.simulate(bk.load(CRISIS), runs=RUNS, seed=0)
    for outcome, chance in outcomes().items():
        assert near(runs.probability(outcome)[0], chance, RUNS)


def test_stated_reckonings_are_what_players_do_huth_1988():
    rows = bk.simulate(bk.load(CRISIS), runs=1, seed=0, sampled=1).paths()
    assert float(rows["credibility"][0, 0]) == pytest.approx(chances()["comes"], rel=1e-12)
    assert float(rows["defiance"][0, 0]) == pytest.approx(chances()["resists"], rel=1e-12)


def test_a_defender_with_more_to_lose_deters_more_huth_1988():
    assert outcomes(2)["deterrence"] > outcomes()["deterrence"] > outcomes(0)["deterrence"]


def test_a_credible_defender_emboldens_its_protege_snyder_1984():
    assert chances(2)["resists"] > 0.5 > chances(0)["resists"]
