"""The sections of the benchmark; each gives rows. To add one, write a function and put it into `SECTIONS`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from bench import c_program, generated
from bench.c_expressions import Unsupported
from bench.child import Failed, Figures, measure
from bench.escalation.rules import exact
from bench.rows import Row

RATE = "runs/s"
MANY = 20_000
"""Runs of a call whose speed is measured: daily values are counted for the first 4,000 only, whatever is asked."""
SIZES = (5, 10, 20, 40)
"""Actors of the generated crisis, for compile time: 40, 80, 160 and 320 options."""


@dataclass(frozen=True)
class Asked:
    """What the benchmark was asked: the engine (None: the default), and seconds for each speed."""

    engine: str | None
    seconds: float


def flagship(asked: Asked) -> Iterator[Row]:
    """The flagship crisis, two years of replay included."""
    for cores in _cores():
        yield from _speed("flagship", "us-iran-2020, January to November 2020", asked, cores, "us-iran-2020")


def crisis_of_twenty(asked: Asked) -> Iterator[Row]:
    """20 actors, 160 options, 60 quantities, 180 days."""
    for foresight in ("none", "persistence"):
        for cores in _cores():
            label = f"20 actors, 160 options, foresight {foresight}"
            yield from _speed(f"generated-{foresight}", label, asked, cores, "generated", foresight=foresight)


def practical_limit(asked: Asked) -> Iterator[Row]:
    """The same crisis as a C program, and whether the same runs come out."""
    crisis = generated.load(foresight="none")
    with tempfile.TemporaryDirectory() as folder:
        try:
            program = c_program.build(crisis.lowered, Path(folder))
        except Unsupported as reason:
            yield Row("c-none", "the C program", None, RATE, note=str(reason))
            return
        yield Row("c-compile", "the C program, compile time of gcc", program.compile_seconds, "s")
        for cores in _cores():
            runs = 20_000
            _, spent = program.run(runs, cores)
            runs = max(runs, int(runs * asked.seconds / spent.wall))
            _, spent = program.run(runs, cores)
            key = "c-none" if cores == 1 else f"c-none-{cores}"
            rate, note = runs / spent.busy, "foresight none"
            yield Row(key, f"the C program, {_on(cores)}", rate if cores == 1 else None, RATE, runs / spent.wall, note)
        ours = measure(
            "speed", crisis="generated", foresight="none", runs=500, seconds=0, engine=asked.engine or "compiled"
        )
        theirs, _ = program.run(500)
        apart = max(
            abs(float(theirs[:, rank].sum()) - 500 * ours["outcomes"][name])
            for rank, name in enumerate(program.outcomes)
        )
        yield Row("c-apart", "runs of 500 whose outcome the C program has otherwise, at most", round(apart), "runs")


def neighbours(asked: Asked) -> Iterator[Row]:
    """The escalation of two rivals in four systems."""
    truth = exact()
    systems = {"plain": "plain Python", "with_mesa": "Mesa", "with_psychsim": "PsychSim"}
    try:
        ours = measure(
            "speed", crisis="escalation", runs=2_000, seconds=asked.seconds, engine=asked.engine or "compiled"
        )
        yield _told(Row("escalation", "the escalation, ours", ours["busy"], RATE, ours["wall"]), ours, truth)
    except Failed as reason:
        yield Row("escalation", "the escalation, ours", None, RATE, note=str(reason))
    for system, label in systems.items():
        key = f"escalation-{system.removeprefix('with_')}"
        try:
            theirs = measure("rival", system=system, runs=20, seconds=asked.seconds)
        except Failed as reason:
            yield Row(key, f"the escalation, {label}", None, RATE, note=str(reason))
            continue
        yield _told(Row(key, f"the escalation, {label}", theirs["busy"], RATE, theirs["wall"]), theirs, truth)


def starts(asked: Asked) -> Iterator[Row]:
    """The command in a fresh process, with an empty cache of compiled programs and with a full one."""
    for runs in (200, 20_000):
        with tempfile.TemporaryDirectory() as folder:
            for key, label in (("cold", "cold"), ("warm", "warm")):
                yield _started(
                    f"start-{runs}-{key}", f"`brink run us-iran-2020 --runs {runs}`, {label}", runs, folder, asked
                )


def _started(key: str, label: str, runs: int, folder: str, asked: Asked) -> Row:
    """Seconds of one command."""
    command = [Path(sys.executable).with_name("brink"), "run", "us-iran-2020", "--from", "2020-01-14"]
    command += ["--runs", str(runs), "--format", "json", *(["--engine", asked.engine] if asked.engine else [])]
    environment = {**os.environ, "BRINK_CACHE": folder, "JAX_COMPILATION_CACHE_DIR": f"{folder}/jax"}
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - begun
    if done.returncode == 0:
        return Row(key, label, taken, "s")
    return Row(key, label, None, "s", note=(done.stderr.strip().splitlines() or ["it failed"])[-1])


def draws(asked: Asked) -> Iterator[Row]:
    """What of the time goes into draws: the time saved by a generator of a few operations in Threefry's place."""
    label = "share of draws, 20 actors, foresight none"
    found = []
    for generator in ("threefry-2x32-20", "stand-in"):
        with tempfile.TemporaryDirectory() as folder:
            settings = {"crisis": "generated", "foresight": "none", "runs": MANY, "engine": asked.engine or "compiled"}
            try:
                found.append(measure("speed", cache=Path(folder), generator=generator, seconds=0, **settings))
            except Failed as reason:
                yield Row("draws", label, None, "", note=str(reason))
                return
    full, cheap = found
    called = full["calls"] and cheap["calls"]
    share = 1 - full["busy"] / cheap["busy"]
    yield Row("draws", label, share if called else None, "", note="" if called else "the generator is out of reach")


def compile_time(asked: Asked) -> Iterator[Row]:
    """How long machine code takes to make, against the number of options; and that of the flagship."""
    cases: list[tuple[str, str, dict[str, Any]]] = [
        (str(8 * actors), f"{8 * actors} options", {"crisis": "generated", "actors": actors}) for actors in SIZES
    ]
    for key, label, settings in [*cases, ("flagship", "us-iran-2020", {"crisis": "us-iran-2020"})]:
        with tempfile.TemporaryDirectory() as folder:
            found = measure("making", cache=Path(folder), **settings)
        yield Row(f"read-{key}", f"{label}: text to program", found["read"], "s")
        yield Row(f"compile-{key}", f"{label}: program to quick code", found["quick"], "s")
        yield Row(f"full-{key}", f"{label}: quick code to code that runs faster", found["full"], "s")


def million(asked: Asked) -> Iterator[Row]:
    """A million runs of the flagship on all cores: time and memory. Not among the sections by default."""
    found = measure(
        "speed", cores=os.cpu_count() or 1, crisis="us-iran-2020", runs=1_000_000, seconds=0, engine=asked.engine
    )
    yield Row("million", "a million runs of us-iran-2020", 1_000_000 / found["wall"], "s")
    yield Row("million-memory", "a million runs of us-iran-2020, peak memory", found["peak"], "MiB")


SECTIONS: dict[str, Callable[[Asked], Iterator[Row]]] = {
    "flagship": flagship,
    "generated": crisis_of_twenty,
    "c": practical_limit,
    "neighbours": neighbours,
    "starts": starts,
    "draws": draws,
    "compile": compile_time,
    "million": million,
}
USUAL = [name for name in SECTIONS if name != "million"]


def _cores() -> list[int]:
    return sorted({1, os.cpu_count() or 1})


def _on(cores: int) -> str:
    return "one core" if cores == 1 else f"{cores} cores"


def _speed(key: str, label: str, asked: Asked, cores: int, crisis: str, **of: object) -> Iterator[Row]:
    """Speed of one crisis, and on one core its peak memory."""
    place = key if cores == 1 else f"{key}-{cores}"
    engine = asked.engine or "compiled"
    try:
        found = measure("speed", cores=cores, crisis=crisis, runs=MANY, seconds=0, engine=engine, **of)
    except Failed as reason:
        yield Row(place, f"{label}, {_on(cores)}", None, RATE, note=str(reason))
        return
    yield Row(place, f"{label}, {_on(cores)}", found["busy"], RATE, found["wall"], f"{found['runs']:,} runs a call")
    if cores == 1:
        yield Row(f"{key}-memory", f"{label}, peak memory", found["peak"], "MiB")


def _told(row: Row, found: Figures, truth: dict[str, float]) -> Row:
    """The row with how far its outcomes are from the exact ones, in standard errors."""
    errors = [(found["outcomes"][name] - p) / sqrt(p * (1 - p) / found["runs"]) for name, p in truth.items()]
    note = f"{found['runs']:,} runs; furthest from the exact answer by {max(errors, key=abs):+.1f} standard errors"
    return Row(row.key, row.label, row.value, row.unit, row.wall, note)
