"""A run that was killed goes on where it stopped, and gives the bits that it would have given."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

CRISIS = "textbook/principal-agent"
RUNS = 600
KILLED = """
import os, signal, sys
from pathlib import Path
import brinkmanship as bk
from brinkmanship.results import folder

folder.SECONDS = 0.0

class Killed(folder.ResultFolder):
    def save(self, checkpoint):
        super().save(checkpoint)
        if self._written >= {after}:
            os.kill(os.getpid(), signal.{signal})

with Killed(Path(sys.argv[1]), crisis := bk.load("{crisis}")) as out:
    options = dict(seed=5, sampled=100, block={block}, engine="{engine}", given={given})
    runs = bk.simulate(crisis, runs={runs}, sink=out, **options)
    out.finish(runs, "test")
"""


def started(out: Path, **changes) -> subprocess.CompletedProcess:
    values = {"crisis": CRISIS, "runs": RUNS, "block": 60, "engine": "numpy", "given": [], "after": 200}
    text = KILLED.format(**values | {"signal": "SIGKILL"} | changes)
    return subprocess.run([sys.executable, "-c", text, str(out)], capture_output=True, text=True, check=False)


def brink(*arguments) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from brinkmanship.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def result(folder: Path) -> dict:
    import pandas as pd
    import xarray as xr

    found = {name: pd.read_parquet(folder / name) for name in ("events.parquet", "runs.parquet", "paths.parquet")}
    with xr.open_dataset(folder / "results.nc", engine="h5netcdf") as data:
        found["data"] = data.load()
    found["outcomes"] = json.loads((folder / "outcomes.json").read_text(encoding="utf-8"))
    return found


def assert_same(one: dict, two: dict) -> None:
    assert one["outcomes"] == two["outcomes"]
    assert one["data"].equals(two["data"])
    for name in ("runs.parquet", "paths.parquet"):
        assert one[name].equals(two[name])
    rows = [each["events.parquet"].astype(str).sort_values(["run", "date", "name"]).to_numpy() for each in (one, two)]
    np.testing.assert_array_equal(*rows)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("given", [[], ["day 3"]], ids=["plain", "given"])
def test_a_killed_run_goes_on_with_the_same_bits(tmp_path, engine, given):
    import brinkmanship as bk

    crisis = bk.load(CRISIS)
    move = next(iter(crisis.lowered.program.options))
    actor, _, action = move.partition(".")
    given = [f"{crisis.date(3.0)} {actor} {action}"] if given else []
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    flags = [each for move in given for each in ("--given", move)]
    options = [CRISIS, "--runs", RUNS, "--seed", 5, "--engine", engine, "--format", "json", *flags]
    assert brink("run", *options, "--out", whole).returncode == 0
    killed = started(broken, engine=engine, given=given)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not broken.exists()
    for jobs in (2,):
        done = brink("run", *options, "--out", broken, "--resume", "--jobs", jobs)
        assert done.returncode == 0, done.stderr
    assert_same(result(whole), result(broken))
    assert not list(tmp_path.glob(".*"))


def test_an_interrupted_run_says_how_to_go_on(tmp_path):
    out = tmp_path / "out"
    done = started(out, signal="SIGINT")
    assert "of 600 runs are kept; the same command with `--resume` goes on from there" in done.stderr
    assert not out.exists()


def test_another_run_is_not_gone_on_from(tmp_path):
    out = tmp_path / "out"
    started(out)
    other = brink("run", CRISIS, "--runs", RUNS, "--seed", 6, "--engine", "numpy", "--out", out, "--resume")
    assert other.returncode == 2
    assert "is another run (seed)" in other.stderr
    assert "Traceback" not in other.stderr
    assert list(tmp_path.glob(".*.partial/unfinished.npz")), "what can be gone on from is not lost by a wrong call"
    again = brink("run", CRISIS, "--runs", RUNS, "--seed", 5, "--engine", "numpy", "--out", out, "--resume")
    assert (again.returncode, again.stderr) == (0, "")


def test_resume_without_anything_left_begins_anew(tmp_path):
    done = brink("run", CRISIS, "--runs", 50, "--out", tmp_path / "out", "--resume", "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["runs"] == 50
    assert "it begins anew" in done.stderr


def test_a_complete_result_is_shown_and_not_made_again(tmp_path):
    out = tmp_path / "out"
    options = [CRISIS, "--runs", 50, "--out", out, "--format", "json"]
    first = brink("run", *options)
    before = (out / "manifest.json").stat().st_mtime_ns
    again = brink("run", *options, "--resume")
    assert (again.returncode, json.loads(again.stdout)) == (0, json.loads(first.stdout))
    assert "already complete" in again.stderr
    assert (out / "manifest.json").stat().st_mtime_ns == before
    other = brink("run", *options, "--resume", "--seed", 1)
    assert json.loads(other.stdout)["seed"] == 1
    assert "It replaces the earlier result of 50 runs, seed 0." in other.stderr


def test_a_longer_result_is_not_lost_by_accident(tmp_path):
    out = tmp_path / "out"
    brink("run", CRISIS, "--runs", 50, "--out", out)
    shorter = brink("run", CRISIS, "--runs", 40, "--out", out)
    assert shorter.returncode == 2
    assert "holds a result of 50 runs" in shorter.stderr and "--force" in shorter.stderr
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["runs"] == 50
    assert not list(tmp_path.glob(".*"))
    forced = brink("run", CRISIS, "--runs", 40, "--out", out, "--force")
    assert forced.returncode == 0 and "It replaces the earlier result of 50 runs, seed 0." in forced.stdout
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["runs"] == 40


def test_resume_needs_a_folder():
    done = brink("run", CRISIS, "--resume")
    assert done.returncode == 2
    assert "name its folder" in done.stderr


def test_a_truncated_checkpoint_is_not_trusted(tmp_path):
    out = tmp_path / "out"
    started(out)
    left = next(tmp_path.glob(".*.partial")) / "unfinished.npz"
    left.write_bytes(left.read_bytes()[:500])
    done = brink("run", CRISIS, "--runs", RUNS, "--seed", 5, "--engine", "numpy", "--out", out, "--resume")
    assert done.returncode == 0, done.stderr
    assert result(out)["outcomes"]["runs"] == RUNS
