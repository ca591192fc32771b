"""The result folder: everything that a run left, written whole or not at all."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from brinkmanship.core.crisis import Crisis
from brinkmanship.engine.ensemble import BlockResult, Happening
from brinkmanship.errors import UsageError
from brinkmanship.model.evidence import PUBLISHED
from brinkmanship.model.reading import MAX_BYTES
from brinkmanship.results.runs import Runs

if TYPE_CHECKING:
    import xarray

CRISIS = "crisis"
"""Where the folder keeps the text of the crisis as it was run."""
COMPANIONS = ("README.md", PUBLISHED.name)
"""Files of a crisis folder that are kept beside its text: they change no result, but a report quotes them."""
MANIFEST = "manifest.json"
VERSIONED = ("brinkmanship", "numpy", "xarray", "pyarrow")


class ResultFolder:
    """Writes a result folder beside its final place and renames it when it is complete.

    Use as a context manager: events are streamed in while the runs go on, `finish` writes the rest. If anything
    fails, nothing of it stays and what stood there before is untouched.

    Raises
    ------
    UsageError
        When the place cannot be written, or holds something that is no result folder.
    """

    def __init__(self, target: Path, crisis: Crisis):
        if "\0" in str(target):
            raise UsageError(f"{str(target)!r} is no name of a folder")
        # A link is followed: what it names is replaced, and the link stays.
        self.shown, self.target, self.crisis = target, Path(os.path.realpath(target)), crisis
        self.partial = self.target.parent / f".{self.target.name}.{os.getpid()}.partial"
        self.old = self.target.parent / f".{self.target.name}.{os.getpid()}.old"
        self._made: list[Path] = []
        self._writers: dict[str, Any] = {}
        self._written = 0
        self._finished = False

    def __enter__(self) -> ResultFolder:
        try:
            self._look()
            for parent in [each for each in reversed(self.partial.parents) if not each.exists()]:
                parent.mkdir()
                self._made.append(parent)
            self.partial.mkdir()
            self._keep_crisis()
        except (OSError, ValueError) as error:
            self._clear()
            raise self._unwritable(error) from None
        return self

    def _look(self) -> None:
        """Whether what stands at the target may be replaced."""
        target = self.target
        if target in (Path.cwd(), *Path.cwd().parents):
            raise UsageError(f"`{self.shown}` is the folder you are in, or one above it; name a folder for the results")
        if target.exists() and not target.is_dir():
            raise UsageError(f"`{self.shown}` is a file; name a folder for the results")
        if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).is_file():
            raise UsageError(f"`{self.shown}` holds other things than a result; name a new or an empty folder")

    def _keep_crisis(self) -> None:
        """Keep the text as it was read, and what stands beside it."""
        text = self.crisis.text
        kept = dict(text.files)
        for name in COMPANIONS:
            path = text.folder / name
            if path.is_file() and path.stat().st_size <= MAX_BYTES:
                kept[name] = path.read_bytes()
        for name, raw in kept.items():
            place = self.partial / CRISIS / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(raw)

    def __exit__(self, *_: object) -> None:
        if not self._finished:
            self._clear()

    def _clear(self) -> None:
        """Leave things as they were."""
        with suppress(Exception):
            self._close()
        shutil.rmtree(self.partial, ignore_errors=True)
        if os.path.exists(self.old) and not os.path.exists(self.target):
            self.old.rename(self.target)
        for parent in reversed(self._made):
            with suppress(OSError):
                parent.rmdir()

    def _close(self) -> None:
        writers, self._writers = self._writers, {}
        for writer in writers.values():
            writer.close()

    def _unwritable(self, error: Exception) -> UsageError:
        return UsageError(f"`{self.shown}` cannot be written: {getattr(error, 'strerror', None) or error}")

    def write(self, block: BlockResult) -> None:
        """Take the events of one block, and how each of its runs ended."""
        try:
            self._append("events.parquet", event_table(self.crisis, block.events))
            self._append("runs.parquet", run_table(block, self._written))
        except OSError as error:
            raise self._unwritable(error) from None
        self._written += len(block.sound)

    def _append(self, name: str, table: Any) -> None:
        import pyarrow.parquet

        if name not in self._writers:
            self._writers[name] = pyarrow.parquet.ParquetWriter(self.partial / name, table.schema, compression="zstd")
        self._writers[name].write_table(table)

    def finish(self, runs: Runs, command: str = "") -> None:
        """Write manifest, outcomes, labelled arrays and sampled paths, and put the folder in its place."""
        import pyarrow.parquet

        try:
            _write_netcdf(self.partial / "results.nc", runs.dataset())
            if runs.before is not None:
                _write_netcdf(self.partial / "before.nc", runs.before.dataset())
            pyarrow.parquet.write_table(path_table(runs), self.partial / "paths.parquet", compression="zstd")
            _write_json(self.partial / "outcomes.json", runs.summary())
            _write_json(self.partial / MANIFEST, manifest(runs, command))
            self._close()
            self._put_in_place()
        except OSError as error:
            raise self._unwritable(error) from None

    def _put_in_place(self) -> None:
        if self.target.exists():
            self.target.rename(self.old)
        self.partial.rename(self.target)
        self._finished = True
        shutil.rmtree(self.old, ignore_errors=True)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def _write_netcdf(path: Path, data: xarray.Dataset) -> None:
    numeric = [name for name, each in data.data_vars.items() if each.dtype.kind in "if" and each.size > 1]
    data.to_netcdf(path, engine="h5netcdf", encoding={name: {"zlib": True} for name in numeric})


def manifest(runs: Runs, command: str) -> dict[str, Any]:
    """How a result was made: what one needs to make it again."""
    crisis = runs.crisis
    return {
        "crisis": crisis.name,
        "title": crisis.title,
        "fingerprint": crisis.fingerprint,
        "files_digest": crisis.text.digest,
        "from": crisis.date(runs.request.origin).isoformat(),
        "end": crisis.text.record.clock.end.isoformat(),
        "step_days": crisis.lowered.timeline.step,
        "runs": runs.runs,
        "seed": runs.request.seed,
        "given": list(runs.given),
        "made": list(runs.made()),
        "parameters": "medians" if runs.request.fixed else "drawn from their priors in each run",
        "failed_runs": runs.failed,
        "failures": dict(runs.failures),
        "command": command,
        "versions": {name: _version(name) for name in VERSIONED} | {"python": platform.python_version()},
        "files": {
            "outcomes.json": "probabilities with 90 % Monte Carlo intervals",
            "results.nc": "outcomes, cumulative incidence, daily quantiles, rates of actions (NetCDF)",
            "paths.parquet": "daily values of every quantity in the first 100 runs; ended runs keep their last",
            "events.parquet": "every dated deed and event of every run, from the first day of the future on",
            "runs.parquet": "how every run ended: one row a run, one column an outcome",
            "crisis/": "the text of the crisis as it was run",
            "before.nc": "as results.nc, without the supposition (only with --given)",
        },
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def event_table(crisis: Crisis, events: Sequence[Happening]) -> Any:
    """Events as rows: run, date, kind, actor, name, target, branch."""
    import pyarrow

    columns: dict[str, list[Any]] = {name: [] for name in ("run", "date", "kind", "actor", "name", "target", "branch")}
    for each in events:
        size = len(each.runs)
        kind, actor, name, target = _parts(each.name)
        columns["run"].append(each.runs.astype(np.int64))
        columns["branch"] += each.branches or [""] * size
        when = crisis.date(each.step * crisis.lowered.timeline.step)
        for column, value in (
            ("date", when),
            ("kind", kind),
            ("actor", actor),
            ("name", name),
            ("target", target),
        ):
            columns[column] += [value] * size
    runs = np.concatenate(columns["run"]) if columns["run"] else np.zeros(0, np.int64)
    text = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    arrays = [pyarrow.array(runs), pyarrow.array(columns["date"], pyarrow.date32())]
    arrays += [
        pyarrow.array(columns[name], pyarrow.string()).cast(text)
        for name in ("kind", "actor", "name", "target", "branch")
    ]
    return pyarrow.table(arrays, names=list(columns))


def _parts(site: str) -> tuple[str, str, str, str]:
    """Kind, actor, name and target of a site."""
    kind, _, rest = site.partition("/")
    if kind in ("action", "order", "afterwards", "chosen"):
        actor, name, *target = rest.split(".")
        return {"chosen": "choice"}.get(kind, kind), actor, name, ".".join(target)
    name, _, members = rest.partition("/")
    return kind, "", name, members


def run_table(block: BlockResult, first: int) -> Any:
    """How the runs of a block ended, as rows: run, whether it is sound (failed runs are not), and each outcome."""
    import pyarrow

    columns = {"run": np.arange(first, first + len(block.sound)), "sound": block.sound}
    return pyarrow.table(columns | {name: np.asarray(true, bool) for name, true in block.outcomes.items()})


def path_table(runs: Runs) -> Any:
    """Sampled paths as rows: run, date, and one column a quantity."""
    import pyarrow

    dates = runs.dates.astype("datetime64[D]")
    size = next((len(rows) for rows in runs.sampled_paths.values()), 0)
    columns = {"run": np.repeat(np.arange(size), len(dates)), "date": np.tile(dates, size)}
    columns |= {slot: np.asarray(rows, np.float32).reshape(-1) for slot, rows in runs.sampled_paths.items()}
    return pyarrow.table(columns)
