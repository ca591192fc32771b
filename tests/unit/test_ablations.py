"""Ablations: what is expected beforehand, and what is found."""

import json

import pytest

import brinkmanship as bk
from brinkmanship.analysis.ablations import ablate, verdict
from crises import START, interest, level

CRISIS = {
    "crisis": {"title": "A test"},
    "clock": {"start": START, "end": "2020-03-01", "assumed": "a test"},
    "classes": {"force": {"assumed": "a test"}},
    "quantities": {
        "hit": {"kind": "flag", "assumed": "a test"},
        "toll": {"kind": "count", "bounds": [0, 100], "assumed": "a test"},
        "stock": {**level(5), "assumed": "a test"},
    },
    "actors": {"ada": {"tempo": 0.1, "interests": {"toll": interest("toll", 1)}, "assumed": "a test"}},
    "actions": {"raid": {"class": "force", "by": "ada", "then": {"toll": "+1"}, "assumed": "a test"}},
    "events": {"spark": {"hazard": 0.02, "then": {"hit": "true", "toll": "+1"}, "assumed": "a test"}},
    "outcomes": {"fire": {"ever": "hit", "assumed": "a test"}, "rich": {"at_end": "stock > 4", "assumed": "a test"}},
}


def ablation(edit, *expect, **more):
    return {"what": "A test.", "edit": edit, "expect": list(expect), "assumed": "a test", **more}


@pytest.fixture
def found(tmp_path):
    def call(ablations, **options):
        (tmp_path / "crisis.yaml").write_text(json.dumps(CRISIS), encoding="utf-8")
        (tmp_path / "ablations.yaml").write_text(json.dumps(ablations), encoding="utf-8")
        return ablate(bk.load(tmp_path), runs=300, **options)

    return call


def test_what_holds_and_what_does_not(found):
    expect = [
        {"outcome": "fire", "direction": "down"},
        {"outcome": "fire", "direction": "up"},
        {"outcome": "rich", "direction": "down"},
        {"quantity": "toll", "direction": "down"},
        {"quantity": "stock", "direction": "up"},
        {"outcome": "fire", "direction": "down", "at": START},
    ]
    rows = found({"no_spark": ablation({"events.spark": "off"}, *expect)})
    assert [each.verdict for each in rows] == ["holds", "opposite", "unclear", "holds", "unclear", "holds"]
    fire, again, _, toll, stock, first = rows
    assert fire.after == 0 and fire.change == -fire.before and fire.low < fire.change < fire.high < 0
    assert (again.change, again.low) == (fire.change, fire.low)
    assert toll.change == pytest.approx(toll.after - toll.before) and toll.high < 0
    assert (stock.change, stock.low, stock.high) == (0, 0, 0)
    assert 0 < first.before < fire.before / 5


def test_base_and_ablation_have_the_first_day_and_the_moves_of_the_ablation(found):
    expect = {"quantity": "toll", "direction": "down"}
    rows = found(
        {
            "plain": ablation({"actions.raid": "off"}, expect),
            "later": ablation({"actions.raid": "off"}, expect, **{"from": "2020-02-20"}),
            "given": ablation({"actions.raid": "off"}, expect, given=["2020-02-20 ada raid"]),
        }
    )
    plain, later, given = rows
    # The whole clock is run, and the days before the first one are the same for the runs of a group.
    assert later.before != plain.before and later.before == pytest.approx(plain.before, rel=0.2)
    # A supposed raid comes on top, unless one was made on that day anyway; what is off is made where it is supposed.
    assert given.after == plain.after + 1
    assert plain.before + 0.8 < given.before <= plain.before + 1


def test_some_of_them(found):
    expect = {"outcome": "fire", "direction": "down"}
    two = {name: ablation({"events.spark": "off"}, expect) for name in ("one", "other")}
    assert [each.ablation for each in found(two, names=["other"])] == ["other"]
    with pytest.raises(bk.UsageError, match="did you mean `other`"):
        found(two, names=["othr"])


def test_verdicts():
    assert [verdict("up", *each) for each in ((0.1, 0.2), (-0.1, 0.2), (-0.2, -0.1), (0, 0))] == [
        "holds",
        "unclear",
        "opposite",
        "unclear",
    ]
    assert [verdict("down", *each) for each in ((0.1, 0.2), (-0.1, 0.2), (-0.2, -0.1))] == [
        "opposite",
        "unclear",
        "holds",
    ]
