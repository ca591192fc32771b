"""A counterfactual is another model: what is switched off is as if it were not there, and the structure stays."""

import copy

import numpy as np
import pytest

import brinkmanship as bk
from crises import actor, bits, crisis, day, generic, interest, level


def whole():
    """`generic`, and the constructs that it has not: clock, calendar, agreement, belief, blurred sight, history."""
    sections = generic()
    sections["ladder"] = ["word", "blow"]
    sections["clocks"] = {"fuse": {"days": 3, "then": {"anger": "+1.5"}}}
    sections["calendar"] = {"feast": {"on": day(9), "then": {"anger": "-1"}}}
    sections["quantities"]["peace"] = {"kind": "flag"}
    sections["agreements"] = {
        "truce": {
            "sides": ["ada", "bob"],
            "minimum": {"ada": 0.3, "bob": "0.08 * anger"},
            "hazard": "0.01 * wealth",
            "when": "not peace",
            "then": {"peace": "true", "anger": "-1"},
        }
    }
    sections["events"]["spark"]["then"] = {"anger": "+1", "fuse": "start"}
    sections["actions"]["strike"]["rung"] = "blow"
    sections["actors"]["bob"]["tempo"] = "0.05 + 0.015 * wealth"
    sections["actors"]["bob"]["perception"]["anger"] = {"noise": 0.5, "bias": 0.4}
    sections["actors"]["bob"]["interests"]["tense"] = interest("anger > 4", 0.6)
    sections["actors"]["bob"]["interests"]["sure"] = interest("belief(nerve)", 0.3)
    sections["actors"]["bob"]["beliefs"] = {
        "nerve": {"about": "ada", "rung": "blow", "provoked_by": ["force"], "window": 3, "start": 0.5}
    }
    sections["history"] = {
        "moves": [
            {"date": day(2), "event": "crash", "assumed": "a test"},
            {"date": day(3), "actor": "ada", "action": "strike", "on": "bob", "assumed": "a test"},
        ],
        "measurements": [{"date": day(4), "quantity": "wealth", "value": 3, "assumed": "a test"}],
        "left_out": [{"classes": ["talk"], "from": day(0), "to": day(4), "assumed": "a test"}],
    }
    return sections


def made(sections):
    return crisis(24, origin=5, **sections)


def found(crisis_):
    """All bits that say anything; what happened never says nothing."""
    kept = bits(bk.simulate(crisis_, runs=150, seed=3, start=day(0)))
    replayed = bits(bk.simulate(crisis_, runs=100, seed=3))
    both = {**kept, **{f"replayed {name}": value for name, value in replayed.items()}}
    return {name: value for name, value in both.items() if not (isinstance(value, list) and not any(value))}


def different(one, two):
    return sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))


def removed(*path):
    def alter(sections):
        here = sections
        for key in path[:-1]:
            here = here[key]
        del here[path[-1]]

    return alter


def changed(value, *path):
    def alter(sections):
        here = sections
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = value

    return alter


SAME = {
    "events.spark": changed("0", "events", "spark", "hazard"),
    "events.crash": changed(0, "events", "crash", "hazard"),
    "actions.trade": changed("1 < 0", "actions", "trade", "when"),
    "actions.call": changed("1 < 0", "actions", "call", "when"),
    "actors.ada.interests.calm": removed("actors", "ada", "interests", "calm"),
    "actors.bob.interests.hurt": removed("actors", "bob", "interests", "hurt"),
    "actors.cyd": changed(0, "actors", "cyd", "tempo"),
    "actors.bob.perception.wealth": removed("actors", "bob", "perception", "wealth"),
    "actors.bob.perception.anger": removed("actors", "bob", "perception", "anger"),
    "processes.cooling": removed("processes", "cooling"),
    "processes.growth": removed("processes", "growth"),
    "calendar.feast": removed("calendar", "feast"),
    "clocks.fuse": removed("events", "spark", "then", "fuse"),
    "agreements.truce": changed(0, "agreements", "truce", "hazard"),
    "votes.ban": changed("1 < 0", "votes", "ban", "when"),
    "history.moves.0": removed("history", "moves", 0),
    "history.measurements.0": removed("history", "measurements", 0),
    "history.left_out.0": removed("history", "left_out", 0),
}


@pytest.mark.parametrize("path", SAME)
def test_what_is_off_is_as_if_it_were_not_there(path):
    sections = whole()
    before = made(copy.deepcopy(sections))
    without = bk.do(before, {path: "off"})
    SAME[path](sections)
    assert without.lowered.program.structure == before.lowered.program.structure
    assert without.fingerprint != before.fingerprint
    expected, got, was = found(made(sections)), found(without), found(before)
    if path == "actors.cyd":  # who has no occasions may still vote; who is off does not
        assert not any("cyd." in name for name in got)
        return
    assert different(got, expected) == []
    assert different(got, was) != []


def test_what_is_switched_on_again_is_the_crisis_as_it_was():
    before = made(whole())
    for path in SAME:
        again = bk.do(bk.do(before, {path: "off"}), {path: "on"})
        assert again.fingerprint == before.fingerprint


def test_a_class_of_actions_that_are_all_off_vanishes():
    sections = whole()
    without = bk.do(made(whole()), {"actions.trade": "off", "actions.call": "off"})
    del sections["actions"]["trade"], sections["actions"]["call"], sections["history"]["left_out"]
    assert found(without) == found(made(sections))


def test_a_belief_that_is_off_stays_as_it_started():
    runs = bk.simulate(bk.do(made(whole()), {"actors.bob.beliefs.nerve": "off"}), runs=50, start=day(0))
    assert np.all(runs.sampled_paths["belief(nerve)"] == 0.5)
    learning = bk.simulate(made(whole()), runs=50, start=day(0))
    assert not np.all(learning.sampled_paths["belief(nerve)"] == 0.5)


@pytest.mark.parametrize(
    ("prior", "value", "number"),
    [
        ({"value": 0.3, "range90": [0.1, 0.6], "unit": "chance"}, 0.9, 0.9),
        ({"value": 0.3, "range90": [0.1, 0.6]}, 0, 0),
        ({"value": 0.3}, 0.9, 0.9),
        ({"distribution": "uniform(0, 0.5)"}, 0.9, 0.9),
        ({"switch": 0.2}, "on", 1),
        ({"switch": 0.9}, "off", 0),
        ({"switch": 0.9}, False, 0),
        ({"categories": {"mild": 0.5, "harsh": 0.5}}, "harsh", 1),
    ],
)
def test_a_parameter_is_held_at_a_value(prior, value, number):
    sections = {"parameters": {"x": prior}, "quantities": {"seen": level("x")}, "actors": {"ada": actor({})}}
    before = crisis(2, **copy.deepcopy(sections))
    held = bk.do(before, {"parameters.x": value})
    assert held.lowered.program.structure == before.lowered.program.structure
    for fixed in (False, True):
        paths = bk.simulate(held, runs=20, fix_parameters=fixed).sampled_paths["seen"]
        assert np.all(paths == number)
    assert not np.all(bk.simulate(before, runs=20).sampled_paths["seen"] == number)


@pytest.mark.parametrize(
    "edits",
    [
        {"actors.ada.precision": 7.5},
        {"actors.bob.horizon": 30},
        {"actors.bob.interests.hurt.weight": 0.5},
        {"quantities.anger.start": 2},
        {"quantities.grudge.starts": {"ada, bob": 4}},
        {"quantities.wealth.bounds": [0, 12]},
        {"actions.trade.then.anger": "-0.6"},
        {"actions.trade.then.anger": "+0.6"},
        {"actions.trade.weight": 2},
        {"events.spark.hazard": "0.03 + 0.02 * anger"},
        {"processes.cooling.rate": 0.1},
        {"classes.force.weight": 3},
        {"calendar.feast.on": day(12)},
        {"clocks.fuse.days": 5},
        {"votes.ban.quorum": 5},
        {"clock.end": day(26)},
        {"history.moves.0.date": day(1)},
        {"parameters.bite": {"value": 0.4, "range90": [0.2, 0.6], "unit": "chance"}},
        {"parameters.bite.value": 0.2},
    ],
)
def test_numbers_and_dates_keep_the_structure(edits):
    before = made(whole())
    after = bk.do(before, edits)
    assert after.lowered.program.structure == before.lowered.program.structure
    assert after.fingerprint != before.fingerprint
    assert found(after) != found(before)


def test_edits_leave_the_given_crisis_as_it_is_and_add_up():
    before = made(whole())
    mark = before.fingerprint
    one = bk.do(before, {"events.spark": "off"})
    two = bk.do(one, {"processes.cooling.rate": 0.1})
    assert before.fingerprint == mark and before.edits == ()
    assert two.edits == ("events.spark: off", "processes.cooling.rate: 0.1")
    together = bk.do(before, {"processes.cooling.rate": 0.1, "events.spark": "off"})
    assert two.fingerprint == together.fingerprint


def test_an_empty_value_leaves_out_what_the_file_says():
    after = bk.do(made(whole()), {"actions.strike.cooldown": None, "events.spark": None})
    assert after.text.record.actions["strike"].cooldown is None and "spark" not in after.text.record.events


@pytest.mark.parametrize(
    ("block", "word", "path"),
    [
        ({"replies": 1}, "none", ("actors", "bob", "foresight")),
        ({"replies": 1}, "persistence", ("actors", "bob", "foresight")),
        ({"add": "+1", "if": "wealth > 3"}, "+1", ("events", "spark", "then", "anger")),
    ],
)
def test_a_word_may_stand_instead_of_a_block_where_both_may(block, word, path):
    sections, wanted = whole(), whole()
    changed(block, *path)(sections)
    changed(word, *path)(wanted)
    before = made(sections)
    after = bk.do(before, {".".join(path): word})
    assert after.fingerprint == made(wanted).fingerprint != before.fingerprint


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"event.spark": "off"}, "edits:1:1: unknown-name: there is no `event` here"),
        ({"events.sparks": "off"}, "did you mean `spark`?"),
        ({"processes.cooling.rate": 1, "actors.ada.precison": 3}, "edits:2:12: unknown-name: there is no `precison`"),
        ({"actors.ada.precision": "3 +"}, "edits:1:26: bad-expression"),
        ({"actors.ada": 3}, "name a key in it"),
        ({"actors.ada": "none"}, "a block stands here, and `none` is none"),
        ({"actors.ada.foresight": "nothing"}, "is none of `none`, `persistence`"),
        ({"quantities.anger": "off"}, "no mechanism that can be switched off"),
        ({"history.moves.7": "off"}, "entries have the numbers 0 to 1"),
        ({"actors.ada.tempo.x": 1}, "which has no keys"),
        ({"parameters.bite": "high"}, "a parameter is held at a number"),
        ({"parameters.bite": 1.5}, "bad-"),
        ({"actors.ada.tempo": 0.5}, "tempo"),
        ({"actors.cyd.interests.rich": "off"}, "weights"),
        ({"actions.trade.classs": "force"}, "did you mean `class`?"),
        ({"clock.step": 0}, "out-of-range"),
    ],
)
def test_a_wrong_edit_is_told_what_is_wrong(edits, said):
    with pytest.raises(bk.CrisisError) as caught:
        bk.do(made(whole()), edits)
    assert said in str(caught.value)
