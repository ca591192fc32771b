"""Runs share their parameters in groups, so that chance and parameters can be told apart."""

import brinkmanship as bk
from crises import crisis


def test_runs_share_their_parameters_in_groups_and_the_interval_tells():
    whole = crisis(
        4,
        parameters={"hidden": {"switch": 0.5}},
        quantities={"hit": {"kind": "flag", "start": "False"}},
        events={"strike": {"hazard": "9 * hidden + 0.01", "then": {"hit": "True"}}},
        outcomes={"struck": {"ever": "hit"}, "luck": {"at_end": "hit == hit"}},
    )
    runs = bk.simulate(whole, runs=2_000, seed=3)
    low, high = runs.parameter_interval("struck")
    assert low < 0.01 and high > 0.99
    assert runs.parameter_interval("luck") == (1.0, 1.0)
    fixed = bk.simulate(whole, runs=2_000, seed=3, fix_parameters=True)
    assert fixed.parameter_interval("struck")[1] - fixed.parameter_interval("struck")[0] < 0.02
