"""Orders that wait, deeds that last, and what is written of them."""

import numpy as np
import pytest

import brinkmanship as bk
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.engine.workers import simulate_blocks
from crises import actor, crisis, followed, interest, level, replayed, rows_of


def ordering(step: float = 1, lag: float = 2, chance: float = 0.5, history=None, origin: int = 0):
    return crisis(
        20,
        step=step,
        origin=origin,
        quantities={"x": level(0, 0, 1000), "off": level(0, 0, 1000)},
        actors={"ada": actor({"x": interest("x", range=[0, 10])}, tempo=0.12)},
        actions={
            "strike": {
                "class": "force",
                "by": "ada",
                "then": {"x": "+1"},
                "authorised": {"lag": lag, "called_off": {"chance": chance, "then": {"off": "+1"}}},
            }
        },
        history=history,
    )


def test_events_are_the_same_rows_for_any_size_of_block():
    whole = ordering()
    rows = []
    for block in (1, 7, 60):
        found = []
        for result in simulate_blocks(Simulator(whole.lowered), Request(60, 3, 0.0, block=block), 1):
            found += rows_of(result.events)
        rows.append(sorted(found))
    assert rows[0] == rows[1] == rows[2]
    assert {name for _, name, *_ in rows[0]} == {"order/ada.strike", "action/ada.strike"}


@pytest.mark.parametrize("step, lag", [(1, 2), (1, 0.5), (2, 1), (2, 3), (0.5, 1)])
def test_an_observed_end_of_an_order_holds_whatever_step_and_lag(step, lag):
    move = {"date": "2020-01-05", "actor": "ada", "action": "strike", "branch": "called_off", "assumed": "a test"}
    complete = {"classes": ["force"], "from": "2020-01-01", "to": "2020-01-20", "assumed": "a test"}
    whole = ordering(step, lag, history={"moves": [move], "complete": [complete]}, origin=16)
    simulator = Simulator(whole.lowered)
    *_, (_, last, _) = replayed(simulator, Request(100, 0, 16.0))
    assert (last.state["x"] == 0).all() and (last.state["off"] == 1).all()


def test_an_order_still_open_when_the_future_begins_may_go_either_way():
    move = {"date": "2020-01-05", "actor": "ada", "action": "strike", "branch": "called_off", "assumed": "a test"}
    complete = {"classes": ["force"], "from": "2020-01-01", "to": "2020-01-20", "assumed": "a test"}
    whole = ordering(1, 4, history={"moves": [move], "complete": [complete]}, origin=6)
    simulator = Simulator(whole.lowered)
    for moment, world, _ in followed(simulator, Request(400, 0, 6.0)):
        if moment.day == 8:
            assert abs((world.state["off"] == 1).mean() - 0.5) < 4 * np.sqrt(0.25 / 400)


def lasting(step: float = 1):
    return crisis(
        20,
        step=step,
        quantities={"x": level(0, 0, 1000), "y": level(0, 0, 1000)},
        actors={"ada": actor({"x": interest("x", range=[0, 1])}, tempo=0.1, precision=1000)},
        actions={
            "march": {
                "class": "force",
                "by": "ada",
                "then": {"y": "+1"},
                "duration": 5,
                "cooldown": 100,
                "during": {"x": "+2"},
            }
        },
    )


@pytest.mark.parametrize("step", [0.5, 1, 2])
def test_a_deed_that_lasts_gives_what_it_gives_by_the_day(step):
    simulator = Simulator(lasting(step).lowered)
    chosen_early = None
    for moment, world, trace in followed(simulator, Request(200, 1, 0.0)):
        if moment.day == 8:
            chosen_early = world.state["y"] >= 1
        last = world, trace
    assert chosen_early is not None and chosen_early.sum() > 20
    assert np.allclose(last[0].state["x"][chosen_early], 10)


def test_an_observed_magnitude_is_the_whole_of_what_a_deed_wrote():
    move = {
        "date": "2020-01-03",
        "event": "raid",
        "branch": "hit",
        "magnitudes": {"dead": 1},
        "assumed": "a test",
    }
    whole = crisis(
        10,
        origin=5,
        quantities={"dead": level(0, 0, 100)},
        events={
            "raid": {
                "hazard": 0,
                "then": {"dead": "+poisson(0.1)"},
                "branches": {"hit": {"chance": 0.5, "then": {"dead": "+poisson(2)"}}, "miss": {}},
            }
        },
        outcomes={"one": {"at_end": "dead == 1"}},
        history={"moves": [move]},
    )
    assert bk.simulate(whole, runs=50).probability("one")[0] == 1


def test_a_change_counts_only_pairs_that_both_ran_through():
    whole = crisis(
        10,
        quantities={"x": level(5), "y": level(0)},
        actors={"ada": actor({"y": interest("y")}, tempo=0)},
        actions={"break_it": {"class": "force", "by": "ada", "then": {"y": 9}}},
        events={"fault": {"hazard": 3, "when": "y > 8", "then": {"x": "+1 / (x - 5)"}}},
        outcomes={"calm": {"at_end": "x == 5"}},
    )
    runs = bk.simulate(whole, runs=100, given="2020-01-04 ada break_it")
    assert runs.failed > 90
    assert runs.joint["calm"].sum() == 100 - runs.failed
    assert runs.change("calm")[0] == 0


def test_a_clock_that_starts_itself_again_goes_on():
    whole = crisis(
        20,
        quantities={"rounds": level(0, 0, 100)},
        clocks={"round": {"days": 3, "then": {"rounds": "+1", "round": "start"}}},
        calendar={"go": {"on": "2020-01-02", "then": {"round": "start"}}},
        outcomes={"six": {"at_end": "rounds == 6"}},
    )
    assert bk.simulate(whole, runs=2).probability("six")[0] == 1
