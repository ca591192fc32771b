"""The generator against known answers of Random123 (Salmon et al. 2011), magnitudes against their laws."""

import math

import numpy as np
import pytest
from scipy import stats

from brinkmanship.engine.backend import NUMPY
from brinkmanship.engine.draws import SMALL_MEAN, Addressed, magnitude, pick, site_key, threefry

RUNS = 40_000
GRID = 100_000
ONES = 0xFFFFFFFF
KNOWN_ANSWERS = {
    "zeros": ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    "ones": ((ONES, ONES), (ONES, ONES), (0x1CB996FC, 0xBB002BE7)),
    "pi": ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
}


def words(*values: int) -> tuple[np.ndarray, ...]:
    return tuple(np.array([value], dtype=np.uint32) for value in values)


def draws(seed: int = 0, step: int = 0) -> Addressed:
    return Addressed(NUMPY, seed, np.arange(RUNS, dtype=np.uint32)).at(step)


def evenly(count: int = GRID) -> tuple[np.ndarray, np.ndarray]:
    """Uniform numbers without chance: the middles of equal parts; frequencies are exact to one part."""
    middles = (np.arange(count) + 0.5) / count
    return middles, middles


@pytest.mark.parametrize("case", KNOWN_ANSWERS)
def test_threefry_gives_the_known_answers_of_random123_salmon_2011(case):
    key, counter, expected = KNOWN_ANSWERS[case]
    found = threefry(np, words(*key), words(*counter))
    assert tuple(int(word[0]) for word in found) == expected
    assert {word.dtype for word in found} == {np.dtype(np.uint32)}


def test_threefry_gives_the_bits_of_jax_salmon_2011():
    jax = pytest.importorskip("jax")
    random = pytest.importorskip("jax.extend.random")
    generator = np.random.default_rng(0)
    key = generator.integers(0, 2**32, 2, dtype=np.uint32)
    counters = generator.integers(0, 2**32, 2_000, dtype=np.uint32)
    ours = np.concatenate(threefry(np, words(*key), (counters[:1_000], counters[1_000:])))
    theirs = np.asarray(random.threefry_2x32(jax.numpy.asarray(key), jax.numpy.asarray(counters)))
    assert (ours == theirs).all()


def test_counter_is_run_and_step_and_the_key_is_seed_and_site():
    first, second = threefry(np, words(*site_key(7, "choice/iran")), words(3, 11))
    found = draws(seed=7, step=11).uniforms("choice/iran")
    assert found[0][3] == (int(first[0]) + 0.5) / 2**32
    assert found[1][3] == (int(second[0]) + 0.5) / 2**32


def test_prepared_draws_are_the_same_bits_as_others():
    batched = Addressed(NUMPY, 0, np.arange(50, dtype=np.uint32)).at(4)
    batched.prepare(["a", "b"])
    for address in ("a", "b"):
        single = Addressed(NUMPY, 0, np.arange(50, dtype=np.uint32)).at(4).uniforms(address)
        assert (np.array(batched.uniforms(address)) == np.array(single)).all()


@pytest.mark.parametrize("word", [0, 1])
@pytest.mark.parametrize("step", [0, 1, 900])
def test_draws_over_runs_are_uniform_by_chi_square(word, step):
    uniform = draws(step=step).uniforms("event/accident")[word]
    assert 0 < uniform.min() < uniform.max() < 1
    counts = np.histogram(uniform, bins=100, range=(0, 1))[0]
    statistic = float(((counts - RUNS / 100) ** 2 / (RUNS / 100)).sum())
    low, high = stats.chi2.ppf([1e-4, 1 - 1e-4], df=99)
    assert low < statistic < high


def test_draws_over_steps_are_uniform_by_chi_square():
    one = Addressed(NUMPY, 0, np.zeros(1, np.uint32))
    uniform = np.array([one.at(step).uniforms("event/accident")[0][0] for step in range(10_000)])
    counts = np.histogram(uniform, bins=50, range=(0, 1))[0]
    low, high = stats.chi2.ppf([1e-4, 1 - 1e-4], df=49)
    assert low < float(((counts - 200) ** 2 / 200).sum()) < high


def test_neighbouring_addresses_are_uncorrelated():
    here = draws().uniforms("choice/iran")
    others = {
        "the other word": here[1],
        "the next step": draws(step=1).uniforms("choice/iran")[0],
        "the next seed": draws(seed=1).uniforms("choice/iran")[0],
        "another site": draws().uniforms("choice/iraq")[0],
        "the next run": np.roll(here[0], 1),
    }
    for name, other in others.items():
        assert abs(np.corrcoef(here[0], other)[0, 1]) < 4 / math.sqrt(RUNS), name


def test_branches_are_picked_with_their_chances():
    taken = pick(evenly()[0], [0.2, 0.0, 0.5])
    assert np.bincount(taken, minlength=4) / GRID == pytest.approx([0.2, 0, 0.5, 0.3], abs=2 / GRID)


@pytest.mark.parametrize("mean", [0.0, 0.3, 1.2, 7.5, SMALL_MEAN])
def test_poisson_magnitudes_have_the_exact_distribution(mean):
    counts = magnitude(NUMPY, evenly(), "poisson", (np.full(GRID, mean),)).astype(int)
    largest = int(stats.poisson.isf(1e-9, mean)) + 2
    shares = np.bincount(counts, minlength=largest) / GRID
    assert shares == pytest.approx(stats.poisson.pmf(np.arange(len(shares)), mean), abs=2 / GRID)


def test_bernoulli_magnitudes_have_the_exact_distribution():
    found = magnitude(NUMPY, evenly(), "bernoulli", (0.37,))
    assert set(found) == {0.0, 1.0}
    assert found.mean() == pytest.approx(0.37, abs=2 / GRID)


def test_uniform_magnitudes_have_the_exact_distribution():
    found = magnitude(NUMPY, evenly(), "uniform", (-2.0, 5.0))
    assert found == pytest.approx(-2 + 7 * evenly()[0], abs=1e-12)


def test_a_poisson_magnitude_of_negative_mean_is_no_number():
    assert np.isnan(magnitude(NUMPY, evenly(4), "poisson", (np.full(4, -1.0),))).all()


LAWS = {
    "poisson": ((1.2,), stats.poisson(1.2)),
    "bernoulli": ((0.37,), stats.bernoulli(0.37)),
    "uniform": ((-2.0, 5.0), stats.uniform(-2, 7)),
    "normal": ((-1.5, 2.5), stats.norm(-1.5, 2.5)),
    "lognormal": ((3.0, 0.4), stats.lognorm(0.4, scale=3.0)),
}


@pytest.mark.parametrize("family", LAWS)
def test_drawn_magnitudes_have_the_mean_and_variance_of_their_law(family):
    arguments, law = LAWS[family]
    found = draws().magnitude("event/accident/dead", family, arguments)
    mean, variance, kurtosis = (float(each) for each in law.stats("mvk"))
    assert abs(found.mean() - mean) < 4 * math.sqrt(variance / RUNS)
    # The variance of a sample variance is (μ₄ − σ⁴) / n.
    assert abs(found.var() - variance) < 4 * variance * math.sqrt((kurtosis + 2) / RUNS)


@pytest.mark.parametrize("family", ["normal", "lognormal"])
def test_drawn_magnitudes_have_the_quantiles_of_their_law_box_and_muller_1958(family):
    arguments, law = LAWS[family]
    found = draws().magnitude("event/accident/dead", family, arguments)
    for level in (0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999):
        share = float((found < law.ppf(level)).mean())
        assert abs(share - level) < 4 * math.sqrt(level * (1 - level) / RUNS)


def test_normal_and_lognormal_magnitudes_are_one_standard_normal_number_box_and_muller_1958():
    uniforms = draws().uniforms("event/accident/dead")
    z = np.sqrt(-2 * np.log(uniforms[0])) * np.cos(2 * np.pi * uniforms[1])
    assert magnitude(NUMPY, uniforms, "normal", (-1.5, 2.5)) == pytest.approx(2.5 * z - 1.5, abs=1e-12)
    assert magnitude(NUMPY, uniforms, "lognormal", (3.0, 0.4)) == pytest.approx(3 * np.exp(0.4 * z), rel=1e-12)


def test_large_counts_are_rounded_normal_numbers():
    mean = 200.0
    found = draws().magnitude("event/exodus/people", "poisson", (np.full(RUNS, mean),))
    assert (found == np.round(found)).all()
    # Rounding adds the variance of a uniform number on one unit.
    assert abs(found.mean() - mean) < 4 * math.sqrt(mean / RUNS)
    assert abs(found.var() - mean - 1 / 12) < 4 * mean * math.sqrt(2 / RUNS)
