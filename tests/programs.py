"""Random programs of what a step is made of, written for a recorder and for NumPy alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np

from brinkmanship.engine.compiled.recording.recorder import Recorder

STATE, MORE, MARKS, TRUTHS = 4, 3, 8, 4
"""Numbers that last, others, truths that are reported, others."""
NUMBERS, ALL_TRUTHS = STATE + MORE, MARKS + TRUTHS
Program = Sequence[tuple[Any, ...]]
Kept = tuple[list[Any], list[Any]]
PLAIN = ("add", "sub", "min", "half", "copy", "where", "rows", "row", "until", "compare", "or", "and", "same", "never")
MASKS = ("compare", "compare", "compare", "truth", "truth", "always", "shared")


def program(chance: Random, depth: int = 0, budget: list[int] | None = None) -> Program:
    """Some operations, conditionals among them; ``budget`` is how many more of these there may be."""
    budget = [7] if budget is None else budget
    found: list[tuple[Any, ...]] = []
    for _ in range(chance.randint(1, 5)):
        one, two, three = (chance.randrange(NUMBERS) for _ in range(3))
        truths = [chance.randrange(ALL_TRUTHS) for _ in range(3)]
        if depth < 3 and budget[0] > 0 and chance.random() < (0.1 if depth else 0.5):
            for _ in range(chance.randint(1, 4)):
                budget[0] -= 1
                told = chance.sample(range(ALL_TRUTHS), chance.randint(1, 2))
                mask = chance.choice(MASKS), *chance.sample(range(NUMBERS), 2), chance.randrange(ALL_TRUTHS)
                last = [("compare", 0, *chance.sample(range(NUMBERS), 2), [each, 0, 0], 3) for each in told]
                found.append(("tells", *mask, told, [*program(chance, depth + 1, budget), *last]))
        elif depth < 3 and budget[0] > 0 and chance.random() < 0.35:
            budget[0] -= 1
            into = chance.sample(range(NUMBERS), chance.randint(1, NUMBERS))
            told = chance.sample(range(ALL_TRUTHS), chance.randint(0, ALL_TRUTHS))
            source = chance.sample(range(NUMBERS), len(into)) if chance.random() < 0.2 else into
            inner = program(chance, depth + 1, budget)
            found.append(("only", chance.choice(MASKS), one, two, truths[0], into, source, told, inner))
        else:
            found.append((chance.choice(PLAIN), one, two, three, truths, chance.choice([3, 6, 9])))
    return found


def taken(run: Any, steps: Program, numbers: list[Any], truths: list[Any], shared: Any) -> Kept:
    """Numbers and truths after a program."""
    numbers, truths = list(numbers), list(truths)
    for step in steps:
        if step[0] == "only":
            _only(run, step, numbers, truths, shared)
        elif step[0] == "tells":
            _tells(run, step, numbers, truths, shared)
        elif step[0] in ("compare", "or", "and", "same", "never"):
            _truth(run, step, numbers, truths)
        else:
            _number(run, step, numbers, truths)
    return numbers, truths


def _only(run: Any, step: tuple[Any, ...], numbers: list[Any], truths: list[Any], shared: Any) -> None:
    *_, into, source, told, inner = step
    mask = _mask(run, step, numbers, truths, shared)

    def work() -> Kept:
        after, known = taken(run, inner, numbers, truths, shared)
        return [after[each] for each in source], [known[each] for each in told]

    made, known = run.only(mask, work, ([numbers[each] for each in into], [truths[each] for each in told]))
    for place, value in zip(into, made, strict=True):
        numbers[place] = value
    for place, value in zip(told, known, strict=True):
        truths[place] = value


def _tells(run: Any, step: tuple[Any, ...], numbers: list[Any], truths: list[Any], shared: Any) -> None:
    """A conditional of which only truths come, and false elsewhere."""
    *_, told, inner = step

    def work() -> Kept:
        _, known = taken(run, inner, numbers, truths, shared)
        return [], [known[each] for each in told]

    mask = _mask(run, step, numbers, truths, shared)
    _, known = run.only(mask, work, ([], [run.never()] * len(told)))
    for place, value in zip(told, known, strict=True):
        truths[place] = value


def _mask(run: Any, step: tuple[Any, ...], numbers: list[Any], truths: list[Any], shared: Any) -> Any:
    _, kind, one, two, truth, *_ = step
    match kind:
        case "compare":
            return numbers[one] > numbers[two]
        case "truth":
            return truths[truth]
        case "always":
            return run.always()
    return run.shared(shared > float(one) - 2.0)


def _truth(run: Any, step: tuple[Any, ...], numbers: list[Any], truths: list[Any]) -> None:
    what, _, two, three, (place, one, other), _ = step
    match what:
        case "compare":
            truths[place] = numbers[two] > numbers[three]
        case "or":
            truths[place] = run.xp.logical_or(truths[one], truths[other])
        case "and":
            truths[place] = run.xp.logical_and(truths[one], truths[other])
        case "same":
            truths[place] = truths[one]
        case _:
            truths[place] = run.never()


def _number(run: Any, step: tuple[Any, ...], numbers: list[Any], truths: list[Any]) -> None:
    what, place, one, two, (truth, *_), rows = step
    match what:
        case "add":
            numbers[place] = numbers[one] + numbers[two]
        case "sub":
            numbers[place] = numbers[one] - numbers[two]
        case "min":
            numbers[place] = run.xp.minimum(numbers[one], numbers[two])
        case "half":
            numbers[place] = numbers[one] * 0.5
        case "where":
            numbers[place] = run.xp.where(truths[truth], numbers[one], numbers[two])
        case "rows":
            numbers[place] = run.rows_of(numbers[one], numbers[two], truths[truth], rows)
        case "row":
            numbers[place] = run.row_of(numbers[one], numbers[two], truths[truth], rows)
        case "until":
            numbers[place] = run.twice(numbers[one], numbers[two], truths[truth])
        case _:
            numbers[place] = numbers[one]


class Eager:
    """Every run at once, in NumPy."""

    xp = np

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    def only(self, mask: np.ndarray, work: Callable[[], Kept], otherwise: Kept) -> Kept:
        numbers, truths = (
            [np.where(mask, one, other) for one, other in zip(*pair, strict=True)]
            for pair in zip(work(), otherwise, strict=True)
        )
        return numbers, truths

    def always(self) -> np.ndarray:
        return np.ones(self.shape, bool)

    def never(self) -> np.ndarray:
        return np.zeros(self.shape, bool)

    def shared(self, truth: bool) -> np.ndarray:
        return np.full(self.shape, truth)

    def row_of(self, one: np.ndarray, two: np.ndarray, truth: np.ndarray, many: int) -> np.ndarray:
        return np.where(truth, one * float(many - 1), two + float(many - 1))

    def rows_of(self, one: np.ndarray, two: np.ndarray, truth: np.ndarray, many: int) -> np.ndarray:
        whole = np.where(truth, one * 0.0, two)
        for row in range(1, many):
            whole = whole + np.where(truth, one * float(row), two + float(row))
        return whole

    def twice(self, one: np.ndarray, two: np.ndarray, truth: np.ndarray) -> np.ndarray:
        for _ in range(2):
            one = np.where(truth, one * 0.5 + two, one)
        return one


class Written(Recorder):
    """The same, written down."""

    def always(self) -> Any:
        return self.xp.full(1, True, bool)

    def never(self) -> Any:
        return self.xp.zeros(1, bool)

    def shared(self, truth: Any) -> Any:
        return self.xp.broadcast_to(truth, (1,))

    def _made(self, one: Any, two: Any, truth: Any, many: int) -> Any:
        columns = {
            "row": self.rows([float(row) for row in range(many)], 1),
            "raised": self.rows([two + float(row) for row in range(many)], 1),
        }
        return self.each(lambda here: self.xp.where(truth, one * here["row"], here["raised"]), columns)

    def row_of(self, one: Any, two: Any, truth: Any, many: int) -> Any:
        return self._made(one, two, truth, many)[many - 1]

    def rows_of(self, one: Any, two: Any, truth: Any, many: int) -> Any:
        made = self._made(one, two, truth, many)
        whole = made[0]
        for row in range(1, many):
            whole = whole + made[row]
        return whole

    def twice(self, one: Any, two: Any, truth: Any) -> Any:
        xp = self.xp
        now, _ = self.until(
            lambda each: xp.logical_or(each[1] >= 2.0, xp.logical_not(truth)),
            lambda each: (each[0] * 0.5 + two, each[1] + 1.0),
            (one, xp.zeros(1)),
        )
        return now
