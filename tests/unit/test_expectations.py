"""Expectations of replies: fitted, kept, found again, fitted anew when the crisis changed."""

import json
from dataclasses import replace

import numpy as np
import pytest

import brinkmanship as bk
from brinkmanship.core.expectations import FILE, Expectations, Expected, from_text
from brinkmanship.engine import cache
from brinkmanship.engine.foresight import Sights, fit, shift
from brinkmanship.results import expectations as module
from brinkmanship.results.expectations import fit_foresight, foreseen, keep_foresight
from crises import actor, crisis, interest, level

RUNS = 50


def sections(damage=1):
    return {
        "quantities": {"land": level(2), "hurt": level(0), "anger": level(1)},
        "actors": {
            "ada": actor(
                {"land": interest("land"), "whole": interest("hurt", -1)}, foresight={"replies": 2}, horizon=8
            ),
            "bob": actor({"calm": interest("anger", -1)}, tempo="0.02 * anger"),
        },
        "actions": {
            "take": {"class": "force", "by": "ada", "then": {"land": "+1", "anger": "+1"}},
            "hit": {"class": "force", "by": "bob", "then": {"hurt": f"+{damage}", "anger": "-1"}},
        },
    }


@pytest.fixture
def whole():
    return crisis(20, **sections())


@pytest.fixture
def fits(monkeypatch, tmp_path):
    """Small fits, counted, with an empty cache."""
    monkeypatch.setenv("BRINK_CACHE", str(tmp_path / "cache"))
    found = []

    def counted(crisis_, **more):
        found.append(crisis_.name)
        return fit_foresight(crisis_, **{**more, "runs": RUNS})

    monkeypatch.setattr(module, "fit_foresight", counted)
    return found


def written(folder, **more):
    folder.mkdir(exist_ok=True)
    text = {"crisis": {"title": "A test"}, "clock": {"start": "2020-01-01", "end": "2020-01-21"}, **sections(**more)}
    text |= {"classes": {"force": {}}, "outcomes": {"rich": {"ever": "land > 3"}}}
    for name in text.keys() - {"crisis"}:
        for block in [text[name]] if name == "clock" else text[name].values():
            block["assumed"] = "a test"
    (folder / "crisis.yaml").write_text(json.dumps(text), encoding="utf-8")
    return bk.load(folder)


def test_they_are_fitted_once_and_kept(whole, fits):
    first, again = foreseen(whole), foreseen(whole)
    assert len(fits) == 1
    assert first.lowered == again.lowered != whole.lowered
    assert first.fingerprint == again.fingerprint
    assert foreseen(first) is first


def test_they_are_fitted_anew_when_the_crisis_changed(whole, fits):
    foreseen(whole)
    foreseen(crisis(20, **sections(damage=2)))
    assert len(fits) == 2


def test_an_edited_crisis_keeps_them_unless_they_are_dropped(whole, fits):
    known = foreseen(whole)
    other = crisis(20, **sections(damage=2))
    edited = replace(known, text=other.text, lowering=other.lowering)
    assert foreseen(edited) is edited
    assert foreseen(replace(edited, expectations=None)).expectations != known.expectations


def test_a_crisis_without_such_actors_is_left_as_it_is(fits):
    plain = crisis(3, quantities={"land": level(2)})
    assert foreseen(plain) is plain
    assert fits == []
    with pytest.raises(bk.UsageError, match="no actor"):
        fit_foresight(plain)


def test_they_stand_beside_the_crisis_while_they_fit_it(tmp_path, fits):
    folder = tmp_path / "mine"
    loaded = written(folder)
    found = fit_foresight(loaded, runs=RUNS)
    assert keep_foresight(loaded, found, beside=True) == folder / FILE
    assert bk.load(folder).expectations == found
    assert written(folder, damage=3).expectations is None
    assert fits == []


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-20],
        lambda text: "[1, 2]",
        lambda text: "[" * 100_000,
        lambda text: text.replace('"format": 1', '"format": 0'),
        lambda text: text.replace('"ada: land": ', '"ada: land": "x", "sea": '),
        lambda text: text.replace('"weights"', '"wishes"'),
        lambda text: text.replace('"runs"', '"walks"'),
        lambda text: text.replace('"anger": ', '"anger": NaN, "n": '),
        lambda text: text.replace('"explained": ', '"explained": "well", "e": '),
    ],
)
def test_a_file_that_cannot_be_read_counts_as_missing(whole, change):
    found = fit_foresight(whole, runs=RUNS)
    text = found.text()
    assert from_text(text, whole.fingerprint) == found
    assert from_text(change(text), whole.fingerprint) is None
    assert from_text(text, "another") is None


def test_a_cache_that_cannot_be_written_is_done_without(whole, fits, monkeypatch, tmp_path):
    blocking = tmp_path / "file"
    blocking.write_text("in the way")
    monkeypatch.setenv("BRINK_CACHE", str(blocking / "cache"))
    assert foreseen(whole).expectations is not None
    assert cache.kept("anything") is None


def test_too_few_runs(whole):
    with pytest.raises(bk.UsageError, match="at least 50"):
        fit_foresight(whole, runs=49)


def test_a_result_says_how_they_were_fitted(whole, fits):
    runs = bk.simulate(whole, runs=10)
    assert runs.failed == 0
    summary = runs.summary()["expectations"]
    assert summary["rounds"] == 2
    assert summary["actors"]["ada"]["explained"] == runs.crisis.expectations.actors["ada"].explained
    assert "expectations" not in bk.simulate(crisis(3, quantities={"land": level(2)}), runs=10).summary()


def sights(rng, many=4000):
    """Two features that move together, one that never varies; a control that moves them and the target."""
    cause = rng.normal(size=many)
    features = np.stack([cause + rng.normal(size=many), cause + rng.normal(size=many), np.ones(many)], axis=1)
    target = 0.5 * features[:, 0] - 0.2 * features[:, 1] + 2.0 * cause + 0.1 * rng.normal(size=many)
    lasting = np.tile([0.0, 0.0, -0.7], (many, 1))
    return Sights(features, cause[:, None], target, np.arange(many) // 10, lasting)


def test_controls_take_what_would_have_come_anyway():
    found = fit(sights(np.random.default_rng(1)))
    assert found.weights[:2] == pytest.approx([0.5, -0.2], abs=0.02)
    assert found.explained > 0.99
    assert abs(found.bias) < 4 * found.bias_error
    assert found.faults == []


def test_a_feature_that_never_varies_is_worth_what_it_is_if_it_lasts():
    assert fit(sights(np.random.default_rng(2))).weights[2] == pytest.approx(-0.7)


def test_a_poor_fit_is_told():
    rng = np.random.default_rng(3)
    noise = replace(sights(rng), target=rng.normal(size=4000))
    (fault,) = fit(noise).faults
    assert fault == "explains only 0% of what came of states"
    seen = sights(rng)
    shifted = replace(seen, target=seen.target + np.where(seen.units % 5 == 4, 1.0, 0.0))
    assert any(each.startswith("is off by +1") for each in fit(shifted).faults)


def test_how_far_expectations_moved():
    features = np.random.default_rng(4).normal(size=(1000, 2))
    assert shift(features, np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0.0
    assert shift(features, np.array([1.0, 0.0]), np.array([0.5, 0.0])) == pytest.approx(0.5)
    assert shift(features, np.zeros(2), np.zeros(2)) == 0.0


def test_what_did_not_settle_is_told():
    def expected(moved):
        return Expected({}, 0.5, 0.0, 0.1, 100, moved)

    found = Expectations("x", 50, 0, 2, {"ada": expected(0.3), "bob": expected(0.1), "cyd": expected(0.6)})
    assert found.unsettled == ["cyd", "ada"]
    assert Expectations("x", 50, 0, 1, {"ada": expected(None)}).unsettled == []
