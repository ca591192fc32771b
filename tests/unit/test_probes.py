"""Whether a supposed move was open to its actor when it was made."""

from pathlib import Path

import numpy as np
import pytest

import brinkmanship as bk
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.engine.step import GOING
from brinkmanship.results.folder import manifest
from brinkmanship.results.past import impossible_moves
from crises import followed

SUSPICIOUS = Path(__file__).parents[1] / "corpus" / "suspicious" / "everything"


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_move_whose_conditions_fail_is_open_in_no_run(engine):
    moves = ["1962-10-22 kennedy announce_quarantine", "1962-10-24 kennedy announce_quarantine"]
    runs = bk.simulate(bk.load("historical/cuba-1962"), runs=40, given=moves, engine=engine)
    (looked, open_), (again, twice) = runs.openings
    assert (looked, open_) == (40, 40), "nothing is declared before the future begins"
    assert 0 < again <= 40 and twice == 0, "it is declared already"
    assert runs.summary()["open"][1] == manifest(runs, "")["open"][1] == {"runs": again, "open": 0}


def test_the_share_is_that_of_the_condition_in_the_state_before_the_step():
    """In this crisis nothing but the state decides, so that it can be read off the paths of the future without it."""
    crisis = bk.load("textbook/principal-agent")
    key, option = next((k, o) for k, o in crisis.lowered.program.options.items() if o.available is not None)
    actor, _, action = key.partition(".")
    given = f"{crisis.date(20.0)} {actor} {action}"
    runs = bk.simulate(crisis, runs=150, given=given, engine="numpy")
    (found,) = runs.openings
    assert found == _counted(crisis, option, 150, 20)
    assert bk.simulate(crisis, runs=150, given=given, engine="compiled").openings == (found,)


def _counted(crisis, option, size, day):
    from brinkmanship.lang.tape import Environment, Tape

    simulator = Simulator(crisis.lowered)
    request = Request(size, 0, crisis.lowered.timeline.origin)
    steps = simulator.lowered.timeline.step_of(float(day))
    for moment, world, _ in followed(simulator, request):
        if moment.step + 1 == steps:
            span = simulator.lowered.timeline.step
            env = Environment(world.state, world.theta, moment.day + span, span, crisis.lowered.numbers)
            (holds,) = Tape([option.available], np)(env)
            going = np.asarray(world.status) == GOING
            return int(going.sum()), int((going & np.broadcast_to(np.asarray(holds), going.shape)).sum())
    raise AssertionError


def test_looking_changes_nothing_and_is_taken_back():
    crisis = bk.load("historical/cuba-1962")
    machine = Simulator(crisis.lowered).machine
    before = machine.stages
    bk.simulate(crisis, runs=5, given="1962-10-23 kennedy invade", engine="numpy")
    assert machine.stages is before
    suspicious = bk.load(SUSPICIOUS)
    stages = Simulator(suspicious.lowered).machine.stages
    assert impossible_moves(suspicious) == impossible_moves(suspicious) != ()
    assert Simulator(suspicious.lowered).machine.stages is stages
