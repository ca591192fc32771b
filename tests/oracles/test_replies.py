"""What actors expect of replies, by another route: the same runs, with the same luck, with and without the deed."""

from dataclasses import replace

import numpy as np
import pytest

from brinkmanship.core.program import Pin, Window
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.results.expectations import fit_foresight
from crises import actor, crisis, interest, level
from crises import followed as steps_of_future

DAY, DAYS, RUNS, HORIZON = 30, 120, 400, 60


def brawl():
    """Ada takes from a pot; bob and cyd, who are provoked, take it out on her; their interests differ."""
    return crisis(
        DAYS,
        quantities={"pot": level(4), "hurt": level(0, high=60), "anger": level(1, high=6), "fear": level(2)},
        classes={"force": {}, "revenge": {}},
        actors={
            "ada": actor(
                {"pot": interest("pot", 0.5), "whole": interest("hurt", -0.5)},
                foresight={"replies": 2},
                horizon=HORIZON,
                discount=0.01,
                precision=60,
                tempo=0.15,
            ),
            "bob": actor({"calm": interest("anger", -1)}, precision=8, tempo="0.04 * anger"),
            "cyd": actor({"safe": interest("fear", -1)}, precision=8, tempo="0.01 * fear"),
        },
        actions={
            "take": {"class": "force", "by": "ada", "then": {"pot": "+0.8", "anger": "+1.5", "fear": "+1"}},
            "hit": {"class": "revenge", "by": "bob", "then": {"hurt": "+poisson(6)", "anger": "-1"}},
            "flee": {"class": "revenge", "by": "cyd", "then": {"pot": "-0.7", "fear": "-1"}},
        },
        processes={
            "healing": {"of": "hurt", "toward": 0, "rate": 0.04},
            "spending": {"of": "pot", "toward": 3, "rate": 0.02},
            "calming": {"of": "anger", "toward": 1, "rate": 0.03},
            "settling": {"of": "fear", "toward": 2, "rate": 0.03},
        },
    )


def followed(lowered, deed):
    """Ada's discounted mean flow after day DAY on which she does a deed (None: nothing), ``(run,)``."""
    mine = tuple(o.key for choice in lowered.program.choices if choice.actor == "ada" for o in choice.options)
    window = Window(float(DAY), float(DAY), mine)
    barred = replace(lowered, past=replace(lowered.past, windows=(window,)))
    given = (Pin(float(DAY), ((deed, 1.0),)),) if deed else ()
    request = Request(RUNS, 5, 0.0, given, sampled=0)
    total, mass = np.zeros(RUNS), 0.0
    for moment, world, _ in steps_of_future(Simulator(barred), request):
        ahead = moment.step - DAY
        if 0 <= ahead < HORIZON:
            weight = np.exp(-0.01 * ahead)
            total += weight * 0.5 * (world.state["pot"] / 10 - world.state["hurt"] / 60)
            mass += weight
    return total / mass


def test_what_is_expected_of_a_deed_is_what_comes_of_it():
    whole = brawl()
    expectations = fit_foresight(whole, runs=600)
    weights = expectations.actors["ada"].weights
    assert set(weights) == {"ada: pot", "anger", "fear"}
    expected = 0.8 * weights["ada: pot"] + 1.5 * weights["anger"] + weights["fear"]
    lowered = whole.lowering.lowered.expecting(expectations.weights)
    came = followed(lowered, "ada.take") - followed(lowered, None)
    error = came.std() / RUNS**0.5
    alone = 0.8 * 0.05 * float(np.mean(np.exp(-0.02 * np.arange(HORIZON))))
    """What the processes alone would make of it: replies take most of that."""
    assert came.mean() < alone / 2
    assert expected == pytest.approx(came.mean(), abs=0.2 * alone + 4 * error)
