"""The order in which a record's operations are written.

A record has its operations as the engine came to them: all numbers of one kind first, then all of the next. More of
them wait at a time than a core has registers, and each goes to memory and comes back. Here an operation is written
when somebody needs it, and what it makes is used at once where that ends the wait of another number. What only one
conditional asks for is computed in it. The order changes no number: an operation has no effect but its result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from brinkmanship.engine.compiled.recording.record import (
    Atom,
    Branch,
    Call,
    Operation,
    Region,
    Repeat,
    Rows,
    Step,
    Variable,
    variables,
)


def ordered(region: Region) -> Region:
    """A region with the same results whose numbers wait less; its conditionals stay in their order."""
    within = _moved_in(region)
    steps: list[Step] = []
    after = _asked(within, region.results)
    part: list[Step] = []
    for step in within:
        if isinstance(step, Branch):
            steps += [*_arranged(part, after), step]
            part = []
        else:
            part.append(step)
    steps += _arranged(part, after)
    return Region([_inside(step) for step in steps], region.results)


def _inside(step: Step) -> Step:
    """A step whose own regions are ordered as well."""
    match step:
        case Branch(mask, region, otherwise, results):
            return Branch(mask, ordered(region), otherwise, results)
        case Rows(columns, here, region, results):
            return Rows(columns, here, ordered(region), results)
        case Repeat(start, now, goes, work, results):
            return Repeat(start, now, ordered(goes), ordered(work), results)
    return step


def _asked(steps: Sequence[Step], results: Sequence[Atom]) -> dict[Variable, int]:
    """How many steps ask for each number; being a result counts as one."""
    found = dict.fromkeys(variables(results), 1)
    for step in steps:
        for each in set(variables(step.reads())):
            found[each] = found.get(each, 0) + 1
    return found


# --- what only one conditional asks for ------------------------------------------------------------


def _moved_in(region: Region) -> list[Step]:
    """The steps of a region without those that nobody asks for, or only one conditional: it has them."""
    outside = set(variables(region.results))
    inside: dict[Variable, Branch | None] = {}
    moved: dict[Branch, list[Step]] = {}
    kept: list[Step] = []
    for step in reversed(region.steps):
        makes = list(step.makes())
        askers = {inside.get(each) for each in makes if each in inside}
        wanted = any(each in outside for each in makes)
        if not wanted and not askers:
            continue
        if not wanted and len(askers) == 1 and isinstance(step, Operation | Call):
            (asker,) = askers
            if asker is not None:
                moved.setdefault(asker, []).append(step)
                _ask(inside, step.reads(), asker)
                continue
        kept.append(step)
        if isinstance(step, Branch):
            outside.update(variables([step.mask, *step.otherwise]))
            _ask(inside, step.region.outer, step)
        else:
            outside.update(variables(step.reads()))
    return [_with(step, moved.get(step)) if isinstance(step, Branch) else step for step in reversed(kept)]


def _ask(inside: dict[Variable, Branch | None], atoms: Iterable[Atom], asker: Branch) -> None:
    """Note who asks; None stands for more than one conditional."""
    for each in variables(atoms):
        inside[each] = asker if inside.get(each, asker) is asker else None


def _with(branch: Branch, moved: Sequence[Step] | None) -> Branch:
    if not moved:
        return branch
    region = Region([*reversed(moved), *branch.region.steps], branch.region.results)
    return Branch(branch.mask, region, branch.otherwise, branch.results)


# --- who comes next --------------------------------------------------------------------------------


class _Waits:
    """Numbers that steps between two conditionals make, and who still waits for which.

    ``asked`` says how many steps ask for a number in the whole region, or that it is a result.
    """

    def __init__(self, steps: Sequence[Step], asked: dict[Variable, int]) -> None:
        self.maker = {each: step for step in steps for each in step.makes()}
        self.own = {
            step: [each for each in dict.fromkeys(variables(step.reads())) if each in self.maker] for step in steps
        }
        self.users: dict[Variable, list[Step]] = {}
        for step in steps:
            for each in self.own[step]:
                self.users.setdefault(each, []).append(step)
        self.left = {each: asked.get(each, 0) for each in self.maker}
        self.missing = {step: len(own) for step, own in self.own.items()}
        self.done: dict[Step, None] = {}

    def needed(self, step: Step) -> list[Step]:
        """The steps that have to come before one, and have not come yet."""
        return [self.maker[each] for each in self.own[step] if self.maker[each] not in self.done]

    def write(self, step: Step) -> None:
        """Write a step, and those that can now follow and end a wait."""
        ready = [step]
        while ready:
            now = ready.pop()
            if now in self.done:
                continue
            self.done[now] = None
            for each in self.own[now]:
                self.left[each] -= 1
            following = [user for each in now.makes() for user in self.users.get(each, ())]
            for user in following:
                self.missing[user] -= 1
            ready += [user for user in reversed(following) if self._ends_a_wait(user)]

    def _ends_a_wait(self, step: Step) -> bool:
        return not self.missing[step] and any(self.left[each] == 1 for each in self.own[step])


def _arranged(steps: Sequence[Step], asked: dict[Variable, int]) -> list[Step]:
    """Steps between two conditionals, each when somebody needs it."""
    waits = _Waits(steps, asked)
    for root in steps:
        if any(waits.users.get(each) for each in root.makes()):
            continue
        waiting = [root]
        while waiting:
            step = waiting[-1]
            needed = [] if step in waits.done else waits.needed(step)
            if needed:
                waiting += reversed(needed)
            else:
                waiting.pop()
                waits.write(step)
    return list(waits.done)
