"""Histograms by machine code are those by NumPy."""

import numpy as np
import pytest

import brinkmanship as bk
from brinkmanship.engine.compiled.count import Counter
from brinkmanship.engine.ensemble import Simulator
from brinkmanship.engine.tallies import Bins, Tallies

STEPS, TILES = 5, 6


@pytest.mark.parametrize("width", [4, 8])
def test_counts_least_and_greatest_are_those_of_numpy(width):
    simulator = Simulator(bk.load("us-iran-2020").lowered)
    edges = simulator.edges
    shown, strange, lanes = values(list(edges.values()), width)
    one, two = (Tallies.empty(simulator.lowered, edges, STEPS + 2, simulator.ladder) for _ in range(2))
    counter = Counter(list(edges), [Bins.of(each) for each in edges.values()], width)
    counted = np.unpackbits(lanes[:, :, None], axis=2, bitorder="little")[:, :, :width].reshape(STEPS, -1) > 0
    for _ in range(2):
        counter.count(one, 1, strange, lanes)
        for rank, slot in enumerate(edges):
            two.count_values(slot, 1, shown[:, :, rank].reshape(STEPS, -1), counted, edges[slot])
    for slot in edges:
        assert np.array_equal(one.histograms[slot], two.histograms[slot])
        assert np.array_equal(one.lowest[slot], two.lowest[slot])
        assert np.array_equal(one.highest[slot], two.highest[slot])
        assert one.histograms[slot].sum() == 2 * counted.sum()
        assert not one.histograms[slot][[0, -1]].any()


def values(edges, width):
    """Values in and around the bins of some slots, on their edges too; strange ones where none counts; and where."""
    draws = np.random.default_rng(1)
    shown = np.empty((STEPS, TILES, len(edges), width))
    for rank, each in enumerate(edges):
        within = draws.uniform(each[0] - 1, each[-1] + 1, (STEPS, TILES, width))
        on = draws.choice(each, (STEPS, TILES, width))
        shown[:, :, rank] = np.where(draws.random((STEPS, TILES, width)) < 0.5, within, on)
    lanes = draws.integers(0, 2**width, (STEPS, TILES)).astype(np.uint8)
    left_out = np.unpackbits(lanes[:, :, None], axis=2, bitorder="little")[:, :, None, :width] == 0
    strange = np.where(left_out, draws.choice([np.nan, np.inf, -np.inf], shown.shape), shown)
    return shown, strange, lanes
