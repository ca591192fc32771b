"""Laws of choice: probabilities, constants, variants, expectations."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crises import actor, appraise, crisis, interest, level

CLASSES = ("calm", "firm", "wild")
precisions = st.floats(-3, 4).map(lambda power: 10.0**power)
options = st.lists(
    st.tuples(
        st.sampled_from(CLASSES),
        st.floats(-5, 5),  # what it adds to x
        st.floats(-3, 3),  # and to y
        st.floats(-0.5, 0.5),  # cost
        st.floats(0.1, 5),  # weight
        st.booleans(),  # available
    ),
    min_size=1,
    max_size=5,
)
classes = st.fixed_dictionaries({name: st.tuples(st.floats(0.1, 5), st.floats(0.1, 1)) for name in CLASSES})


def two_sided(weights, precision, deeds, shapes, shift=(0.0, 0.0)):
    """An actor with two interests and some options, each a tuple as in ``options``."""
    return crisis(
        1,
        quantities={"x": level(5), "y": level(0, -10, 20)},
        classes={name: {"weight": weight, "dissimilarity": nest} for name, (weight, nest) in shapes.items()},
        actors={
            "ada": actor(
                {
                    "x": interest(f"x + {shift[0]!r}", weights[0], range=[0, 10]),
                    "y": interest(f"y - {shift[1]!r}", weights[1], range=[-10, 20]),
                },
                precision=precision,
            )
        },
        actions={
            f"deed{number}": {
                "class": group,
                "by": "ada",
                "when": "x > 0" if open_ else "x > 9",
                "cost": cost,
                "weight": weight,
                "then": {"x": f"+{x!r}", "y": f"+{y!r}"},
            }
            for number, (group, x, y, cost, weight, open_) in enumerate(deeds)
        },
    )


def logit(weights, precision, deeds, shapes):
    """The nested logit of the design, in logarithms."""
    size = abs(weights[0]) + abs(weights[1])
    pulls, masses = {}, {"hold": 0.0}
    for name, (weight, nest) in shapes.items():
        mine = [(number, deed) for number, deed in enumerate(deeds) if deed[0] == name and deed[5]]
        if not mine:
            continue
        base = sum(deed[4] for _, deed in mine)
        for number, (_, x, y, cost, share, _) in mine:
            value = (weights[0] * x / 10 + weights[1] * y / 30) / size - cost
            pulls[number] = math.log(share / base) + precision * value / nest
        whole = np.logaddexp.reduce([pulls[number] for number, _ in mine])
        for number, _ in mine:
            masses[f"ada.deed{number}"] = math.log(weight) + nest * whole + pulls[number] - whole
    total = np.logaddexp.reduce(list(masses.values()))
    return {key: math.exp(mass - total) for key, mass in masses.items()}


@given(st.tuples(st.floats(-2, 2), st.floats(0.1, 2)), precisions, options, classes)
@example((1.0, 0.1), 1e4, [("calm", 3.0, 0.0, 0.0, 1.0, True)], dict.fromkeys(CLASSES, (1.0, 0.5)))
@example((1.0, 0.1), 1e4, [("calm", -3.0, 0.0, 0.0, 1.0, True)], dict.fromkeys(CLASSES, (1.0, 0.5)))
@example((1.0, 0.1), 1.0, [("calm", 3.0, 0.0, 0.0, 1.0, False)], dict.fromkeys(CLASSES, (1.0, 1.0)))
def test_probabilities_are_those_of_a_nested_logit_and_sum_to_one(weights, precision, deeds, shapes):
    found = appraise(two_sided(weights, precision, deeds, shapes), "ada")
    wanted = logit(weights, precision, deeds, shapes)
    assert sum(wanted.values()) == pytest.approx(1)
    for key, chance in found.items():
        assert chance == pytest.approx(wanted.get(key, 0.0), abs=1e-8)


@given(
    st.tuples(st.floats(-2, 2), st.floats(0.1, 2)),
    st.floats(0.1, 100),
    options,
    st.tuples(st.floats(0, 50), st.floats(0, 50)),
)
def test_adding_a_constant_to_an_interest_changes_no_choice(weights, precision, deeds, shift):
    shapes = dict.fromkeys(CLASSES, (1.0, 1.0))
    plain = appraise(two_sided(weights, precision, deeds, shapes), "ada")
    assert appraise(two_sided(weights, precision, deeds, shapes, shift), "ada") == pytest.approx(plain, abs=1e-9)


def hitting(precision, copies):
    """Two ways of force, the first in ``copies``: (name, keys) pairs; one of talk; three who can be hit."""
    return crisis(
        1,
        quantities={"x": level(5)},
        classes={"force": {"dissimilarity": 0.6}, "talk": {}},
        actors={
            "ada": actor({"x": interest("x")}, precision=precision),
            **{name: {} for name in ("bob", "cyd", "dan")},
        },
        actions={
            **{name: {"class": "force", "by": "ada", "then": {"x": "+2"}, **keys} for name, keys in copies.items()},
            "other": {"class": "force", "by": "ada", "weight": 0.7, "then": {"x": "-1"}},
            "chat": {"class": "talk", "by": "ada", "then": {"x": "+1"}},
        },
    )


@given(st.floats(0.1, 50), st.floats(0.05, 0.95))
def test_splitting_an_action_into_identical_variants_changes_no_class(precision, share):
    whole = appraise(hitting(precision, {"hit": {}}), "ada")
    targets = appraise(hitting(precision, {"hit": {"on": ["bob", "cyd", "dan"]}}), "ada")
    halves = appraise(hitting(precision, {"hit": {"weight": share}, "also": {"weight": 1 - share}}), "ada")
    for other in ("hold", "ada.chat", "ada.other"):
        assert targets[other] == pytest.approx(whole[other], abs=1e-12)
        assert halves[other] == pytest.approx(whole[other], abs=1e-12)
    assert targets["ada.hit.bob"] == pytest.approx(whole["ada.hit"] / 3, abs=1e-12)
    assert halves["ada.hit"] == pytest.approx(whole["ada.hit"] * share, abs=1e-12)


@given(st.floats(0.05, 3), st.floats(0.5, 10))
def test_an_interest_in_any_dead_sees_the_chance_of_any_behind_a_count(mean, precision):
    whole = crisis(
        1,
        quantities={"dead": {"kind": "count", "bounds": [0, 1000]}},
        actors={"ada": actor({"none": interest("dead > 0", -1)}, precision=precision)},
        actions={"fire": {"class": "force", "by": "ada", "then": {"dead": f"+poisson({mean!r})"}}},
    )
    pull = math.exp(-precision * (1 - math.exp(-mean)))
    assert appraise(whole, "ada")["ada.fire"] == pytest.approx(pull / (1 + pull), abs=1e-9)


def test_the_chance_of_any_behind_a_mean_of_1_2_is_70_percent():
    assert 1 - math.exp(-1.2) == pytest.approx(0.70, abs=0.002)


@given(st.floats(0, 1), st.floats(0.5, 20))
def test_branches_are_weighed_by_their_chances(chance, precision):
    whole = crisis(
        1,
        quantities={"x": level(5)},
        actors={"ada": actor({"x": interest("x")}, precision=precision)},
        actions={
            "bet": {
                "class": "force",
                "by": "ada",
                "branches": {"won": {"chance": chance, "then": {"x": "+4"}}, "lost": {"then": {"x": "-3"}}},
            }
        },
    )
    odds = math.exp(precision * (0.4 * chance - 0.3 * (1 - chance)))
    assert appraise(whole, "ada")["ada.bet"] == pytest.approx(odds / (1 + odds), abs=1e-9)


@pytest.mark.parametrize("nest", [0.05, 0.5])
def test_an_option_alone_in_its_class_does_not_feel_the_dissimilarity(nest):
    deeds = [("calm", -3.0, 0.0, 0.0, 1.0, True)]
    plain = appraise(two_sided((1.0, 0.1), 10.0, deeds, dict.fromkeys(CLASSES, (1.0, 1.0))), "ada")
    nested = appraise(two_sided((1.0, 0.1), 10.0, deeds, dict.fromkeys(CLASSES, (1.0, nest))), "ada")
    assert nested == pytest.approx(plain, abs=1e-12)
    assert plain["ada.deed0"] < 0.1
