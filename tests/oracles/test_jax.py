"""NumPy against JAX: the same expressions, and the same step traced and compiled, give the same numbers."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brinkmanship.engine.draws import Addressed
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.engine.step import Machine, Moment, World, step
from brinkmanship.lang.tape import Environment, Tape
from crises import crisis, generic
from expressions import NUMBERS, core

jax = pytest.importorskip("jax")


@pytest.fixture(autouse=True, scope="module")
def double_precision() -> Iterator[None]:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


@dataclass(frozen=True)
class AllLanes:
    """Every lane is worked on: a compiler leaves none out. What comes of those not set is dropped."""

    mask: Any

    @property
    def count(self) -> int:
        return len(self.mask)

    @property
    def index(self) -> Any:
        return jax.numpy.arange(self.count)

    def take(self, arrays: Any) -> list[Any]:
        return list(arrays)

    def put(self, values: Any) -> Any:
        return jax.numpy.where(self.mask, values, jax.numpy.zeros_like(values))


class JaxBackend:
    """What a compiler answers: any lane may be set, and all are worked on."""

    @property
    def xp(self) -> Any:
        return jax.numpy

    def any(self, mask: Any) -> bool:
        return True

    def lanes(self, mask: Any) -> AllLanes:
        return AllLanes(mask)

    def quiet(self) -> Any:
        return nullcontext()

    def rows(self, values: Any, lanes: int) -> Any:
        return jax.numpy.stack([jax.numpy.broadcast_to(jax.numpy.asarray(each), (lanes,)) for each in values])

    def joined(self, values: Any, shapes: Any) -> Any:
        return jax.numpy.concatenate(
            [jax.numpy.broadcast_to(each, shape).ravel() for each, shape in zip(values, shapes, strict=True)]
        )

    def some(self, masks: Any, lanes: int) -> list[bool]:
        return [True] * len(masks)

    def overwritten(self, block: Any, row: int, low: int, values: Any, shape: tuple[int, int]) -> Any:
        flat = jax.numpy.broadcast_to(values, shape).ravel()
        return block.at[row, low : low + flat.size].set(flat)


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


RUNS = 64


def test_a_step_traced_by_jax_is_the_step_of_numpy():
    """Twelve steps, compiled once: the number of the step is an argument."""
    lowered = crisis(12, **generic()).lowered
    request = Request(RUNS, 3, 0.0)
    simulator = Simulator(lowered)
    numbers = np.arange(RUNS, dtype=np.uint32)
    begun, _ = simulator.start(request, numbers)
    machine = Machine(lowered.program, JaxBackend())
    xp = jax.numpy

    @jax.jit
    def compiled(index, state, theta, status, hits):
        sampler = Addressed(xp, request.seed, xp.asarray(numbers)).at(index)
        moment = Moment(index, index * 1.0, 1.0)
        world, _ = step(machine, World(state, theta, status, hits), moment, sampler)
        return world.state, world.status, world.hits

    theta = machine.derive(lowered.numbers, {key: xp.asarray(begun.theta[key]) for key in lowered.program.parameters})
    state, status, hits = (
        jax.tree.map(xp.asarray, dict(each) if each is not begun.status else each)
        for each in (begun.state, begun.status, begun.hits)
    )
    moved = 0
    for index, (_, world, _) in enumerate(simulator.walk(request, numbers)):
        state, status, hits = compiled(xp.asarray(index, dtype=xp.uint32), state, theta, status, hits)
        assert set(state) == set(world.state)
        for slot, value in world.state.items():
            np.testing.assert_allclose(
                np.asarray(state[slot]), value, rtol=1e-10, atol=1e-10, err_msg=f"{slot} at step {index}"
            )
        np.testing.assert_array_equal(np.asarray(status), world.status)
        for name, value in world.hits.items():
            np.testing.assert_array_equal(np.asarray(hits[name]), value)
        moved += int((world.state["dead"] > 0).sum())
    assert moved > RUNS
