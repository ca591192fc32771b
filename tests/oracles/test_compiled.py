"""NumPy against machine code, and against the same trace under XLA: whole runs are the same."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import brinkmanship as bk
from brinkmanship.engine.compiled.blocks import Compiled
from brinkmanship.engine.compiled.llvm import build
from brinkmanship.engine.ensemble import Simulator
from brinkmanship.engine.rounds import Survey, idle_replies
from brinkmanship.results.expectations import fit_foresight
from crises import actor, crisis, day, generic, interest, level, recorded, rows_of
from engines import RUNS, TEXTBOOK, assert_same, compare, nearest, parted, quiet, request, small


def test_a_run_that_differs_is_explained_by_its_nearest_draw():
    """A hazard that is a little higher changes some runs: those whose draw lay between the two."""
    shift = 1e-3
    sections = generic()
    sections["events"]["crash"]["hazard"] = 0.03 + shift
    one, two = crisis(12, **generic()).lowered, crisis(12, **sections).lowered
    asked = request(one)
    differing = parted(*(Simulator(each).block(asked, 0, RUNS, quiet) for each in (one, two)))
    assert 0 < len(differing) < RUNS / 5
    for run, step in differing.items():
        assert 0 < nearest(one, asked, run, step) < shift
    with pytest.raises(AssertionError):
        assert_same(one, *(Simulator(each).block(asked, 0, RUNS, quiet) for each in (one, two)), asked)


# --- whole runs --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTBOOK)
def test_textbook_crises(name):
    block = compare(bk.load(name).lowered)
    assert block.events


def test_the_generic_crisis():
    """Priors, votes, delays, looking ahead; some runs end early."""
    block = compare(crisis(12, **generic()).lowered)
    assert {name.split("/")[0] for _, name, _, _ in rows_of(block.events)} >= {"event", "vote", "action"}
    assert 0 < block.outcomes["war"].sum() < RUNS
    assert block.tallies.going[-1] < RUNS


def test_actors_that_reckon_with_replies():
    """Fitted by machine code as by NumPy, and the runs of both are the same."""
    sections = generic()
    for name in ("ada", "bob", "cyd"):
        sections["actors"][name]["foresight"] = {"replies": 1}
    whole = crisis(12, **sections)
    expectations = fit_foresight(whole, runs=200)
    assert not any(each.weights == {} for each in expectations.actors.values())
    compare(replace(whole, expectations=expectations).lowered)
    survey = Survey(whole.lowered)
    asked = request(whole.lowered, watched=0, recorded=False)
    for at_first in (idle_replies(whole.lowered), whole.lowered.expecting(expectations.weights)):
        simulator = Simulator(at_first, shown=survey.slots)
        one, two = (each.block(asked, 0, RUNS, quiet) for each in (simulator, Compiled(simulator)))
        assert one.paths.keys() == two.paths.keys() == set(survey.slots)
        np.testing.assert_array_equal(one.ended, two.ended)
        assert 0 < np.isfinite(one.ended).sum() < RUNS
        for slot, values in one.paths.items():
            np.testing.assert_allclose(two.paths[slot], values, rtol=1e-9, atol=1e-9, err_msg=slot)


@pytest.mark.parametrize("blocks", [(0, 1), (5, 12), (100, 203)])
def test_any_block(blocks):
    compare(crisis(12, **generic()).lowered, None, *blocks)


def test_a_documented_past():
    """Moves, uncertain performers, branches, magnitudes, measurements, orders, complete windows."""
    lowered = crisis(20, origin=10, **recorded()).lowered
    block = compare(lowered)
    assert block.sound.all()
    from_the_start = replace(request(lowered), origin=0.0)
    compare(lowered, from_the_start)
    # The middle of the past: what is documented later is not known.
    compare(lowered, replace(request(lowered), origin=4.0))


def test_suppositions():
    whole = crisis(20, origin=10, **recorded())
    for text in (f"{day(12)} bob raid hit", f"{day(11)} cyd order"):
        block = compare(whole.lowered, request(whole.lowered, given=(whole.supposition(text),)))
        happened = Counter((step, name) for step, name, _, _ in rows_of(block.events))
        assert any(times == RUNS for (step, _), times in happened.items() if step in (11, 12))


def test_parameters_at_their_medians():
    compare(crisis(12, **generic()).lowered, replace(request(crisis(12, **generic()).lowered), fixed=True))


FAULTS = {
    "effect": {"events": {"e": {"hazard": 0.1, "then": {"x": {"set": "log(x - 7)"}}}}},
    "two effects": {"events": {"e": {"hazard": 0.1, "then": {"y": "+log(x - 7)", "x": {"set": "log(x - 7)"}}}}},
    "hazard": {"events": {"e": {"hazard": "0.1 * sqrt(6.5 - x)", "then": {"x": "+1"}}}},
    "process": {
        "processes": {"p": {"of": "x", "toward": "5 * sqrt(6 - x)", "rate": 0.2}, "n": {"of": "y", "noise": 1}}
    },
    "tempo": {
        "actors": {"ada": actor({"x": interest("x")}, tempo="clip(0.1 * sqrt(6.5 - x), 0, 0.2)")},
        "actions": {"act": {"class": "force", "by": "ada", "then": {"x": "+1"}}},
    },
    "choice": {
        "actors": {"ada": actor({"x": interest("x * sqrt(6.5 - x)", range=[0, 20])})},
        "actions": {"act": {"class": "force", "by": "ada", "then": {"x": "+1"}}},
    },
    "branch": {
        "events": {
            "e": {"hazard": 0.2, "branches": {"a": {"chance": "0.2 * x - 1", "then": {"x": "+1"}}, "b": {"then": {}}}}
        }
    },
}


@pytest.mark.parametrize("name", FAULTS)
def test_runs_that_fail_give_the_same_places(name):
    wind = {"hazard": 0.2, "then": {"x": "+uniform(-0.5, 1)"}}
    sections = FAULTS[name] | {"events": {"wind": wind} | FAULTS[name].get("events", {})}
    lowered = crisis(12, quantities={"x": level(6, 0, 20), "y": level(1)}, **sections).lowered
    block = compare(lowered)
    assert 0 < block.tallies.failed < RUNS
    assert list(block.tallies.failures)


def test_an_option_that_costs_without_end_is_never_chosen():
    """Alone in its class, and beside another."""
    for group in ("force", "talk"):
        acts = {"dear": {"class": "force", "cost": "1 / (y - 1)"}, "cheap": {"class": group}}
        lowered = crisis(
            12,
            quantities={"x": level(6, 0, 20), "y": level(1)},
            actors={"ada": actor({"x": interest("x")})},
            actions={name: each | {"by": "ada", "then": {"x": "+0.1"}} for name, each in acts.items()},
        ).lowered
        tallies = compare(lowered).tallies
        assert tallies.failed == 0
        assert "ada.dear" not in tallies.deeds
        assert tallies.deeds["ada.cheap"].sum() > 0


def test_little_to_compute():
    """No quantities; no outcome in question; nobody who acts."""
    compare(crisis(3).lowered)
    compare(crisis(3, quantities={"x": level(1)}, processes={"p": {"of": "x", "drift": 0.1}}).lowered)


def test_the_same_trace_under_xla(monkeypatch):
    """With a documented past, a chooser, chance."""
    monkeypatch.setattr(build, "made", None)
    block = compare(small(days=40), xla=True)
    assert len(block.events) > 20


# --- how code is made --------------------------------------------------------------------------
