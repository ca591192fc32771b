"""Laws of the expression language: printing and parsing undo each other, and values are Python's."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from brinkmanship.lang import nodes
from brinkmanship.lang.parse import ExpressionFault, parse
from brinkmanship.lang.printer import show
from crises import HUGE, value_of

NAMES = ("oil", "anger", "x1", "flag_7")
numbers = st.one_of(
    st.integers(0, 10**6).map(float),
    st.floats(0, 1e300, allow_nan=False),
    st.floats(1e-300, 1, allow_nan=False),
).map(nodes.Number)
leaves = st.one_of(numbers, st.sampled_from(NAMES).map(nodes.Name), st.booleans().map(nodes.Truth))


def grown(inner):
    """Nodes one level above ``inner``."""
    pairs = st.tuples(inner, inner)
    some = st.lists(inner, min_size=2, max_size=3).map(tuple)
    names = st.sampled_from(NAMES)
    return st.one_of(
        st.builds(nodes.Unary, st.sampled_from(["-", "not"]), inner),
        st.builds(nodes.Binary, st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner),
        pairs.map(lambda two: nodes.Compare(two, ("<",))),
        st.builds(
            lambda a, b, c, s: nodes.Compare((a, b, c), tuple(s)),
            inner,
            inner,
            inner,
            st.lists(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), min_size=2, max_size=2),
        ),
        st.builds(nodes.Logic, st.sampled_from(["and", "or"]), some),
        st.builds(nodes.Choose, inner, inner, inner),
        st.builds(nodes.Call, st.sampled_from(["min", "max", "exp", "where", "poisson"]), some),
        st.builds(nodes.Entry, names, st.lists(names.map(nodes.Name), min_size=1, max_size=2).map(tuple)),
        st.builds(
            nodes.Fold,
            st.sampled_from(["sum", "any", "all"]),
            inner,
            st.just("i"),
            st.just("actors"),
            st.one_of(st.none(), inner),
        ),
    )


surface = st.recursive(leaves, grown, max_leaves=14)


@given(surface)
@settings(max_examples=300)
def test_parsing_what_is_printed_gives_the_same(node):
    text = show(node)
    try:
        found = parse(text)
    except ExpressionFault as fault:
        # Bounds on size and depth are the only reason to refuse what a printer wrote.
        assert "more than" in fault.message, text
        assume(False)
    assert found == node, text
    assert show(found) == text


def conditions(inner):
    """Truths over numbers."""
    compared = st.builds(
        lambda a, b, sign: nodes.Compare((a, b), (sign,)),
        inner,
        inner,
        st.sampled_from(["<", "<=", ">", ">=", "=="]),
    )
    chained = st.builds(lambda a, b, c: nodes.Compare((a, b, c), ("<", "<=")), inner, inner, inner)
    plain = st.one_of(compared, chained)
    return st.one_of(
        plain,
        plain.map(lambda each: nodes.Unary("not", each)),
        st.builds(nodes.Logic, st.sampled_from(["and", "or"]), st.tuples(plain, plain)),
    )


arithmetic = st.recursive(
    st.one_of(st.integers(0, 9).map(float).map(nodes.Number), st.sampled_from(["a", "b", "c"]).map(nodes.Name)),
    lambda inner: st.one_of(
        st.builds(nodes.Unary, st.just("-"), inner),
        st.builds(nodes.Binary, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
        st.builds(
            lambda base, power: nodes.Binary("**", base, nodes.Number(power)),
            inner,
            st.sampled_from([0.0, 1.0, 2.0, 3.0]),
        ),
        st.builds(nodes.Call, st.sampled_from(["min", "max"]), st.tuples(inner, inner)),
        st.builds(nodes.Choose, conditions(inner), inner, inner),
    ),
    max_leaves=10,
)


@given(arithmetic, st.tuples(*[st.floats(-5, 5)] * 3))
@settings(max_examples=120)
def test_values_are_those_of_python(node, values):
    text = show(node)
    named = dict(zip("abc", values, strict=True))
    try:
        wanted = float(eval(text, {"__builtins__": {}, "min": min, "max": max}, dict(named)))
    except (ZeroDivisionError, OverflowError):
        assume(False)
    assume(math.isfinite(wanted) and abs(wanted) < HUGE)
    assert value_of(text, named) == pytest.approx(wanted, rel=1e-12, abs=1e-12)


FUNCTIONS = {
    "exp(a / 10)": lambda a, b, c: math.exp(a / 10),
    "log(1 + abs(a))": lambda a, b, c: math.log(1 + abs(a)),
    "sqrt(a * a + b * b)": lambda a, b, c: math.hypot(a, b),
    "logistic(a)": lambda a, b, c: 1 / (1 + math.exp(-a)),
    "clip(a, -1, 2)": lambda a, b, c: min(max(a, -1), 2),
    "where(a > b, c, b)": lambda a, b, c: c if a > b else b,
    "max(a, b, c) - min(a, b, c)": lambda a, b, c: max(a, b, c) - min(a, b, c),
    "(a > 0) + (b > 0) * 2": lambda a, b, c: (a > 0) + (b > 0) * 2,
    "sum(c for i in three)": lambda a, b, c: 3 * c,
    "a if any(b > 0 for i in three) else c": lambda a, b, c: a if b > 0 else c,
    "a if all(b > 0 for i in three) and not c > 0 else -a": lambda a, b, c: a if b > 0 and not c > 0 else -a,
    "2 ** -a": lambda a, b, c: 2**-a,
    "-a ** 2": lambda a, b, c: -(a**2),
}


@pytest.mark.parametrize("text", FUNCTIONS)
@given(st.tuples(*[st.floats(-5, 5)] * 3))
@settings(max_examples=12)
def test_functions_are_what_they_are_called(text, values):
    assert value_of(text, dict(zip("abc", values, strict=True))) == pytest.approx(
        FUNCTIONS[text](*values), rel=1e-12, abs=1e-12
    )
