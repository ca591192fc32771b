"""Conditionals computed for the runs of many vectors that enter them: which they are, and that they give the same."""

from dataclasses import replace

import numpy as np
import pytest

import brinkmanship as bk
from brinkmanship.engine.compiled.recording.kinds import Known
from brinkmanship.engine.compiled.recording.record import Branch, Operation, Region, Seldom, Variable
from brinkmanship.engine.compiled.recording.recorder import Recorder
from brinkmanship.engine.compiled.recording.seldom import gathered
from brinkmanship.engine.compiled.recording.shape import STATUS, Field, Shape
from brinkmanship.engine.ensemble import Simulator

build = pytest.importorskip("brinkmanship.engine.compiled.llvm.build")

from brinkmanship.engine.compiled import blocks  # noqa: E402
from brinkmanship.engine.compiled.llvm.kernel import Kernel, source  # noqa: E402
from brinkmanship.engine.compiled.recording.layout import recorded  # noqa: E402

NO = Known("i1", False)
SHAPE = Shape(
    (
        Field("shared", 1, "f64", shared=True),
        Field("row", 1, "f64", row=True),
        Field("fixed", 2, "f64"),
        Field("run", 1, "u32"),
        Field("state", 4, "f64", change=True, held=True),
        Field(STATUS, 1, "i32", change=True),
    ),
    90,
    (3, 1),
)
TOLD = SHAPE.marks // 3
"""How often each of three truths is reported."""


def kernel(width: int, *, together: bool = True) -> Kernel:
    """A step with two conditionals on numbers of every kind, and a third that asks for what comes of the first."""
    recorder = Recorder()
    xp = recorder.xp
    arguments = [
        recorder.argument(field.kind, field.example.shape) for field in SHAPE.fields for _ in range(field.size)
    ]
    shared, row, one, two, run, first, second, total, steps, status = arguments
    never = xp.zeros(1, bool)
    going = status == 0
    doubled = total * 2.0
    late = ((run >> 1) ^ run) > 40
    sign = xp.where(late, -1, 1)

    def sums() -> tuple:
        factors = {"factor": recorder.rows([float(rank) for rank in range(9)], 1)}
        rows = recorder.each(lambda here: here["factor"] * one + doubled * sign, factors)
        whole = rows[0]
        for rank in range(1, 9):
            whole = whole + rows[rank]
        return whole > shared * row, xp.logical_and(late, whole > 0.0)

    high, both = recorder.only(xp.logical_and(going, first > 0.0), sums, (never, never))
    later = recorder.only(second > 0.0, lambda: xp.logical_and(two * row > total, late), never)
    again = recorder.only(
        xp.logical_and(high, second > 0.0), lambda: xp.logical_or(both, doubled > two + shared), never
    )
    total = total + xp.where(high, 1.0, 0.0) + xp.where(later, 0.25, 0.0) + xp.where(again, 16.0, 0.0)
    ended = xp.where(xp.logical_and(going, total > 40.0), 1, status).astype("int32")
    results = [
        recorder.rows([first, second, total, steps + 1.0], 1),
        ended,
        recorder.rows([high, both, again] * TOLD, 1),
    ]
    record = recorder.record(arguments, results)
    if together:
        varying = set(record.parameters[2:])
        record = replace(record, region=gathered(record.region, varying, worth=1))
        groups = [len(each.branches) for each in record.region.steps if isinstance(each, Seldom)]
        assert groups == [2, 1]
    text = source(record, SHAPE, width, build.vector_functions(width))
    return Kernel(SHAPE, width, build.loaded(build.made(text, []).code))


def expected(shared, row, fixed, run, state, status):
    """The same in NumPy, for runs ``(run,)``; gives the state after a step, the new status, and marks."""
    one, two = fixed
    first, second, total, steps = state
    going = status == 0
    late = ((run >> 1) ^ run) > 40
    whole = sum(rank * one + total * 2.0 * np.where(late, -1, 1) for rank in range(9))
    enters = going & (first > 0.0)
    high, both = enters & (whole > shared * row), enters & late & (whole > 0.0)
    later = (second > 0.0) & (two * row > total) & late
    again = high & (second > 0.0) & (both | (total * 2.0 > two + shared))
    raised = total + np.where(high, 1.0, 0.0) + np.where(later, 0.25, 0.0) + np.where(again, 16.0, 0.0)
    new = np.where(going, np.stack([first, second, raised, steps + 1.0]), state)
    return new, np.where(going & (raised > 40.0), 1, status), np.stack([high, both, again])


def tiled(values: np.ndarray, width: int) -> np.ndarray:
    """A copy of ``(number, run)`` as ``(vector, number, run of the vector)``."""
    return values.reshape(len(values), -1, width).transpose(1, 0, 2).copy()


def compare(made: Kernel, tiles: int, enters: np.ndarray, draws: np.random.Generator, *, steps: int = 3) -> None:
    """Take runs through some steps; ``enters`` says which of them enter the first conditional."""
    width = made.width
    many = tiles * width
    rows, fixed = draws.choice([-1.0, 0.5, 2.0], (steps, 1)), draws.choice([-2.0, 0.5, 1.0, 3.0], (2, many))
    run = np.arange(7, 7 + many, dtype=np.uint32)
    state = np.stack([np.where(enters, 1.0, -1.0), *draws.choice([-1.0, 1.0, 12.0], (2, many)), np.zeros(many)])
    status = draws.choice([0, 0, 0, 2], many).astype(np.int32)
    now, stands = tiled(state, width), tiled(status[None], width)
    arrays = [np.array([0.5]), rows, tiled(fixed, width), tiled(run[None], width), now, stands]
    marks, shown = np.full((steps, tiles, SHAPE.marks), 77, np.uint8), np.zeros((steps, tiles, 2, width))
    made.walk(arrays, steps, marks, shown, tiles)
    for step in range(steps):
        state, status, told = expected(0.5, rows[step, 0], fixed, run, state, status)
        bits = np.packbits(told.reshape(3, tiles, width), axis=2, bitorder="little")[..., 0].T
        np.testing.assert_array_equal(marks[step], np.tile(bits, TOLD))
        np.testing.assert_array_equal(shown[step], tiled(state[[3, 1]], width))
    np.testing.assert_array_equal(now, tiled(state, width))
    np.testing.assert_array_equal(stands, tiled(status[None], width))


@pytest.mark.parametrize("width", sorted({4, build.width()}))
def test_any_number_of_runs_may_enter(width):
    made, draws = kernel(width), np.random.default_rng(5)
    for tiles in (1, 3, 8, 19):
        for many in range(0, tiles * width + 1, max(1, tiles * width // 40)):
            enters = np.zeros(tiles * width, bool)
            enters[draws.permutation(len(enters))[:many]] = True
            compare(made, tiles, enters, draws)


def test_conditionals_of_their_own_give_the_same():
    """The oracle holds of the step as it was before anything was brought together."""
    made, draws = kernel(build.width(), together=False), np.random.default_rng(5)
    for _ in range(20):
        compare(made, 9, draws.random(9 * made.width) < 0.4, draws)


def test_marks_may_be_wanted_by_nobody():
    made, draws = kernel(build.width()), np.random.default_rng(6)
    many = 19 * made.width
    state = np.stack([draws.choice([-1.0, 1.0], many), *draws.choice([-1.0, 1.0, 12.0], (2, many)), np.zeros(many)])
    ends = []
    for reported in (True, False):
        now, stands = tiled(state, made.width), tiled(np.arange(many, dtype=np.int32)[None] % 3, made.width)
        run = tiled(np.arange(many, dtype=np.uint32)[None], made.width)
        fixed = tiled(np.linspace(-3.0, 3.0, 2 * many).reshape(2, many), made.width)
        sheets = (
            (np.zeros((4, 19, SHAPE.marks), np.uint8), np.zeros((4, 19, 2, made.width))) if reported else (None, None)
        )
        made.walk([np.array([0.5]), np.ones((4, 1)), fixed, run, now, stands], 4, *sheets, 19)
        ends.append((now, stands))
    np.testing.assert_array_equal(ends[0][0], ends[1][0])
    np.testing.assert_array_equal(ends[0][1], ends[1][1])
    assert len(np.unique(ends[0][0][:, 2])) > 3


# --- which conditionals are brought together -------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["textbook/audience-costs", "historical/cuba-1962", "textbook/parliament", "us-iran-2020"]
)
def test_all_who_choose_or_vote_are_computed_for_runs_brought_together(name):
    lowered = bk.load(name).lowered
    record, _ = recorded(lowered.program, blocks.Compiled(Simulator(lowered)).layout)
    together = [each for each in record.region.steps if isinstance(each, Seldom)]
    stages = bool(lowered.program.choices) + bool(lowered.program.ballots)
    assert len(together) == stages
    assert sum(len(each.branches) for each in together) == len(lowered.program.choices) + len(lowered.program.ballots)


def truth() -> Variable:
    return Variable("i1")


def tells(mask, *asked, otherwise=NO) -> Branch:
    """A conditional with an operation for each number that it asks for."""
    within = [Operation("compare", (each, each), truth()) for each in asked]
    return Branch(mask, Region(within, [within[-1].result]), [otherwise], [truth()])


def test_conditionals_stand_together_that_do_not_ask_for_each_other():
    own, other, one, two = truth(), truth(), truth(), Variable("f64")
    first = tells(own, two, two)
    sooner = Operation("or", (own, own), other)
    between = Operation("or", (other, own), one)
    second = tells(one, two, two)
    aside = Operation("add", (two, two), Variable("f64"))
    after = Operation("and", (first.results[0], second.results[0]), truth())
    third = tells(after.result, two, two)
    results = [after.result, third.results[0], aside.result]
    region = gathered(Region([first, sooner, between, second, aside, after, third], results), {own, two}, worth=2)
    assert region.results == results
    *before, group, one_more, and_one, last = region.steps
    assert before == [sooner, between]
    assert isinstance(group, Seldom)
    assert group.branches == [first, second]
    assert [one_more, and_one] == [aside, after]
    assert isinstance(last, Seldom)
    assert last.branches == [third]


def test_other_conditionals_stay_where_they_are():
    own, same, one = truth(), truth(), Variable("f64")
    number = Operation("add", (one, one), Variable("f64"))
    steps = {
        "too small": tells(own, one),
        "the same for all runs": tells(same, one, one),
        "true elsewhere": tells(own, one, one, otherwise=Known("i1", True)),
        "another truth elsewhere": tells(own, one, one, otherwise=own),
        "a number comes of it": Branch(own, Region([number, number], [number.result]), [one], [Variable("f64")]),
    }
    for name, step in steps.items():
        assert gathered(Region([step], step.results), {own, one}, worth=2).steps == [step], name
