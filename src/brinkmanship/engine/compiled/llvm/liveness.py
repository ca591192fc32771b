"""Which numbers of a record somebody still asks for: memory of the others may be written on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from brinkmanship.engine.compiled.llvm.code import Number, Stored
from brinkmanship.engine.compiled.recording.record import Region, Step, Variable, variables


class Lives:
    """Numbers in owned memory, while the code of a region is written step by step.

    Parameters
    ----------
    known
        What variables have become; it grows with the code.
    owned
        The numbers in question, where they stand.
    """

    def __init__(self, region: Region, known: Mapping[Variable, Number], owned: Collection[Stored]) -> None:
        self.known, self.owned = known, owned
        self.last = _last_uses(region)
        self.living = Counter(known[each] for each in region.outer if self._is_owned(known[each]))

    def _is_owned(self, number: Number | None) -> bool:
        return number in self.owned

    def ended(self, rank: int, step: Step) -> frozenset[Stored]:
        """The numbers that a step asks for, and nobody after it."""
        for variable in self.last.get(rank, ()):
            number = self.known.get(variable)
            if isinstance(number, Stored) and self._is_owned(number):
                self.living[number] -= 1
        asked = map(self.known.get, variables(step.reads()))
        return frozenset(
            each for each in asked if isinstance(each, Stored) and self._is_owned(each) and not self.living[each]
        )

    def begun(self, step: Step) -> None:
        """Count what a step has made."""
        for variable in step.makes():
            number = self.known[variable]
            if isinstance(number, Stored) and self._is_owned(number):
                self.living[number] += 1


def _last_uses(region: Region) -> dict[int, list[Variable]]:
    """The variables that no step after this one, and no result, asks for, by the number of the step."""
    last: dict[Variable, int] = {}
    for rank, step in enumerate(region.steps):
        last |= dict.fromkeys(variables(step.reads()), rank)
    for each in variables(region.results):
        last.pop(each, None)
    found: dict[int, list[Variable]] = {}
    for variable, rank in last.items():
        found.setdefault(rank, []).append(variable)
    return found
