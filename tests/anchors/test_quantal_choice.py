"""`textbook/quantal-choice` against the nested logit of McKelvey and Palfrey (1995) and McFadden (1978)."""

import math

import pytest

import brinkmanship as bk

CRISIS = "textbook/quantal-choice"
RUNS = 10_000
STEPS = 60
TEMPO = 0.1
OUTCOMES = {"strike": "struck", "blockade": "blockaded", "offer": "offered", "appeal": "appealed"}
VALUES = {
    "strike": 0.6 * (0.65 * 0.3 - 0.35 * 0.2) - 0.4 * 0.1 - 0.02,
    "blockade": 0.6 * 0.1 - 0.4 * 0.05 - 0.03,
    "offer": -0.6 * 0.1 + 0.4 * 0.25,
    "appeal": 0.4 * 0.05 - 0.005,
}
BASE = {"strike": 1 / 2, "blockade": 1 / 2, "offer": 2 / 3, "appeal": 1 / 3}
CLASSES = {"force": ("strike", "blockade"), "talk": ("offer", "appeal")}
WEIGHT = {"force": 0.5, "talk": 1.5}
TWO_STEPS = {"end: 2001-03-02": "end: 2001-01-03"}


def nested_logit(precision: float = 10, nest: float = 0.7) -> dict[str, float]:
    """Probability of each option and of holding at an occasion to act."""
    dissimilarity = {"force": nest, "talk": 1.0}
    inside = {name: dissimilarity[each] for each, members in CLASSES.items() for name in members}
    pull = {name: BASE[name] * math.exp(precision * value / inside[name]) for name, value in VALUES.items()}
    inclusive = {each: sum(pull[name] for name in members) for each, members in CLASSES.items()}
    mass = {each: WEIGHT[each] * inclusive[each] ** dissimilarity[each] for each in CLASSES}
    total = 1 + sum(mass.values())
    chances = {n: mass[c] / total * pull[n] / inclusive[c] for c, members in CLASSES.items() for n in members}
    return {"hold": 1 / total, **chances}


def by_step(chance: float, hold: float, steps: int) -> float:
    """Probability that the first act falls within ``steps`` and is one with ``chance`` at an occasion."""
    act = TEMPO * (1 - hold)
    return TEMPO * chance * (1 - (1 - act) ** steps) / act


@pytest.mark.parametrize("precision", [0.001, 2, 10, 60])
def test_choice_probabilities_are_the_logit_response_of_mckelvey_and_palfrey_1995(variant, exact, precision):
    found = exact(variant(CRISIS, {"precision: 10": f"precision: {precision}", **TWO_STEPS}))
    expected = nested_logit(precision)
    for action, outcome in OUTCOMES.items():
        assert found[outcome] == pytest.approx(by_step(expected[action], expected["hold"], 2), rel=1e-12)


@pytest.mark.parametrize("nest", [0.2, 0.7, 1])
def test_classes_are_the_nests_of_mcfadden_1978(variant, exact, nest):
    found = exact(variant(CRISIS, {"dissimilarity: 0.7": f"dissimilarity: {nest}", **TWO_STEPS}))
    expected = nested_logit(nest=nest)
    for action, outcome in OUTCOMES.items():
        assert found[outcome] == pytest.approx(by_step(expected[action], expected["hold"], 2), rel=1e-12)


def test_without_precision_base_weights_decide_mckelvey_and_palfrey_1995(variant, exact):
    found = exact(variant(CRISIS, {"precision: 10": "precision: 0"}))
    acts = 1 + 0.5 + 1.5
    shares = {"struck": 0.25 / acts, "blockaded": 0.25 / acts, "offered": 1.0 / acts, "appealed": 0.5 / acts}
    for outcome, share in shares.items():
        assert found[outcome] == pytest.approx(by_step(share, 1 / acts, STEPS), rel=1e-12)


def test_with_great_precision_the_best_option_is_chosen_mckelvey_and_palfrey_1995(variant, exact):
    found = exact(variant(CRISIS, {"precision: 10": "precision: 2000"}))
    assert found["offered"] == pytest.approx(1 - (1 - TEMPO) ** STEPS, rel=1e-12)


def test_the_first_act_comes_with_the_hazard_of_its_tempo(exact):
    found, expected = exact(bk.load(CRISIS)), nested_logit()
    assert found["acted"] == pytest.approx(1 - (1 - TEMPO * (1 - expected["hold"])) ** STEPS, rel=1e-12)
    assert found["struck"] == pytest.approx(by_step(expected["strike"], expected["hold"], STEPS), rel=1e-12)


def test_occasions_come_with_the_hazard_of_the_tempo_when_holding_is_never_best(variant, near):
    # So precise an actor takes its first occasion: P(first act by T) = 1 − (1 − τΔ)ⁿ.
    runs = bk.simulate(variant(CRISIS, {"precision: 10": "precision: 2000"}), runs=RUNS, seed=1)
    curve = runs.incidence().sel(outcome="acted").values
    for steps in (1, 5, 20):
        assert near(curve[steps - 1], 1 - (1 - TEMPO) ** steps, RUNS)


def test_simulated_choices_agree_with_the_closed_form_of_mckelvey_and_palfrey_1995(near):
    runs, expected = bk.simulate(bk.load(CRISIS), runs=RUNS, seed=0), nested_logit()
    curves = runs.incidence()
    for action, outcome in OUTCOMES.items():
        for steps in (5, 20, STEPS):
            share = float(curves.sel(outcome=outcome)[steps - 1])
            assert near(share, by_step(expected[action], expected["hold"], steps), RUNS)
    assert runs.failed == 0
