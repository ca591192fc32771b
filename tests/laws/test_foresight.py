"""Laws of foresight: what passes is worth less than what lasts to those who look ahead, to no one else."""

from dataclasses import replace

import pytest

import brinkmanship as bk
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.results.expectations import fit_foresight
from crises import actor, appraise, crisis, interest, level


def two_gains(foresight, **more):
    """The same gain in what is gone tomorrow, in what stays, and in what grows."""
    return crisis(
        20,
        quantities={name: level(5) for name in ("fleeting", "lasting")},
        classes={name: {} for name in ("fleeting", "lasting")},
        actors={
            "ada": actor(
                {name: interest(name) for name in ("fleeting", "lasting")},
                foresight=foresight,
                horizon=100,
                precision=20,
                **more,
            )
        },
        actions={
            f"{sign}_{name}": {"class": name, "by": "ada", "then": {name: f"{mark}2"}}
            for name in ("fleeting", "lasting")
            for sign, mark in (("gain", "+"), ("lose", "-"))
        },
        processes={
            "passing": {"of": "fleeting", "toward": 5, "rate": 1},
            "staying": {"of": "lasting", "toward": 5, "rate": 0.0001},
        },
    )


def test_with_persistence_a_gain_that_decays_is_worth_less_than_one_that_lasts():
    chances = appraise(two_gains("persistence"), "ada")
    assert chances["ada.gain_lasting"] > 2 * chances["ada.gain_fleeting"]
    assert chances["ada.lose_lasting"] < chances["ada.lose_fleeting"] / 2
    assert chances["ada.gain_fleeting"] > chances["hold"] / 2 > chances["ada.lose_fleeting"] / 2


def test_without_foresight_they_are_worth_the_same():
    chances = appraise(two_gains("none"), "ada")
    assert chances["ada.gain_lasting"] == pytest.approx(chances["ada.gain_fleeting"], abs=1e-12)
    assert chances["ada.lose_lasting"] == pytest.approx(chances["ada.lose_fleeting"], abs=1e-12)


@pytest.mark.parametrize("foresight", ["persistence", "none"])
def test_deeds_follow(foresight):
    runs = bk.simulate(two_gains(foresight), runs=300, seed=1)
    deeds = {name: int(days.sum()) for name, days in runs.tallies.deeds.items()}
    lasting, fleeting = deeds["ada.gain_lasting"], deeds["ada.gain_fleeting"]
    spread = (lasting + fleeting) ** 0.5
    if foresight == "none":
        # Gains run into the bound of what lasts, so that it is gained less often.
        assert lasting < fleeting + 4 * spread
    else:
        assert lasting > fleeting + 10 * spread


def test_discounting_the_future_favours_what_passes():
    patient, hasty = (appraise(two_gains("persistence", discount=rate), "ada") for rate in (0, 1))
    assert (
        hasty["ada.gain_fleeting"] / hasty["ada.gain_lasting"]
        > 2 * patient["ada.gain_fleeting"] / patient["ada.gain_lasting"]
    )


def duel(foresight, damage, **more):
    """Ada gains land by attacks that provoke bob, whose answers do her so much damage."""
    ada, bob, offset = more.get("ada", "ada"), more.get("bob", "bob"), more.get("offset", 0)
    return crisis(
        120,
        quantities={"land": level(2, high=60), "hurt": level(0, high=400), "provocation": level(0, high=25)},
        classes={"force": {}, "revenge": {}},
        actors={
            ada: actor(
                {
                    "land": interest(f"land + {offset}", 0.5, range=[0, 10]),
                    "whole": interest("hurt", -0.5, range=[0, 100]),
                },
                foresight=foresight,
                horizon=60,
                precision=150,
                tempo=0.1,
            ),
            bob: actor({"calm": interest("provocation", -1)}, precision=60, tempo="0.01 * provocation"),
        },
        actions={
            "attack": {"class": "force", "by": ada, "then": {"land": "+1", "provocation": "+2"}},
            "answer": {"class": "revenge", "by": bob, "then": {"hurt": f"+{damage}", "provocation": "-1"}},
        },
        processes={
            "healing": {"of": "hurt", "toward": 0, "rate": 0.03},
            "giving_up": {"of": "land", "toward": 2, "rate": 0.03},
            "calming": {"of": "provocation", "toward": 0, "rate": 0.02},
        },
    )


def expecting(crisis_):
    return replace(crisis_, expectations=fit_foresight(crisis_, runs=400))


def attacks(crisis_):
    return bk.simulate(crisis_, runs=100, seed=1, sampled=0).count("ada.attack")


REPLIES = {"replies": 2}


def test_the_damage_of_a_likely_reply_deters_those_who_reckon_with_it():
    mild, harsh = (attacks(expecting(duel(REPLIES, damage))) for damage in (0.1, 40))
    assert harsh < 0.7 * mild


@pytest.mark.parametrize("foresight", ["none", "persistence"])
def test_the_damage_of_a_reply_deters_nobody_who_does_not_reckon_with_it(foresight):
    mild, harsh = (attacks(duel(foresight, damage)) for damage in (0.1, 40))
    assert harsh == mild


def test_a_constant_in_an_interest_changes_no_expectation():
    plain, moved = (expecting(duel(REPLIES, 4, offset=offset)) for offset in (0, 3))
    assert moved.fingerprint != plain.fingerprint
    chances = [appraise(each, "ada", provocation=3) for each in (plain, moved)]
    assert chances[1] == pytest.approx(chances[0], abs=1e-7)
    assert 0.02 < chances[0]["ada.attack"] < 0.98


def gain(crisis_, name):
    """What an attack is expected to bring."""
    weights = crisis_.expectations.actors[name].weights
    return weights[f"{name}: land"] + weights["land"] + 2 * weights["provocation"]


def test_relabelling_actors_permutes_what_is_expected():
    """Names are addresses of draws, so that luck differs: expectations agree as far as luck allows."""
    plain, harsher = (gain(expecting(duel(REPLIES, damage)), "ada") for damage in (2, 20))
    other = gain(expecting(duel(REPLIES, 2, ada="zeno", bob="abe")), "zeno")
    assert other != plain
    assert abs(other - plain) < 0.4 * (plain - harsher)


def test_who_does_not_know_what_to_expect_makes_the_run_fail():
    crisis_ = duel(REPLIES, 4)
    simulator = Simulator(crisis_.lowered)
    block = simulator.block(Request(20, 0, 0.0, sampled=0), 0, 20, lambda step: None)
    assert list(block.tallies.failures) == ["choice: value of the options of ada"]
