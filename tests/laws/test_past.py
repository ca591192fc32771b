"""Laws of the past and of suppositions: the documented holds, the supposed meets the same luck."""

from itertools import chain
from math import sqrt

import numpy as np
import pytest

import brinkmanship as bk
from brinkmanship.engine.ensemble import GROUP, Request, Simulator
from crises import actor, bits, crisis, day, followed, generic, interest, level, recorded, replayed

RUNS = 300


@pytest.fixture(scope="module")
def steps():
    """What happened step by step: (state, chosen, fired, branch)."""
    simulator = Simulator(crisis(20, origin=10, **recorded()).lowered)
    found = []
    request = Request(RUNS, 4, 10.0)
    for _, world, trace in chain(replayed(simulator, request), followed(simulator, request)):
        chosen = {key: np.broadcast_to(mask, RUNS).copy() for key, mask in trace.chosen.items()}
        fired = {key: np.broadcast_to(mask, RUNS).copy() for key, mask in trace.fired.items()}
        found.append((dict(world.state), chosen, fired))
    return found


def test_documented_moves_and_magnitudes_hold_in_every_run(steps):
    assert steps[1][1]["bob.raid"].all()
    dead = [np.unique(state["dead"]).tolist() for state, _, _ in steps[:10]]
    assert dead == [[0], [7], [7], [7], [7], [10], [10], [10], [10], [10]]
    assert (steps[1][0]["grudge[bob,bob]"] <= 1).all()


def test_attribution_that_was_observed_holds(steps):
    before, after = steps[7][0], steps[8][0]
    assert (after["grudge[bob,cyd]"] - before["grudge[bob,cyd]"] == 1).all()
    assert (after["grudge[bob,ada]"] - before["grudge[bob,ada]"] == 1).all()


def test_an_order_called_off_is_not_executed(steps):
    assert steps[4][1]["cyd.order"].all()
    assert not any((state["x"] == 9).any() for state, _, _ in steps[:10])


def test_measurements_hold_at_the_end_of_their_day(steps):
    assert (steps[2][0]["x"] == 6.5).all()
    assert len(np.unique(steps[3][0]["x"])) > 100
    assert (steps[5][0]["mood"] == 0).all()
    assert (steps[6][0]["mood"] == 2).all()


def test_nothing_undocumented_happens_in_a_complete_window(steps):
    documented = {1: {"bob.raid"}, 3: {"ada.raid", "bob.raid"}, 4: {"cyd.order"}, 8: {"ada.raid"}}
    for number, (_, chosen, fired) in enumerate(steps[:10]):
        for key in ("ada.raid", "bob.raid", "cyd.order"):
            assert key in documented.get(number, set()) or not chosen[key].any(), (number, key)
        assert fired.get("event/quake", np.zeros(1)).all() == (number == 5)
        assert fired.get("event/quake", np.zeros(1)).any() == (number == 5)
        assert fired.get("vote/ban", np.zeros(1)).any() == (number == 7)
    assert (steps[7][0]["law"] == 1).all()
    assert (steps[6][0]["law"] == 0).all()


def test_what_is_not_declared_complete_goes_on(steps):
    assert any(chosen["bob.talk"].any() for _, chosen, _ in steps[:10])
    assert any(fired["event/rain"].any() for _, _, fired in steps[:10] if "event/rain" in fired)
    later = steps[10:]
    assert any(chosen["ada.raid"].any() for _, chosen, _ in later)
    assert any(fired["event/quake"].any() for _, _, fired in later if "event/quake" in fired)


def test_the_future_is_not_replayed(steps):
    assert not steps[12][1]["bob.raid"].all()
    assert (steps[12][0]["dead"] - steps[11][0]["dead"]).max() < 50


def test_uncertain_performers_split_as_declared(steps):
    ada, bob = steps[3][1]["ada.raid"], steps[3][1]["bob.raid"]
    assert (ada ^ bob).all()
    assert ada.mean() == pytest.approx(0.8, abs=4 * sqrt(0.8 * 0.2 / RUNS))


def test_runs_of_a_group_have_one_past_and_each_a_future_of_its_own():
    whole = crisis(20, origin=10, **recorded())
    simulator, runs = Simulator(whole.lowered), np.arange(RUNS, dtype=np.uint32)
    request = Request(RUNS, 4, 10.0)
    eve = simulator.eve(request, runs)
    first = eve.state["x"].reshape(-1, GROUP)
    assert (first == first[:, :1]).all() and len(np.unique(first)) == len(first)
    _, after, _ = next(simulator.future(request, eve, runs))
    assert len(np.unique(after.state["x"])) > 0.95 * RUNS  # some meet the bound


def test_replaying_less_of_the_past_frees_it():
    whole = crisis(20, origin=10, **recorded())
    early = bk.simulate(whole, runs=RUNS, seed=4, start=day(3), sampled=RUNS)
    assert (early.sampled_paths["dead"][:, 0] >= 7).all()
    assert len(np.unique(early.sampled_paths["dead"][:, 5])) > 1


# --- suppositions ------------------------------------------------------------------------------


def apart():
    """Two actors whose worlds do not touch."""
    return {
        "quantities": {"x": level(5), "y": level(5)},
        "actors": {"ada": actor({"x": interest("x")}), "bob": actor({"y": interest("y")})},
        "actions": {
            "push": {
                "class": "force",
                "by": "ada",
                "branches": {"won": {"chance": 0.5, "then": {"x": "+2"}}, "lost": {}},
            },
            "pull": {"class": "force", "by": "bob", "then": {"y": "+uniform(-1, 1)"}},
        },
        "events": {"gust": {"hazard": "0.02 * y", "then": {"y": "-1"}}},
        "processes": {"walk": {"of": "y", "noise": 0.5}},
        "outcomes": {"high": {"ever": "x > 6"}, "low": {"at_end": "y < 4"}},
    }


def test_a_supposition_meets_the_same_luck():
    whole = crisis(10, **apart())
    after = bk.simulate(whole, runs=150, seed=6, sampled=150, given=f"{day(3)} ada push won")
    assert after.before is not None
    x, y = after.sampled_paths["x"], after.sampled_paths["y"]
    assert y.tobytes() == after.before.sampled_paths["y"].tobytes()
    assert x[:, :3].tobytes() == after.before.sampled_paths["x"][:, :3].tobytes()
    assert (x[:, 3] >= 7).all()
    assert after.change("high")[0] > 0.2
    assert after.change("low")[0] == 0
    hidden = ("x", "ada", "high", "rungs", "going")
    assert bits(after, without=hidden) == bits(after.before, without=hidden)


def test_before_is_the_plain_run_bit_by_bit():
    whole = crisis(10, **generic())
    plain = bk.simulate(whole, runs=90, seed=6, sampled=90)
    after = bk.simulate(whole, runs=90, seed=6, sampled=90, block=40, given=f"{day(2)} ada strike.bob hit")
    assert after.before is not None
    assert bits(after.before) == bits(plain)
    assert bits(after) != bits(plain)


def test_a_supposition_holds_in_every_run():
    after = bk.simulate(crisis(10, **generic()), runs=90, seed=6, sampled=90, given=f"{day(2)} ada strike.bob hit")
    assert after.before is not None
    assert after.tallies.deeds["ada.strike.bob"][2] == after.tallies.going[1]
    assert after.before.tallies.deeds["ada.strike.bob"][2] < 30
