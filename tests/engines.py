"""The engines side by side: whole runs are the same, or a draw that lies near another result explains it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import poisson

import brinkmanship as bk
from brinkmanship.core.program import Lowered
from brinkmanship.engine.compiled.blocks import Compiled
from brinkmanship.engine.draws import Addressed
from brinkmanship.engine.ensemble import BlockResult, Request, Simulator
from crises import actor, crisis, day, interest, level, rows_of

RUNS = 203
"""No multiple of the width of a vector."""
NEAR = 1e-9
TEXTBOOK = sorted(f"textbook/{path.name}" for path in Path(bk.__file__).parent.glob("crises/textbook/*"))


def quiet(step: int) -> None:
    """Progress that nobody watches."""


def request(lowered: Lowered, runs: int = RUNS, **more: Any) -> Request:
    return Request(runs, 3, lowered.timeline.origin, sampled=runs, **more)


def happenings(block: BlockResult, runs: Sequence[int]) -> dict[int, set[tuple[int, str, str]]]:
    """By run: step, name and branch of all that happened."""
    found: dict[int, set[tuple[int, str, str]]] = {run: set() for run in runs}
    for step, name, branch, run in rows_of(block.events):
        found[run].add((step, name, branch))
    return found


def parted(one: BlockResult, two: BlockResult, low: int = 0) -> dict[int, int | None]:
    """Runs of two blocks that differ, with the step of the first event in which they do (None: in no event)."""
    runs = range(low, low + len(one.sound))
    first, second = happenings(one, runs), happenings(two, runs)
    found: dict[int, int | None] = {run: min(first[run] ^ second[run])[0] for run in runs if first[run] != second[run]}
    assert one.outcomes.keys() == two.outcomes.keys()
    for name in one.outcomes:
        other = np.flatnonzero((one.outcomes[name] != two.outcomes[name]) | (one.sound != two.sound))
        found |= {low + run: None for run in other.tolist() if low + run not in found}
    return found


# --- why two runs differ -----------------------------------------------------------------------


class Watched(Addressed):
    """Draws that remember how near each run came to another result, ``(step, run)``."""

    def __init__(self, draws: Addressed, nearest: dict[int, float]) -> None:
        super().__init__(draws.backend, draws.seed, draws.runs)
        self.at(0)
        self.nearest = nearest

    def note(self, uniform: np.ndarray, edges: np.ndarray) -> None:
        step = int(self.step[0])
        gap = float(np.nanmin(np.abs(edges - uniform), initial=1.0))
        self.nearest[step] = min(gap, self.nearest.get(step, 1.0))

    def pick(self, address: str, chances: Sequence[Any], *, index: int = 0) -> Any:
        self.note(self.uniforms(address)[index], np.cumsum([np.ravel(each)[0] for each in chances]))
        return super().pick(address, chances, index=index)

    def magnitude(self, address: str, family: str, arguments: tuple[Any, ...]) -> Any:
        if family == "poisson":
            self.note(self.uniforms(address)[0], poisson.cdf(np.arange(90), arguments[0]))
        return super().magnitude(address, family, arguments)

    def within(self, lanes: Any) -> Any:
        return self


class Watching(Simulator):
    """NumPy, one run at a time, with its draws watched."""

    def draws(self, request: Request, numbers: np.ndarray) -> Addressed:
        self.nearest = getattr(self, "nearest", {})
        return Watched(super().draws(request, numbers), self.nearest)


def nearest(lowered: Lowered, asked: Request, run: int, last: int | None) -> float:
    """How near a run came to another draw up to a step, in units of probability."""
    simulator = Watching(lowered)
    alone = np.array([run], np.uint32)
    for _ in simulator.future(asked, simulator.eve(asked, alone), alone):
        pass
    return min(gap for step, gap in simulator.nearest.items() if last is None or step <= last)


def assert_same(lowered: Lowered, one: BlockResult, two: BlockResult, asked: Request, low: int = 0) -> None:
    """Two blocks are the same, but for few runs that came near another draw."""
    differing = parted(one, two, low)
    assert len(differing) <= 0.005 * len(one.sound)
    for run, step in differing.items():
        assert nearest(lowered, asked, run, step) < NEAR, f"run {run} differs from step {step} on"
    same = np.array([run not in differing for run in range(low, low + len(one.sound))])
    assert one.paths.keys() == two.paths.keys()
    for slot, values in one.paths.items():
        np.testing.assert_allclose(two.paths[slot][same], values[same], rtol=1e-9, atol=1e-9, err_msg=slot)
    if not differing:
        assert_same_tallies(one, two)


def assert_same_tallies(one: BlockResult, two: BlockResult) -> None:
    for name, value in vars(one.tallies).items():
        other = vars(two.tallies)[name]
        if name == "histograms":
            # A value at the edge of a bin may fall to either side.
            for slot, counts in value.items():
                assert np.abs(counts - other[slot]).sum() <= 0.001 * counts.sum(), slot
        elif isinstance(value, Mapping):
            assert value.keys() == other.keys(), name
            for key, each in value.items():
                # Extremes are values, the rest are counts.
                tolerance = 1e-9 if name in ("lowest", "highest") else 0
                np.testing.assert_allclose(each, other[key], rtol=tolerance, atol=tolerance, err_msg=f"{name}: {key}")
        else:
            assert np.array_equal(value, other), name


def compare(
    lowered: Lowered, asked: Request | None = None, low: int = 0, high: int = RUNS, *, xla: bool = False
) -> BlockResult:
    """A block by NumPy, found the same in machine code."""
    asked = asked or request(lowered)
    simulator = Simulator(lowered)
    one = simulator.block(asked, low, high, quiet)
    two = Compiled(simulator, xla=xla).block(asked, low, high, quiet)
    assert_same(lowered, one, two, asked, low)
    return one


def small(**more: Any) -> Lowered:
    return small_crisis(**more).lowered


def small_crisis(**more: Any) -> bk.Crisis:
    whole: dict[str, Any] = {
        "quantities": {"x": level(5), "y": level(2)},
        "actors": {"ada": actor({"x": interest("x", 0.7), "y": interest("y", -0.3)})},
        "actions": {"push": {"class": "force", "by": "ada", "then": {"x": "+1", "y": "+0.5"}}},
        "events": {"gust": {"hazard": 0.1, "then": {"x": "-1"}}},
        "processes": {"walk": {"of": "y", "noise": 0.3}},
        "outcomes": {"high": {"ever": "x > 6"}},
        "history": {"moves": [{"date": day(2), "actor": "ada", "action": "push"}]},
    }
    return crisis(more.pop("days", 10), origin=more.pop("origin", 4), **whole | more)
