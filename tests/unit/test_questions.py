"""Questions are settled alike by two people and by the crisis; what the world answered stays out of its reach."""

import builtins
import io
import os
from datetime import date
from pathlib import Path

import pytest
import yaml

from brinkmanship.core.crisis import catalogue, check
from brinkmanship.errors import CrisisError
from brinkmanship.model.questions import Question

TEXT = """crisis: {title: A test}
clock: {start: 2020-01-01, end: 2020-02-01, assumed: a test}
quantities:
  price: {bounds: [0, 100], start: 50, assumed: a test}
processes:
  noise: {of: price, noise: 1, assumed: a test}
outcomes:
  dear: {ever: price > 60, assumed: a test}
  dear_at_last: {at_end: price > 60, assumed: a test}
"""
QUESTION = {
    "asks": "Will it be dear?",
    "settled": "By the price.",
    "source": "the price list",
    "opens": "2020-01-01",
    "closes": "2020-01-15",
    "answer": {"outcome": "dear"},
    "assumed": "a test",
}


def written(tmp_path, **changes):
    (tmp_path / "crisis.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "questions.yaml").write_text(yaml.safe_dump({"dear": QUESTION | changes}), encoding="utf-8")
    return tmp_path


def test_a_question_is_read(tmp_path):
    crisis, found = check(written(tmp_path))
    (question,) = crisis.text.record.questions.values()
    assert question.closes == date(2020, 1, 15) and question.answer.outcome == "dear"
    assert found.counts["assumed"] == len(found.numbers) == 8  # none of them the question's


def test_a_quantity_answers_too(tmp_path):
    crisis, _ = check(written(tmp_path, answer={"quantity": "price", "below": "40"}))
    assert crisis.text.record.questions["dear"].answer.below == 40


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"answer": {"outcome": "deer"}}, "unknown-name: there is no outcome `deer`"),
        ({"answer": {"quantity": "prize", "above": "3"}}, "unknown-name: there is no quantity `prize`"),
        ({"answer": {"outcome": "dear_at_last"}}, "keys-conflict: `dear_at_last` is settled at the end of the run"),
        ({"closes": "2020-02-01"}, "outside-clock: 2020-02-01 lies outside the clock"),
        ({"closes": "2020-01-01"}, "`closes` must come after `opens`"),
        ({"answer": {"quantity": "price"}}, "one of `above` and `below`"),
        ({"answer": {"outcome": "dear", "above": "3"}}, "go with a `quantity`"),
        ({"answer": {}}, "give one of `outcome` and `quantity`"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(tmp_path, changes, told):
    with pytest.raises(CrisisError) as caught:
        check(written(tmp_path, **changes))
    assert told in str(caught.value)
    assert "questions.yaml:" in str(caught.value)


def test_a_question_at_the_end_closes_on_the_last_day(tmp_path):
    check(written(tmp_path, answer={"outcome": "dear_at_last"}, closes="2020-01-31"))


ANSWERED = {name: folder for name, folder in catalogue().items() if (folder / "answers.yaml").exists()}


def answers(folder: Path) -> dict[str, dict[str, str | None]]:
    return yaml.safe_load((folder / "answers.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ANSWERED)
def test_every_question_has_an_answer_or_is_unknown(name):
    crisis, _ = check(name)
    questions: dict[str, Question] = dict(crisis.text.record.questions)
    found = answers(ANSWERED[name])
    assert set(found) == set(questions)
    for each in found.values():
        assert set(each) == {"answer", "reference"}
        assert each["answer"] in {"yes", "no", "unknown"}
        assert (each["reference"] is None) == (each["answer"] == "unknown")


@pytest.mark.parametrize("name", ANSWERED)
def test_answers_are_never_opened(name, monkeypatch):
    opened: list[str] = []

    def watch(real):
        def watching(path, *others, **named):
            opened.append(os.path.basename(os.fspath(path)) if isinstance(path, str | os.PathLike) else "")
            return real(path, *others, **named)

        return watching

    for module, function in ((builtins, "open"), (io, "open"), (os, "open")):
        monkeypatch.setattr(module, function, watch(getattr(module, function)))
    check(name)
    assert "questions.yaml" in opened and "answers.yaml" not in opened
