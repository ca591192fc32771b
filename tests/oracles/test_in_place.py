"""Nested conditionals that write on the same few numbers: LLVM code, in place and in any order, against NumPy."""

import re
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from brinkmanship.engine.compiled.recording.order import ordered
from brinkmanship.engine.compiled.recording.record import Record, Seldom
from brinkmanship.engine.compiled.recording.recorder import Recorder
from brinkmanship.engine.compiled.recording.seldom import gathered
from brinkmanship.engine.compiled.recording.shape import Field, Shape
from programs import ALL_TRUTHS, MARKS, NUMBERS, STATE, Eager, Program, Written, program, taken

build = pytest.importorskip("brinkmanship.engine.compiled.llvm.build")

from brinkmanship.engine.compiled.llvm.kernel import Kernel, source  # noqa: E402

STEPS = 2
SHAPE = Shape((Field("shared", 1, "f64", shared=True), Field("state", STATE, "f64", change=True)), MARKS)


def recorded(steps: Program, lasting: list[int], marks: list[int]) -> Record:
    """A step that takes a program: which numbers last, and which truths it reports."""
    recorder = Written()
    shared, *state = arguments = [recorder.argument("f64", shape) for shape in ((), *[(1,)] * STATE)]
    numbers, truths = taken(recorder, steps, (state + state)[:NUMBERS], [recorder.never()] * ALL_TRUTHS, shared)
    rows = [numbers[each] for each in lasting], [truths[each] for each in marks]
    return recorder.record(arguments, [recorder.rows(each, 1) for each in rows])


def expected(steps: Program, lasting: list[int], marks: list[int], state: np.ndarray, shared: float) -> Any:
    """The state ``(number, tile, lane)`` after some steps, and what each of them reports."""
    now, told = list(state), []
    for _ in range(STEPS):
        run = Eager(state.shape[1:])
        numbers, truths = taken(run, steps, (now + now)[:NUMBERS], [run.never()] * ALL_TRUTHS, shared)
        now = [numbers[each] for each in lasting]
        bits = [np.packbits(truths[each], axis=1, bitorder="little")[:, 0] for each in marks]
        told.append(np.array(bits).T)
    return np.array(now), np.array(told)


def check(
    steps: Program, chance: Random, width: int, *, rearranged: bool, reported: bool = True, tiles: int = 2
) -> None:
    """Compare a program on random numbers."""
    straight = chance.random() < 0.6
    lasting = list(range(STATE)) if straight else chance.sample(range(NUMBERS), STATE)
    marks = list(range(MARKS)) if straight else [chance.randrange(ALL_TRUTHS) for _ in range(MARKS)]
    record = recorded(steps, lasting, marks)
    if rearranged:
        record = replace(record, region=gathered(ordered(record.region), record.parameters[1:], worth=1))
    text = source(record, SHAPE, width, build.vector_functions(width))
    made = build.made(text, [])
    kernel = Kernel(SHAPE, width, build.loaded((made.finished() if chance.random() < 0.1 else made).code))
    draws = np.random.default_rng(chance.randrange(1 << 30))
    state = draws.choice([-2.0, -1.0, 0.5, 1.0, 3.0], (tiles, STATE, width))
    shared = chance.choice([-1.0, 0.5, 2.0])
    wanted, told = expected(steps, lasting, marks, state.transpose(1, 0, 2).copy(), shared)
    sheet = np.full((STEPS, tiles, MARKS), 77, np.uint8)
    kernel.walk([np.array([shared]), state], STEPS, sheet if reported else None, None, tiles)
    np.testing.assert_array_equal(state.transpose(1, 0, 2), wanted)
    if reported:
        np.testing.assert_array_equal(sheet, told)


@pytest.mark.parametrize("first", range(0, 600, 100))
def test_programs_of_conditionals(first):
    for seed in range(first, first + 100):
        chance = Random(seed)
        steps = program(chance)
        width = chance.choice(sorted({4, build.width()}))
        rearranged, reported = chance.random() < 0.6, chance.random() < 0.85
        check(steps, chance, width, rearranged=rearranged, reported=reported, tiles=chance.choice([1, 2, 8, 11]))


def test_programs_bring_conditionals_together():
    """Otherwise the programs above say little of it."""
    sizes = Counter()
    for seed in range(300):
        record = recorded(program(Random(seed)), list(range(STATE)), list(range(MARKS)))
        region = gathered(ordered(record.region), record.parameters[1:], worth=1)
        sizes.update(len(each.branches) for each in region.steps if isinstance(each, Seldom))
    assert sizes[1] > 100
    assert sizes[2] > 30
    assert sizes[3] + sizes[4] > 3


def only(inner: Program, into: list[int], told: list[int] = (), *, mask: str = "compare") -> tuple[Any, ...]:
    return ("only", mask, 0, 1, 0, into, into, list(told), inner)


def tells(inner: Program, told: list[int], *, mask: str = "compare") -> tuple[Any, ...]:
    return ("tells", mask, 2, 1, 0, told, inner)


def plain(what: str, place: int, one: int = 0, two: int = 0, truth: int = 0) -> tuple[Any, ...]:
    return (what, place, one, two, [truth, 0, 1], 6)


FOUND = {
    "the least of a number and itself is that number, where it stands; meanwhile another is made for its place": [
        plain("min", 0, 2, 2),
        plain("add", 2, 0, 0),
        only([plain("half", 0, 0)], list(range(NUMBERS)), range(ALL_TRUTHS)),
    ],
    "two numbers that stand in one place until a conditional makes two of them": [
        plain("min", 1, 0, 0),
        only([plain("half", 0, 2), plain("half", 1, 3)], list(range(NUMBERS))),
    ],
    "a number that is read in a conditional within another, and kept": [
        only([only([plain("half", 1, 1)], [1], mask="truth"), plain("add", 0, 0, 1)], [0]),
    ],
    "a truth that is reported, and read where vectors go over rows": [
        plain("compare", 0, 0, 1),
        only([plain("rows", 0, 0, 1)], [0]),
    ],
    "a truth that was reported, and is false after all where an inner conditional is not entered": [
        plain("compare", 0, 0, 1),
        only([tells([plain("compare", 0, 2, 3)], [0])], [0], [0], mask="always"),
        only([tells([plain("compare", 0, 2, 3)], [0])], [0], [0]),
    ],
    "a truth that was reported, and is false after all": [
        plain("compare", 0, 0, 1),
        only([plain("never", 0)], [0], [0], mask="always"),
    ],
}


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("rearranged", [False, True])
def test_what_once_went_wrong(name, rearranged):
    for seed in range(8):
        check(FOUND[name], Random(seed), build.width(), rearranged=rearranged)


def test_what_is_left_alone_is_not_touched():
    """A number that only an inner conditional may change is neither read nor written where that is not entered."""
    shape = Shape((Field("shared", 1, "f64", shared=True), Field("state", 3, "f64", change=True)), 1)
    recorder = Recorder()
    _, one, two, three = arguments = [recorder.argument("f64", shape_) for shape_ in ((), (1,), (1,), (1,))]
    never = recorder.xp.zeros(1, bool)

    def inner():
        return recorder.only(three > one, lambda: (two * 2.0, three > 1.0), (two, never))

    raised, told = recorder.only(one > 0.0, inner, (two, never))
    record = recorder.record(arguments, [recorder.rows([one, raised, three], 1), recorder.rows([told], 1)])
    text = source(record, shape, 8, build.vector_functions(8))
    step = text[text.index("@part0") :]
    step = step[: step.index("\n}")]
    before, *_, inmost = re.split(r"\nin\d+:\n", step)
    inmost, after = re.split(r"\naround\d+:\n", inmost, maxsplit=1)
    place = "ptr %state, i64 1\n"
    assert place in inmost
    assert place not in before + after
    assert " phi " not in step
