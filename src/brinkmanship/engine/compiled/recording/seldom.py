"""Which conditionals runs seldom enter: their runs are brought together from many vectors.

On most days an actor has no occasion to act, so that a vector of eight runs enters its decision for one of them. What
is asked of such a conditional is little: truths, and false in the runs that do not enter. So it can wait until all
vectors of a batch have come to it, and be computed for full vectors of those runs alone (`compact`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from brinkmanship.engine.compiled.recording.kinds import Known
from brinkmanship.engine.compiled.recording.record import (
    Branch,
    Region,
    Repeat,
    Rows,
    Seldom,
    Step,
    Variable,
    variables,
)

WORTH = 40
"""Operations from which on runs are brought together (our choice; on the flagship no choice below 150 shows)."""


def gathered(region: Region, varying: Collection[Variable], *, worth: int = WORTH) -> Region:
    """A region with the same results in which such conditionals stand together.

    Parameters
    ----------
    varying
        The numbers from outside in which runs side by side differ.
    worth
        Operations of a conditional from which on it is one of them.
    """
    waiting = _waiting(region, varying, worth)
    steps: list[Step] = []
    rest = list(region.steps)
    while any(each in waiting for each in rest):
        before, together, rest = _parted(rest, waiting)
        steps += [*before, Seldom(together)]
    return Region([*steps, *rest], region.results)


def _waiting(region: Region, varying: Collection[Variable], worth: int) -> set[Branch]:
    """The conditionals that are worth it."""
    differs = set(varying)
    found: set[Branch] = set()
    for step in region.steps:
        if not differs.isdisjoint(variables(step.reads())):
            differs.update(step.makes())
        if isinstance(step, Branch) and step.mask in differs and _tells(step) and _size(step.region) >= worth:
            found.add(step)
    return found


def _tells(branch: Branch) -> bool:
    """Whether all that comes of a conditional is truths, and false where it is not entered."""
    return all(each.kind == "i1" for each in branch.results) and all(
        each == Known("i1", False) for each in branch.otherwise
    )


def _size(region: Region) -> int:
    """The operations of a region, loops taken once."""
    size = 0
    for step in region.steps:
        match step:
            case Branch(region=within) | Rows(region=within):
                size += _size(within)
            case Repeat(goes=goes, work=work):
                size += _size(goes) + _size(work)
            case _:
                size += 1
    return size


def _parted(steps: Sequence[Step], waiting: Collection[Branch]) -> tuple[list[Step], list[Branch], list[Step]]:
    """What comes before the first conditionals that can stand together, these, and what comes after."""
    first = next(rank for rank, step in enumerate(steps) if step in waiting)
    together: list[Branch] = []
    made: set[Variable] = set()
    for step in steps[first:]:
        if not made.isdisjoint(variables(step.reads())):
            made.update(step.makes())
        elif isinstance(step, Branch) and step in waiting:
            together.append(step)
            made.update(step.makes())
    wanted = set().union(*(variables(each.reads()) for each in together))
    sooner: set[Step] = set()
    for step in reversed(steps[first:]):
        if step not in together and not wanted.isdisjoint(step.makes()):
            sooner.add(step)
            wanted.update(variables(step.reads()))
    before = [*steps[:first], *(step for step in steps[first:] if step in sooner)]
    return before, together, [step for step in steps[first:] if step not in sooner and step not in together]
