"""Laws of names and order: who is called what, and where it stands in the file, changes nothing."""

import json
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brinkmanship as bk
from brinkmanship.engine.enumerate import enumerate_outcomes
from crises import actor, bits, crisis, generic, interest, level

NAMES = ("ada", "bob", "cyd")


def quarrel():
    """Three unlike actors whose histories can be counted."""
    return {
        "sets": {"chamber": ["ada", "bob", "cyd"]},
        "quantities": {
            "anger": level(3),
            "grudge": level(1, over=["actors", "actors"]),
            "law": {"kind": "flag"},
        },
        "actors": {
            "ada": actor({"calm": interest("anger", -0.6), "law": interest("law", 0.4)}, precision=5),
            "bob": actor(
                {"wild": interest("anger"), "hurt": interest("grudge[cyd, bob]", -0.5)},
                precision=3,
                tempo=0.1,
            ),
            "cyd": actor({"calm": interest("anger", -1)}, tempo=0.2, principal="ada", mandate=0.3),
        },
        "actions": {
            "strike": {
                "class": "force",
                "by": ["bob", "cyd"],
                "on": ["ada", "cyd"],
                "deniable": 0.4,
                "then": {"grudge[on, by]": "+3"},
                "branches": {
                    "hit": {"chance": 0.3, "then": {"anger": "+3"}},
                    "miss": {"then": {"anger": "+1"}},
                },
            },
            "talk": {"class": "talk", "by": ["ada", "cyd"], "then": {"anger": "-2"}},
        },
        "votes": {
            "ban": {
                "when": "anger > 4 and not law",
                "among": "chamber",
                "seats": "10 + 2 * grudge[bloc, bob]",
                "quorum": 12,
                "ballots": {"for": {"carries": 0.8}, "against": {"carries": 0.3}},
                "passed": {"law": "true"},
            }
        },
        "outcomes": {
            "war": {"ever": "anger > 5", "ends": True},
            "ada_bears": {"at_end": "grudge[cyd, ada] + grudge[ada, cyd] > 2"},
            "banned": {"at_end": "law"},
            "ada_hates": {"at_end": "sum(grudge[ada, i] for i in actors) > 3"},
        },
    }


def renamed(sections, names):
    text = re.sub(r"\b(ada|bob|cyd)(?=\b|_)", lambda found: names[found[1]], json.dumps(sections))
    return json.loads(text)


@pytest.mark.parametrize("others", [("bob", "cyd", "ada"), ("zeno", "mia", "abe"), ("cyd", "bob", "ada")])
def test_renaming_actors_permutes_the_probabilities(others):
    names = dict(zip(NAMES, others, strict=True))
    plain = enumerate_outcomes(crisis(1, **quarrel()).lowered, 0.0)
    found = enumerate_outcomes(crisis(1, **renamed(quarrel(), names)).lowered, 0.0)
    assert found == pytest.approx({renamed(name, names): chance for name, chance in plain.items()}, abs=1e-12)
    assert 0 < plain["ada_bears"] != plain["ada_hates"] > 0 < plain["banned"]


def shuffled(sections, seed):
    chance = random.Random(seed)
    mixed = {}
    for section in chance.sample(sorted(sections), len(sections)):
        block = sections[section]
        mixed[section] = {name: block[name] for name in chance.sample(sorted(block), len(block))}
    mixed["actions"]["strike"]["by"] = chance.sample(["ada", "bob"], 2)
    mixed["actions"]["strike"]["on"] = chance.sample(list(NAMES), 3)
    return mixed


PLAIN = None


@given(st.integers(0, 10**6))
@settings(max_examples=8)
def test_order_in_the_file_changes_no_bit(seed):
    global PLAIN
    PLAIN = PLAIN or bits(bk.simulate(crisis(12, **generic()), runs=80, seed=3, sampled=80))
    assert bits(bk.simulate(crisis(12, **shuffled(generic(), seed)), runs=80, seed=3, sampled=80)) == PLAIN


IDLE = {
    "tempo 0": (
        actor({"x": interest("anger")}, tempo=0),
        {"by": "aaa", "class": "force", "then": {"anger": "+5"}},
    ),
    "no available action": (
        actor({"x": interest("anger")}),
        {"by": "aaa", "class": "force", "when": "anger < 0", "then": {"anger": "+5"}},
    ),
    "no action": (actor({"x": interest("anger")}), None),
}


@pytest.mark.parametrize("kind", IDLE)
def test_an_actor_that_never_acts_changes_no_other_draw(kind):
    plain = bits(bk.simulate(crisis(12, **generic()), runs=80, seed=5, sampled=80))
    sections = generic()
    newcomer, deed = IDLE[kind]
    sections["actors"]["aaa"] = newcomer
    if deed is not None:
        sections["actions"]["aaa_deed"] = deed
    found = bits(bk.simulate(crisis(12, **sections), runs=80, seed=5, sampled=80), without=["aaa"])
    assert found == plain


def test_an_actor_that_acts_apart_changes_no_other_draw():
    plain = bits(bk.simulate(crisis(12, **generic()), runs=80, seed=5, sampled=80), without=["rungs"])
    sections = generic()
    sections["quantities"]["garden"] = level(5)
    sections["actors"]["aaa"] = actor({"x": interest("garden")})
    sections["actions"]["dig"] = {"by": "aaa", "class": "force", "then": {"garden": "+uniform(0, 1)"}}
    runs = bk.simulate(crisis(12, **sections), runs=80, seed=5, sampled=80)
    assert runs.tallies.deeds["aaa.dig"].sum() > 0
    assert bits(runs, without=["aaa", "garden", "rungs"]) == plain
