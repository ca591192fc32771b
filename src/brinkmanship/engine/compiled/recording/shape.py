"""The arguments of a step, and what it reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brinkmanship.engine.compiled.recording.kinds import DTYPES, Kind

STATUS = "status"
"""The field that says which runs go on: those where it is zero."""


@dataclass(frozen=True)
class Field:
    """An argument of a step.

    ``shared`` arguments are the same for all runs; a ``row`` is another one in every step; others hold a number for
    each run, and those that ``change`` are overwritten with what the step makes of them; what is ``held`` is given
    back to runs whose `STATUS` was not zero before the step.
    """

    name: str
    size: int
    kind: Kind
    shared: bool = False
    row: bool = False
    change: bool = False
    held: bool = False

    @property
    def common(self) -> bool:
        """Whether all runs have the same numbers."""
        return self.shared or self.row

    @property
    def example(self) -> np.ndarray:
        """One of its numbers as a step is given it: ``()`` where all runs have the same, else ``(1,)``."""
        return np.zeros(() if self.common else (1,), DTYPES[self.kind])


@dataclass(frozen=True)
class Shape:
    """The arguments of a step in order, how many truths it reports, and which held numbers are reported after it.

    The step is written down with an argument for each single number, field after field.
    """

    fields: tuple[Field, ...]
    marks: int = 0
    shown: tuple[int, ...] = ()

    @property
    def held(self) -> Field | None:
        """The field that runs keep which do not go on."""
        return next((field for field in self.fields if field.held and field.size), None)

    @property
    def examples(self) -> list[np.ndarray]:
        """Numbers of the right kinds and shapes."""
        return [field.example for field in self.fields for _ in range(field.size)]

    def parted(self, arguments: Sequence[Any]) -> dict[str, list[Any]]:
        """The single numbers of each field, from those of all."""
        numbers = iter(arguments)
        return {field.name: [next(numbers) for _ in range(field.size)] for field in self.fields}
