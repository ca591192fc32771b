"""Results with labels: what people read and compute with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from brinkmanship.core.crisis import Crisis
from brinkmanship.engine.ensemble import GROUP, Request
from brinkmanship.engine.events import Events
from brinkmanship.engine.tallies import Tallies, quantiles
from brinkmanship.results.intervals import clustered, paired_change, parameter_interval
from brinkmanship.results.labelling import describe

if TYPE_CHECKING:
    import xarray

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Runs:
    """An ensemble of simulated futures, with labels.

    Attributes
    ----------
    crisis
        What was simulated.
    request
        How: runs, seed, first day, suppositions.
    tallies
        Integer counts over runs.
    engine
        What simulated them, with the device where that is not this processor by itself.
    given, before
        Suppositions, and the same futures without them (None when nothing was supposed).
    joint
        By outcome, counts ``(before, after)`` of paired runs.
    squares
        By outcome, the sum over groups of runs of their squared changes (`paired_squares`).
    openings
        By supposition, the runs in which it was looked whether the move was open to its actor when it was made, and
        those of them in which it was.
    """

    crisis: Crisis
    request: Request
    tallies: Tallies
    edges: Mapping[str, np.ndarray] = field(repr=False)
    sampled_paths: Mapping[str, np.ndarray] = field(repr=False)
    sampled_events: Events = field(repr=False)
    engine: str
    given: tuple[str, ...] = ()
    before: Runs | None = None
    joint: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False)
    squares: Mapping[str, int] = field(default_factory=dict, repr=False)
    openings: tuple[tuple[int, int], ...] = ()

    @property
    def runs(self) -> int:
        """Number of runs."""
        return self.tallies.runs

    @property
    def failed(self) -> int:
        """Runs that met a number that was not finite; they count in no outcome."""
        return self.tallies.failed

    @property
    def failures(self) -> Mapping[str, int]:
        """Failed runs by where they failed."""
        return self.tallies.failures

    @property
    def dates(self) -> np.ndarray:
        """Days of the future, ``(time,)`` datetime64[s]."""
        timeline = self.crisis.lowered.timeline
        start = np.datetime64(timeline.start, "s")
        first = timeline.step_of(self.request.origin)
        seconds = np.round((first + np.arange(len(self.tallies.going))) * timeline.step * 86_400)
        return start + seconds.astype("timedelta64[s]")

    def probability(self, outcome: str) -> tuple[float, float, float]:
        """Probability of an outcome with its 90 % Monte Carlo interval: (probability, low, high)."""
        sound = self.runs - self.failed
        count = self.tallies.outcomes[outcome]
        return (count / sound if sound else float("nan"), *clustered(count, sound, *self._groups(outcome)))

    def parameter_interval(self, outcome: str) -> tuple[float, float]:
        """Where 90 % of an outcome's probability lies as parameters, start values and open past vary: (low, high)."""
        count, sound = self.tallies.outcomes[outcome], self.runs - self.failed
        return parameter_interval(count, sound, *self._groups(outcome))

    def _groups(self, outcome: str) -> tuple[int, int, int]:
        return self.tallies.groups, self.tallies.squares[outcome], GROUP

    def made(self) -> tuple[int, ...]:
        """In how many runs each supposed move was made: those still under way on its day."""
        timeline = self.crisis.lowered.timeline
        first = timeline.step_of(self.request.origin)
        counts = []
        for pin in self.request.given:
            deeds = self.tallies.deeds.get(pin.alternatives[0][0])
            counts.append(0 if deeds is None else int(deeds[timeline.step_of(pin.day) - first]))
        return tuple(counts)

    def open_when_made(self) -> list[dict[str, int]]:
        """By supposition: in how many ``runs`` it was looked, and in how many the move was ``open`` to its actor."""
        return [{"runs": looked, "open": open_} for looked, open_ in self.openings]

    def change(self, outcome: str) -> tuple[float, float, float]:
        """Change of an outcome's probability by the supposition, with its paired 90 % interval."""
        return paired_change(self.joint[outcome], self.tallies.groups, self.squares[outcome], GROUP)

    def outcomes(self) -> xarray.Dataset:
        """Probabilities ``(outcome,)`` with 90 % Monte Carlo intervals; of a supposition ``before`` and ``change``."""
        import xarray

        names = list(self.crisis.outcomes)
        rows = np.array([self.probability(name) for name in names])
        columns = {
            "probability": rows[:, 0],
            "low": rows[:, 1],
            "high": rows[:, 2],
            "parameter_low": np.array([self.parameter_interval(name)[0] for name in names]),
            "parameter_high": np.array([self.parameter_interval(name)[1] for name in names]),
            "runs": [self.tallies.outcomes[n] for n in names],
        }
        if self.before is not None:
            columns["before"] = np.array([self.before.probability(name)[0] for name in names])
            changes = np.array([self.change(name) for name in names])
            columns |= {"change": changes[:, 0], "change_low": changes[:, 1], "change_high": changes[:, 2]}
        data = {name: ("outcome", np.asarray(values)) for name, values in columns.items()}
        return xarray.Dataset(data, {"outcome": names}, self._attributes())

    def incidence(self) -> xarray.DataArray:
        """Cumulative incidence ``(outcome, time)``: share of runs in which an outcome has come true by a day."""
        import xarray

        names = [spec.name for spec in self.crisis.lowered.program.outcomes if spec.kind in ("ever", "first")]
        sound = max(1, self.runs - self.failed)
        rows = np.array([np.cumsum(self.tallies.first_days[name]) / sound for name in names]).reshape(
            len(names), len(self.dates)
        )
        return xarray.DataArray(rows, {"outcome": names, "time": self.dates}, ("outcome", "time"), "incidence")

    def daily(
        self, quantity: str, levels: tuple[float, ...] = LEVELS, days: Sequence[int] | slice = slice(None)
    ) -> np.ndarray:
        """Daily quantiles of one quantity on all days or on some, ``(quantile, time)``; see `quantiles`."""
        whole = self.crisis.lowered.program.slots[quantity].kind != "level"
        tallies = self.tallies
        rows = quantiles(tallies.histograms[quantity][days], self.edges[quantity], levels, whole=whole)
        return np.clip(rows, tallies.lowest[quantity][days], tallies.highest[quantity][days])

    def count(self, name: str) -> int:
        """How often an option was chosen or a site happened, over all runs and days."""
        return int(self.tallies.deeds[name].sum()) if name in self.tallies.deeds else 0

    @property
    def days_under_way(self) -> float:
        """Days that runs were under way, added up over runs."""
        return float(self.tallies.going.sum()) * self.crisis.lowered.timeline.step

    def quantiles(self, levels: tuple[float, ...] = LEVELS) -> xarray.DataArray:
        """Daily quantiles ``(quantity, quantile, time)`` over the sound runs, exact to a bin's width.

        A run that has ended keeps its last values. Quantiles never leave the
        range of the values that occurred; where all runs agree they are exact.
        """
        import xarray

        names = list(self.edges)
        rows = [self.daily(name, levels) for name in names]
        data = np.array(rows).reshape(len(names), len(levels), len(self.dates))
        return xarray.DataArray(
            data,
            {"quantity": names, "quantile": list(levels), "time": self.dates},
            ("quantity", "quantile", "time"),
            "quantiles",
        )

    def means(self) -> xarray.DataArray:
        """Daily means ``(quantity, time)`` over the sound runs, exact to half a bin's width; NaN if there is none."""
        import xarray

        rows = []
        for name, edges in self.edges.items():
            counts = self.tallies.histograms[name]
            total = counts.sum(axis=1)
            rows.append(counts @ ((edges[1:] + edges[:-1]) / 2) / np.where(total > 0, total, np.nan))
        data = np.array(rows).reshape(len(rows), len(self.dates))
        return xarray.DataArray(data, {"quantity": list(self.edges), "time": self.dates}, ("quantity", "time"), "mean")

    def rates(self) -> xarray.Dataset:
        """How often each option was chosen ``(action,)``: times per run, and per 30 days under way, with its actor."""
        import xarray

        options = self.crisis.lowered.program.options
        names = sorted(options)
        counts = np.array([self.count(name) for name in names])
        data: dict[str, Any] = {
            "actor": ("action", [n.partition(".")[0] for n in names]),
            "count": ("action", counts),
            "per_run": ("action", counts / self.runs),
            "per_30_days": ("action", counts / max(self.days_under_way, 1e-9) * 30),
        }
        return xarray.Dataset(data, {"action": names})

    def paths(self) -> xarray.Dataset:
        """Daily values of every quantity in the sampled runs, each ``(run, time)``."""
        import xarray

        size = next((len(rows) for rows in self.sampled_paths.values()), 0)
        data = {slot: (("run", "time"), rows) for slot, rows in self.sampled_paths.items()}
        return xarray.Dataset(data, {"run": np.arange(size), "time": self.dates})

    def last_day(self) -> xarray.Dataset:
        """Sound runs by the last value of each quantity: counts ``(quantity, bin)`` and bin edges."""
        import xarray

        names = list(self.edges)
        bins = max((len(edges) - 1 for edges in self.edges.values()), default=0)
        counts, edges = np.zeros((len(names), bins), np.int64), np.full((len(names), bins + 1), np.nan)
        for row, name in enumerate(names):
            counts[row, : len(self.edges[name]) - 1] = self.tallies.histograms[name][-1]
            edges[row, : len(self.edges[name])] = self.edges[name]
        data = {"last_day_count": (("quantity", "bin"), counts), "last_day_edge": (("quantity", "bin_edge"), edges)}
        return xarray.Dataset(data, {"quantity": names})

    def shares_true(self) -> xarray.DataArray:
        """Share of the sound runs in which each flag is true, ``(flag, time)``; an ended run keeps its last."""
        import xarray

        slots = self.crisis.lowered.program.slots
        names = [name for name in self.edges if slots[name].kind == "flag"]
        counts = [self.tallies.histograms[name] for name in names]
        rows = np.array([each[:, 1] / np.where(each.any(axis=1), each.sum(axis=1), np.nan) for each in counts])
        axes = {"flag": names, "time": self.dates}
        return xarray.DataArray(rows.reshape(len(names), len(self.dates)), axes, ("flag", "time"), "share_true")

    def dataset(self) -> xarray.Dataset:
        """Outcomes, incidence, quantiles and rates in one labelled set, as it is written to NetCDF."""
        return self._dataset.copy(deep=True)

    @cached_property
    def _dataset(self) -> xarray.Dataset:
        import xarray

        parts = [self.outcomes(), self.incidence().rename({"outcome": "path_outcome"}).to_dataset()]
        rates = self.rates().set_coords("actor").rename({"actor": "actor_of_action"})
        parts += [
            self.quantiles().to_dataset(),
            self.means().to_dataset(),
            self.shares_true().to_dataset(),
            self.last_day(),
            rates,
        ]
        going = xarray.DataArray(self.tallies.going, {"time": self.dates}, ("time",), "runs_under_way")
        ladder = ["none", *self.crisis.text.record.ladder][: self.tallies.rungs.shape[1]]
        axes = {"time": self.dates, "rung": ladder}
        rungs = xarray.DataArray(self.tallies.rungs, axes, ("time", "rung"), "highest_rung")
        whole = xarray.merge([*parts, going.to_dataset(), rungs.to_dataset()], combine_attrs="override")
        whole = describe(whole, self.crisis.text.record)
        whole.attrs = self._attributes()
        return whole

    def summary(self) -> dict[str, Any]:
        """What ``brink run --format json`` prints."""
        result: dict[str, Any] = {
            "crisis": self.crisis.name,
            "fingerprint": self.crisis.fingerprint,
            "from": self.crisis.date(self.request.origin).isoformat(),
            "runs": self.runs,
            "seed": self.request.seed,
            "outcomes": {name: self._summary(name) for name in self.crisis.outcomes},
            "failed_runs": self.failed,
        }
        if self.crisis.expectations is not None:
            result["expectations"] = self.crisis.expectations.summary
        if self.before is not None:
            result["given"] = list(self.given)
            result["open"] = self.open_when_made()
            result["before"] = {name: self.before._summary(name) for name in self.crisis.outcomes}
            result["change"] = {
                name: dict(zip(("change", "low", "high"), self.change(name), strict=True))
                for name in self.crisis.outcomes
            }
        return result

    def _summary(self, outcome: str) -> dict[str, float | None]:
        low, high = self.parameter_interval(outcome)
        return _interval(self.probability(outcome)) | {"parameter_low": low, "parameter_high": high}

    def _attributes(self) -> dict[str, Any]:
        return {
            "crisis": self.crisis.name,
            "fingerprint": self.crisis.fingerprint,
            "from": self.crisis.date(self.request.origin).isoformat(),
            "until": (self.crisis.text.record.clock.end - timedelta(days=1)).isoformat(),
            "runs": self.runs,
            "failed_runs": self.failed,
            "seed": self.request.seed,
            "interval": "90 % Monte Carlo interval (Wilson score)",
            "shared_by_five_runs": "start values and past"
            if self.request.fixed
            else "parameters, start values and past",
        }


def _interval(values: tuple[float, float, float]) -> dict[str, float | None]:
    names = ("probability", "low", "high")
    return {name: (None if value != value else value) for name, value in zip(names, values, strict=True)}
