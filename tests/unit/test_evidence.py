"""What the blocks of a crisis rest on, and the published work that they cite."""

import pytest

from brinkmanship.core.crisis import CATALOGUE, catalogue, check
from brinkmanship.errors import CrisisError
from brinkmanship.model.evidence import coverage
from brinkmanship.model.folder import read_crisis
from brinkmanship.model.reading import MAX_BYTES
from brinkmanship.model.references import PUBLISHED

TEXT = """crisis: {title: A test}
clock: {start: 2020-01-01, end: 2020-02-01, assumed: a test}
quantities:
  a: {kind: flag, because: ["memo:fact"]}
  b: {kind: flag, because: ["memo:fact", "@fearon1995"]}
  c: {kind: flag, because: ["@fearon1995"]}
  d: {kind: flag, because: ["@fearon1995"], assumed: its size}
  e: {kind: flag, because: ["memo:fact"], assumed: its size}
  f: {kind: flag, because: ["memo:fact"], assumed: its size}
outcomes:
  a: {ever: a, assumed: a test}
"""
SOURCES = """documents: {memo: {title: A memorandum}}
claims: {"memo:fact": {kind: event, text: it is so}}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "crisis.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    return tmp_path


def test_kinds_are_told_apart(folder):
    _, found = check(folder)
    assert (found.claimed, found.published, found.partly, found.assumed) == (2, 1, 3, 2)
    assert sum(map(found.share, (2, 1, 3, 2))) == 1


def test_a_crisis_may_bring_its_own_references(folder):
    cited = TEXT.replace("@fearon1995", "@own2020")
    (folder / "crisis.yaml").write_text(cited, encoding="utf-8")
    with pytest.raises(CrisisError, match="unknown-reference"):
        check(folder)
    (folder / "references.bib").write_bytes(b"\xff\n @Book { own2020 ,\n title = {Own}}\n")
    assert check(folder)[1].published == 1


@pytest.mark.parametrize("code", ["too-large", "unreadable-file"])
def test_references_that_cannot_be_read(folder, code):
    if code == "too-large":
        (folder / "references.bib").write_bytes(b"\n" * (MAX_BYTES + 1))
    else:
        (folder / "references.bib").mkdir()
    with pytest.raises(CrisisError) as caught:
        check(folder)
    assert [(each.code, each.place.file) for each in caught.value.diagnostics] == [(code, "references.bib")]


def test_references_come_with_the_package():
    assert PUBLISHED.is_file()
    assert PUBLISHED.parent == CATALOGUE


@pytest.mark.parametrize("name", catalogue())
def test_the_catalogue_rests_on_something(name):
    check(name)


PLACED = """documents: {memo: {title: A memorandum, paragraphs: 4, set_aside: {3: a heading}}, other: {title: Another}}
claims:
  "memo:fact": {paragraph: 2, kind: event, text: it is so}
  "memo:second": {paragraph: 2, kind: event, text: it is so too}
  "other:late": {paragraph: 7, kind: event, text: later}
  "other:nowhere": {kind: event, text: somewhere}
"""


def test_coverage_says_what_each_paragraph_carries(folder):
    (folder / "sources.yaml").write_text(PLACED, encoding="utf-8")
    memo, other = coverage(read_crisis(folder))
    assert [each.number for each in memo.paragraphs] == [1, 2, 3, 4]
    assert [each.set_aside for each in memo.paragraphs] == [None, None, "a heading", None]
    assert memo.open == (1, 4)
    fact, second = memo.paragraphs[1].claims
    assert (fact.name, second.name) == ("memo:fact", "memo:second")
    assert fact.elements == tuple(f"quantities.{name}" for name in "abef")
    assert second.elements == ()
    assert [each.number for each in other.paragraphs] == [7]
    assert [each.name for each in other.unplaced] == ["other:nowhere"]
