"""Whatever a stranger sends: it loads, or its faults are named; never anything else, and never slowly."""

import json
import random
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brinkmanship import CrisisError, simulate
from brinkmanship.core.crisis import check
from brinkmanship.lang.parse import ExpressionFault, parse

HERE = Path(__file__).parent
EVERYTHING = HERE / "everything"
BAD = sorted(p.parent.name for p in (HERE / "bad").glob("*/crisis.yaml") if not p.parent.name.startswith("too-"))
LONGEST = 5.0
"""Seconds for one crisis: some two seconds here, with room for a slow machine."""


def read(folder):
    began = time.process_time()
    try:
        crisis, _ = check(folder)
    except CrisisError as error:
        assert error.diagnostics
        assert str(error)
        crisis = None
    assert time.process_time() - began < LONGEST
    return crisis


@pytest.mark.parametrize("block", range(10))
def test_a_thousand_changed_crises(tmp_path, block, mutations):
    sound = 0
    for seed in range(100 * block, 100 * block + 100):
        folder = tmp_path / str(seed)
        mutations.folder(EVERYTHING, folder, random.Random(seed))
        crisis = read(folder)
        if crisis is not None:
            sound += 1
            if sound % 5 == 1:
                simulate(crisis, runs=2, sampled=0)
    assert sound > 3, "changes so coarse try nothing behind the reader"


@pytest.mark.parametrize("name", BAD)
def test_changes_of_bad_crises(tmp_path, name, mutations):
    for seed in range(3):
        mutations.folder(HERE / "bad" / name, tmp_path / str(seed), random.Random(seed))
        read(tmp_path / str(seed))


WORDS = [
    "1",
    "-1",
    "1e999",
    "nan",
    "true",
    "tension",
    "red",
    "a_b",
    "[]",
    "war",
    "1/0",
    "2020-01-05",
    "é",
    "",
    "a b",
    "x" * 300,
]
KEYS = ["value", "of", "red", "then", "chance", "1", "when", "over"]
SECTIONS = [
    "crisis",
    "clock",
    "sets",
    "ladder",
    "classes",
    "parameters",
    "quantities",
    "actors",
    "actions",
    "events",
    "processes",
    "calendar",
    "clocks",
    "votes",
    "agreements",
    "outcomes",
    "history",
    "sources",
]
VALUES = st.recursive(
    st.none() | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(section=st.sampled_from(SECTIONS), value=VALUES)
def test_any_value_in_any_section(tmp_path_factory, section, value):
    folder = tmp_path_factory.mktemp("section")
    text = (EVERYTHING / "crisis.yaml").read_text(encoding="utf-8")
    (folder / "crisis.yaml").write_text(text.replace(f"\n{section}:", "\nnote:"), encoding="utf-8")
    (folder / "parts").mkdir()
    (folder / "parts" / "more.yaml").write_text(json.dumps({section: value}), encoding="utf-8")
    read(folder)


SIGNS = [*"+-*/()[]<>=,.% '", "**", "==", " and ", " if ", " else ", " for x in actors", "tension", "8,000", "60%", "0"]


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(text=st.text(max_size=60) | st.lists(st.sampled_from(SIGNS), max_size=700).map("".join))
def test_any_text_as_an_expression(text):
    try:
        parse(text)
    except ExpressionFault as fault:
        assert 0 <= fault.at <= len(text)
        assert fault.message


def test_memory_is_bounded(tmp_path):
    """The largest text that is read, in its most expensive forms."""
    head = "crisis: {title: A test}\nclock: {start: 2020-01-01, end: 2020-02-01, assumed: a test}\n"
    forms = {
        "keys": head + "quantities:\n" + "".join(f"  q{n}: {{kind: flag, assumed: x}}\n" for n in range(6_000)),
        "faults": head + "quantities:\n" + "".join(f"  q{n}: {{kind: flog}}\n" for n in range(9_000)),
        "unknown": head + "quantities:\n" + "".join(f"  q{n}: {{knd: flag}}\n" for n in range(9_000)),
        "one line": head + "sets: {s: [" + ", ".join(f"m{n}" for n in range(39_000)) + "]}\n",
        "text": head + "ladder: '" + "x" * 900_000 + "'\n",
        "names": head + "outcomes:\n" + "".join(f"  q{n}: {{ever: 'zz{n} > 1', assumed: x}}\n" for n in range(6_000)),
    }
    for name, text in forms.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "crisis.yaml").write_text(text, encoding="utf-8")
        read(tmp_path / name)
    tracemalloc.start()
    with pytest.raises(CrisisError):
        check(tmp_path / "faults")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300e6
