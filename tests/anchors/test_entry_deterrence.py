"""`textbook/entry-deterrence` against the two-market game of Kreps and Wilson (1982), played by logit response."""

import math

import pytest

import brinkmanship as bk

CRISIS = "textbook/entry-deterrence"
RUNS = 5_000
PRIOR, MARGIN, PEACE, PRECISION = 0.2, 0.5, 2, 4
STATED = "value: 0.261083"


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def posterior(bluff: float) -> float:
    """Chance of toughness after a rival was resisted, by Bayes' rule."""
    return PRIOR / (PRIOR + (1 - PRIOR) * bluff)


def enters(reputation: float, precision: float = PRECISION) -> float:
    """Chance that the second rival enters."""
    return logistic(precision * (MARGIN - reputation))


def resists(bluff: float, precision: float = PRECISION) -> float:
    """Chance that a weak holder resists, where rivals reckon with ``bluff``: what deterring is worth, less its cost."""
    deterred = enters(0, precision) - enters(posterior(bluff), precision)
    return logistic(precision * (PEACE * deterred - 1))


def equilibrium(precision: float = PRECISION) -> float:
    """The bluff that play bears out; the response falls as it grows, so that there is one."""
    low, high = 0.0, 1.0
    while high - low > 1e-15:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if resists(middle, precision) > middle else (low, middle)
    return low


def first_enters(bluff: float, precision: float = PRECISION) -> float:
    return logistic(precision * (MARGIN - PRIOR - (1 - PRIOR) * bluff))


def test_the_stated_bluff_is_the_one_that_play_bears_out_mckelvey_and_palfrey_1998():
    assert bk.load(CRISIS).text.record.parameters["bluff"].value == pytest.approx(equilibrium(), abs=1e-6)


SHORT = {"end: 2001-04-01": "end: 2001-01-06"}
STEPS = 5


def holder_gains(reputation: float, *, fought: bool) -> float:
    return PEACE * (1 - enters(reputation)) - fought


def game(bluff: float, *, tough: bool = False):
    """Values of what is open after a sequence of decisions, with Bayes' rule along the way."""

    def values(past: tuple[str, ...]) -> dict[str, float]:
        if not past:
            return {"enter": MARGIN - PRIOR - (1 - PRIOR) * bluff, "stay": 0.0}
        if past == ("enter",):
            resist = {"resist": holder_gains(posterior(bluff), fought=True)}
            return resist if tough else {**resist, "let_in": holder_gains(0, fought=False)}
        if len(past) < (3 if past[0] == "enter" else 2):
            reputation = {"stay": PRIOR, "resist": posterior(bluff), "let_in": 0.0}[past[-1]]
            return {"enter": MARGIN - reputation, "stay": 0.0}
        return {}

    return values


def sums(found: dict[tuple[str, ...], float]) -> dict[str, float]:
    """Outcomes of the crisis from the chances of sequences."""
    over = {past: chance for past, chance in found.items() if len(past) == (3 if past[:1] == ("enter",) else 2)}
    return {
        "decided": sum(over.values()),
        "first_entry": sum(chance for past, chance in found.items() if past[:1] == ("enter",)),
        "resistance": sum(chance for past, chance in found.items() if "resist" in past),
        "second_entry": sum(chance for past, chance in over.items() if past[-1] == "enter"),
        "deterred": sum(chance for past, chance in over.items() if past[1:] == ("resist", "stay")),
    }


@pytest.mark.parametrize("bluff", [0.1, 0.261083, 0.7])
def test_enumerated_decisions_are_logit_responses_to_reputation_kreps_and_wilson_1982(variant, exact, in_turn, bluff):
    found = exact(variant(CRISIS, {STATED: f"value: {bluff}", **SHORT}))
    for outcome, chance in sums(in_turn(game(bluff), STEPS, PRECISION)).items():
        assert found[outcome] == pytest.approx(chance, rel=1e-12)
    assert found["bluffed"] == found["resistance"]


def test_a_tough_holder_always_resists_kreps_and_wilson_1982(variant, exact, in_turn):
    found = exact(variant(CRISIS, {"switch: 0.2": "switch: 1", **SHORT}))
    expected = sums(in_turn(game(0.261083, tough=True), STEPS, PRECISION))
    assert found["resistance"] == pytest.approx(expected["resistance"], rel=1e-12)
    assert found["bluffed"] == found["deterred"] == 0


def test_a_reputation_is_the_share_of_the_tough_among_those_who_resisted_kreps_and_wilson_1982(near):
    runs = bk.simulate(bk.load(CRISIS), runs=RUNS, seed=0)
    resisted = runs.tallies.outcomes["resistance"]
    share = 1 - runs.tallies.outcomes["bluffed"] / resisted
    assert near(share, posterior(equilibrium()), resisted)
    # In three months nearly all have decided.
    entry, weak = first_enters(equilibrium()), equilibrium()
    assert near(runs.probability("first_entry")[0], entry, RUNS)
    assert near(runs.probability("bluffed")[0], (1 - PRIOR) * entry * weak, RUNS)
    after = (1 - PRIOR) * (1 - weak) * enters(0) + (PRIOR + (1 - PRIOR) * weak) * enters(posterior(weak))
    assert near(runs.probability("second_entry")[0], entry * after + (1 - entry) * enters(PRIOR), RUNS)


def test_precise_players_bluff_as_often_as_kreps_and_wilson_1982(variant, near):
    # Their weak holder resists just so often that the second rival is left in doubt: its posterior is the margin.
    bluff, undecided = equilibrium(200), PRIOR * (1 - MARGIN) / ((1 - PRIOR) * MARGIN)
    changes = {STATED: f"value: {bluff!r}", "value: 4,": "value: 200,", "switch: 0.2": "switch: 0"}
    weak = bk.simulate(variant(CRISIS, changes), runs=RUNS, seed=0).tallies.outcomes
    assert near(weak["resistance"] / weak["first_entry"], undecided, weak["first_entry"])
    assert bluff == pytest.approx(undecided, abs=0.001)
    assert posterior(bluff) == pytest.approx(MARGIN, abs=0.001)
