"""`brink foresee`, and what `brink run` says of expectations."""

import json
import shutil

import pytest

from brinkmanship.core.expectations import FILE


@pytest.fixture
def folder(crisis, tmp_path):
    """A crisis in which red reckons with replies."""
    copy = tmp_path / "mine"
    shutil.copytree(crisis, copy)
    path = copy / "crisis.yaml"
    path.write_text(path.read_text().replace("foresight: none", "foresight: {replies: 1}", 1))
    return copy


def test_foresee_shows_how_well_it_fits(invoke, folder):
    told = invoke("foresee", folder, "--runs", 50)
    assert told.exit_code == 0, told.output
    assert "50 runs in 1 round" in " ".join(told.output.split())
    assert "grievance[blue,red]" in told.output
    assert not (folder / FILE).exists()


def test_foresee_as_json_and_beside_the_crisis(invoke, folder):
    told = invoke("foresee", folder, "--runs", 50, "--write", "--format", "json")
    found = json.loads(told.output)
    assert set(found) == {"crisis", "rounds", "runs", "seed", "actors", "faults", "unsettled", "weights"}
    assert set(found["weights"]) == {"red"}
    kept = json.loads((folder / FILE).read_text())
    assert kept["actors"]["red"]["weights"] == found["weights"]["red"]


def test_run_says_how_expectations_were_fitted(invoke, folder):
    invoke("foresee", folder, "--runs", 50, "--write")
    told = invoke("run", folder, "--runs", 20)
    assert told.exit_code == 0, told.output
    assert "What actors expect of replies was fitted to 50 runs in 1 round" in " ".join(told.output.split())
    assert json.loads(invoke("run", folder, "--runs", 20, "--format", "json").output)["expectations"]["runs"] == 50


def test_nobody_reckons_with_replies(invoke, crisis, brink):
    told = brink("foresee", crisis)
    assert told.returncode == 2
    assert "no actor of `everything` reckons with replies" in told.stderr
