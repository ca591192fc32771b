"""What is measured, as rows; and the bars that ratios of rows have to reach, all in one place."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes
    ----------
    key
        What bars call it.
    value
        None where it was not measured; then ``note`` says why.
    wall
        For a speed, the same by the clock on the wall; ``value`` is per processor second, which other work on the
        machine disturbs less.
    """

    key: str
    label: str
    value: float | None
    unit: str
    wall: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """A ratio of two rows, or one row by the wall, and what it has to be (no bound: for information)."""

    label: str
    over: str
    under: str | None = None
    least: float | None = None
    most: float | None = None

    def of(self, rows: Mapping[str, Row]) -> float | None:
        """The figure, if its rows were measured."""
        over, under = rows.get(self.over), rows.get(self.under or self.over)
        if over is None or under is None or not (over.wall or over.value) or (self.under and not under.value):
            return None
        return (over.value or 0.0) / under.value if self.under and under.value else over.wall or over.value

    def verdict(self, figure: float) -> str:
        """Whether it is reached."""
        if self.least is None and self.most is None:
            return ""
        low = self.least is None or figure >= self.least
        return "pass" if low and (self.most is None or figure <= self.most) else "miss"


CORES = os.cpu_count() or 1
BARS = (
    Bar("flagship, all cores, runs/s", f"flagship-{CORES}", least=5_000),
    Bar("200 runs in a fresh process, cold, s", "start-200-cold", most=10),
    Bar("200 runs in a fresh process, warm, s", "start-200-warm", most=5),
    Bar("20,000 runs in a fresh process, cold, s", "start-20000-cold", most=40),
    Bar("20,000 runs in a fresh process, warm, s", "start-20000-warm", most=10),
    Bar("320 options to code that runs, s", "compile-320", most=20),
    Bar("a million runs, peak memory, MiB", "million-memory", most=2048),
    Bar("ours / the C program, 20 actors", "generated-none", "c-none", least=0.25),
    Bar("ours / Mesa, the escalation", "escalation", "escalation-mesa", 500),
    Bar("ours / PsychSim, the escalation", "escalation", "escalation-psychsim", 50_000),
    Bar("ours / plain Python, the escalation", "escalation", "escalation-plain"),
    Bar("foresight: persistence / none", "generated-persistence", "generated-none"),
    Bar("share of draws", "draws", most=0.25),
)


def ratios(rows: Mapping[str, Row]) -> list[dict[str, object]]:
    """The bars that were measured, each with its figure and whether it is reached."""
    found: list[dict[str, object]] = []
    for bar in BARS:
        figure = bar.of(rows)
        if figure is not None:
            bounds = {"least": bar.least, "most": bar.most}
            found.append({"label": bar.label, "is": figure, **bounds, "verdict": bar.verdict(figure)})
    return found


def machine() -> dict[str, object]:
    """Where and when: processor, cores, system, load, versions."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    except OSError:
        pass
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": model,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in ("brinkmanship", "numpy", "jax", "mesa", "psychsim")},
    }


def show(rows: Iterable[Row], where: Mapping[str, object], console: Console | None = None) -> None:
    """Print rows and bars as tables."""
    console = console or Console(width=None if sys.stdout.isatty() else 160)
    console.print(f"{where['date']}, {where['processor']}, {where['cores']} cores, load {where['load']} at the end")
    table = Table("what", "figure", "unit", "by the wall", "note")
    known = {row.key: row for row in rows}
    for row in known.values():
        figure = "" if row.value is None and row.wall else _short(row.value)
        table.add_row(row.label, figure, row.unit, _short(row.wall) if row.wall else "", row.note)
    console.print(table)
    bars = Table("bar", "is", "has to be", "")
    for each in ratios(known):
        bounds = [f"{word} {each[key]:,}" for key, word in (("least", "at least"), ("most", "at most")) if each[key]]
        bars.add_row(str(each["label"]), _short(each["is"]), " ".join(bounds), str(each["verdict"]))
    console.print(bars)


def _short(value: object) -> str:
    if not isinstance(value, int | float):
        return "not measured"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _version(name: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None
