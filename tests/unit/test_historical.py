"""The historical crises: what they rest on, what they may not rest on, and that they say something."""

from datetime import date

import pytest

import brinkmanship as bk

NAMES = [name for name in bk.catalogue() if name.startswith("historical/")]
STATED = ("parameters", "quantities", "actors")
"""Sections that say where a crisis stood and what its actors wanted."""


def test_there_are_two():
    assert NAMES == ["historical/cuba-1962", "historical/kargil-1999"]


def day(text: str | None) -> date:
    """The first day that a claim's date can mean; a claim without one is of no day."""
    return date.fromisoformat(f"{text}-01"[:10]) if text else date.min


@pytest.mark.parametrize("name", NAMES)
def test_nothing_stated_rests_on_what_came_after_the_eve(name):
    record = bk.load(name).text.record
    cited = {
        (section, block): [day(record.sources.claims[claim].date) for claim in entry.because]
        for section in STATED
        for block, entry in getattr(record, section).items()
    }
    late = [where for where, dates in cited.items() if any(each >= record.clock.origin for each in dates)]
    assert late == []
    assert any(day(claim.date) >= record.clock.origin for claim in record.sources.claims.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_claim_names_its_place_in_a_published_work(name):
    sources = bk.load(name).text.record.sources
    assert all(claim.place for claim in sources.claims.values())
    assert all(each.author and each.title and each.publisher and each.date for each in sources.documents.values())
    assert len({claim.partition(":")[0] for claim in sources.claims}) == len(sources.documents) >= 5


@pytest.mark.parametrize(
    "name, open_questions",
    [
        ("historical/cuba-1962", ["war", "attack", "quarantined", "understanding_reached", "withdrawn_unasked"]),
        ("historical/kargil-1999", ["war", "line_crossed", "bombed", "withdrawal", "stalemate"]),
    ],
)
def test_on_the_eve_the_answer_is_open(name, open_questions):
    runs = bk.simulate(bk.load(name), runs=200, seed=0, sampled=0)
    for outcome in open_questions:
        assert 0.02 < runs.probability(outcome)[0] < 0.98


def test_the_documented_thirteen_days_end_in_an_understanding():
    # History is replayed, not simulated: by 29 October the run has come to what is documented.
    runs = bk.simulate(bk.load("historical/cuba-1962"), runs=20, seed=0, start="1962-10-29")
    assert runs.probability("understanding_reached")[0] == 1
    assert float(runs.paths()["missiles"][:, 0].max()) == 0


def test_by_july_the_withdrawal_is_documented():
    runs = bk.simulate(bk.load("historical/kargil-1999"), runs=20, seed=0, start="1999-07-05")
    assert runs.probability("withdrawal")[0] == 1
    assert runs.probability("bombed")[0] == 1
