"""Brinkmanship: a laboratory for international crises.

>>> import brinkmanship as bk
>>> crisis = bk.load("textbook/quantal-choice")
>>> runs = bk.simulate(crisis, runs=200, seed=0)
>>> 0 < runs.probability("struck")[0] < 1
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brinkmanship.core.crisis import Crisis, catalogue, do, load
    from brinkmanship.errors import BrinkmanshipError, CrisisError, Diagnostic, InternalError, Place, UsageError
    from brinkmanship.results.runs import Runs
    from brinkmanship.results.simulate import simulate

__all__ = [
    "BrinkmanshipError",
    "Crisis",
    "CrisisError",
    "Diagnostic",
    "InternalError",
    "Place",
    "Runs",
    "UsageError",
    "catalogue",
    "do",
    "load",
    "simulate",
]

_HOMES = {
    "brinkmanship.core.crisis": ("Crisis", "catalogue", "do", "load"),
    "brinkmanship.errors": (
        "BrinkmanshipError",
        "CrisisError",
        "Diagnostic",
        "InternalError",
        "Place",
        "UsageError",
    ),
    "brinkmanship.results.runs": ("Runs",),
    "brinkmanship.results.simulate": ("simulate",),
}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first asked for: so the command line hears an interruption from the start."""
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(home), name)
            return value
    raise AttributeError(f"module `brinkmanship` has no attribute `{name}`")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
