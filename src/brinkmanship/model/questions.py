"""Records of questions: what is forecast, how it is settled, and what of the crisis answers it.

What the world answered stands in ``answers.yaml`` beside them. No part of the package reads that file, so that no
answer can reach a simulation or a fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import model_validator

from brinkmanship.errors import Code, Diagnostic, nearest
from brinkmanship.model.base import Day, Record, Sourced, Wrong

if TYPE_CHECKING:
    from brinkmanship.model.folder import CrisisText


class Predicate(Record):
    """What is yes: an outcome that has come true, or a quantity above or below a number, at the end of the window."""

    outcome: str | None = None
    quantity: str | None = None
    above: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _one(self) -> Predicate:
        if (self.outcome is None) == (self.quantity is None):
            raise Wrong(Code.KEYS_CONFLICT, "give one of `outcome` and `quantity`")
        bounds = sum(each is not None for each in (self.above, self.below))
        if self.outcome is not None and bounds:
            raise Wrong(Code.KEYS_CONFLICT, "`above` and `below` go with a `quantity`")
        if self.quantity is not None and bounds != 1:
            raise Wrong(Code.KEYS_CONFLICT, "a `quantity` goes with one of `above` and `below`")
        return self


class Question(Sourced):
    """A yes-or-no question about a window of days, both of them in it, with the rule and the source that settle it."""

    asks: str
    settled: str
    source: str
    opens: Day
    closes: Day
    answer: Predicate

    @model_validator(mode="after")
    def _ordered(self) -> Question:
        if not self.opens < self.closes:
            raise Wrong(Code.BAD_VALUE, "`closes` must come after `opens`")
        return self


def check_questions(text: CrisisText) -> Iterator[Diagnostic]:
    """Faults of the questions: outcomes and quantities that are not there, windows that the clock does not cover."""
    for name, question in text.record.questions.items():
        path = ("questions", name)
        yield from _check_answer(text, path, question)
        for key, day in (("opens", question.opens), ("closes", question.closes)):
            if missed := text.record.clock.misses(day):
                yield Diagnostic(text.tree.place((*path, key)), Code.OUTSIDE_CLOCK, *missed)


def _check_answer(text: CrisisText, path: tuple[str, ...], question: Question) -> Iterator[Diagnostic]:
    record, answer = text.record, question.answer
    if answer.quantity is not None:
        known, name, key = record.quantities, answer.quantity.partition("[")[0], "quantity"
    else:
        known, name, key = record.outcomes, str(answer.outcome).partition(".")[0], "outcome"
    place = text.tree.place((*path, "answer", key))
    if name not in known:
        yield Diagnostic(place, Code.UNKNOWN_NAME, f"there is no {key} `{name}`", nearest(name, known))
    elif key == "outcome" and record.outcomes[name].at_end is not None and not _closes_at_the_end(text, question):
        message = f"`{name}` is settled at the end of the run, and the question closes on {question.closes}"
        hint = "let it close on the clock's last day, or ask for an outcome of the kind `ever`"
        yield Diagnostic(place, Code.KEYS_CONFLICT, message, hint)


def _closes_at_the_end(text: CrisisText, question: Question) -> bool:
    return (text.record.clock.end - question.closes).days == 1
