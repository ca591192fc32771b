"""Expected values of random magnitudes against their laws, point by point and in a choice."""

import math

import numpy as np
import pytest
from scipy import stats

from brinkmanship.engine.quadrature import POINTS, point
from brinkmanship.lang.nodes import Draw, Number
from brinkmanship.lang.tape import Environment, Tape

LAWS = {
    "poisson": [((mean,), stats.poisson(mean)) for mean in (0.05, 1.2, 4.0, 25.0)],
    "bernoulli": [((0.37,), stats.bernoulli(0.37))],
    "uniform": [((-2.0, 5.0), stats.uniform(-2, 7))],
    "normal": [((-1.5, 2.5), stats.norm(-1.5, 2.5))],
}
CASES = [(family, arguments, law) for family, cases in LAWS.items() for arguments, law in cases]


def rule(family: str, *arguments: float) -> tuple[np.ndarray, np.ndarray]:
    """Values and weights of all points of a magnitude."""
    draw = Draw(family, tuple(map(Number, arguments)), "somewhere")
    nodes = [node for index in range(POINTS[family]) for node in point(draw, index)]
    found = np.array(Tape(nodes, np)(Environment({}, {})), dtype=float)
    return found[0::2], found[1::2]


@pytest.mark.parametrize(("family", "arguments", "law"), CASES)
def test_weights_sum_to_one_and_means_are_exact(family, arguments, law):
    values, weights = rule(family, *arguments)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert values @ weights == pytest.approx(law.mean(), rel=1e-9)


@pytest.mark.parametrize(("family", "arguments", "law"), [case for case in CASES if case[0] != "poisson"])
def test_three_points_are_exact_to_the_fifth_moment_gauss(family, arguments, law):
    values, weights = rule(family, *arguments)
    for order in range(2, 6):
        assert values**order @ weights == pytest.approx(law.moment(order), rel=1e-9)


def test_a_lognormal_magnitude_has_its_mean_to_the_order_of_the_rule():
    values, weights = rule("lognormal", 3.0, 0.4)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert values @ weights == pytest.approx(3 * math.exp(0.4**2 / 2), rel=1e-4)


def test_chance_of_any_of_a_count_is_exact_poisson():
    values, weights = rule("poisson", 1.2)
    assert weights[values > 0].sum() == pytest.approx(1 - math.exp(-1.2), abs=1e-12)
    assert weights[values > 0].sum() == pytest.approx(0.6988, abs=5e-5)
    assert weights[:3] == pytest.approx(stats.poisson.pmf([0, 1, 2], 1.2), abs=1e-12)


CASUALTIES = """
crisis: {title: A shot that may kill}
clock: {start: 2001-01-01, end: 2001-01-02, assumed: one step}
quantities: {dead: {kind: count, bounds: [0, 1000], start: 0, assumed: none yet}}
classes: {force: {}}
actors:
  shooter:
    precision: 3
    tempo: 0.25
    foresight: none
    interests: {alarm: {of: dead > 0, weight: 1}}
    assumed: whether anybody dies counts, how many does not
actions:
  shoot: {class: force, by: shooter, then: {dead: +poisson(1.2)}, assumed: the mean of the flagship's rockets}
outcomes:
  shot: {ever: times(shoot) > 0, assumed: read from the record of acts}
  killed: {ever: dead > 0, assumed: read from the count}
"""


def test_a_choice_weighs_the_chance_that_anybody_dies_poisson(tmp_path, exact):
    import brinkmanship as bk

    (tmp_path / "crisis.yaml").write_text(CASUALTIES, encoding="utf-8")
    found = exact(bk.load(tmp_path))
    any_dead = 1 - math.exp(-1.2)
    shot = 0.25 / (1 + math.exp(-3 * any_dead))
    assert found["shot"] == pytest.approx(shot, rel=1e-12)
    assert found["killed"] == pytest.approx(shot * any_dead, rel=1e-9)
