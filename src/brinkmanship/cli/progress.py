"""A progress bar on standard error: it never mixes with results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brinkmanship.results.runs import Runs

MOST = 5
"""Outcomes of the first runs that are shown (our choice)."""


def first_runs(runs: Runs) -> None:
    """Say what the first runs show, where somebody watches."""
    if not sys.stderr.isatty():
        return
    shares = sorted(((runs.probability(name), name) for name in runs.crisis.outcomes), reverse=True)
    print(
        f"Making faster machine code for this crisis (once). Meanwhile, of the first {runs.runs} runs:", file=sys.stderr
    )
    for (share, low, high), name in shares[:MOST]:
        print(f"  {share:4.0%} ({low:.0%} to {high:.0%})  {name.replace('_', ' ')}", file=sys.stderr)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """A function ``(done, all)`` that moves a bar; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)
