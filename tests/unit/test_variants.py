"""Variants meet the same luck, and what is watched is what a simulation finds."""

import numpy as np
import pytest

import brinkmanship as bk
from brinkmanship.analysis.variants import Variant, Watch, simulate_variants
from crises import crisis, day, generic

WAR, POOR = Watch("war"), Watch("poor")


def made():
    return crisis(20, origin=3, **generic())


def test_what_is_watched_is_what_a_simulation_finds():
    whole = made()
    watched = [WAR, POOR, Watch("war", day=9), Watch("anger", quantity=True, day=9), Watch("dead", quantity=True)]
    (seen,) = simulate_variants([Variant(whole)], watched, runs=200, seed=4)
    runs = bk.simulate(whole, runs=200, seed=4, sampled=200)
    assert seen.values[WAR].sum() == runs.tallies.outcomes["war"]
    assert seen.values[POOR].sum() == runs.tallies.outcomes["poor"]
    assert seen.values[watched[2]].sum() == runs.tallies.first_days["war"][: 9 - 3 + 1].sum()
    assert 0 < seen.values[watched[2]].sum() < seen.values[WAR].sum()
    assert np.array_equal(seen.values[watched[3]], runs.sampled_paths["anger"][:, 9 - 3])
    assert np.array_equal(seen.values[watched[4]], runs.sampled_paths["dead"][:, -1])


def test_a_day_ends_with_its_last_step():
    half = bk.do(made(), {"clock.step": 0.5})
    watch = Watch("anger", quantity=True, day=9)
    (seen,) = simulate_variants([Variant(half)], [watch], runs=20)
    paths = bk.simulate(half, runs=20, sampled=20).sampled_paths["anger"]
    assert np.array_equal(seen.values[watch], paths[:, (9 - 3) * 2 + 1])


def test_variants_share_their_luck_in_any_number_and_on_any_number_of_cores():
    whole = made()
    variants = [Variant(whole), Variant(bk.do(whole, {"events.crash": "off"})), Variant(whole, start=None)]
    alone = [simulate_variants([each], [WAR, POOR], runs=520)[0] for each in variants]
    together = simulate_variants(variants, [WAR, POOR], runs=520, jobs=2)
    for one, two in zip(alone, together, strict=True):
        assert all(np.array_equal(one.values[watch], two.values[watch]) for watch in (WAR, POOR))
    assert np.array_equal(alone[0].values[POOR], alone[2].values[POOR])
    # A crash that is off changes poverty where there was a crash, and only there.
    differ = alone[0].values[POOR] != alone[1].values[POOR]
    assert 0 < differ.sum() < len(differ) / 2


def test_suppositions_and_first_days_hold():
    whole = made()
    text = f"{day(9)} ada strike.bob hit"
    watch = Watch("dead", quantity=True, day=9)
    (seen,) = simulate_variants([Variant(whole, (text,))], [watch], runs=60)
    runs = bk.simulate(whole, runs=60, given=text, sampled=60)
    assert np.array_equal(seen.values[watch], runs.sampled_paths["dead"][:, 9 - 3])
    with pytest.raises(bk.UsageError, match="before the first day"):
        simulate_variants([Variant(whole, (f"{day(1)} ada strike.bob",))], [watch], runs=1)
    with pytest.raises(bk.UsageError, match="at least 1"):
        simulate_variants([Variant(whole)], [WAR], runs=0)


def test_progress_counts_up_to_all():
    seen = []
    simulate_variants([Variant(made())] * 2, [WAR], runs=3, progress=lambda done, whole: seen.append((done, whole)))
    assert seen == [(3 * k, 120) for k in range(1, 41)]
