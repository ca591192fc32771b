"""Nested conditionals that write on the same few numbers: LLVM code, in place and in any order, against NumPy."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brinkmanship.engine.compiled.order import ordered
from brinkmanship.engine.compiled.record import Record
from brinkmanship.engine.compiled.recorder import Recorder
from brinkmanship.engine.compiled.shape import Field, Shape

build = pytest.importorskip("brinkmanship.engine.compiled.build")

from brinkmanship.engine.compiled.kernel import Kernel, source  # noqa: E402

NUMBERS, MARKS, TILES, STEPS = 5, 3, 2, 2
NUMBER, MARK = st.integers(0, NUMBERS - 1), st.integers(0, MARKS - 1)
Program = Sequence[tuple[Any, ...]]
PLAIN = st.one_of(
    st.tuples(st.sampled_from(["add", "sub", "min"]), NUMBER, NUMBER, NUMBER),
    st.tuples(st.just("mark"), MARK, NUMBER, NUMBER),
    st.tuples(st.just("half"), NUMBER, NUMBER),
)
PROGRAMS = st.recursive(
    st.lists(PLAIN, min_size=1, max_size=5),
    lambda inner: st.lists(st.one_of(PLAIN, st.tuples(st.just("only"), NUMBER, NUMBER, inner)), min_size=1, max_size=6),
    max_leaves=20,
)
SHAPE = Shape(
    (Field("shared", 1, "f64", shared=True), Field("state", NUMBERS, "f64", change=True)),
    MARKS,
)


def taken(run: Any, program: Program, state: list[Any], marks: list[Any]) -> tuple[list[Any], list[Any]]:
    """Numbers and truths after a program; ``run`` is a recorder, or NumPy's side of it."""
    state, marks = list(state), list(marks)
    for what, *rest in program:
        if what == "only":
            one, two, inner = rest
            before = state, marks
            mask = state[one] > state[two]
            state, marks = run.only(mask, lambda p=inner, b=before: taken(run, p, *b), before)
        elif what == "mark":
            place, one, two = rest
            marks[place] = run.xp.logical_or(marks[place], state[one] > state[two])
        elif what == "half":
            place, one = rest
            state[place] = state[one] * 0.5
        else:
            place, one, two = rest
            use = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "min": run.xp.minimum}[what]
            state[place] = use(state[one], state[two])
    return state, marks


class Eager:
    """A conditional in every run."""

    xp = np

    @staticmethod
    def only(mask: np.ndarray, work: Any, otherwise: Any) -> Any:
        return tuple(
            [np.where(mask, one, other) for one, other in zip(*pair, strict=True)]
            for pair in zip(work(), otherwise, strict=True)
        )


def recorded(program: Program) -> Record:
    """A step that takes a program, and reports its truths."""
    recorder = Recorder()
    _, *state = arguments = [recorder.argument("f64", shape) for shape in ((), *[(1,)] * NUMBERS)]
    after, marks = taken(recorder, program, state, [recorder.xp.zeros(1, bool)] * MARKS)
    return recorder.record(arguments, [recorder.rows(after, 1), recorder.rows(marks, 1)])


ALIAS = [("min", 0, 2, 2), ("add", 2, 0, 0), ("only", 0, 1, [("half", 0, 0)])]
"""The least of a number and itself is that number, where it stands; meanwhile another is made for its place."""

TWICE = [("min", 1, 0, 0), ("only", 2, 3, [("half", 0, 2), ("half", 1, 3)])]
"""Two numbers that stand in one place until a conditional makes two of them."""


@example(ALIAS, Random(1), False, 4)
@example(TWICE, Random(1), False, 4)
@given(PROGRAMS, st.randoms(use_true_random=False), st.booleans(), st.sampled_from(sorted({4, build.width()})))
@settings(max_examples=150)
def test_programs_of_conditionals(program, chance, rearranged, width):
    record = recorded(program)
    if rearranged:
        record = replace(record, region=ordered(record.region))
    text = source(record, SHAPE, width, build.vector_functions(width))
    kernel = Kernel(SHAPE, width, build.loaded(build.made(text, []).code))
    state = np.array([[[chance.choice([-2.0, -1.0, 0.5, 1.0, 3.0]) for _ in range(width)] for _ in range(NUMBERS)]] * 2)
    state[1] = -state[0][::-1]
    wanted, told = list(state.transpose(1, 0, 2)), []
    for _ in range(STEPS):
        wanted, marks = taken(Eager, program, wanted, [np.zeros((TILES, width), bool)] * MARKS)
        told.append(np.packbits(np.array(marks), axis=2, bitorder="little")[:, :, 0].T)
    marks = np.full((STEPS, TILES, MARKS), 77, np.uint8)
    kernel.walk([np.zeros(1), state], STEPS, marks, None, TILES)
    np.testing.assert_array_equal(state.transpose(1, 0, 2), np.array(wanted))
    np.testing.assert_array_equal(marks, np.array(told))
