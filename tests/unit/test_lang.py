"""Units and intervals."""

import math

import pytest

from brinkmanship.lang import nodes
from brinkmanship.lang.interval import EVERYTHING, Ranges, interval
from brinkmanship.lang.parse import parse
from brinkmanship.lang.resolve import Scope, Symbol, resolve
from brinkmanship.lang.units import NO_UNIT, agree, parse_unit, raised, show_unit, times


@pytest.mark.parametrize(
    "text, shown",
    [
        ("usd/barrel", "usd/barrel"),
        ("people * day", "day*people"),
        ("1/day", "1/day"),
        ("day**2", "day^2"),
        ("usd/day^2", "usd/day^2"),
        ("share", "a plain number"),
        ("day/day", "a plain number"),
        ("1", "a plain number"),
    ],
)
def test_units_are_read_and_shown(text, shown):
    assert show_unit(parse_unit(text)) == shown


@pytest.mark.parametrize("text", ["usd per barrel", "/day", "usd//day", "3", "usd*", "usd^x", "usd barrel", "$"])
def test_what_is_no_unit(text):
    with pytest.raises(ValueError, match="is no unit"):
        parse_unit(text)


def test_products_of_units():
    usd, barrel = parse_unit("usd"), parse_unit("barrel")
    assert times(usd, barrel, -1) == parse_unit("usd/barrel")
    assert times(parse_unit("usd/barrel"), barrel) == usd
    assert times(usd, None) is None
    assert raised(usd, 2) == parse_unit("usd^2")
    assert raised(NO_UNIT, 0.5) == NO_UNIT
    assert raised(usd, 0.5) is None


def test_an_unknown_unit_goes_with_any():
    assert agree(None, parse_unit("usd"))
    assert not agree(NO_UNIT, parse_unit("usd"))


RANGES = Ranges({"x": (-2.0, 3.0), "y": (1.0, 2.0), "f": (0.0, 1.0)}, {}, (), (0.0, 30.0), 0.5)
SCOPE = Scope(
    {"x": Symbol("quantity"), "y": Symbol("quantity"), "f": Symbol("quantity", "flag", ())},
    {"s": ("a", "b")},
    nodes.Number,
    lambda *_: None,
)


def bounds(text):
    typed, faults = resolve(text, SCOPE)
    assert not faults
    return interval(typed.node, RANGES)


@pytest.mark.parametrize(
    "text, low, high",
    [
        ("x", -2, 3),
        ("-x", -3, 2),
        ("x + y", -1, 5),
        ("x - y", -4, 2),
        ("x * y", -4, 6),
        ("x * x", -6, 9),
        ("1 / y", 0.5, 1),
        ("1 / x", *EVERYTHING),
        ("x ** 2", 0, 9),
        ("y ** 2", 1, 4),
        ("abs(x)", 0, 3),
        ("min(x, y)", -2, 2),
        ("max(x, y)", 1, 3),
        ("clip(x, 0, 1)", 0, 1),
        ("exp(x)", math.exp(-2), math.exp(3)),
        ("log(y)", 0, math.log(2)),
        ("sqrt(y)", 1, math.sqrt(2)),
        ("logistic(x)", 1 / (1 + math.exp(2)), 1 / (1 + math.exp(-3))),
        ("1 if x > 5 else 2", 2, 2),
        ("1 if y >= 1 else 2", 1, 1),
        ("1 if x > 0 else 2", 1, 2),
        ("where(f, 1, 2)", 1, 2),
        ("sum(y for i in s)", 2, 4),
        ("day", 0, 30),
        ("0.1 + 0.1 * f", 0.1, 0.2),
    ],
)
def test_intervals(text, low, high):
    assert bounds(text) == pytest.approx((low, high))


@pytest.mark.parametrize(
    "text", ["exp(1000 * x)", "x ** x", "y ** (1000 * y)", "1 / (x - x)", "log(x)", "0 * exp(1000 * y)"]
)
def test_intervals_are_no_nan(text):
    assert not any(map(math.isnan, bounds(text)))


def test_offsets_count_from_the_start_of_the_text():
    assert parse("  a + b").left.at == 2
    assert parse("  a + b").right.at == 6
