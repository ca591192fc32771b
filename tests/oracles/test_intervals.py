"""Interval arithmetic against values at random points: no value lies outside the bounds."""

import math

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from brinkmanship.lang import nodes
from brinkmanship.lang.interval import Ranges, interval
from brinkmanship.lang.tape import Environment, evaluate
from expressions import NUMBERS, core

ends = st.floats(-20, 20).map(lambda value: round(value, 2))
pairs = st.tuples(ends, ends).map(lambda two: (min(two), max(two)))


@given(
    core,
    st.tuples(*[pairs] * 5),
    st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, 0.5, 0.25, 0.9])] * 6), min_size=3, max_size=3),
)
@settings(max_examples=400)
def test_every_value_lies_within_the_bounds(node, bounds, places):
    slots, parameters = dict(zip("abc", bounds, strict=False)), dict(zip("pq", bounds[3:], strict=True))
    low, high = interval(node, Ranges(slots, parameters, NUMBERS, (0.0, 30.0), 0.5))
    assert low <= high
    for place in places:

        def at(name, pair, place=place):
            return np.array([pair[0] + place["abcpq".index(name)] * (pair[1] - pair[0])])

        env = Environment(
            {key: at(key, pair) for key, pair in slots.items()},
            {key: at(key, pair) for key, pair in parameters.items()},
            30.0 * place[5],
            0.5,
            NUMBERS,
        )
        with np.errstate(all="ignore"):
            value = float(np.ravel(evaluate(node, env, np))[0])
        if math.isnan(value):
            continue
        slack = 1e-9 * max(1.0, abs(value)) if math.isfinite(value) else 0.0
        assert low - slack <= value <= high + slack, (node, value, low, high)


@given(pairs, pairs)
def test_bounds_of_plain_operations_are_sharp(a, b):
    ranges = Ranges({"a": a, "b": b}, {}, (), (0.0, 1.0), 1.0)
    corners = [(x, y) for x in a for y in b]
    for sign, compute in (("+", lambda x, y: x + y), ("-", lambda x, y: x - y), ("*", lambda x, y: x * y)):
        found = interval(nodes.Binary(sign, nodes.Slot("a"), nodes.Slot("b")), ranges)
        assert found == (min(compute(*each) for each in corners), max(compute(*each) for each in corners))
    assume(not b[0] <= 0 <= b[1])
    found = interval(nodes.Binary("/", nodes.Slot("a"), nodes.Slot("b")), ranges)
    assert np.allclose(found, (min(x / y for x, y in corners), max(x / y for x, y in corners)), atol=1e-12)
