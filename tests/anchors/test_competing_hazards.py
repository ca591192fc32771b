"""`textbook/competing-hazards` against the exponential races of Gillespie (1977)."""

import math

import numpy as np
import pytest

import brinkmanship as bk

CRISIS = "textbook/competing-hazards"
RUNS = 20_000
STEPS = 120
HAZARDS = {"collision": 0.010, "clash": 0.006, "murder": 0.004}
TOTAL = sum(HAZARDS.values())


@pytest.fixture(scope="module")
def runs() -> bk.Runs:
    return bk.simulate(bk.load(CRISIS), runs=RUNS, seed=0)


def first(name: str, steps: int, span: float = 1) -> float:
    """Probability that an incident is the first within ``steps`` of length ``span``, alone in its step."""
    chance = {each: 1 - math.exp(-hazard * span) for each, hazard in HAZARDS.items()}
    alone = chance[name] * math.prod(1 - other for each, other in chance.items() if each != name)
    quiet = math.exp(-TOTAL * span)
    return alone * (1 - quiet**steps) / (1 - quiet)


def race(name: str, days: float) -> float:
    """The same in continuous time: hᵢ/H (1 − exp(−H T))."""
    return HAZARDS[name] / TOTAL * (1 - math.exp(-TOTAL * days))


def clock(days: int, step: float) -> dict[str, str]:
    return {"end: 2001-05-01 ": f"end: 2001-01-{days + 1:02d} ", "step: 1": f"step: {step}"}


def test_enumerated_race_is_the_discrete_form_of_gillespie_1977(variant, exact):
    found = exact(variant(CRISIS, clock(3, 1)))
    for name in HAZARDS:
        assert found[f"opening.{name}"] == pytest.approx(first(name, 3), rel=1e-12)
        assert found[f"{name}_ever"] == pytest.approx(1 - math.exp(-3 * HAZARDS[name]), rel=1e-12)
    assert found["opening.neither"] == pytest.approx(math.exp(-3 * TOTAL), rel=1e-12)
    together = 1 - math.exp(-3 * TOTAL) - sum(first(name, 3) for name in HAZARDS)
    assert found["opening.together"] == pytest.approx(together, rel=1e-9)


def test_shorter_steps_approach_the_continuous_race_of_gillespie_1977(variant, exact):
    whole, half = exact(variant(CRISIS, clock(2, 1))), exact(variant(CRISIS, clock(2, 0.5)))
    for name in HAZARDS:
        limit = race(name, 2)
        coarse, fine = limit - whole[f"opening.{name}"], limit - half[f"opening.{name}"]
        assert coarse > 0
        assert coarse / fine == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("day", [1, 10, 40, STEPS])
def test_simulated_incidence_follows_the_race_of_gillespie_1977(runs, near, day):
    curves = runs.incidence().isel(time=day - 1)
    for name, hazard in HAZARDS.items():
        assert near(float(curves.sel(outcome=f"opening.{name}")), first(name, day), RUNS)
        assert near(float(curves.sel(outcome=f"{name}_ever")), 1 - math.exp(-hazard * day), RUNS)
    assert near(float(curves.sel(outcome="incident")), 1 - math.exp(-TOTAL * day), RUNS)


def test_who_is_first_depends_on_the_ratio_of_hazards_gillespie_1977(runs, near):
    counts = {name: runs.tallies.outcomes[f"opening.{name}"] for name in HAZARDS}
    decided = sum(counts.values())
    alone = {name: first(name, STEPS) for name in HAZARDS}
    for name, hazard in HAZARDS.items():
        share = alone[name] / sum(alone.values())
        assert share == pytest.approx(hazard / TOTAL, abs=TOTAL / 2)
        assert near(counts[name] / decided, share, decided)


def shares_of_thirds(runs: bk.Runs) -> list[tuple[float, int]]:
    """By third of the time: share of the runs without a collision so far that has one, and their number."""
    days = np.asarray(runs.tallies.first_days["collision_ever"])
    thirds = days.reshape(3, -1).sum(axis=1)
    waiting = [RUNS - int(thirds[:k].sum()) for k in range(3)]
    return [(count / left, left) for count, left in zip(thirds, waiting, strict=True)]


def test_a_constant_hazard_has_no_memory_gillespie_1977(runs, near):
    for share, waiting in shares_of_thirds(runs):
        assert near(share, 1 - math.exp(-0.010 * STEPS / 3), waiting)


def test_a_hazard_that_wears_off_has_memory(variant, near):
    fading = {"hazard: collision_hazard": "hazard: collision_hazard * exp(-day / 40)"}
    later = bk.simulate(variant(CRISIS, fading), runs=RUNS, seed=0)
    days = np.arange(STEPS)
    exposure = (0.010 * np.exp(-days / 40)).reshape(3, -1).sum(axis=1)
    for (share, waiting), dose in zip(shares_of_thirds(later), exposure, strict=True):
        assert near(share, 1 - math.exp(-dose), waiting)
    last, waiting = shares_of_thirds(later)[2]
    assert not near(last, 1 - math.exp(-0.010 * STEPS / 3), waiting)
