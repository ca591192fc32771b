"""The escalation of the benchmark: the engine, plain Python and the exact probabilities of the chain agree."""

from math import sqrt

import pytest

import brinkmanship as bk
from bench.child import ROOT
from bench.escalation import plain
from bench.escalation.rules import exact

RUNS = 4_000


def ours(runs: int) -> dict[str, int]:
    found = bk.simulate(bk.load(ROOT / "bench" / "escalation"), runs=runs, seed=3).outcomes()["probability"]
    return {name: round(runs * float(found.sel(outcome=name))) for name in exact()}


@pytest.mark.parametrize("simulate", [ours, lambda runs: plain.simulate(runs, seed=3)], ids=["engine", "plain"])
def test_outcomes_have_the_probabilities_of_the_chain(simulate):
    counts = simulate(RUNS)
    for name, p in exact().items():
        assert abs(counts[name] / RUNS - p) < 3.5 * sqrt(p * (1 - p) / RUNS), name
