"""A result as people read it: labelled numbers, how they were made, and the text of the crisis.

It comes from a run that has just ended (`of_runs`) or from the folder that one left (`read_result`); what is shown on
the screen and in a report is the same for both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from brinkmanship.errors import CrisisError, UsageError
from brinkmanship.model.folder import CrisisText, read_crisis
from brinkmanship.model.records import CrisisRecord
from brinkmanship.results import labels
from brinkmanship.results.folder import CRISIS, MANIFEST, manifest
from brinkmanship.results.formats import number
from brinkmanship.results.labelling import VARIABLES
from brinkmanship.results.runs import Runs

if TYPE_CHECKING:
    import pandas
    import xarray

NEEDED = set(VARIABLES) - {"before", "change", "change_low", "change_high"}
"""Variables that every result has; the others are there when something was supposed."""
AT_ONCE = 0.05
"""Share of runs with an outcome on the first day from which on it is said (our choice)."""


@dataclass(frozen=True)
class Likelihood:
    """How likely an outcome is: shares of the sound runs, with 90 % Monte Carlo intervals.

    ``label`` is short, ``definition`` the author's whole text. ``parameters`` is where 90 % of the probability lies as
    parameters, start values and an open past vary, chance taken out. ``before`` and ``change`` (with its paired
    interval) are there when something was supposed. ``on_first_day`` is the share of runs in which it has come true by
    the end of the first day (None where it is read at the end of a run).
    """

    name: str
    label: str
    definition: str
    probability: float
    low: float
    high: float
    runs: int
    parameters: tuple[float, float]
    on_first_day: float | None = None
    before: float | None = None
    change: tuple[float, float, float] | None = None

    @property
    def held_already(self) -> bool:
        """Whether it holds on the first day of the future in most runs, so that it says little about that future."""
        return self.on_first_day is not None and self.on_first_day > 0.5

    @property
    def begins_at_once(self) -> bool:
        """Whether so many runs have it on the first day that a reader of the probability has to know."""
        return self.on_first_day is not None and self.on_first_day >= AT_ONCE

    @property
    def beyond_chance(self) -> bool:
        """Whether its change is told from none: the 90 % interval leaves out zero."""
        return self.change is not None and not self.change[1] <= 0 <= self.change[2]

    @property
    def parameters_matter(self) -> bool:
        """Whether these runs can show that the parameters make a difference to it."""
        return self.parameters[0] < self.parameters[1]


@dataclass(frozen=True)
class Result:
    """What a run left.

    Attributes
    ----------
    text
        The crisis as it was run.
    made
        How: the manifest.
    summary
        The outcomes in short, as ``brink run --format json`` prints them.
    data, before
        Labelled numbers (see ``docs/reference/results.md``), and the same without the supposition.
    folder
        Where its rows are: paths, events, runs. None if they were not kept.
    """

    text: CrisisText
    made: dict[str, Any]
    summary: dict[str, Any] = field(repr=False)
    data: xarray.Dataset = field(repr=False)
    before: xarray.Dataset | None = field(default=None, repr=False)
    folder: Path | None = None

    @property
    def record(self) -> CrisisRecord:
        """The crisis."""
        return self.text.record

    @property
    def runs(self) -> int:
        """Number of runs."""
        return int(self.made["runs"])

    @property
    def going(self) -> int:
        """Runs still under way on the last day."""
        return int(self.data["runs_under_way"][-1])

    @cached_property
    def likelihoods(self) -> tuple[Likelihood, ...]:
        """All outcomes, in the order of the crisis."""
        data = self.data
        names = [str(name) for name in data["outcome"].values]
        shares = ("probability", "low", "high", "parameter_low", "parameter_high")
        columns = {name: data[name].values for name in (*shares, "runs")}
        day = min(max(1, round(1 / self.made["step_days"])), data.sizes["time"]) - 1
        first = dict(zip(map(str, data["path_outcome"].values), data["incidence"].values[:, day], strict=True))
        made = []
        for row, name in enumerate(names):
            changed: dict[str, Any] = {}
            if "change" in data:
                change = tuple(float(data[each].values[row]) for each in ("change", "change_low", "change_high"))
                changed = {"before": float(data["before"].values[row]), "change": change}
            on_first_day = float(first[name]) if name in first else None
            probability, low, high, *parameters = (float(columns[each][row]) for each in shares)
            label, definition = labels.outcome_in_short(self.record, name), labels.outcome(self.record, name)
            numbers = probability, low, high, int(columns["runs"][row]), (parameters[0], parameters[1])
            made.append(Likelihood(name, label, definition, *numbers, on_first_day, **changed))
        return tuple(made)

    @property
    def changes(self) -> tuple[Likelihood, ...]:
        """All outcomes of a supposition, the largest change first."""
        return tuple(sorted(self.likelihoods, key=lambda each: -abs(each.change[0]) if each.change else 0.0))

    @property
    def by_chance(self) -> int:
        """Of so many intervals of 90 %, about how many leave out zero where nothing changes."""
        return round(0.1 * len(self.likelihoods))

    def label_of(self, quantity: str) -> str:
        """A quantity's label with its unit."""
        unit = labels.unit(self.record, quantity)
        return labels.quantity(self.record, quantity) + (f" [{unit}]" if unit else "")

    def levels(self, quantity: str) -> tuple[str, ...]:
        """Names of a rung's levels, lowest first; none for other kinds."""
        entry = self.record.quantities.get(quantity.partition("[")[0])
        return entry.levels if entry is not None else ()

    def value(self, quantity: str, value: float) -> str:
        """A value of a quantity in words: a level by its name, a count as a whole number."""
        levels = self.levels(quantity)
        if levels and not np.isnan(value):
            return labels.words(levels[min(len(levels) - 1, max(0, round(value)))])
        entry = self.record.quantities.get(quantity.partition("[")[0])
        return number(value, whole=entry is not None and entry.kind == "count")

    def spreads(self) -> list[tuple[float, str]]:
        """Quantities by their spread on the last day against their range, widest first; flags by their variance."""
        data = self.data
        ends = data["quantiles"].isel(time=-1).transpose("quantile", "quantity").values
        edges = data["last_day_edge"].values
        shares = dict(zip(map(str, data["flag"].values), data["share_true"].values[:, -1], strict=True))
        rows = []
        for row, name in enumerate(map(str, data["quantity"].values)):
            width = np.nanmax(edges[row]) - np.nanmin(edges[row])
            spread = 4 * shares[name] * (1 - shares[name]) if name in shares else (ends[-1] - ends[0])[row] / width
            rows.append((0.0 if np.isnan(spread) else float(spread), name))
        return sorted(rows, key=lambda each: (-each[0], each[1]))

    def event_blocks(self) -> Iterator[pandas.DataFrame]:
        """The rows of events, a part at a time: there may be more than fit into memory."""
        import pyarrow.parquet

        assert self.folder is not None
        with pyarrow.parquet.ParquetFile(self.folder / "events.parquet") as file:
            for number in range(file.num_row_groups):
                yield file.read_row_group(number).to_pandas()

    def ends(self) -> pandas.DataFrame:
        """How every run ended: a row a run, in order."""
        return self._rows("runs.parquet")

    def paths(self) -> pandas.DataFrame:
        """Daily values in the sampled runs."""
        return self._rows("paths.parquet")

    def _rows(self, name: str) -> pandas.DataFrame:
        import pandas

        assert self.folder is not None
        return pandas.read_parquet(self.folder / name)


def of_runs(runs: Runs, command: str = "") -> Result:
    """The result of runs that have just ended."""
    before = runs.before.dataset() if runs.before is not None else None
    return Result(runs.crisis.text, manifest(runs, command), runs.summary(), runs.dataset(), before)


def read_result(folder: Path) -> Result:
    """The result that a folder holds.

    Raises
    ------
    UsageError
        When it is no result folder, or one that cannot be read.
    """
    if not (folder / MANIFEST).is_file():
        raise UsageError(f"`{folder}` is no result folder: it holds no {MANIFEST}; make one with `brink run --out DIR`")
    try:
        made, summary = (json.loads((folder / n).read_text(encoding="utf-8")) for n in (MANIFEST, "outcomes.json"))
        text = read_crisis(folder / CRISIS)
        data = _read_netcdf(folder / "results.nc")
        before = _read_netcdf(folder / "before.nc") if (folder / "before.nc").is_file() else None
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"`{folder}` cannot be read as a result: {error}; run it again with `brink run --out`"
        ) from None
    except CrisisError as error:
        raise UsageError(f"`{folder}` holds no text of its crisis that can be read; run it again\n\n{error}") from None
    return Result(text, made, summary, data, before, folder)


def _read_netcdf(path: Path) -> xarray.Dataset:
    import xarray

    with xarray.open_dataset(path, engine="h5netcdf") as data:
        loaded = data.load()
    if missing := NEEDED - set(map(str, loaded.variables)):
        raise KeyError(f"{path.name} has no `{min(missing)}`; another version of brinkmanship wrote it")
    return loaded
