"""Laws of failed runs: they say where, they are counted, and they disturb no other."""

import numpy as np
import pytest

import brinkmanship as bk
from crises import actor, crisis, generic, interest, level, rows_of

RUNS = 120


def with_fault(then, **more):
    """The generic crisis with a rare event that writes on a quantity which nothing reads."""
    sections = generic()
    sections["quantities"]["aside"] = level(1)
    sections["events"]["boom"] = {"hazard": 0.03, "then": {"aside": then}, **more}
    return bk.simulate(crisis(10, **sections), runs=RUNS, seed=9, sampled=RUNS, block=50)


def struck(runs):
    """Numbers of the runs that the event has hit."""
    return {run for _, name, _, run in rows_of(runs.sampled_events) if name == "event/boom"}


def test_a_run_that_fails_leaves_all_others_as_they_are():
    sound, faulty = with_fault("1"), with_fault({"set": "log(aside - 2)"})
    failed = sorted(struck(sound))
    assert 10 < len(failed) < RUNS - 10
    assert sorted(struck(faulty)) == failed
    assert faulty.failed == len(failed) == sum(faulty.failures.values())
    assert sound.failed == 0
    assert list(faulty.failures) == ["events: aside"]
    others = np.setdiff1d(np.arange(RUNS), failed)
    for slot, paths in sound.sampled_paths.items():
        assert paths[others].tobytes() == faulty.sampled_paths[slot][others].tobytes(), slot
        assert np.isfinite(faulty.sampled_paths[slot]).all()


def test_failed_runs_count_in_no_outcome():
    sections = {
        "quantities": {"x": level(0), "y": level(0)},
        "outcomes": {"low": {"at_end": "x < 1"}, "ever": {"ever": "x < 1"}},
    }
    whole = crisis(3, events={"fault": {"hazard": 0.4, "then": {"y": {"set": "sqrt(x - 1)"}}}}, **sections)
    runs = bk.simulate(whole, runs=400, seed=0)
    assert 100 < runs.failed < 399
    assert runs.tallies.outcomes == {"low": 400 - runs.failed, "ever": 400 - runs.failed}
    assert runs.probability("low")[0] == 1.0
    assert runs.tallies.going[-1] == 400 - runs.failed
    assert runs.summary()["failed_runs"] == runs.failed


FAULTS = {
    "a hazard": ({"events": {"e": {"hazard": "1 * sqrt(x - 6)", "then": {"x": "+1"}}}}, "events: hazard of event/e"),
    "a tempo": (
        {
            "actors": {"ada": actor({"x": interest("x")}, tempo="clip(0.1 * sqrt(x - 6), 0, 0.2)")},
            "actions": {"act": {"class": "force", "by": "ada", "then": {"x": "+1"}}},
        },
        "choice: tempo of ada",
    ),
    "an increment": ({"events": {"e": {"hazard": 5, "then": {"x": "+1 / (x - 5)"}}}}, "events: x"),
    "a process": ({"processes": {"p": {"of": "x", "drift": "log(x - 6)"}}}, "processes: x"),
    "a chance above one": (
        {"events": {"e": {"hazard": 5, "branches": {"a": {"chance": "x / 4", "then": {"x": "+1"}}, "b": {}}}}},
        "events: chances of event/e",
    ),
    "chances that add up to more": (
        {"events": {"e": {"hazard": 5, "branches": {"a": {"chance": "x / 9"}, "c": {"chance": "x / 9"}, "b": {}}}}},
        "events: chances of event/e",
    ),
    "a value": (
        {
            "actors": {"ada": actor({"x": interest("log(x - 6)", range=[0, 1])})},
            "actions": {"act": {"class": "force", "by": "ada", "then": {"x": "+1"}}},
        },
        "choice: value of the options of ada",
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_failure_says_where(kind):
    sections, place = FAULTS[kind]
    runs = bk.simulate(crisis(8, quantities={"x": level(5)}, **sections), runs=40, seed=1)
    assert runs.failed > 20
    assert list(runs.failures) == [place]
