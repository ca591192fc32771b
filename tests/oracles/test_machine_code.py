"""Machine code and its cache: what shares it, what makes it anew, and that all of it gives the same."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import brinkmanship as bk
from brinkmanship.engine.compiled import blocks
from brinkmanship.engine.compiled.blocks import Compiled
from brinkmanship.engine.compiled.llvm import build
from brinkmanship.engine.ensemble import Simulator
from crises import actor, day, interest, level
from engines import RUNS, compare, request, small, small_crisis


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
