"""The documented past put to the model: chances, ranks, and what was preferred."""

import math

import numpy as np
import pytest

from brinkmanship.analysis.replay import retrace
from brinkmanship.engine.appraise import inclinations
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.engine.step import Moment, step
from crises import actor, appraise, crisis, day, generic, interest, level


def moves(*each):
    """A past in which nothing else happened; what the replay bars, its performers could still have chosen."""
    window = {"classes": ["force", "talk"], "from": day(0), "to": day(6), "assumed": "a test"}
    return {"moves": [{"assumed": "a test", **move} for move in each], "complete": [window]}


def choosing(history, **more):
    """Ada weighs three acts worth 0.1, 0.2 and 0.3, in one class, with precision 4."""
    return crisis(
        8,
        origin=6,
        quantities={name: level(0) for name in ("low", "mid", "high")},
        actors={
            "ada": actor({name: interest(name) for name in ("low", "mid", "high")}, tempo=0.2),
            "bob": actor({"low": interest("low")}, tempo=0.1),
        },
        classes={"force": {}, "talk": {}},
        actions={
            "small": {"class": "force", "by": ["ada", "bob"], "then": {"low": "+3"}, **more},
            "middle": {"class": "force", "by": "ada", "then": {"mid": "+6"}},
            "large": {"class": "force", "by": "ada", "then": {"high": "+9"}},
        },
        history=history,
    )


def test_chances_are_those_of_the_logit():
    whole = choosing(moves({"date": day(2), "actor": "ada", "action": "small"}))
    (move,) = retrace(whole, runs=10)
    odds = {name: math.exp(4 * value) / 3 for name, value in (("small", 0.1), ("middle", 0.2), ("large", 0.3))}
    total = 1 + sum(odds.values())
    assert move.probability == pytest.approx(odds["small"] / total, rel=1e-12)
    assert move.per_day == pytest.approx(0.2 * odds["small"] / total, rel=1e-12)
    assert (move.rank, move.of, move.available) == (4, 4, 1.0)
    # Of the class of three each has a third of the base weight, so holding comes before small ones.
    assert [name for name, _ in move.preferred] == ["ada.large", "hold", "ada.middle"]
    assert move.preferred[1][1] == pytest.approx(1 / total, rel=1e-12)
    assert move.day.isoformat() == day(2) and move.actor == "ada" and not move.stands_out


def test_a_move_that_was_not_open_has_no_chance_and_is_listed():
    history = moves({"date": day(2), "actor": "ada", "action": "small"})
    (move,) = retrace(choosing(history, when="day > 4"), runs=10)
    assert (move.probability, move.per_day, move.available, move.rank) == (0, 0, 0, 4)
    assert not move.stands_out  # it is among the first five all the same


def test_every_possible_performer_of_a_move_is_asked():
    history = moves({"date": day(2), "actor": {"ada": 0.75, "bob": 0.25}, "action": "small"})
    found = retrace(choosing(history), runs=40)
    assert [(each.actor, each.chance_of_performer) for each in found] == [("ada", 0.75), ("bob", 0.25)]
    assert found[1].of == 2


def test_moves_of_the_future_are_not_retraced():
    history = moves(
        {"date": day(2), "actor": "ada", "action": "small"}, {"date": day(6), "actor": "ada", "action": "large"}
    )
    assert len(retrace(choosing(history), runs=5)) == 1
    assert len(retrace(choosing(history), runs=5, start=day(7))) == 2
    assert retrace(choosing(history), runs=5, start=day(1)) == []


def test_later_moves_meet_the_state_that_earlier_ones_left():
    sections = generic()
    sections["actions"]["strike"].pop("cooldown")
    sections["actions"]["trade"]["when"] = "dead >= 2"
    strike = {
        "date": day(1),
        "actor": "ada",
        "action": "strike",
        "on": "bob",
        "branch": "hit",
        "magnitudes": {"dead": 2},
    }
    trade = {"actor": "ada", "action": "trade", "date": day(2)}
    after = retrace(crisis(8, origin=4, **sections, history=moves(strike, trade)), runs=30)
    without = retrace(crisis(8, origin=4, **sections, history=moves(trade)), runs=30)
    assert after[1].available == 1 and without[0].available == 0


def test_inclinations_are_what_the_step_asks_with_and_change_nothing():
    sections = generic()
    del sections["processes"]["growth"]["noise"]  # a script cannot answer it
    whole = crisis(8, **sections)
    simulator = Simulator(whole.lowered)
    request = Request(40, 1, 0.0, fixed=True)
    world, sampler = simulator.start(request, np.arange(40, dtype=np.uint32))
    moment = Moment(0, 0.0, 1.0)
    before = {slot: np.array(values) for slot, values in world.state.items()}
    found = inclinations(simulator.machine, world, moment, sampler.at(0), ["ada", "bob", "cyd"])
    for name in ("ada", "bob", "cyd"):
        asked = appraise(whole, name)
        assert asked.pop("hold") == pytest.approx(found[name].hold[0], abs=1e-12)
        for key, chance in asked.items():
            assert found[name].probability[key][0] == pytest.approx(chance, abs=1e-12)
    assert found["ada"].occasion[0] == pytest.approx(0.05 + 0.01 * 3)
    assert all(np.array_equal(before[slot], world.state[slot]) for slot in before)
    one, _ = step(simulator.machine, world, moment, sampler.at(0))
    two, _ = step(simulator.machine, simulator.start(request, np.arange(40, dtype=np.uint32))[0], moment, sampler.at(0))
    assert all(np.array_equal(one.state[slot], two.state[slot]) for slot in one.state)
