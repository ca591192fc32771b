"""What the blocks of a crisis rest on, and the published work that they cite."""

import pytest
from pybtex.database import parse_string

from brinkmanship.core.crisis import CATALOGUE, catalogue, check
from brinkmanship.errors import CrisisError
from brinkmanship.model.bibliography import as_bibtex, as_text, bibliography
from brinkmanship.model.contradictions import settlements
from brinkmanship.model.evidence import coverage
from brinkmanship.model.folder import read_crisis
from brinkmanship.model.references import LONGEST, PUBLISHED

TEXT = """crisis: {title: A test}
clock: {start: 2020-01-01, end: 2020-02-01, assumed: a test}
quantities:
  a: {kind: flag, because: ["memo:fact"]}
  b: {kind: flag, because: ["memo:fact", "@fearon1995"]}
  h:
    {bounds: [0, 9], label: 7 days, start: {value: 4, because: ["@fearon1995"]},
    because: ["memo:fact"], assumed: its bounds}
parameters:
  p: {value: 3, fitted: a test}
  q: {distribution: "uniform(1e-1, .5)", because: ["memo:fact"]}
  r: {distribution: "uniform(0, 2)", assumed: no}
outcomes:
  a: {ever: a, assumed: a test}
"""
SOURCES = """documents: {memo: {title: A memorandum}}
claims: {"memo:fact": {kind: event, text: it is so}}
"""


CONTRADICTING = [("a", "memo:b"), ("b", "memo:a"), ("c", "memo:d"), ("d", "memo:c")]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "crisis.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    return tmp_path


def test_kinds_are_told_apart(folder):
    _, found = check(folder)
    assert found.counts == {"measured": 2, "published": 1, "fitted": 1, "guided": 2, "assumed": 4}
    assert sum(map(found.share, found.counts)) == pytest.approx(1)


def test_a_number_rests_on_the_nearest_block_that_says_so(folder):
    _, found = check(folder)
    where = {each.path: (each.written, each.kind, each.block) for each in found.numbers}
    assert where["clock.end"] == ("2020-02-01", "assumed", "clock")
    assert where["quantities.h.start.value"] == ("4.0", "published", "quantities.h.start")
    assert where["quantities.h.bounds.1"] == ("9.0", "guided", "quantities.h")
    assert "quantities.h.label" not in where


def test_a_part_without_an_origin_is_named(folder):
    bare = TEXT.replace(',\n    because: ["memo:fact"], assumed: its bounds', "")
    (folder / "crisis.yaml").write_text(bare, encoding="utf-8")
    with pytest.raises(CrisisError, match=r"no-origin: `bounds\.0` of `h`"):
        check(folder)


def test_a_crisis_may_bring_its_own_references(folder):
    cited = TEXT.replace("@fearon1995", "@own2020")
    (folder / "crisis.yaml").write_text(cited, encoding="utf-8")
    with pytest.raises(CrisisError, match="unknown-reference"):
        check(folder)
    (folder / "references.bib").write_bytes(b"\xff\n @Book { own2020 ,\n title = {Own}}\n")
    assert "quantities.b" in check(folder)[1].uses["@own2020"]


@pytest.mark.parametrize("code", ["too-large", "unreadable-file"])
def test_references_that_cannot_be_read(folder, code):
    if code == "too-large":
        (folder / "references.bib").write_bytes(b"\n" * (LONGEST + 1))
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
    assert fact.elements == ("parameters.q", "quantities.a", "quantities.b", "quantities.h")
    assert second.elements == ()
    assert [each.number for each in other.paragraphs] == [7]
    assert [each.name for each in other.unplaced] == ["other:nowhere"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("@book{a, title = {x", "not BibTeX"),
        ('@string{a = "x"}', "macros"),
        ("@book{a, year=1}\n@book{a, year=2}", "a"),
    ],
)
def test_references_that_are_no_bibtex(folder, line, told):
    (folder / "references.bib").write_text(line, encoding="utf-8")
    with pytest.raises(CrisisError, match=f"bad-reference: .*{told}"):
        check(folder)


def test_a_bibliography_holds_documents_and_works_used(folder):
    sources = SOURCES.replace("A memorandum", "'Oil & {gas}, 100 %'")
    (folder / "sources.yaml").write_text(sources, encoding="utf-8")
    works = bibliography(read_crisis(folder))
    assert list(works) == ["memo", "fearon1995"]
    memo, fearon = as_text(works).split("\n\n")
    assert memo == "Oil & (gas), 100 %."
    assert fearon.startswith("James D. Fearon. Rationalist explanations for war. International Organization")
    assert as_text(parse_string(as_bibtex(works), "bibtex").entries) == as_text(works)


def test_works_of_any_type_and_half_told_are_cited(folder):
    (folder / "references.bib").write_text("@report{own2020, title={Own}}\n@article{half2020, title={Half}}", "utf-8")
    cited = TEXT.replace('"@fearon1995"', '"@own2020", "@half2020"')
    (folder / "crisis.yaml").write_text(cited, encoding="utf-8")
    assert as_text(bibliography(check(folder)[0].text)) == "A memorandum.\n\nHalf.\n\nOwn."


def test_contradictions_are_settled_or_left_open(folder):
    claims = [f'"memo:{one}": {{kind: event, text: x, contradicts: ["{two}"]}}' for one, two in CONTRADICTING]
    settled = 'contradictions: [{claims: ["memo:a", "memo:b", "memo:c"], settled: the first}]'
    text = f"documents: {{memo: {{title: A memorandum}}}}\nclaims: {{{', '.join(claims)}}}\n{settled}"
    (folder / "sources.yaml").write_text(text, encoding="utf-8")
    found = settlements(read_crisis(folder))
    assert [(each.claims, each.settled) for each in found] == [
        (("memo:a", "memo:b", "memo:c"), "the first"),
        (("memo:c", "memo:d"), None),
    ]
