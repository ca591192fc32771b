"""Laws of enumeration: counting every history gives what simulating many of them estimates."""

from math import exp, sqrt

import pytest

import brinkmanship as bk
from brinkmanship.engine.enumerate import enumerate_outcomes, enumerate_worlds
from crises import actor, appraise, crisis, interest, level

RUNS = 20_000
DUEL = {
    "quantities": {"x": level(5), "y": level(5)},
    "actors": {
        "ada": actor({"x": interest("x", 0.7), "y": interest("y", -0.3)}),
        "bob": actor({"x": interest("x", -1)}, precision=8, tempo="0.02 * x"),
    },
    "actions": {
        "push": {
            "class": "force",
            "by": ["ada"],
            "branches": {"won": {"chance": "0.1 * y", "then": {"x": "+2"}}, "lost": {"then": {"y": "+2"}}},
        },
        "pull": {"class": "talk", "by": ["bob"], "cooldown": 2, "then": {"x": "-3"}},
        "sulk": {"class": "talk", "by": ["bob"], "duration": 2, "during": {"y": "+1"}, "then": {}},
    },
    "events": {"slip": {"hazard": "0.02 * x", "then": {"y": "-1"}}},
    "outcomes": {
        "high": {"ever": "x > 8", "ends": True},
        "even": {"at_end": "x == y"},
        "race": {"first": {"up": "x > 6", "down": "y < 5"}},
        "sulked": {"at_end": "times(sulk) > 0"},
    },
}
VOTE = {
    "sets": {"chamber": ["ada", "bob", "cyd"]},
    "quantities": {"law": {"kind": "flag"}, "x": level(5)},
    "actors": {
        name: actor({"law": interest("law", weight), "x": interest("x", 0.3)})
        for name, weight in (("ada", 1), ("bob", -1), ("cyd", 0.2))
    },
    "votes": {
        "ban": {
            "when": "not law and days_since(ban) > 1",
            "among": "chamber",
            "seats": "8 if bloc == ada else 5",
            "quorum": 10,
            "ballots": {
                "for": {"carries": 0.9},
                "against": {"carries": 0.3},
                "boycott": {"carries": 0.5, "cost": 0.05},
            },
            "passed": {"law": "true"},
            "failed": {"x": "-1"},
            "no_quorum": {"x": "+1"},
        }
    },
    "outcomes": {
        "law": {"ever": "law"},
        "none": {"at_end": "x == 5 and not law"},
        "lapsed": {"ever": "x > 5"},
    },
}
DICE = {
    "quantities": {"dead": {"kind": "count", "bounds": [0, 5]}, "coin": {"kind": "flag"}},
    "events": {"bomb": {"hazard": 0.4, "then": {"dead": "+poisson(0.7)", "coin": {"set": "bernoulli(0.3)"}}}},
    "outcomes": {"any": {"at_end": "dead > 0"}, "many": {"at_end": "dead >= 3"}, "coin": {"ever": "coin"}},
}
ORDERS = {
    "quantities": {"x": level(5)},
    "actors": {"ada": actor({"x": interest("x")})},
    "actions": {
        "raid": {
            "class": "force",
            "by": "ada",
            "authorised": {"lag": 1, "called_off": {"chance": 0.4, "then": {"x": "-1"}}},
            "branches": {"hit": {"chance": 0.5, "then": {"x": "+3"}}, "miss": {}},
        }
    },
    "clocks": {"truce": {"days": 2, "then": {"x": {"set": 0}}}},
    "calendar": {"summit": {"on": "2020-01-02", "then": {"truce": "start"}}},
    "outcomes": {"hit": {"ever": "x > 7"}, "off": {"ever": "x == 4"}, "zero": {"ever": "x == 0"}},
}


@pytest.mark.parametrize(
    "days, sections", [(3, DUEL), (3, VOTE), (3, DICE), (4, ORDERS)], ids=["duel", "vote", "dice", "orders"]
)
def test_enumerating_equals_simulating(days, sections):
    whole = crisis(days, **sections)
    exact = enumerate_outcomes(whole.lowered, 0.0)
    runs = bk.simulate(whole, runs=RUNS, seed=2, sampled=0)
    for outcome, chance in exact.items():
        spread = 4 * sqrt(chance * (1 - chance) / RUNS) + 1 / RUNS
        assert runs.probability(outcome)[0] == pytest.approx(chance, abs=spread), outcome
    assert sum(0.01 < chance < 0.99 for chance in exact.values()) >= 2


@pytest.mark.parametrize("sections", [DUEL, VOTE, DICE], ids=["duel", "vote", "dice"])
def test_chances_add_up_to_one(sections):
    assert sum(weight for weight, _ in enumerate_worlds(crisis(2, **sections).lowered, 0.0)) == pytest.approx(
        1, abs=1e-12
    )


def test_a_tree_by_hand():
    whole = crisis(
        2,
        quantities={"x": level(0)},
        actors={"ada": actor({"x": interest("x")}, tempo=0.2, precision=3)},
        actions={
            "push": {
                "class": "force",
                "by": "ada",
                "branches": {"won": {"chance": 0.6, "then": {"x": "+2"}}, "lost": {}},
            }
        },
        events={"fall": {"hazard": 0.5, "when": "x > 1", "then": {"x": "-2"}}},
        outcomes={"up": {"at_end": "x > 1"}, "ever": {"ever": "x > 1"}},
    )
    push = exp(3 * 0.6 * 0.2) / (1 + exp(3 * 0.6 * 0.2))
    rise, stay = 0.2 * push * 0.6, exp(-0.5)
    # Events read what resolution left: a rise is struck by the fall of the same day.
    up_after_one = rise * stay
    # From 2 a further push adds 2 and a fall takes them again: above 1 in any case then.
    up = up_after_one * (rise + (1 - rise) * stay) + (1 - up_after_one) * rise * stay
    ever = up_after_one + (1 - up_after_one) * rise * stay
    assert enumerate_outcomes(whole.lowered, 0.0) == pytest.approx({"up": up, "ever": ever}, abs=1e-12)


def test_a_vote_by_hand():
    whole = crisis(1, **VOTE)
    chances = {}
    for name, law in (("ada", 1 / 1.3), ("bob", -1 / 1.3), ("cyd", 0.2 / 0.5)):
        x = -0.03 / (0.5 if name == "cyd" else 1.3)
        pulls = {
            way: exp(4 * (p * law + (1 - p) * x - cost))
            for way, p, cost in (("for", 0.9, 0), ("against", 0.3, 0), ("none", 0.5, 0.05))
        }
        chances[name] = {way: pull / sum(pulls.values()) for way, pull in pulls.items()}
    passed = 0.0
    for a in chances["ada"]:
        for b in chances["bob"]:
            for c in chances["cyd"]:
                seats = dict.fromkeys(("for", "against", "none"), 0)
                for way, size in ((a, 8), (b, 5), (c, 5)):
                    seats[way] += size
                present = seats["for"] + seats["against"]
                if present >= 10 and 2 * seats["for"] > present:
                    passed += chances["ada"][a] * chances["bob"][b] * chances["cyd"][c]
    assert enumerate_outcomes(whole.lowered, 0.0)["law"] == pytest.approx(passed, abs=1e-12)


def test_magnitudes_by_hand():
    whole = crisis(
        1,
        **{
            **DICE,
            "events": {"bomb": {"hazard": 0.4, "then": {"dead": "+poisson(0.7)", "coin": "bernoulli(0.3)"}}},
        },
    )
    struck = 1 - exp(-0.4)
    many = 1 - exp(-0.7) * (1 + 0.7 + 0.7**2 / 2)
    wanted = {"any": struck * (1 - exp(-0.7)), "many": struck * many, "coin": struck * 0.3}
    assert enumerate_outcomes(whole.lowered, 0.0) == pytest.approx(wanted, abs=1e-12)


def test_parameters_stand_at_their_medians():
    def struck(**prior):
        whole = crisis(
            1,
            parameters={"p": {"value": 0.2, "unit": "chance", **prior}},
            quantities={"x": level(0)},
            events={"e": {"hazard": 1, "branches": {"a": {"chance": "p", "then": {"x": "+1"}}, "b": {}}}},
            outcomes={"x": {"at_end": "x > 0"}},
        )
        return enumerate_outcomes(whole.lowered, 0.0)["x"]

    assert struck(range90=[0.1, 0.9]) == pytest.approx(struck(), abs=1e-12)
    assert struck() == pytest.approx((1 - exp(-1)) * 0.2, abs=1e-12)


def test_failed_histories_count_in_no_outcome():
    whole = crisis(
        1,
        quantities={"x": level(0), "y": level(1)},
        events={
            "fault": {"hazard": 0.5, "then": {"y": {"set": "log(x - 1)"}}},
            "e": {"hazard": 0.3, "then": {"x": "+1"}},
        },
        outcomes={"x": {"at_end": "x > 0"}},
    )
    assert enumerate_outcomes(whole.lowered, 0.0)["x"] == pytest.approx(1 - exp(-0.3), abs=1e-12)


@pytest.mark.parametrize("family", ["normal(0, 1)", "lognormal(1, 0.2)", "uniform(0, 1)"])
def test_continuous_magnitudes_are_refused(family):
    whole = crisis(1, quantities={"x": level(0)}, events={"e": {"hazard": 1, "then": {"x": f"+{family}"}}})
    with pytest.raises(bk.UsageError, match="cannot be counted"):
        enumerate_outcomes(whole.lowered, 0.0)


def test_drawn_starts_are_followed_or_refused():
    sections = {"outcomes": {"one": {"at_end": "x == 1"}}}
    counted = crisis(1, quantities={"x": level("poisson(2)")}, **sections)
    assert enumerate_outcomes(counted.lowered, 0.0)["one"] == pytest.approx(2 * exp(-2), abs=1e-12)
    with pytest.raises(bk.UsageError, match="uniform"):
        enumerate_outcomes(crisis(1, quantities={"x": level("uniform(0, 2)")}, **sections).lowered, 0.0)


def test_too_many_branches_are_refused():
    with pytest.raises(bk.UsageError, match="more than 50 branches"):
        enumerate_outcomes(crisis(4, **DUEL).lowered, 0.0, most=50)


def test_enumerated_choices_are_those_appraised():
    whole = crisis(1, **DUEL)
    sulk = appraise(whole, "bob")["bob.sulk"] * 0.02 * 5
    assert enumerate_outcomes(whole.lowered, 0.0)["sulked"] == pytest.approx(sulk, abs=1e-12)
