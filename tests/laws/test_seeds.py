"""Laws of draws: the same seed gives the same bits, whatever the size of a block."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brinkmanship as bk
from crises import bits, crisis, generic


@pytest.fixture(scope="module")
def whole():
    return crisis(10, **generic())


@pytest.fixture(scope="module")
def plain(whole):
    return bits(bk.simulate(whole, runs=61, seed=7, sampled=61))


@given(st.integers(1, 70))
@settings(max_examples=20)
def test_same_bits_for_any_size_of_block(whole, plain, block):
    assert bits(bk.simulate(whole, runs=61, seed=7, sampled=61, block=block)) == plain


@given(st.integers(1, 60))
@settings(max_examples=10)
def test_fewer_runs_are_the_first_of_more(whole, plain, runs):
    found = bk.simulate(whole, runs=runs, seed=7, sampled=61)
    full = bk.simulate(whole, runs=61, seed=7, sampled=61)
    for name, values in found.sampled_paths.items():
        assert values.tobytes() == full.sampled_paths[name][:runs].tobytes()


def test_seed_0_is_a_seed(whole):
    zero, again, one = (bits(bk.simulate(whole, runs=200, seed=seed)) for seed in (0, 0, 1))
    assert zero == again
    assert zero["path wealth"] != one["path wealth"]
    assert zero["deeds event/spark"] != one["deeds event/spark"]


def test_the_first_draws_of_neighbouring_seeds_and_runs_are_unlike(whole):
    paths = [bk.simulate(whole, runs=20, seed=seed).sampled_paths["wealth"][:, 0] for seed in range(5)]
    assert len({value for path in paths for value in path.tolist()}) > 95
