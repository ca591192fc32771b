"""Brinkmanship: a laboratory for international crises.

>>> import brinkmanship as bk
>>> crisis = bk.load("textbook/quantal-choice")
>>> runs = bk.simulate(crisis, runs=200, seed=0)
>>> 0 < runs.probability("struck")[0] < 1
True
"""

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
