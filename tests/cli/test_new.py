"""`brink new`: what it writes is a sound crisis, and what it refuses it leaves alone."""

import os

import pytest

from brinkmanship import UsageError
from brinkmanship.cli.new import PLACEHOLDER, TEMPLATE, write_new
from brinkmanship.testing import check_crisis


@pytest.fixture
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_crisis_passes_its_checks_and_runs(inside):
    folder = write_new("berlin-1961")
    runs = check_crisis(folder, runs=200)
    assert {each.name for each in folder.iterdir()} == {each.name for each in TEMPLATE.iterdir()}
    assert PLACEHOLDER not in "".join(each.read_text(encoding="utf-8") for each in folder.iterdir())
    assert runs.crisis.title == "berlin-1961"
    assert [each.name for each in inside.iterdir()] == ["berlin-1961"]
    for outcome in ("seizure", "settlement", "stalemate"):
        assert 0.02 < runs.probability(outcome)[0] < 0.98


def test_the_ultimatum_of_a_new_crisis_is_replayed(inside):
    # It was issued on 20 February for thirty days, so the mainland loses face on 22 March in every run that goes on.
    runs = check_crisis(write_new("a"), runs=40)
    dates = runs.dates.astype("datetime64[D]").astype(str).tolist()
    rows = runs.daily("face_lost", (0.5,))[0]
    assert rows[dates.index("2001-03-22")] > rows[dates.index("2001-03-21")] + 0.2


@pytest.mark.parametrize(
    "name, complaint",
    [
        ("", "no name for a crisis"),
        ("two words", "no name for a crisis"),
        ("1961", "no name for a crisis"),
        ("..", "no name for a crisis"),
        ("a\0b", "no name for a crisis"),
        ("x" * 65, "at most 64"),
        ("us-iran-2020", "a crisis of the catalogue"),
        ("taken", "is there already"),
        ("dangling", "is there already"),
        ("nowhere/berlin", "there is no folder `nowhere`"),
    ],
)
def test_a_name_that_will_not_do(inside, name, complaint):
    (inside / "taken").mkdir()
    (inside / "dangling").symlink_to("nothing")
    with pytest.raises(UsageError, match=complaint):
        write_new(name)
    assert {each.name for each in inside.iterdir()} == {"taken", "dangling"}
    assert list((inside / "taken").iterdir()) == []


def test_nothing_stays_of_a_crisis_that_could_not_be_written(inside, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.rename", full)
    with pytest.raises(UsageError, match="cannot be written: No space left on device"):
        write_new("berlin")
    assert os.listdir(inside) == []


def test_the_command_says_what_comes_next(brink, tmp_path):
    result = brink("new", "berlin", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert "brink run berlin" in result.stdout
    again = brink("new", "berlin", cwd=tmp_path)
    assert again.returncode == 2
    assert "nothing was changed" in again.stderr
