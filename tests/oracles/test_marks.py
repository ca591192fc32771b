"""Marks counted and listed by machine code are those that NumPy finds."""

import numpy as np
import pytest

pytest.importorskip("brinkmanship.engine.compiled.llvm.build")

from brinkmanship.engine.compiled.marks import LOOK, Marks

STEPS, TILES = 3, 4


@pytest.mark.parametrize("width", [4, 8])
@pytest.mark.parametrize("many", [1, LOOK - 1, LOOK, 2 * LOOK + 5])
@pytest.mark.parametrize("left_out", [0, 3])
def test_counts_and_events(width, many, left_out):
    draws = np.random.default_rng(many)
    runs, listed = TILES * width - left_out, 2 * width - left_out
    kinds = draws.permutation(many) - many // 3
    kinds[kinds < 0] = -1
    marks = Marks(STEPS, TILES, width, runs, kinds.tolist(), listed)
    true = draws.random((STEPS, TILES, many, width)) < draws.choice([0.0, 0.05, 1.0], many)[:, None]
    marks.sheet[...] = np.packbits(true, axis=3, bitorder="little")[..., 0]
    flat = true.transpose(0, 2, 1, 3).reshape(STEPS, many, TILES * width)[:, :, :runs]
    for steps in (STEPS, STEPS - 1):
        counts = np.ones((steps, many), np.int64)
        found = marks.read(counts)
        np.testing.assert_array_equal(counts, 1 + flat[:steps].sum(axis=2))
        step, mark, run = np.nonzero(flat[:steps, :, :listed])
        dated = kinds[mark] >= 0
        wanted = sorted(zip(step[dated], kinds[mark[dated]], run[dated], strict=True))
        assert list(zip(*found, strict=True)) == wanted
    assert many == 1 or len(wanted) > 0


def test_nobody_is_listed():
    marks = Marks(STEPS, TILES, 8, 30, [0, 1], 0)
    marks.sheet[...] = 255
    counts = np.zeros((STEPS, 2), np.int64)
    assert [len(each) for each in marks.read(counts)] == [0, 0, 0]
    assert (counts == 30).all()


@pytest.mark.parametrize(("steps", "tiles", "kind"), [(129, 1, 0), (1, 1 << 25, 0), (1, 1, 1 << 24)])
def test_more_than_an_entry_has_room_for_is_refused(steps, tiles, kind):
    with pytest.raises(ValueError, match="has room for"):
        Marks(steps, tiles, 8, 8, [kind], 8)


def test_the_last_kind_and_step_that_have_room():
    kind = (1 << 24) - 1
    marks = Marks(128, 1, 8, 8, [kind], 8)
    marks.sheet[...] = 0
    marks.sheet[127] = 1
    step, kinds, run = marks.read(np.zeros((128, 1), np.int64))
    assert (step.tolist(), kinds.tolist(), run.tolist()) == ([127], [kind], [0])
