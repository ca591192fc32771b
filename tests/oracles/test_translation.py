"""LLVM code against JAX: every primitive of a trace gives the same numbers, in every run side by side."""

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
from brinkmanship.lang.tape import Environment, Tape
from expressions import NUMBERS, core

jax = pytest.importorskip("jax")
build = pytest.importorskip("brinkmanship.engine.compiled.build")

from brinkmanship.engine.compiled.kernel import Kernel, source  # noqa: E402
from brinkmanship.engine.compiled.onerun import ONE_RUN, uniforms  # noqa: E402
from brinkmanship.engine.compiled.shape import Field, Shape  # noqa: E402

jnp, lax = jax.numpy, jax.lax
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

Function = Callable[[Any, Any], dict[str, Any]]
"""From a run's own numbers ``(own, 1)`` and those of all ``(shared,)`` to named results."""


class Traced:
    """A function of a run's numbers, and what JAX makes of it."""

    def __init__(self, function: Function) -> None:
        self.names: list[str] = []

        def flat(own: Any, shared: Any) -> Any:
            found = {name: jnp.ravel(jnp.asarray(each)).astype(float) for name, each in function(own, shared).items()}
            self.names = [name for name, each in found.items() for _ in range(each.size)]
            return jnp.concatenate(list(found.values()))[:, None]

        nothing = jnp.zeros((0, 1))
        self.many = jax.eval_shape(flat, np.zeros((OWN, 1)), np.zeros(SHARED)).shape[0]
        fields = Field("own", OWN, "f64"), Field("shared", SHARED, "f64", shared=True)
        self.shape = Shape((*fields, Field("out", self.many, "f64", change=True)))

        def apart(*numbers: Any) -> Any:
            parts = self.shape.parted(numbers)
            return flat(jnp.stack(parts["own"]), jnp.stack(parts["shared"])), nothing

        self.closed = jax.make_jaxpr(apart)(*self.shape.examples)
        self.reference = jax.jit(jax.vmap(flat, in_axes=(0, None)))


class Both:
    """The function by LLVM code and by JAX."""

    def __init__(self, traced: Traced, code: Code = WIDEST) -> None:
        self.traced, self.many = traced, traced.many
        made = build.made(source(traced.closed, traced.shape, code.width, code.vectors), [])
        self.kernel = Kernel(traced.shape, code.width, build.loaded(made.finished().code))

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
            wanted = np.asarray(self.traced.reference(own[:, :, None], shared))[:, :, 0]
            found = self.llvm(own, np.ascontiguousarray(shared))
        for rank, name in enumerate(self.traced.names):
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
    traced = Traced(function)
    several = [Both(traced, CODES[name]) for name in codes]

    @given(numbers(elements))
    @settings(max_examples=10)
    def compare(values: tuple[np.ndarray, np.ndarray]) -> None:
        for both in several:
            both.agree(*values, **more)

    compare()


# --- one number from few -----------------------------------------------------------------------


def test_arithmetic():
    def function(own, shared):
        a, b, c, *_ = own
        s, t = shared
        pairs = {"wide": (a, b), "mixed": (a, s), "uniform": (s, t), "left known": (2.5, a), "right known": (a, -0.0)}
        found = {"round": jnp.floor(a) + jnp.ceil(b), "square": a * a, "negative": -a, "size": jnp.abs(a)}
        for name, (x, y) in pairs.items():
            x, y = jnp.asarray(x), jnp.asarray(y)
            found |= {f"{name} +": x + y, f"{name} −": x - y, f"{name} ×": x * y, f"{name} ÷": x / y}
            found |= {f"{name} max": jnp.maximum(x, y), f"{name} min": jnp.minimum(x, y)}
            found |= {f"{name} {sign}": getattr(lax, sign)(*jnp.broadcast_arrays(x, y)) for sign in COMPARISONS}
        found |= {f"power {n}": lax.integer_pow(a, n) for n in (2, 3, -1, -2)}
        found |= {"between": jnp.clip(a, -1.0, 2.0), "known nan": jnp.maximum(jnp.nan, a)}
        return found | {"where": jnp.where(a > b, c, s), "which zero": 1.0 / jnp.where(a > b, 0.0, -0.0)}

    agreeing(function)


COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


@pytest.mark.parametrize("code", CODES)
def test_functions_of_the_mathematical_library(code):
    def function(own, shared):
        found = {}
        for name in ("exp", "log", "tanh", "log1p", "expm1", "sqrt"):
            found |= {f"{name} {rank}": getattr(jnp, name)(x) for rank, x in enumerate((own[0], own[1], shared[0]))}
        turned = jnp.clip(own[2], -1e4, 1e4)
        powers = {"power": jnp.power(own[3], own[4]), "logistic": jax.nn.sigmoid(own[5])}
        return found | powers | {"sin": jnp.sin(turned), "cos": jnp.cos(turned)}

    agreeing(function, codes=[code], rtol=2e-12, atol=1e-15)


def test_truths():
    def function(own, shared):
        p, q, r, s = own[0] > 0, own[1] > own[2], own[3] == own[3], shared[0] > 0
        found = {"and": p & q, "or": p | s, "not": ~q, "xor": jnp.logical_xor(p, r), "finite": jnp.isfinite(own[4])}
        found |= {"known": p & True | (q & False), "less": lax.lt(p, q), "least": jnp.minimum(p, q)}
        return found | {"count": p + q * 2 + s.astype(int), "as number": jnp.where(s, p, q) * 1.5, "from": own[5] != 0}

    agreeing(function)


def test_whole_numbers():
    def function(own, shared):
        a, b = own[0].astype(jnp.int32), own[1].astype(jnp.int64)
        u, v = (jnp.abs(each).astype(jnp.uint32) for each in (own[2], own[3]))
        bits = {"and": u & v, "or": u | v, "xor": u ^ v, "left": u << jnp.uint32(7), "right": u >> jnp.uint32(3)}
        sums = {"sum": u + v * jnp.uint32(2654435769), "difference": u - v, "signed": a * a - a, "opposite": -a}
        turns = {"i32": (u - v).astype(jnp.int32), "i64": u.astype(jnp.int64) + b, "u8": (a & 255).astype(jnp.uint8)}
        order = {"unsigned": u - v > u, "below": a < b, "greatest": jnp.maximum(a, 3), "unlike": jnp.bitwise_not(a)}
        return bits | sums | turns | order | {"shared": (u + shared[0].astype(jnp.uint32)) & v}

    agreeing(function)
    # Beyond the range of whole numbers a conversion gives the nearest one, and none for what is not a number.
    for code in CODES.values():
        own = np.array([[1e300, -1e300, 5e9, math.nan, 0.0, -3.7]])
        both = Both(Traced(lambda own, shared: {"i32": own.astype(jnp.int32), "u32": own.astype(jnp.uint32)}), code)
        both.agree(own, np.zeros(SHARED))


def test_addressed_draws_are_the_same_bits():
    def function(own, shared):
        words = [jnp.abs(each * 1e8).astype(jnp.uint32) for each in own[:4]]
        first, second = uniforms(*words)
        return {"first": first, "second": second, "again": uniforms(words[1], words[0], *words[2:])[0]}

    agreeing(function, PLAIN, rtol=0)


def test_magnitudes():
    def function(own, shared):
        pair = tuple(jnp.clip(jnp.abs(each) / 20, 1e-9, 1 - 1e-9) for each in own[:2])
        arguments = {
            "uniform": (own[2], own[3]),
            "bernoulli": (jnp.abs(own[2]) / 20,),
            "poisson": (own[2] * 2,),
            "normal": (own[2], own[3]),
            "lognormal": (own[2], own[3] / 10),
        }
        return {family: draws.magnitude(ONE_RUN, pair, family, each) for family, each in arguments.items()}

    agreeing(function, PLAIN, rtol=1e-11, atol=1e-12)


points = st.lists(core, min_size=3, max_size=6)


@given(points, numbers(st.floats(-5, 5, allow_subnormal=False)))
@settings(max_examples=12)
def test_random_expressions(nodes_, values):
    def function(own, shared):
        slots, theta = dict(zip("abc", own, strict=False)), {"p": own[4], "q": shared[0]}
        results = Tape(nodes_, jnp)(Environment(slots, theta, 3.0, 0.5, NUMBERS))
        # What is huge loses its digits to cancellation.
        return {str(rank): jnp.where(jnp.abs(each) < 1e9, each, 0.0) for rank, each in enumerate(results)}

    Both(Traced(function)).agree(*values, rtol=1e-9, atol=1e-9)


# --- conditionals and loops --------------------------------------------------------------------


def test_conditionals():
    def function(own, shared):
        a, b, c, d, *_ = own
        s, t = shared

        def inner(x):
            return lax.cond((x < b)[0], lambda: jnp.sqrt(x) + 1, lambda: lax.cond(s > t, lambda: x * 2, lambda: x - s))

        return {
            "wide": lax.cond((a > 0)[0], lambda: a + b, lambda: b * c),
            "uniform": lax.cond(s > 0, lambda: a + s, lambda: b - t),
            "known": lax.cond(True, lambda: a / b, lambda: b),
            "kept": lax.cond((a > b)[0], lambda: jnp.exp(c / 9), lambda: c),
            "nothing": lax.cond((a > b)[0], lambda: c + 1, lambda: jnp.zeros(1)),
            "nested": lax.cond((c > 0)[0], lambda: inner(c), lambda: inner(d) + 3),
            "several": jnp.stack(lax.cond((d > s)[0], lambda: (a + 1, b > c, s), lambda: (c, b < c, t))[0:1]),
            "truth": lax.cond((d > s)[0], lambda: (a > b) & (c < d), lambda: a == a),
            "only": ONE_RUN.only(a > 1, lambda: (b * 2, 3), (0.0, 4))[1] + ONE_RUN.only(c > d, lambda: b + c, 0.0),
        }

    agreeing(function)


def test_a_conditional_of_three_ways_is_refused():
    with pytest.raises(NotImplementedError, match="two branches"):
        Both(
            Traced(lambda _, shared: {"x": lax.switch(shared[0].astype(int), [lambda: 1.0, lambda: 2.0, lambda: 3.0])})
        )


def test_loops_until_a_condition_fails():
    def halved(x, least):
        return lax.while_loop(lambda now: (now[0] > least)[0], lambda now: (now[0] / 2, now[1] + 1), (x, jnp.zeros(1)))

    def function(own, shared):
        a, b, c, d, *_ = own
        rest, turns = halved(a, jnp.ones(1))
        inside = lax.cond((b > c)[0], lambda: halved(d, jnp.abs(c) + 0.5)[1], lambda: d)
        outer = lax.while_loop(lambda n: (n < 3)[0], lambda n: n + 1 + 0 * halved(b, jnp.ones(1))[1], jnp.abs(c))
        return {"rest": rest, "turns": turns, "inside": inside, "of loops": outer, "of all": halved(shared[:1], 1)[1]}

    agreeing(function, PLAIN)


@pytest.mark.parametrize("length", [3, 8, 13])
def test_loops_over_rows(length):
    places = jnp.arange(length, dtype=float)[:, None]

    def function(own, shared):
        a, b, c, d, *_ = own
        rows = {"x": a + places * b, "p": (places * c) > d, "k": places, "w": jnp.stack([places * a, places + b], 1)}

        def body(total, row):
            total = total * 0.5 + jnp.where(row["p"], row["x"], row["k"] * shared[0])
            return total, (total + row["w"][0] * row["w"][1], row["x"] > b, jnp.stack([row["k"], a]))

        def each(row):
            deep = lax.cond(row["p"][0], lambda: halvings(row["x"] + c), lambda: row["w"][1] - shared[1])
            return deep, row["p"] & (row["x"] > 0), row["k"] + 1

        def without_memory():
            return lax.scan(lambda _, row: (None, each(row)), None, rows)[1]

        def blank():
            return jnp.zeros((length, 1)), jnp.zeros((length, 1), bool), jnp.zeros((length, 1))

        last, made = lax.scan(body, d, rows)
        plain = without_memory()
        some = lax.cond((a > 0)[0], without_memory, blank)
        twice = lax.cond((a > 0)[0], lambda: lax.cond((b > 0)[0], without_memory, blank), blank)
        found = {"last": last, "made": made[0], "truths": made[1], "pairs": made[2]}
        for name, results in {"plain": plain, "some": some, "twice": twice}.items():
            found |= {f"{name} {rank}": each_ for rank, each_ in enumerate(results)}
        return found

    agreeing(function, PLAIN, codes=("widest", "four"), rtol=1e-12, atol=1e-12)


def halvings(x):
    """A loop whose length differs from place to place."""
    return lax.while_loop(
        lambda now: (now[0] > 1)[0], lambda now: (now[0] / 2, now[1] + 1), (jnp.abs(x), jnp.zeros(1))
    )[1]


# --- what moves numbers about, and sums --------------------------------------------------------


def test_moves_and_folds():
    def function(own, shared):
        table = jnp.stack([own[:3], own[3:], own[:3] * shared[0]])[:, :, 0]
        places = np.array([2, 0, 1, 1])
        return {
            "gathered": table[places],
            "columns": table[:, places],
            "one": table[1],
            "square": own[np.array([[0, 1], [4, 5]])],
            "reversed": table[np.arange(2, -1, -1)],
            "part": table[1:, ::2],
            "turned": table.T,
            "tiled": jnp.tile(table[0], 2),
            "joined": jnp.concatenate([table[0], shared]),
            "spread": jnp.broadcast_to(shared[:, None], (2, 3)) + jnp.arange(3),
            "sum": table.sum(axis=0),
            "greatest": table.max(axis=1),
            "least": table.min(),
            "all": (table > 0).all(axis=0),
            "any": (table > 0).any(axis=1),
        }

    agreeing(function, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "function",
    [
        lambda own, shared: {"x": own[shared[0].astype(int)]},
        lambda own, shared: {"x": jnp.sort(own[:, 0])},
        lambda own, shared: {"x": jnp.arctan2(own[0], own[1])},
    ],
)
def test_what_no_step_uses_is_refused(function):
    with pytest.raises(NotImplementedError, match="a compiled step can"):
        Both(Traced(function))


def test_memory_is_written_on_only_when_nobody_asks_for_it_any_more():
    """One number is asked for again after a conditional on it, the other is not."""
    shape = Shape((Field("shared", 1, "f64", shared=True), Field("state", 2, "f64", change=True)))

    def step(_, one, two):
        raised = lax.cond(one[0] > 0.0, lambda: one + 1.0, lambda: one)
        kept = lax.cond(two[0] > 0.0, lambda: two + 1.0, lambda: two)
        return jnp.stack([raised + 10.0 * one, kept + 100.0]), jnp.zeros((0, 1))

    width = build.width()
    text = source(jax.make_jaxpr(step)(*shape.examples), shape, width, build.vector_functions(width))
    kernel = Kernel(shape, width, build.loaded(build.made(text, []).code))
    values = np.linspace(-1.0, 1.0, 2 * width).reshape(width, 2).T.reshape(1, 2, width)
    state = np.ascontiguousarray(values.copy())
    kernel.walk([np.zeros(1), state], 1, None, None, 1)
    one, two = values[0]
    expected = [np.where(one > 0.0, one + 1.0, one) + 10.0 * one, np.where(two > 0.0, two + 1.0, two) + 100.0]
    np.testing.assert_allclose(state[0], expected)
