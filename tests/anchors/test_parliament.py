"""`textbook/parliament` against the sum over all ballots; what a quorum does: Côrte-Real and Pereira (2004)."""

import math
from itertools import product

import pytest

import brinkmanship as bk

CRISIS = "textbook/parliament"
RUNS = 10_000
PRECISION, QUORUM = 4, 151
WAYS = ("for", "against", "boycott")
SEATS = {"government": 105, "partner": 40, "opposition": 105, "regionalists": 50}
WISH = {"government": 1, "partner": 1, "opposition": -1, "regionalists": -1}
COST = {("partner", "for"): 0.15, ("regionalists", "against"): 0.1}
Ballots = dict[tuple[str, str], float]
"""By bloc and ballot."""


def cost(bloc: str, way: str) -> float:
    return 0.02 if way == "boycott" else COST.get((bloc, way), 0.0)


def mix(reckoned: Ballots) -> Ballots:
    """Chance of each ballot: the logit response to the chance of passing that a bloc reckons with."""
    pull = {(b, w): math.exp(PRECISION * (WISH[b] * chance - cost(b, w))) for (b, w), chance in reckoned.items()}
    return {(b, w): value / sum(pull[b, other] for other in WAYS) for (b, w), value in pull.items()}


def result(ballots: tuple[str, ...], quorum: int) -> str:
    cast = list(zip(SEATS.values(), ballots, strict=True))
    present = sum(seats for seats, way in cast if way != "boycott")
    if present < quorum:
        return "no_quorum"
    return "passed" if 2 * sum(seats for seats, way in cast if way == "for") > present else "voted_down"


def tally(mixed: Ballots, quorum: int = QUORUM) -> dict[str, float]:
    """Chance of each result, over all ways in which the four can vote."""
    found = dict.fromkeys(("passed", "voted_down", "no_quorum"), 0.0)
    for ballots in product(WAYS, repeat=len(SEATS)):
        found[result(ballots, quorum)] += math.prod(mixed[each] for each in zip(SEATS, ballots, strict=True))
    return found


def passing(mixed: Ballots, quorum: int) -> Ballots:
    """Chance of passing given one bloc's ballot."""
    return {
        (bloc, way): tally({**mixed, **{(bloc, w): float(w == way) for w in WAYS}}, quorum)["passed"]
        for bloc, way in mixed
    }


def equilibrium(quorum: int = QUORUM) -> Ballots:
    """Chances of passing that play bears out: damped iteration to the fixed point."""
    reckoned = {(bloc, way): 0.5 for bloc in SEATS for way in WAYS}
    for _ in range(400):
        new = passing(mix(reckoned), quorum)
        if max(abs(new[each] - reckoned[each]) for each in new) < 1e-10:
            return new
        reckoned = {each: 0.6 * reckoned[each] + 0.4 * new[each] for each in new}
    raise AssertionError("no fixed point was found")


def stated() -> Ballots:
    quantities = bk.load(CRISIS).text.record.quantities
    return {(b, w): float(str(quantities[f"carries_{w}"].starts[b])) for b in SEATS for w in WAYS}


def test_the_stated_chances_are_those_that_play_bears_out_mckelvey_and_palfrey_1995():
    expected = equilibrium()
    assert stated() == {each: pytest.approx(chance, abs=2e-6) for each, chance in expected.items()}


@pytest.mark.parametrize("quorum", [0, 145, 151, 260])
def test_enumerated_votes_are_the_sum_over_all_ballots_cortereal_and_pereira_2004(variant, exact, quorum):
    found = exact(variant(CRISIS, {"value: 151": f"value: {quorum}"}))
    for outcome, chance in tally(mix(stated()), quorum).items():
        assert found[outcome] == pytest.approx(chance, abs=1e-12)


def test_simulated_votes_agree_with_the_sum_over_all_ballots_cortereal_and_pereira_2004(near):
    runs = bk.simulate(bk.load(CRISIS), runs=RUNS, seed=0)
    for outcome, chance in tally(mix(stated())).items():
        assert near(runs.probability(outcome)[0], chance, RUNS)


def test_with_a_quorum_staying_away_hinders_a_motion_more_than_voting_no_cortereal_and_pereira_2004():
    bound, free = equilibrium(), equilibrium(0)
    assert bound["opposition", "boycott"] < bound["opposition", "against"]
    assert free["opposition", "boycott"] > free["opposition", "against"]
    assert mix(bound)["opposition", "boycott"] > 0.5 > mix(free)["opposition", "boycott"]


def test_a_quorum_can_help_the_motion_that_it_hinders_cortereal_and_pereira_2004():
    # Opponents who stay away for the quorum's sake leave the floor to the motion's friends where the quorum is met.
    assert tally(mix(equilibrium()))["passed"] > tally(mix(equilibrium(0)), 0)["passed"]
