"""Loading by name or folder, dates, and suppositions."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from brinkmanship import CrisisError, UsageError, catalogue, load
from brinkmanship.core.crisis import check

EVERYTHING = Path(__file__).parents[1] / "corpus" / "everything"


@pytest.fixture(scope="module")
def crisis():
    return load(EVERYTHING)


def test_a_folder_its_file_or_a_name(crisis):
    assert load(str(EVERYTHING)).fingerprint == crisis.fingerprint
    assert load(EVERYTHING / "crisis.yaml").fingerprint == crisis.fingerprint
    assert crisis.name == "everything"
    assert crisis.actors == ("blue", "green", "red")
    assert crisis.outcomes == ("war", "calm", "which.deal", "which.blood", "which.together", "which.neither")


@pytest.mark.parametrize("name", ["no-such-crisis", "us-iran-202", "", "a\0b", "x" * 5_000, "/etc/passwd", "\udcff"])
def test_there_is_no_such_crisis(name):
    with pytest.raises((UsageError, CrisisError)):
        load(name)


def test_the_nearest_name_is_given():
    name = next(iter(catalogue()))
    with pytest.raises(UsageError, match=f"did you mean `{name}`"):
        load(name + "s")


def test_labels_and_reasons_do_not_change_the_fingerprint(crisis, tmp_path):
    shutil.copytree(EVERYTHING, tmp_path / "copy")
    path = tmp_path / "copy" / "crisis.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("label: Red", "label: The Reds").replace("assumed: a test", "assumed: another"),
        encoding="utf-8",
    )
    other = load(tmp_path / "copy")
    assert other.fingerprint == crisis.fingerprint
    assert other.text.digest != crisis.text.digest
    path.write_text(text.replace("precision: 20", "precision: 21"), encoding="utf-8")
    assert load(tmp_path / "copy").fingerprint != crisis.fingerprint


def test_check_gives_origins(crisis):
    loaded, found = check(EVERYTHING)
    assert loaded.fingerprint == crisis.fingerprint
    counts = dict(found.counts)
    assert counts.pop("assumed") > 20
    assert counts == {"measured": 2, "published": 0, "fitted": 0, "guided": 0}
    assert found.uses == {"memo:raid": ("history.moves.0",)}


def test_days_and_dates(crisis):
    assert crisis.day(None) == 10
    assert crisis.day("2020-01-01") == crisis.day(date(2020, 1, 1)) == 0
    assert crisis.date(0.5) == date(2020, 1, 1)
    assert crisis.date(39) == date(2020, 2, 9)


@pytest.mark.parametrize("when", ["2019-12-31", "2020-02-10", "yesterday", "", "2020-13-01"])
def test_days_outside_the_clock(crisis, when):
    with pytest.raises(UsageError):
        crisis.day(when)


@pytest.mark.parametrize(
    "text, key, branches",
    [
        ("2020-01-20 red raid", "red.raid.blue", 0),
        ("2020-01-20 red raid killed", "red.raid.blue", 2),
        ("2020-01-20 blue embargo.green", "blue.embargo.green", 1),
        ("  2020-01-20   red  message ", "red.message", 0),
    ],
)
def test_suppositions(crisis, text, key, branches):
    pin = crisis.supposition(text)
    assert pin.day == 19
    assert pin.alternatives == ((key, 1.0),)
    assert len(pin.branches[0][1] if pin.branches else ()) in (branches, 3)


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("", "a supposition is `DATE ACTOR ACTION"),
        ("2020-01-20 red", "a supposition is `DATE ACTOR ACTION"),
        ("2020-01-20 red raid killed twice", "a supposition is `DATE ACTOR ACTION"),
        ("20.1.2020 red raid", "is no date; write it like 2020-01-14"),
        ("2021-01-20 red raid", "lies outside the clock"),
        ("2020-01-20 rad raid", "there is no actor `rad`; did you mean `red`"),
        ("2020-01-20 red rait", "there is no action `rait`; did you mean `raid`"),
        ("2020-01-20 red raid kiled", "there is no branch `kiled`; did you mean `killed`"),
        ("2020-01-20 blue embargo", "`embargo` needs its target; write embargo.red or embargo.green"),
        ("2020-01-20 blue embargo.gren", "`embargo` is not done to `gren`; did you mean `green`"),
        ("2020-01-20 red message.blue", "`message` has no target"),
    ],
)
def test_wrong_suppositions(crisis, text, complaint):
    with pytest.raises(UsageError) as caught:
        crisis.supposition(text)
    assert complaint in str(caught.value)
    assert "[" not in complaint or "Diagnostic" not in str(caught.value)


def test_a_wrong_supposition_leaves_no_trace(crisis):
    for _ in range(2):
        with pytest.raises(UsageError):
            crisis.supposition("2020-01-20 rad raid")
        crisis.supposition("2020-01-20 red raid")
    assert crisis.lowering.builder.diagnostics == []
