"""ICD 203 (2015): the seven ranges, and what we add to them."""

import pytest

from brinkmanship.results.estimative import reach, word

RANGES = [
    ("almost no chance", 0.01, 0.05),
    ("very unlikely", 0.05, 0.20),
    ("unlikely", 0.20, 0.45),
    ("roughly even chance", 0.45, 0.55),
    ("likely", 0.55, 0.80),
    ("very likely", 0.80, 0.95),
    ("almost certain", 0.95, 0.99),
]


@pytest.mark.parametrize(("name", "low", "high"), RANGES)
def test_the_ranges_of_the_directive(name, low, high):
    assert {word(low + part * (high - low)) for part in (0.0, 0.01, 0.5, 0.99)} == {name}


def test_beyond_the_directive():
    assert (word(0.004), word(0.996)) == ("almost no chance", "almost certain")
    assert (word(0.0), word(1.0)) == ("in no run", "in every run")
    assert word(float("nan")) == ""


def test_an_interval_that_reaches_over_a_bound():
    assert reach(0.15, 0.25) == "very unlikely to unlikely"
    assert reach(0.0, 0.04) == ""
    assert reach(0.0, 1.0) == "almost no chance to almost certain"
