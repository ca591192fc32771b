"""Measurements that need a process of their own: pinned to cores, with a cache of compiled programs that is theirs.

`measure` starts one; run as ``python -m bench.child TASK JSON``, this module is one and prints its figures as JSON.
"""

from __future__ import annotations

import inspect
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.clock import Spent

ROOT = Path(__file__).resolve().parents[1]
Figures = dict[str, Any]


class Failed(Exception):
    """A measurement could not be made; says why."""


def measure(task: str, *, cores: int = 1, cache: Path | None = None, **settings: Any) -> Figures:
    """Run a task of this module in a fresh process.

    Parameters
    ----------
    cores
        Processors that it may use.
    cache
        Folder for compiled programs; None leaves the user's own.

    Raises
    ------
    Failed
        With the last line that the process wrote to its standard error.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    if cache is not None:
        environment |= {"BRINK_CACHE": str(cache), "JAX_COMPILATION_CACHE_DIR": str(cache / "jax")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.child", task, json.dumps(settings | {"cores": cores})],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Failed((done.stderr.strip().splitlines() or ["it died"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def simulate(crisis: Any, runs: int, engine: str | None, **more: Any) -> Any:
    """`brinkmanship.simulate`, with the engine where it takes one."""
    import brinkmanship as bk

    if engine is not None:
        if "engine" not in inspect.signature(bk.simulate).parameters:
            raise SystemExit("this version of simulate takes no engine")
        more["engine"] = engine
    return bk.simulate(crisis, runs=runs, **more)


def load(name: str, settings: Figures) -> Any:
    """A crisis of the benchmark: the generated one, the escalation, or one of the catalogue."""
    import brinkmanship as bk
    from bench import generated

    if name == "generated":
        return generated.load(**settings)
    return bk.load(ROOT / "bench" / "escalation" if name == "escalation" else name)


def speed(
    *,
    crisis: str,
    cores: int,
    seconds: float,
    runs: int,
    engine: str | None = None,
    generator: str | None = None,
    **of: Any,
) -> Figures:
    """Runs per second once everything is warm: whole calls, as many runs as fill the time."""
    calls = _generator(generator)
    loaded = load(crisis, of)
    jobs = {"jobs": cores} if cores > 1 else {}
    results: list[Any] = []

    def work(many: int) -> None:
        results[:] = [simulate(loaded, many, engine, **jobs)]

    spent = _warm(work, runs)
    while spent.wall < seconds / 2:
        runs = max(runs + 1, int(runs * min(10.0, 0.8 * seconds / spent.wall)))
        spent = _warm(work, runs)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak = max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children)
    found = results[0].outcomes()
    return {
        "runs": runs,
        "wall": runs / spent.wall,
        "busy": runs / spent.busy if cores == 1 else None,
        "peak": peak / 1024,
        "calls": calls[0] if calls else None,
        "outcomes": {str(name): float(found["probability"].sel(outcome=name)) for name in found["outcome"].values},
    }


def _warm(work: Callable[[int], None], runs: int) -> Spent:
    """The time of the second call of two: the first makes the code that there is not, or begins to."""
    from bench.clock import timed

    work(runs)
    _wait()
    return timed(work, runs)


def _wait() -> None:
    """Wait for machine code that is being made."""
    from brinkmanship.engine.compiled.blocks import MAKER

    for thread in threading.enumerate():
        if thread.name == MAKER:
            thread.join()


def making(*, crisis: str, cores: int, **of: Any) -> Figures:
    """Seconds from text to program, to quick machine code, and from there to the code that runs faster."""
    from brinkmanship.engine.compiled.blocks import Compiled
    from brinkmanship.engine.ensemble import Simulator

    marks = [time.perf_counter()]
    simulator = Simulator(load(crisis, of).lowered)
    marks.append(time.perf_counter())
    compiled = Compiled(simulator)
    compiled.prepare()
    marks.append(time.perf_counter())
    compiled.hasten()
    _wait()
    marks.append(time.perf_counter())
    read, quick, full = (later - earlier for earlier, later in pairwise(marks))
    return {"read": read, "quick": quick, "full": full}


def _generator(name: str | None) -> list[int] | None:
    """Put another generator in the engine's place; gives the number of times that it was called."""
    if name is None:
        return None
    from bench.generators import GENERATORS
    from brinkmanship.engine import draws

    calls = [0]

    def stand_in(*arguments: Any) -> Any:
        calls[0] += 1
        return GENERATORS[name](*arguments)

    draws.threefry = stand_in
    return calls


def rival(*, system: str, cores: int, seconds: float, runs: int) -> Figures:
    """Runs per second of the escalation in another system, and what came out."""
    from importlib import import_module

    from bench.clock import timed

    assert cores == 1
    module = import_module(f"bench.escalation.{system}")
    counts: dict[str, int] = {}

    def work(many: int) -> None:
        counts.update(module.simulate(many))

    spent = timed(work, runs)
    while spent.wall < seconds / 2:
        runs = max(runs + 1, int(runs * min(10.0, seconds / spent.wall)))
        spent = timed(work, runs)
    shares = {name: count / runs for name, count in counts.items()}
    return {"runs": runs, "wall": runs / spent.wall, "busy": runs / spent.busy, "outcomes": shares}


TASKS = {"speed": speed, "making": making, "rival": rival}


def main() -> None:
    """Run one task on the cores that it may use."""
    settings = json.loads(sys.argv[2])
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[-settings["cores"] :])
    print(json.dumps(TASKS[sys.argv[1]](**settings)))


if __name__ == "__main__":
    main()
