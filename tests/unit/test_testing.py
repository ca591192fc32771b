"""`check_crisis`, on every crisis of the catalogue and on faulty ones."""

import shutil
from pathlib import Path

import pytest

from brinkmanship import UsageError, catalogue, load
from brinkmanship.testing import check_crisis

CORPUS = Path(__file__).parents[1] / "corpus"
FEW = {"us-iran-2020": 2}
"""Runs of crises that take long."""


@pytest.mark.parametrize("name", catalogue())
def test_every_crisis_of_the_catalogue_is_sound(name):
    runs = check_crisis(name, runs=FEW.get(name, 20))
    assert runs.failed == 0
    assert runs.crisis.fingerprint == load(name).fingerprint
    assert (catalogue()[name] / "README.md").is_file()


def test_a_text_with_faults_fails_with_its_diagnostics():
    with pytest.raises(AssertionError, match=r"(?s)is not well formed.*crisis\.yaml:\d+:\d+: .*faults\."):
        check_crisis(CORPUS / "bad" / "five-mistakes")


def test_a_block_without_origin_fails(tmp_path):
    folder = shutil.copytree(catalogue()["textbook/competing-hazards"], tmp_path / "copy")
    path = folder / "crisis.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [row for row in lines if not row.startswith("  assumed: ")]
    assert len(rows) < len(lines)
    path.write_text("\n".join(rows), encoding="utf-8")
    load(folder)
    with pytest.raises(AssertionError, match="no-origin"):
        check_crisis(folder)


CRISIS = """
crisis: {title: A test}
clock: {start: 2020-01-01, from: 2020-01-03, end: 2020-01-20, assumed: a test}
quantities:
  grain: {bounds: [0, 10], start: 1, assumed: a test}
  bread: {bounds: [0, 10], assumed: a test}
calendar:
  harvest: {on: HARVEST, then: {bread: 1 / (grain - 5)}, assumed: a test}
outcomes: {fed: {ever: bread > 0, assumed: a test}}
"""


@pytest.mark.parametrize("measured, harvest", [("2020-01-02", "2020-01-10"), ("2020-01-08", "2020-01-09")])
def test_runs_that_fail_are_told_with_their_place(tmp_path, measured, harvest):
    # Grain is measured as 5: before the crisis's own date, or so late that only a longer replay meets it.
    (tmp_path / "crisis.yaml").write_text(CRISIS.replace("HARVEST", harvest), encoding="utf-8")
    check_crisis(tmp_path, runs=3)
    record = f"measurements:\n  - {{date: {measured}, quantity: grain, value: 5, assumed: a test}}\n"
    (tmp_path / "history.yaml").write_text(record, encoding="utf-8")
    with pytest.raises(AssertionError, match=r"3 of 3 runs .* not finite: .*bread"):
        check_crisis(tmp_path, runs=3)


def test_a_crisis_that_is_not_there():
    with pytest.raises(UsageError, match="there is no folder"):
        check_crisis("no/such/folder")
