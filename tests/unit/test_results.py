"""The result folder, whole or not at all; and quantiles."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import xarray

from brinkmanship import UsageError, load, simulate
from brinkmanship.engine.tallies import quantiles
from brinkmanship.results.folder import ResultFolder

EVERYTHING = Path(__file__).parents[1] / "corpus" / "everything"
RUNS = 40


@pytest.fixture(scope="module")
def crisis():
    return load(EVERYTHING)


def written(crisis, target, **options):
    with ResultFolder(target, crisis) as folder:
        runs = simulate(crisis, runs=RUNS, block=16, sampled=5, sink=folder, **options)
        folder.finish(runs, "brink run everything")
    return runs


@pytest.fixture(scope="module")
def result(crisis, tmp_path_factory):
    target = tmp_path_factory.mktemp("results") / "one" / "two"
    return target, written(crisis, target, given="2020-01-20 red raid killed")


def everything_below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_files_are_those_of_the_manifest(result):
    target, _ = result
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    described = set(manifest["files"]) - {"report.html"} | {"manifest.json"}
    assert described == {name if "/" not in name else "crisis/" for name in everything_below(target)}
    assert [each.name for each in target.parent.iterdir()] == ["two"], "nothing beside it"


def test_the_manifest_says_how_it_was_made(crisis, result):
    target, runs = result
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["crisis"] == "everything"
    assert manifest["fingerprint"] == crisis.fingerprint
    assert manifest["files_digest"] == crisis.text.digest
    assert (manifest["from"], manifest["end"], manifest["step_days"]) == ("2020-01-11", "2020-02-10", 1)
    assert (manifest["runs"], manifest["seed"], manifest["given"]) == (
        RUNS,
        0,
        ["2020-01-20 red raid killed"],
    )
    assert manifest["failed_runs"] == runs.failed == 0
    assert manifest["engine"] == "numpy"
    assert manifest["command"] == "brink run everything"
    assert {"brinkmanship", "numpy", "python"} <= set(manifest["versions"])
    again = simulate(
        load(EVERYTHING),
        runs=manifest["runs"],
        seed=manifest["seed"],
        start=manifest["from"],
        given=manifest["given"],
    )
    assert again.summary() == json.loads((target / "outcomes.json").read_text(encoding="utf-8"))


def test_netcdf_agrees_with_the_runs(result):
    target, runs = result
    for name, each in (("results.nc", runs), ("before.nc", runs.before)):
        with xarray.open_dataset(target / name, engine="h5netcdf") as data:
            data.load()
        xarray.testing.assert_equal(data["quantiles"], each.quantiles())
        for outcome in runs.crisis.outcomes:
            assert float(data["probability"].sel(outcome=outcome)) == each.probability(outcome)[0]
        assert data.attrs["fingerprint"] == runs.crisis.fingerprint
        assert int(data["runs_under_way"][0]) <= RUNS


def test_paths_agree_with_the_runs(result):
    target, runs = result
    table = pyarrow.parquet.read_table(target / "paths.parquet").to_pydict()
    paths = runs.paths()
    assert sorted(set(table["run"])) == list(range(5))
    assert len(table["run"]) == paths["tension"].size
    assert set(table) == {"run", "date", *paths.data_vars}
    for name in ("grievance[blue,red]", "dead", "tension"):
        rows = np.array(table[name], np.float32).reshape(5, -1)
        np.testing.assert_array_equal(rows, paths[name].values.astype(np.float32))


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_run_that_has_ended_keeps_its_values(crisis, engine):
    runs = simulate(crisis, runs=RUNS, sampled=RUNS, engine=engine)
    assert 0 < runs.tallies.going[-1] < RUNS and runs.failed == 0
    data, paths = runs.last_day(), runs.paths()
    for name in runs.edges:
        found = data["last_day_count"].sel(quantity=name).values
        assert found.sum() == RUNS, name
        if crisis.lowered.program.slots[name].kind != "level":  # a level may lie on the edge of a bin
            edges = data["last_day_edge"].sel(quantity=name).dropna("bin_edge").values
            counts, _ = np.histogram(paths[name].values[:, -1], edges)
            np.testing.assert_array_equal(found[: len(counts)], counts, name)
        width = np.diff(data["last_day_edge"].sel(quantity=name).dropna("bin_edge").values).max()
        np.testing.assert_allclose(
            runs.means().sel(quantity=name), paths[name].values.mean(axis=0), atol=width / 2 + 1e-9
        )
    for name in map(str, runs.shares_true()["flag"].values):
        np.testing.assert_allclose(runs.shares_true().sel(flag=name).values, paths[name].values.mean(axis=0))


def test_events_agree_with_the_runs(result):
    target, runs = result
    table = pyarrow.parquet.read_table(target / "events.parquet").to_pydict()
    assert set(table) == {"run", "date", "kind", "actor", "name", "target", "branch"}
    riots = sum(kind == "event" and name == "riot" for kind, name in zip(table["kind"], table["name"], strict=True))
    assert riots == sum(
        int(counts.sum()) for name, counts in runs.tallies.deeds.items() if name.startswith("event/riot/")
    )
    given = [
        row
        for row in zip(*table.values(), strict=True)
        if str(row[1]) == "2020-01-20" and row[2:6] == ("action", "red", "raid", "blue") and row[6] == "killed"
    ]
    going = int(runs.before.tallies.going[8])
    assert going * 0.9 <= len(given) <= RUNS
    assert min(map(str, table["date"])) >= "2020-01-11"


def test_every_run_and_its_outcomes_agree_with_the_runs(result):
    target, runs = result
    table = pyarrow.parquet.read_table(target / "runs.parquet").to_pydict()
    assert set(table) == {"run", "sound", *runs.crisis.outcomes}
    assert table["run"] == list(range(RUNS)), "in order, also over several blocks"
    assert all(table["sound"])
    for name in runs.crisis.outcomes:
        assert sum(table[name]) == runs.tallies.outcomes[name]
    # The record of deeds and that of outcomes speak of the same runs.
    events = pyarrow.parquet.read_table(target / "events.parquet").to_pydict()
    deals = {run for run, kind in zip(events["run"], events["kind"], strict=True) if kind == "agreement"}
    undecided = {run for run in table["run"] if table["which.neither"][run]}
    assert deals and undecided and not deals & undecided


def test_the_text_is_kept_as_it_was_run(crisis, result, tmp_path):
    target, _ = result
    kept = load(target / "crisis")
    assert (kept.fingerprint, kept.text.digest) == (crisis.fingerprint, crisis.text.digest)
    for name in everything_below(target / "crisis"):
        assert (target / "crisis" / name).read_bytes() == (EVERYTHING / name).read_bytes()
    # What the author changes while it runs does not reach the folder.
    shutil.copytree(EVERYTHING, tmp_path / "mine")
    mine = load(tmp_path / "mine")
    (tmp_path / "mine" / "crisis.yaml").write_text("crisis: {title: Another}", encoding="utf-8")
    (tmp_path / "mine" / "README.md").write_text("About it.", encoding="utf-8")
    written(mine, tmp_path / "out")
    assert load(tmp_path / "out" / "crisis").text.digest == crisis.text.digest
    assert (tmp_path / "out" / "crisis" / "README.md").read_text(encoding="utf-8") == "About it."


def test_a_result_is_replaced_by_a_result(crisis, tmp_path):
    target = tmp_path / "out"
    written(crisis, target, given="2020-01-20 red raid")
    assert (target / "before.nc").exists()
    written(crisis, target)
    assert not (target / "before.nc").exists()
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


@pytest.fixture
def no_checkpoint(monkeypatch):
    """Nothing is kept before the end: what is kept is tested where runs are resumed."""
    monkeypatch.setattr("brinkmanship.results.folder.SECONDS", 1e9)


@pytest.mark.usefixtures("no_checkpoint")
@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, OSError])
def test_a_failure_leaves_nothing_behind(crisis, tmp_path, failure):
    target = tmp_path / "new" / "out"

    def fail(done, whole):
        if done > whole / 2:
            raise failure

    with pytest.raises(failure), ResultFolder(target, crisis) as folder:
        simulate(crisis, runs=RUNS, block=8, sink=folder, progress=fail)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_checkpoint")
@pytest.mark.parametrize("stage", ["manifest", "path_table", "_write_json"])
def test_a_failure_leaves_the_old_result(crisis, tmp_path, monkeypatch, stage):
    target = tmp_path / "out"
    written(crisis, target)
    before = {name: (target / name).read_bytes() for name in everything_below(target)}

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"brinkmanship.results.folder.{stage}", fail)
    with pytest.raises(UsageError, match="No space left on device"):
        written(crisis, target, seed=1)
    assert {name: (target / name).read_bytes() for name in everything_below(target)} == before
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


@pytest.mark.usefixtures("no_checkpoint")
def test_a_failure_between_the_two_renames_leaves_the_old_result(crisis, tmp_path, monkeypatch):
    target = tmp_path / "out"
    written(crisis, target)
    before = everything_below(target)
    rename = Path.rename

    def fail(self, to):
        if self.name.endswith(".partial"):
            raise KeyboardInterrupt
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(KeyboardInterrupt):
        written(crisis, target, seed=1)
    assert everything_below(target) == before
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_what_is_no_result_is_not_replaced(crisis, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="holds other things than a result"):
        written(crisis, tmp_path / "thesis")
    with pytest.raises(UsageError, match="is a file"):
        written(crisis, tmp_path / "thesis" / "chapter.txt")
    with pytest.raises(UsageError, match="cannot be written"):
        written(crisis, tmp_path / "thesis" / "chapter.txt" / "out")
    assert everything_below(tmp_path) == ["thesis/chapter.txt"]


@pytest.mark.parametrize("target", [".", "..", "/", ""])
def test_the_folder_one_is_in_is_not_replaced(crisis, tmp_path, monkeypatch, target):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="the folder you are in"):
        written(crisis, Path(target))
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_and_a_link_are_filled(crisis, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    written(crisis, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "empty" / "manifest.json").is_file()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["empty", "link"]


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_folder_can_have(crisis, tmp_path, name):
    with pytest.raises(UsageError):
        written(crisis, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_may_not_be_written(crisis, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(UsageError, match="Permission denied"):
        written(crisis, tmp_path / "locked" / "out")


# --- quantiles ----------------------------------------------------------------------------------


def test_quantiles_of_whole_numbers_are_whole():
    edges = np.arange(5) - 0.5
    found = quantiles(np.array([[1, 2, 1, 0], [0, 0, 0, 4]]), edges, (0.1, 0.5, 0.9), whole=True)
    np.testing.assert_array_equal(found, [[0, 3], [1, 3], [2, 3]])


def test_quantiles_are_exact_to_the_width_of_a_bin():
    values = np.random.default_rng(0).gamma(2.0, 1.0, 5_000)
    edges = np.linspace(0, 20, 201)
    histogram = np.histogram(values, edges)[0][None, :]
    levels = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
    found = quantiles(histogram, edges, levels, whole=False)[:, 0]
    np.testing.assert_allclose(found, np.quantile(values, levels), atol=0.1)
    assert (np.diff(found) > 0).all()


def test_quantiles_of_no_runs_are_unknown():
    assert np.isnan(quantiles(np.zeros((3, 4), int), np.arange(5.0), (0.5,), whole=False)).all()
