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
    """A ratio of two rows, and what it has to be at least (None: for information)."""

    label: str
    over: str
    under: str
    least: float | None = None


BARS = (
    Bar("ours / Mesa, the escalation", "escalation", "escalation-mesa", 500),
    Bar("ours / PsychSim, the escalation", "escalation", "escalation-psychsim", 50_000),
    Bar("ours / plain Python, the escalation", "escalation", "escalation-plain"),
    Bar("ours / the C program, 20 actors", "generated-none", "c-none"),
    Bar("foresight: persistence / none", "generated-persistence", "generated-none"),
    Bar("warm start / cold start", "start-warm", "start-cold"),
)


def ratios(rows: Mapping[str, Row]) -> list[dict[str, object]]:
    """The bars for which both rows were measured, each with its ratio and whether it is reached."""
    found = []
    for bar in BARS:
        over, under = rows.get(bar.over), rows.get(bar.under)
        if over is None or under is None or not over.value or not under.value:
            continue
        ratio = over.value / under.value
        verdict = "" if bar.least is None else "pass" if ratio >= bar.least else "miss"
        found.append({"label": bar.label, "ratio": ratio, "least": bar.least, "verdict": verdict})
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
    bars = Table("ratio", "is", "has to be", "")
    for each in ratios(known):
        least = each["least"]
        bars.add_row(
            str(each["label"]), _short(each["ratio"]), "" if least is None else f"{least:,}", str(each["verdict"])
        )
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
