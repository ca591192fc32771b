"""The result folder: everything that a run left, written whole or not at all."""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from brinkmanship.core.crisis import Crisis
from brinkmanship.engine.ensemble import BlockResult
from brinkmanship.engine.events import Events
from brinkmanship.errors import Interrupted, UsageError
from brinkmanship.model.reading import MAX_BYTES
from brinkmanship.model.references import PUBLISHED
from brinkmanship.results.checkpoint import NAME, Checkpoint
from brinkmanship.results.runs import Runs

if TYPE_CHECKING:
    import xarray

CRISIS = "crisis"
"""Where the folder keeps the text of the crisis as it was run."""
COMPANIONS = ("README.md", PUBLISHED.name)
"""Files of a crisis folder that are kept beside its text: they change no result, but a report quotes them."""
EVENTS, ENDS = "events.parquet", "runs.parquet"
SECONDS = 2.0
"""Least time between two checkpoints (our choice)."""
MANIFEST = "manifest.json"
MEDIANS, PRIORS = "medians", "drawn from their priors for every five runs"
VERSIONED = ("brinkmanship", "numpy", "xarray", "pyarrow")


class ResultFolder:
    """Writes a result folder beside its final place and renames it when it is complete.

    Use as a context manager: events are streamed in while the runs go on, `finish` writes the rest. If anything
    fails, what stood there before is untouched; what is done by then is kept where it can be gone on from.

    Parameters
    ----------
    resume
        Whether to go on from what an interrupted run of the same request has left.
    longest
        Runs of an earlier result that may be replaced, at most; None: any.

    Attributes
    ----------
    earlier
        What stands there and will be replaced: the manifest of a result; None if nothing does.
    resumed
        Whether it goes on from what an interrupted run has left.

    Raises
    ------
    UsageError
        When the place cannot be written, or holds something that is no result folder, or a result of more runs.
    """

    def __init__(self, target: Path, crisis: Crisis, *, resume: bool = False, longest: int | None = None):
        if "\0" in str(target):
            raise UsageError(f"{str(target)!r} is no name of a folder")
        # A link is followed: what it names is replaced, and the link stays.
        self.shown, self.target, self.crisis, self.resume = target, Path(os.path.realpath(target)), crisis, resume
        self.partial = self.target.parent / f".{self.target.name}.{os.getpid()}.partial"
        self.old = self.target.parent / f".{self.target.name}.{os.getpid()}.old"
        self._made: list[Path] = []
        self._waiting: dict[str, list[Any]] = {EVENTS: [], ENDS: []}
        self._parts = 0
        self._saved = 0.0
        self._written = 0
        self._checkpoint: Checkpoint | None = None
        self._finished = False
        self.longest, self.resumed = longest, False
        self.earlier: dict[str, Any] | None = None

    def __enter__(self) -> ResultFolder:
        try:
            self._look()
            for parent in [each for each in reversed(self.partial.parents) if not each.exists()]:
                parent.mkdir()
                self._made.append(parent)
            left = self._left() if self.resume else None
            if left is not None:
                left.rename(self.partial)
                self.resumed = True
            else:
                self.partial.mkdir()
                self._keep_crisis()
        except (OSError, ValueError) as error:
            self._clear()
            raise self._unwritable(error) from None
        except KeyboardInterrupt:
            self._clear()
            raise
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
        self.earlier = read_manifest(target)
        if self.earlier is not None and self.longest is not None and self.earlier["runs"] > self.longest:
            raise UsageError(
                f"`{self.shown}` holds a result of {self.earlier['runs']:,} runs, more than the {self.longest:,} that "
                "would replace it; name another folder, or give `--force` to replace it"
            )

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

    def _left(self) -> Path | None:
        """What the latest interrupted run has left; one that still goes on is left alone."""
        found = [each for each in self.target.parent.glob(f".{self.target.name}.*.partial") if not _alive(each)]
        found = [each for each in found if (each / NAME).is_file()]
        return max(found, key=lambda each: (each / NAME).stat().st_mtime, default=None)

    def begin(self, request: Mapping[str, Any]) -> Checkpoint | None:
        """Hear what will be simulated; gives what an interrupted run of the same has left, if it shall be gone on."""
        self._saved = time.monotonic()
        left = Checkpoint.load(self.partial) if self.resume else None
        if left is None:
            return None
        differs = [name for name, value in request.items() if left.request.get(name) != value]
        if differs:
            raise UsageError(
                f"what was interrupted beside `{self.shown}` is another run ({', '.join(differs)}); give the command "
                "it was started with, or leave out `--resume` to begin anew"
            )
        self._checkpoint, self._parts = left, left.request["parts"]
        self._written = left.tallies[0].runs
        return left

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if self._finished:
            return
        if self._checkpoint is None:
            self._clear()
            return
        done, whole = self._checkpoint.tallies[0].runs, self._checkpoint.request["runs"]
        kept = f"{done:,} of {whole:,} runs are kept; the same command with `--resume` goes on from there"
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(f"Interrupted; {kept}.") from None
        if isinstance(error, UsageError):
            raise UsageError(f"{error}; {kept}") from None

    def _clear(self) -> None:
        """Leave things as they were; what was to be gone on from stays where it can be."""
        if not self.resumed:
            shutil.rmtree(self.partial, ignore_errors=True)
        if os.path.exists(self.old) and not os.path.exists(self.target):
            self.old.rename(self.target)
        for parent in reversed(self._made):
            with suppress(OSError):
                parent.rmdir()

    def _unwritable(self, error: Exception) -> UsageError:
        return UsageError(f"`{self.shown}` cannot be written: {getattr(error, 'strerror', None) or error}")

    def write(self, block: BlockResult) -> None:
        """Take the events of one block, and how each of its runs ended."""
        self._waiting[EVENTS].append(event_table(self.crisis, block.events))
        self._waiting[ENDS].append(run_table(block, self._written))
        self._written += len(block.sound)

    def save(self, checkpoint: Callable[[], Checkpoint]) -> None:
        """Keep the state of things, not more often than every few seconds."""
        if time.monotonic() - self._saved < SECONDS:
            return
        try:
            self._flush()
            found = checkpoint()
            found.request = {**found.request, "parts": self._parts}
            found.save(self.partial)
        except OSError as error:
            raise self._unwritable(error) from None
        self._checkpoint, self._saved = found, time.monotonic()

    def _flush(self) -> None:
        """Write what waits as one more part; parts that no checkpoint counts are written over."""
        import pyarrow
        import pyarrow.parquet

        for name, tables in self._waiting.items():
            if tables:
                whole = pyarrow.concat_tables(tables).unify_dictionaries()
                pyarrow.parquet.write_table(whole, self._part(name, self._parts), compression="zstd")
        self._parts += 1 if self._waiting[ENDS] else 0
        self._waiting = {name: [] for name in self._waiting}

    def _part(self, name: str, number: int) -> Path:
        return self.partial / f"{name}.{number}"

    def _join(self) -> None:
        """Put the parts together, one after another."""
        import pyarrow.parquet

        self._flush()
        for name in self._waiting:
            paths = [self._part(name, number) for number in range(self._parts)]
            schema = pyarrow.parquet.read_schema(paths[0])
            with pyarrow.parquet.ParquetWriter(self.partial / name, schema, compression="zstd") as writer:
                for path in paths:
                    writer.write_table(pyarrow.parquet.read_table(path, schema=schema))
            for path in self.partial.glob(f"{name}.*"):
                path.unlink()
        (self.partial / NAME).unlink(missing_ok=True)

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
            self._join()
            self._put_in_place()
        except OSError as error:
            raise self._unwritable(error) from None

    def _put_in_place(self) -> None:
        if self.target.exists():
            self.target.rename(self.old)
        self.partial.rename(self.target)
        self._finished = True
        shutil.rmtree(self.old, ignore_errors=True)
        for left in self.target.parent.glob(f".{self.target.name}.*.partial"):
            if not _alive(left):
                shutil.rmtree(left, ignore_errors=True)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """How the result in a folder was made; None where there is none that says its runs."""
    try:
        made = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return made if isinstance(made["runs"], int) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_complete(folder: Path, crisis: Crisis, request: Mapping[str, Any]) -> bool:
    """Whether a folder holds the whole result of a request: its ``runs``, ``seed``, ``from``, ``given``, ``fixed``."""
    made = read_manifest(folder)
    if made is None:
        return False
    wanted = {
        "fingerprint": crisis.fingerprint,
        "runs": request["runs"],
        "seed": request["seed"],
        "from": crisis.date(crisis.day(request["from"])).isoformat(),
        "given": list(request["given"]),
        "parameters": MEDIANS if request["fixed"] else PRIORS,
    }
    return all(made.get(name) == value for name, value in wanted.items())


def _alive(partial: Path) -> bool:
    """Whether the process that writes a folder still goes on."""
    number = partial.name.split(".")[-2]
    try:
        os.kill(int(number), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return int(number) != os.getpid()


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
        "engine": runs.engine,
        "given": list(runs.given),
        "made": list(runs.made()),
        "open": runs.open_when_made(),
        "parameters": MEDIANS if runs.request.fixed else PRIORS,
        "expectations": crisis.expectations.summary if crisis.expectations is not None else None,
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


def event_table(crisis: Crisis, events: Events) -> Any:
    """Events as rows: run, date, kind, actor, name, target, branch."""
    import pyarrow

    steps, day = np.unique(events.step, return_inverse=True)
    dates = np.array([crisis.date(step * crisis.lowered.timeline.step) for step in steps.tolist()], "datetime64[D]")
    columns = {"run": pyarrow.array(events.run.astype(np.int64)), "date": pyarrow.array(dates[day])}
    parts = [(*_parts(name), branch) for name, branch in events.kinds]
    for rank, name in enumerate(("kind", "actor", "name", "target", "branch")):
        columns[name] = _words([part[rank] for part in parts], events.kind)
    return pyarrow.table(columns)


def _words(words: Sequence[str], kind: np.ndarray) -> Any:
    """The word of each kind of event as a dictionary array, a row an event; ``kind`` is ``(row,)``."""
    import pyarrow

    known = sorted(set(words))
    place = {word: rank for rank, word in enumerate(known)}
    codes = np.array([place[word] for word in words], np.int32)[kind]
    return pyarrow.DictionaryArray.from_arrays(pyarrow.array(codes), pyarrow.array(known, pyarrow.string()))


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
