"""Laws of foresight: what passes is worth less than what lasts to those who look ahead, to no one else."""

import pytest

import brinkmanship as bk
from crises import actor, appraise, crisis, interest, level


def two_gains(foresight, **more):
    """The same gain in what is gone tomorrow, in what stays, and in what grows."""
    return crisis(
        20,
        quantities={name: level(5) for name in ("fleeting", "lasting")},
        classes={name: {} for name in ("fleeting", "lasting")},
        actors={
            "ada": actor(
                {name: interest(name) for name in ("fleeting", "lasting")},
                foresight=foresight,
                horizon=100,
                precision=20,
                **more,
            )
        },
        actions={
            f"{sign}_{name}": {"class": name, "by": "ada", "then": {name: f"{mark}2"}}
            for name in ("fleeting", "lasting")
            for sign, mark in (("gain", "+"), ("lose", "-"))
        },
        processes={
            "passing": {"of": "fleeting", "toward": 5, "rate": 1},
            "staying": {"of": "lasting", "toward": 5, "rate": 0.0001},
        },
    )


def test_with_persistence_a_gain_that_decays_is_worth_less_than_one_that_lasts():
    chances = appraise(two_gains("persistence"), "ada")
    assert chances["ada.gain_lasting"] > 2 * chances["ada.gain_fleeting"]
    assert chances["ada.lose_lasting"] < chances["ada.lose_fleeting"] / 2
    assert chances["ada.gain_fleeting"] > chances["hold"] / 2 > chances["ada.lose_fleeting"] / 2


def test_without_foresight_they_are_worth_the_same():
    chances = appraise(two_gains("none"), "ada")
    assert chances["ada.gain_lasting"] == pytest.approx(chances["ada.gain_fleeting"], abs=1e-12)
    assert chances["ada.lose_lasting"] == pytest.approx(chances["ada.lose_fleeting"], abs=1e-12)


@pytest.mark.parametrize("foresight", ["persistence", "none"])
def test_deeds_follow(foresight):
    runs = bk.simulate(two_gains(foresight), runs=300, seed=1)
    deeds = {name: int(days.sum()) for name, days in runs.tallies.deeds.items()}
    lasting, fleeting = deeds["ada.gain_lasting"], deeds["ada.gain_fleeting"]
    spread = (lasting + fleeting) ** 0.5
    if foresight == "none":
        # Gains run into the bound of what lasts, so that it is gained less often.
        assert lasting < fleeting + 4 * spread
    else:
        assert lasting > fleeting + 10 * spread


def test_discounting_the_future_favours_what_passes():
    patient, hasty = (appraise(two_gains("persistence", discount=rate), "ada") for rate in (0, 1))
    assert (
        hasty["ada.gain_fleeting"] / hasty["ada.gain_lasting"]
        > 2 * patient["ada.gain_fleeting"] / patient["ada.gain_lasting"]
    )
