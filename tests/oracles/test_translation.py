"""LLVM code against JAX: what a step asks of an array namespace gives the same numbers, in every run side by side."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from brinkmanship.engine import draws
from brinkmanship.engine.compiled.recording.onerun import OneRun
from brinkmanship.lang.tape import Environment, Tape
from expressions import NUMBERS, core

jax = pytest.importorskip("jax")
build = pytest.importorskip("brinkmanship.engine.compiled.llvm.build")

from brinkmanship.engine.compiled.jaxrun import JaxRun  # noqa: E402
from brinkmanship.engine.compiled.llvm.kernel import Kernel, source  # noqa: E402
from brinkmanship.engine.compiled.recording.recorder import Recorder  # noqa: E402
from brinkmanship.engine.compiled.recording.shape import Field, Shape  # noqa: E402

RUNS, OWN, SHARED = 11, 6, 2
"""Runs, numbers of each run, numbers of all."""


@pytest.fixture(autouse=True, scope="module")
def double_precision() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


@dataclass(frozen=True)
class Code:
    """How code is made: runs in a vector, and functions taken from the C library's vector versions."""

    width: int
    vectors: frozenset[str]


WIDEST = Code(build.width(), build.vector_functions(build.width()))
CODES = {"widest": WIDEST, "four": Code(4, build.vector_functions(4)), "one by one": Code(4, frozenset())}

Function = Callable[[OneRun, Any, Any], dict[str, Any]]
"""From what a single run computes with, a run's own numbers ``(own, 1)`` and those of all ``(shared,)`` to results."""


class Written:
    """A function of a run's numbers, recorded, and what JAX makes of it."""

    def __init__(self, function: Function) -> None:
        self.names: list[str] = []

        def flat(run: OneRun, own: Any, shared: Any) -> Any:
            entries = {name: run.xp.asarray(each).ravel() for name, each in function(run, own, shared).items()}
            self.names = [name for name, each in entries.items() for _ in range(each.shape[0])]
            return run.xp.concatenate([each.astype("float64") for each in entries.values()])[:, None]

        def by_jax(own: Any, shared: Any) -> Any:
            return flat(JaxRun(), own, shared)

        self.many = jax.eval_shape(by_jax, np.zeros((OWN, 1)), np.zeros(SHARED)).shape[0]
        self.reference = jax.jit(jax.vmap(by_jax, in_axes=(0, None)))
        fields = Field("own", OWN, "f64"), Field("shared", SHARED, "f64", shared=True)
        self.shape = Shape((*fields, Field("out", self.many, "f64", change=True)))
        recorder = Recorder()
        arguments = [
            recorder.argument(each.kind, each.example.shape) for each in self.shape.fields for _ in range(each.size)
        ]
        parts = self.shape.parted(arguments)
        result = flat(recorder, recorder.xp.stack(parts["own"]), recorder.xp.stack(parts["shared"]))
        self.record = recorder.record(arguments, [result, recorder.xp.zeros((0, 1))])


class Both:
    """The function by LLVM code and by JAX."""

    def __init__(self, written: Written, code: Code = WIDEST) -> None:
        self.written, self.many = written, written.many
        made = build.made(source(written.record, written.shape, code.width, code.vectors), [])
        self.kernel = Kernel(written.shape, code.width, build.loaded(made.finished().code))

    def llvm(self, own: np.ndarray, shared: np.ndarray) -> np.ndarray:
        """Results ``(run, result)``."""
        width = self.kernel.width
        tiles = -(-len(own) // width)
        padded = np.concatenate([own, np.zeros((tiles * width - len(own), OWN))])
        tiled = np.ascontiguousarray(padded.reshape(tiles, width, OWN).transpose(0, 2, 1))
        out = np.full((tiles, self.many, width), 77.0)
        self.kernel.walk([tiled, shared, out], 1, None, None, tiles)
        return out.transpose(0, 2, 1).reshape(-1, self.many)[: len(own)]

    def agree(self, own: np.ndarray, shared: np.ndarray, **tolerance: float) -> None:
        """Compare."""
        with np.errstate(all="ignore"):
            wanted = np.asarray(self.written.reference(own[:, :, None], shared))[:, :, 0]
            found = self.llvm(own, np.ascontiguousarray(shared))
        for rank, name in enumerate(self.written.names):
            one, two = found[:, rank], wanted[:, rank]
            tolerance = {"rtol": 1e-13, "atol": 1e-300} | tolerance
            np.testing.assert_allclose(one, two, **tolerance, err_msg=f"{name} of {own.tolist()}, {shared}")


SPECIAL = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 3.0, math.inf, -math.inf, math.nan, 1e-300, 1e300, -1e300])
PLAIN = st.floats(-20, 20, allow_subnormal=False)
ANY = st.one_of(SPECIAL, PLAIN)


def numbers(elements: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    return st.tuples(arrays(float, (RUNS, OWN), elements=elements), arrays(float, SHARED, elements=elements))


def agreeing(
    function: Function, elements: st.SearchStrategy[float] = ANY, *, codes: Sequence[str] = tuple(CODES), **more: float
) -> None:
    """Compare a function on many numbers, in several kinds of code."""
    written = Written(function)
    several = [Both(written, CODES[name]) for name in codes]

    @given(numbers(elements))
    @settings(max_examples=10)
    def compare(values: tuple[np.ndarray, np.ndarray]) -> None:
        for both in several:
            both.agree(*values, **more)

    compare()


# --- one number from few -----------------------------------------------------------------------

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda x, y: x < y,
    "≤": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    "≥": lambda x, y: x >= y,
    "=": lambda x, y: x == y,
    "≠": lambda x, y: x != y,
}


def test_arithmetic():
    def function(run, own, shared):
        xp = run.xp
        a, b, c, *_ = own
        s, t = shared
        pairs = {"wide": (a, b), "mixed": (a, s), "uniform": (s, t), "left known": (2.5, a), "right known": (a, -0.0)}
        found = {"round": xp.floor(a), "square": a * a, "negative": -a, "size": xp.abs(a)}
        for name, (x, y) in pairs.items():
            found |= {f"{name} +": x + y, f"{name} −": x - y, f"{name} ×": x * y, f"{name} ÷": xp.divide(x, y)}
            found |= {f"{name} max": xp.maximum(x, y), f"{name} min": xp.minimum(x, y), f"{name} /": x / y}
            found |= {f"{name} {sign}": compare(x, y) for sign, compare in COMPARISONS.items()}
        found |= {"known nan": xp.maximum(xp.nan, a), "whole": 3 * a + 1, "of whole": xp.exp(xp.asarray(1))}
        return found | {"where": xp.where(a > b, c, s), "which zero": 1.0 / xp.where(a > b, 0.0, -0.0)}

    agreeing(function)


@pytest.mark.parametrize("code", CODES)
def test_functions_of_the_mathematical_library(code):
    def function(run, own, shared):
        found = {}
        for name in ("exp", "log", "sqrt"):
            apply = getattr(run.xp, name)
            found |= {f"{name} {rank}": apply(x) for rank, x in enumerate((own[0], own[1], shared[0]))}
        turned = run.xp.minimum(run.xp.maximum(own[2], -1e4), 1e4)
        return found | {"power": run.xp.power(own[3], own[4]), "cos": run.xp.cos(turned)}

    agreeing(function, codes=[code], rtol=2e-12, atol=1e-15)


def test_truths():
    def function(run, own, shared):
        xp = run.xp
        p, q, r, s = own[0] > 0, own[1] > own[2], own[3] == own[3], shared[0] > 0
        found = {"and": p & q, "or": p | s, "not": ~q, "xor": p ^ r, "finite": xp.isfinite(own[4])}
        found |= {"both": xp.logical_and(p, own[5]), "either": xp.logical_or(q, s), "neither": xp.logical_not(own[5])}
        found |= {"known": p & True | (q & False), "from the left": True & p | (False | q), "less": p < q}
        found |= {"least": xp.minimum(p, q), "count": p + q * 2 + s.astype("int64"), "all": xp.all(own > -5.0, axis=0)}
        return found | {"as number": xp.where(s, p, q) * 1.5, "from": own[5] != 0}

    agreeing(function)


def test_whole_numbers():
    def function(run, own, shared):
        xp = run.xp
        a, b = own[0].astype("int32"), own[1].astype("int64")
        u, v = (xp.abs(each).astype("uint32") for each in (own[2], own[3]))
        bits = {"and": u & v, "or": u | v, "xor": u ^ v, "left": u << xp.uint32(7), "right": u >> xp.uint32(3)}
        sums = {"sum": u + v * xp.uint32(2654435769), "difference": u - v, "signed": a * a - a, "opposite": -a}
        turns = {"i32": (u - v).astype("int32"), "i64": u.astype("int64") + b, "u8": (a & 255).astype("uint8")}
        order = {"unsigned": u - v > u, "below": a < b, "greatest": xp.maximum(a, 3), "unlike": ~a, "mixed": a + u}
        return bits | sums | turns | order | {"shared": (u + shared[0].astype("uint32")) & v}

    agreeing(function)
    # Beyond the range of whole numbers a conversion gives the nearest one, and none for what is not a number.
    for code in CODES.values():
        own = np.array([[1e300, -1e300, 5e9, math.nan, 0.0, -3.7]])
        turned = Written(lambda run, own, shared: {kind: own.astype(kind) for kind in ("int32", "uint32")})
        Both(turned, code).agree(own, np.zeros(SHARED))


def test_addressed_draws_are_the_same_bits():
    def function(run, own, shared):
        words = [run.xp.abs(each * 1e8).astype("uint32") for each in own[:4]]
        first, second = run.uniforms((words[0], words[1]), (words[2], words[3]))
        return {"first": first, "second": second, "again": run.uniforms((words[1], words[0]), (words[2], words[3]))[0]}

    agreeing(function, PLAIN, rtol=0)


def test_magnitudes():
    def function(run, own, shared):
        pair = tuple(run.xp.minimum(run.xp.maximum(run.xp.abs(each) / 20, 1e-9), 1 - 1e-9) for each in (own[0], own[1]))
        arguments = {
            "uniform": (own[2], own[3]),
            "bernoulli": (run.xp.abs(own[2]) / 20,),
            "poisson": (own[2] * 2,),
            "normal": (own[2], own[3]),
            "lognormal": (own[2], own[3] / 10),
        }
        return {family: draws.magnitude(run, pair, family, each) for family, each in arguments.items()}

    agreeing(function, PLAIN, rtol=1e-11, atol=1e-12)


points = st.lists(core, min_size=3, max_size=6)


@given(points, numbers(st.floats(-5, 5, allow_subnormal=False)))
@settings(max_examples=12)
def test_random_expressions(nodes_, values):
    def function(run, own, shared):
        slots, theta = dict(zip("abc", own, strict=False)), {"p": own[4], "q": shared[0]}
        results = Tape(nodes_, run.xp)(Environment(slots, theta, 3.0, 0.5, NUMBERS))
        # What is huge loses its digits to cancellation.
        return {str(rank): run.xp.where(run.xp.abs(each) < 1e9, each, 0.0) for rank, each in enumerate(results)}

    Both(Written(function)).agree(*values, rtol=1e-9, atol=1e-9)


# --- conditionals and loops --------------------------------------------------------------------


def test_conditionals():
    def function(run, own, shared):
        xp, only = run.xp, run.only
        a, b, c, d, *_ = own
        s, t = shared

        def inner(x):
            deep = only((s > t)[None], lambda: x * 2, x - s)
            return only(x < b, lambda: xp.sqrt(x) + 1, deep)

        found = {
            "wide": only(a > 0, lambda: a + b, b * c),
            "uniform": only((s > 0)[None], lambda: a + s, b - t),
            "true": only(xp.asarray([True]), lambda: a / b, b),
            "false": only(xp.asarray([False]), lambda: a / b, b),
            "never": only(False, lambda: a / b, b),
            "kept": only(a > b, lambda: xp.exp(c / 9), c),
            "its own": only(a > b, lambda: c, c),
            "spread": only(a > b, lambda: xp.stack([a, b]), 0.0 * xp.stack([a, b])),
            "nested": only(c > 0, lambda: inner(c), inner(d) + 3),
            "within": only(c > 0, lambda: only(d > 0, lambda: inner(d), a) + 1, a),
            "truth": only(d > s, lambda: (a > b) & (c < d), a == a),
            "sum": only(a > 1, lambda: (b * 2, 3), (0.0, 4))[1] + only(c > d, lambda: b + c, 0.0),
        }
        tree = only(
            d > s,
            lambda: {"one": (a + 1, [b > c, None]), "two": s},
            {"two": t, "one": (c, [b < c, None])},
        )
        assert tree["one"][1][1] is None
        return found | {"first": tree["one"][0], "second": tree["one"][1][0], "third": tree["two"]}

    agreeing(function)


def halved(run, x, least):
    """Halve what is greater than a number until it is not; gives the rest and how often."""
    return run.until(lambda now: ~(now[0] > least), lambda now: (now[0] / 2, now[1] + 1), (x, 0.0 * x))


def test_loops_until_a_condition_fails():
    def function(run, own, shared):
        a, b, c, d, *_ = own
        one = run.xp.full(1, 1.0)
        rest, turns = halved(run, a, one)
        inside = run.only(b > c, lambda: halved(run, d, run.xp.abs(c) + 0.5)[1], d)
        outer = run.until(lambda n: ~(n[0] < 3), lambda n: (n[0] + 1 + 0 * halved(run, b, one)[1],), (run.xp.abs(c),))
        of_all = halved(run, shared[:1], 1)[1]
        return {"rest": rest, "turns": turns, "inside": inside, "of loops": outer[0], "of all": of_all}

    agreeing(function, PLAIN)


@pytest.mark.parametrize("length", [3, 8, 13])
def test_loops_over_rows(length):
    places = np.arange(length, dtype=float)[:, None]

    def function(run, own, shared):
        xp = run.xp
        a, b, c, d, *_ = own
        rows = {"x": a + places * b, "p": (places * c) > d, "k": xp.asarray(places), "s": shared[0] * places}

        def each(row):
            deep = run.only(row["p"], lambda: halved(run, xp.abs(row["x"] + c), 1.0)[1], row["k"] - shared[1])
            return xp.where(row["p"] & (row["x"] > 0), deep, d) + row["s"]

        def all_of_them():
            return run.each(each, rows)

        blank = xp.zeros((length, 1))
        return {
            "plain": all_of_them(),
            "truths": run.each(lambda row: row["p"] & (row["x"] > b), rows),
            "some": run.only(a > 0, all_of_them, blank),
            "of all": run.each(lambda row: row["s"] + shared[1], {"s": rows["s"]}),
            "twice": run.only(a > 0, lambda: run.only(b > 0, all_of_them, blank), blank),
        }

    def masked(run, own, shared):
        # In runs that are left out anything may stand.
        a, b, *_ = own
        found = function(run, own, shared)
        found["some"] = run.xp.where(a > 0, found["some"], 0.0)
        return found | {"twice": run.xp.where((a > 0) & (b > 0), found["twice"], 0.0)}

    agreeing(masked, PLAIN, codes=("widest", "four"), rtol=1e-12, atol=1e-12)


# --- what moves numbers about ------------------------------------------------------------------


def test_moves():
    def function(run, own, shared):
        xp = run.xp
        table = xp.stack([own[:3], own[3:], own[:3] * shared[0]])[:, :, 0]
        places = np.array([2, 0, 1, 1])
        return {
            "gathered": table[places],
            "columns": table[:, xp.asarray(places)],
            "one": table[1],
            "last": table[-1],
            "square": own[np.array([[0, 1], [4, 5]])],
            "reversed": table[np.arange(2, -1, -1)],
            "part": table[1:, ::2],
            "turned": table.reshape(9)[None, :, None],
            "joined": xp.concatenate([table[0], shared]),
            "spread": xp.broadcast_to(shared[:, None], (2, 3)) + xp.arange(3),
            "outer": shared[:, None] * table[0],
            "mixed": xp.asarray([shared[0], 1.0, 2]),
            "all": xp.all(table > 0, axis=0),
            "rows": xp.stack([row * 2 for row in table]),
            "none": xp.zeros_like(table[0] > 0),
            "full": xp.full((2, 2), 0.5),
        }

    agreeing(function, rtol=1e-12, atol=1e-12)


def test_what_is_not_known_while_a_step_is_recorded_is_refused():
    with pytest.raises(NotImplementedError, match="a compiled step can"):
        Written(lambda run, own, shared: {"x": own[shared[0].astype("int64")] if isinstance(run, Recorder) else own[0]})
    recorder = Recorder()
    with pytest.raises(TypeError, match="not known while it is recorded"):
        bool(recorder.argument("i1", (1,)))


def test_memory_is_written_on_only_when_nobody_asks_for_it_any_more():
    """One number is asked for again after a conditional on it, the other is not."""
    shape = Shape((Field("shared", 1, "f64", shared=True), Field("state", 2, "f64", change=True)))
    recorder = Recorder()
    _, one, two = arguments = [recorder.argument("f64", shape_) for shape_ in ((), (1,), (1,))]
    raised = recorder.only(one > 0.0, lambda: one + 1.0, one)
    kept = recorder.only(two > 0.0, lambda: two + 1.0, two)
    results = recorder.xp.stack([raised + 10.0 * one, kept + 100.0])
    record = recorder.record(arguments, [results, recorder.xp.zeros((0, 1))])
    width = build.width()
    text = source(record, shape, width, build.vector_functions(width))
    kernel = Kernel(shape, width, build.loaded(build.made(text, []).code))
    values = np.linspace(-1.0, 1.0, 2 * width).reshape(width, 2).T.reshape(1, 2, width)
    state = np.ascontiguousarray(values.copy())
    kernel.walk([np.zeros(1), state], 1, None, None, 1)
    one, two = values[0]
    expected = [np.where(one > 0.0, one + 1.0, one) + 10.0 * one, np.where(two > 0.0, two + 1.0, two) + 100.0]
    np.testing.assert_allclose(state[0], expected)
