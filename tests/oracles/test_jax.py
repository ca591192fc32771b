"""NumPy against JAX: the same expressions have the same values."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brinkmanship.lang.tape import Environment, Tape
from expressions import NUMBERS, core

jax = pytest.importorskip("jax")


@pytest.fixture(autouse=True, scope="module")
def double_precision() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


points = st.tuples(*[st.lists(st.floats(-5, 5), min_size=4, max_size=4)] * 5)


@given(st.lists(core, min_size=3, max_size=6), points)
@settings(max_examples=25)
def test_expressions_have_the_same_values(nodes_, values):
    def run(xp):
        columns = [xp.asarray(each) for each in values]
        env = Environment(
            dict(zip("abc", columns, strict=False)),
            dict(zip("pq", columns[3:], strict=True)),
            3.0,
            0.5,
            NUMBERS,
        )
        return [np.broadcast_to(np.asarray(each, float), 4) for each in Tape(nodes_, xp)(env)]

    with np.errstate(all="ignore"):
        for one, two in zip(run(np), run(jax.numpy), strict=True):
            sound = np.isfinite(one) & (np.abs(one) < 1e150)
            np.testing.assert_allclose(two[sound], one[sound], rtol=1e-9, atol=1e-9)
