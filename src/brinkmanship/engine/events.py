"""Dated events of many runs, in columns: objects for each would take longer than the runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brinkmanship.core.program import Program

Kind = tuple[str, str]
"""Name and branch of what can happen; ``chosen/`` and an option, without a branch, where no site carries it out."""


def kinds_of(program: Program) -> tuple[Kind, ...]:
    """All that can happen in a crisis, in the order of its program."""
    sites = program.sites
    chosen = [(f"chosen/{key}", "") for key, each in program.options.items() if each.consequence.name not in sites]
    return (*chosen, *((name, branch.name) for name, site in sites.items() for branch in site.branches))


@dataclass(frozen=True)
class Events:
    """What happened, a row each, by step, kind and run.

    Attributes
    ----------
    kinds
        What can happen (`kinds_of`).
    step, kind, run
        When, what (its rank among the kinds), and in which run, each ``(row,)``.
    """

    kinds: tuple[Kind, ...]
    step: np.ndarray
    kind: np.ndarray
    run: np.ndarray

    @classmethod
    def of(cls, kinds: tuple[Kind, ...], parts: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Events:
        """Events from parts of the columns ``(step, kind, run)``, in the order in which they are given."""
        empty = np.zeros(0, np.int64)
        return cls(kinds, *(np.concatenate(column) for column in zip((empty,) * 3, *parts, strict=True)))

    def arranged(self) -> Events:
        """The same by step, kind and run."""
        order = np.lexsort((self.run, self.kind, self.step))
        return Events(self.kinds, self.step[order], self.kind[order], self.run[order])

    @classmethod
    def together(cls, kinds: tuple[Kind, ...], parts: Sequence[Events]) -> Events:
        """The events of some blocks, one after another."""
        empty = np.zeros(0, np.int64)
        columns = ([empty, *(getattr(part, name) for part in parts)] for name in ("step", "kind", "run"))
        return cls(kinds, *(np.concatenate(column) for column in columns))

    def before(self, run: int) -> Events:
        """Those of the runs before a run."""
        these = self.run < run
        return Events(self.kinds, self.step[these], self.kind[these], self.run[these])

    def __len__(self) -> int:
        return len(self.step)
