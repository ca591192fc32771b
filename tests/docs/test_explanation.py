"""What the explanation says of literature and words is what the package has."""

import re

from pages import DOCS

from brinkmanship.results.estimative import SCALE

PAGES = DOCS / "explanation"


def test_all_works_that_the_package_cites_are_told_and_no_others():
    told = set(re.findall(r"`([a-z]+\d+)`", (PAGES / "literature.md").read_text(encoding="utf-8")))
    known = re.findall(r"^@\w+\{(\w+),", (DOCS.parent / "references.bib").read_text(encoding="utf-8"), re.MULTILINE)
    assert told == set(known)


def test_the_words_are_those_of_the_program():
    page = (PAGES / "probability.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z ]+) \| (\d+) % \| (\d+) % \|$", page, re.MULTILINE)
    starts = [0.01, *(start for start, _ in SCALE[1:])]
    ends = [*starts[1:], 0.99]
    expected = [(word, start, end) for (_, word), start, end in zip(SCALE, starts, ends, strict=True)]
    assert [(word, int(low) / 100, int(high) / 100) for word, low, high in rows] == expected
