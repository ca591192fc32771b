"""NumPy against machine code, and against the same trace under XLA: whole runs are the same."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import poisson

import brinkmanship as bk
from brinkmanship.core.program import Lowered
from brinkmanship.engine.draws import Addressed
from brinkmanship.engine.ensemble import BlockResult, Request, Simulator
from brinkmanship.engine.rounds import Survey, idle_replies
from brinkmanship.results.expectations import fit_foresight
from crises import actor, crisis, day, generic, interest, level, recorded, rows_of

pytest.importorskip("jax")
build = pytest.importorskip("brinkmanship.engine.compiled.build")

from brinkmanship.engine.compiled import blocks  # noqa: E402
from brinkmanship.engine.compiled.blocks import Compiled  # noqa: E402

RUNS = 203
"""No multiple of the width of a vector."""
NEAR = 1e-9
TEXTBOOK = sorted(f"textbook/{path.name}" for path in Path(bk.__file__).parent.glob("crises/textbook/*"))


def quiet(step: int) -> None:
    """Progress that nobody watches."""


def request(lowered: Lowered, runs: int = RUNS, **more: Any) -> Request:
    return Request(runs, 3, lowered.timeline.origin, sampled=runs, **more)


def happenings(block: BlockResult, runs: Sequence[int]) -> dict[int, set[tuple[int, str, str]]]:
    """By run: step, name and branch of all that happened."""
    found: dict[int, set[tuple[int, str, str]]] = {run: set() for run in runs}
    for step, name, branch, run in rows_of(block.events):
        found[run].add((step, name, branch))
    return found


def parted(one: BlockResult, two: BlockResult, low: int = 0) -> dict[int, int | None]:
    """Runs of two blocks that differ, with the step of the first event in which they do (None: in no event)."""
    runs = range(low, low + len(one.sound))
    first, second = happenings(one, runs), happenings(two, runs)
    found: dict[int, int | None] = {run: min(first[run] ^ second[run])[0] for run in runs if first[run] != second[run]}
    assert one.outcomes.keys() == two.outcomes.keys()
    for name in one.outcomes:
        other = np.flatnonzero((one.outcomes[name] != two.outcomes[name]) | (one.sound != two.sound))
        found |= {low + run: None for run in other.tolist() if low + run not in found}
    return found


# --- why two runs differ -----------------------------------------------------------------------


class Watched(Addressed):
    """Draws that remember how near each run came to another result, ``(step, run)``."""

    def __init__(self, draws: Addressed, nearest: dict[int, float]) -> None:
        super().__init__(draws.backend, draws.seed, draws.runs)
        self.at(0)
        self.nearest = nearest

    def note(self, uniform: np.ndarray, edges: np.ndarray) -> None:
        step = int(self.step[0])
        gap = float(np.nanmin(np.abs(edges - uniform), initial=1.0))
        self.nearest[step] = min(gap, self.nearest.get(step, 1.0))

    def pick(self, address: str, chances: Sequence[Any], *, index: int = 0) -> Any:
        self.note(self.uniforms(address)[index], np.cumsum([np.ravel(each)[0] for each in chances]))
        return super().pick(address, chances, index=index)

    def magnitude(self, address: str, family: str, arguments: tuple[Any, ...]) -> Any:
        if family == "poisson":
            self.note(self.uniforms(address)[0], poisson.cdf(np.arange(90), arguments[0]))
        return super().magnitude(address, family, arguments)

    def within(self, lanes: Any) -> Any:
        return self


class Watching(Simulator):
    """NumPy, one run at a time, with its draws watched."""

    def draws(self, request: Request, numbers: np.ndarray) -> Addressed:
        self.nearest = getattr(self, "nearest", {})
        return Watched(super().draws(request, numbers), self.nearest)


def nearest(lowered: Lowered, asked: Request, run: int, last: int | None) -> float:
    """How near a run came to another draw up to a step, in units of probability."""
    simulator = Watching(lowered)
    alone = np.array([run], np.uint32)
    for _ in simulator.future(asked, simulator.eve(asked, alone), alone):
        pass
    return min(gap for step, gap in simulator.nearest.items() if last is None or step <= last)


def assert_same(lowered: Lowered, one: BlockResult, two: BlockResult, asked: Request, low: int = 0) -> None:
    """Two blocks are the same, but for few runs that came near another draw."""
    differing = parted(one, two, low)
    assert len(differing) <= 0.005 * len(one.sound)
    for run, step in differing.items():
        assert nearest(lowered, asked, run, step) < NEAR, f"run {run} differs from step {step} on"
    same = np.array([run not in differing for run in range(low, low + len(one.sound))])
    assert one.paths.keys() == two.paths.keys()
    for slot, values in one.paths.items():
        np.testing.assert_allclose(two.paths[slot][same], values[same], rtol=1e-9, atol=1e-9, err_msg=slot)
    if not differing:
        assert_same_tallies(one, two)


def assert_same_tallies(one: BlockResult, two: BlockResult) -> None:
    for name, value in vars(one.tallies).items():
        other = vars(two.tallies)[name]
        if name == "histograms":
            # A value at the edge of a bin may fall to either side.
            for slot, counts in value.items():
                assert np.abs(counts - other[slot]).sum() <= 0.001 * counts.sum(), slot
        elif isinstance(value, Mapping):
            assert value.keys() == other.keys(), name
            for key, each in value.items():
                # Extremes are values, the rest are counts.
                tolerance = 1e-9 if name in ("lowest", "highest") else 0
                np.testing.assert_allclose(each, other[key], rtol=tolerance, atol=tolerance, err_msg=f"{name}: {key}")
        else:
            assert np.array_equal(value, other), name


def compare(
    lowered: Lowered, asked: Request | None = None, low: int = 0, high: int = RUNS, device: str | None = None
) -> BlockResult:
    """A block by NumPy, found the same in machine code."""
    asked = asked or request(lowered)
    simulator = Simulator(lowered)
    one = simulator.block(asked, low, high, quiet)
    two = Compiled(simulator, device).block(asked, low, high, quiet)
    assert_same(lowered, one, two, asked, low)
    return one


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
    """With a documented past, a chooser, chance; the device named in the environment."""
    monkeypatch.setenv("BRINK_DEVICE", "cpu")
    monkeypatch.setattr(build, "made", None)
    block = compare(small(days=40))
    assert len(block.events) > 20


def test_a_device_that_is_not_there():
    with pytest.raises(bk.UsageError, match="no device `rocm`"):
        Compiled(Simulator(crisis(3).lowered), device="rocm").prepare()


# --- how code is made --------------------------------------------------------------------------


class Forgetful(dict[str, Any]):
    """What is loaded, of which nobody knows: code comes from the cache, or is made."""

    def __contains__(self, _: object) -> bool:
        return False


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """Texts that were compiled, with an empty cache."""
    texts: list[str] = []
    made = build.made

    def counted(text: str, faults: Sequence[str]) -> build.Made:
        texts.append(text)
        return made(text, faults)

    monkeypatch.setattr(build, "made", counted)
    monkeypatch.setattr(blocks, "_loaded", Forgetful())
    monkeypatch.setenv("BRINK_CACHE", str(tmp_path / "cache"))
    return texts


@pytest.mark.parametrize(("width", "library"), [(4, True), (4, False), (8, False)])
def test_other_processors_give_the_same(made, monkeypatch, width, library):
    functions = build.vector_functions(width) if library else frozenset()
    monkeypatch.setattr(build, "width", lambda: width)
    monkeypatch.setattr(build, "vector_functions", lambda width: functions)
    compare(bk.load("textbook/extended-deterrence").lowered)
    assert len(made) == 1
    assert f"<{width} x double>" in made[0]


def small(**more: Any) -> Lowered:
    return small_crisis(**more).lowered


def small_crisis(**more: Any) -> bk.Crisis:
    whole: dict[str, Any] = {
        "quantities": {"x": level(5), "y": level(2)},
        "actors": {"ada": actor({"x": interest("x", 0.7), "y": interest("y", -0.3)})},
        "actions": {"push": {"class": "force", "by": "ada", "then": {"x": "+1", "y": "+0.5"}}},
        "events": {"gust": {"hazard": 0.1, "then": {"x": "-1"}}},
        "processes": {"walk": {"of": "y", "noise": 0.3}},
        "outcomes": {"high": {"ever": "x > 6"}},
        "history": {"moves": [{"date": day(2), "actor": "ada", "action": "push"}]},
    }
    return crisis(more.pop("days", 10), origin=more.pop("origin", 4), **whole | more)


OTHER_NUMBERS = {
    "seed": {},
    "hazard": {"events": {"gust": {"hazard": 0.2, "then": {"x": "-2"}}}},
    "start": {"quantities": {"x": level(4), "y": level(3)}},
    "origin": {"origin": 6},
    "date": {"history": {"moves": [{"date": day(3), "actor": "ada", "action": "push"}]}},
}
OTHER_STRUCTURE = {
    "effect": {"events": {"gust": {"hazard": 0.1, "then": {"y": "-1"}}}},
    "event": {"events": {"gust": {"hazard": 0.1, "then": {"x": "-1"}}, "calm": {"hazard": 0.1, "then": {"x": "-1"}}}},
    "foresight": {"actors": {"ada": actor({"x": interest("x")}, foresight="persistence")}},
}


def test_one_program_for_all_numbers(made):
    seeds = iter(range(len(OTHER_NUMBERS)))
    results = []
    for changes in OTHER_NUMBERS.values():
        lowered = small(**changes)
        results.append(compare(lowered, replace(request(lowered), seed=next(seeds))).outcomes["high"].tolist())
    assert len(made) == 1
    assert len({tuple(each) for each in results}) == len(results)


SWITCHES: list[dict[str, Any]] = [
    {},
    {"events.gust": "off"},
    {"actions.push": "off"},
    {"processes.walk": "off"},
    {"actors.ada.interests.x": "off"},
    {"actors.ada.interests.x.weight": -2, "actors.ada.interests.y.weight": -1},
    {"actors.ada.tempo": 0.1},
]


def test_one_program_for_all_switches(made):
    """Mechanisms, actions, events and interests that are switched off, and weights, are arguments."""
    whole = small_crisis()
    ends = []
    for edits in SWITCHES:
        block = compare(bk.do(whole, edits).lowered if edits else whole.lowered)
        ends.append((block.paths["x"][:, -1].tolist(), block.paths["y"][:, -1].tolist()))
    assert len(made) == 1
    assert all(one != two for rank, one in enumerate(ends) for two in ends[:rank])


def test_other_structure_is_another_program(made):
    compare(small())
    for number, changes in enumerate(OTHER_STRUCTURE.values(), start=2):
        compare(small(**changes))
        assert len(made) == number


def test_a_damaged_cache_is_made_anew(made, tmp_path):
    lowered = small()
    compare(lowered)
    (file,) = (tmp_path / "cache").iterdir()
    whole = file.read_bytes()
    assert build.kept(file.stem) is not None
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for damaged in (whole[: len(whole) // 2], b"", bytes(flipped), whole + b"\0", b"text"):
        file.write_bytes(damaged)
        assert build.kept(file.stem) is None
        before = len(made)
        compare(lowered)
        assert len(made) == before + 1
        assert file.read_bytes()[:32] == whole[:32]
    compare(lowered)
    assert len(made) == 6


def test_code_that_runs_faster_gives_the_same_bits(made, monkeypatch, tmp_path):
    """It is made while blocks run on quick code, kept, and taken from then on."""
    lowered = bk.load("textbook/extended-deterrence").lowered
    compiled = Compiled(Simulator(lowered))
    quick = compiled.prepare()
    one = compiled.block(request(lowered), 0, RUNS, lambda _: None)
    assert compiled.hasten()
    assert not compiled.hasten()
    for thread in threading.enumerate():
        if thread.name == "brinkmanship-llvm":
            thread.join()
    assert compiled.prepare() is not quick
    two = compiled.block(request(lowered), 0, RUNS, lambda _: None)
    assert all((one.outcomes[name] == two.outcomes[name]).all() for name in one.outcomes)
    assert all((one.tallies.histograms[slot] == two.tallies.histograms[slot]).all() for slot in one.tallies.histograms)
    again = Compiled(Simulator(lowered))
    again.prepare()
    assert not again.hasten()
    assert len(made) == 1
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_a_cache_that_cannot_be_written_is_done_without(made, monkeypatch, tmp_path):
    blocking = tmp_path / "file"
    blocking.write_text("no folder")
    monkeypatch.setenv("BRINK_CACHE", str(blocking / "cache"))
    compare(small())
    compare(small())
    assert len(made) == 2
    assert blocking.read_text() == "no folder"
