"""The flagship keeps what its README promises: sources followed to the end, mechanisms named, a true graph."""

import os
import re

import pytest
import yaml

import brinkmanship as bk
from brinkmanship.analysis.kept import read_parts
from brinkmanship.cli.review import FOLDER as REVIEW
from brinkmanship.core.crisis import catalogue, check
from brinkmanship.model.evidence import coverage, uses
from brinkmanship.model.records import CrisisRecord

FOLDER = catalogue()["us-iran-2020"]
README = FOLDER / "README.md"
BLOCS = "parliament"


@pytest.fixture(scope="module")
def flagship():
    crisis, _ = check("us-iran-2020")
    return crisis.text


def test_every_paragraph_is_used_or_set_aside(flagship):
    documents = coverage(flagship)
    assert len(documents) == 5
    assert {each.name: each.open for each in documents if each.open} == {}
    assert all(not each.unplaced for each in documents)


def test_every_claim_bears_on_an_element_or_says_why_not(flagship):
    used = uses(flagship)
    silent = [name for name, each in flagship.record.sources.claims.items() if name not in used and not each.note]
    assert silent == []


def test_contradicting_claims_name_each_other_and_are_settled(flagship):
    claims = flagship.record.sources.claims
    pairs = {frozenset((name, other)) for name, each in claims.items() for other in each.contradicts}
    settled = [set(each.claims) for each in flagship.record.sources.contradictions]
    assert [pair for pair in pairs if not any(pair <= each for each in settled)] == []


def test_mechanisms_of_the_readme_are_the_ablations(flagship):
    table = README.read_text(encoding="utf-8").partition("## The mechanisms")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert named == set(flagship.record.ablations)
    assert all(each.because for each in flagship.record.ablations.values())


def test_three_ends_share_every_run(flagship):
    ends = [flagship.record.outcomes[name].at_end for name in ("war_at_end", "negotiation", "attrition")]
    names = sorted(set(re.findall(r"[a-z_]{4,}", " ".join(map(str, ends)))))
    for bits in range(2 ** len(names)):
        world = {name: bool(bits >> place & 1) for place, name in enumerate(names)}
        assert sum(bool(eval(str(each), {}, world)) for each in ends) == 1, world


def test_no_bloc_can_pass_a_motion_that_the_documents_say_was_short_of_seats(flagship):
    seats = {name: int(str(value)) for name, value in flagship.record.quantities["seats"].starts.items()}
    shiite = sum(seats[name] for name in ("fatah", "state_of_law", "sairoon", "other_shiite"))
    assert (sum(seats.values()), shiite) == (328, 170)


def graph(record: CrisisRecord) -> str:
    """Who acts on whom, as a Mermaid flow chart: deeds by the number of kinds, delegation dotted."""
    blocs = set(record.sets["blocs"])

    def node(name: str) -> str:
        return BLOCS if name in blocs else name

    deeds: dict[tuple[str, str], set[str]] = {}
    for name, action in record.actions.items():
        for by in action.by:
            for on in action.on or (by,):
                if by != on or not action.on:
                    deeds.setdefault((node(by), node(on)), set()).add(name)
    lines = ["```mermaid", "flowchart LR"]
    for name, actor in record.actors.items():
        if name not in blocs:
            lines.append(f'  {name}["{re.sub(r" [(].*", "", actor.label or name)}"]')
    lines.append(f'  {BLOCS}["Blocs of Iraq\'s Parliament"]')
    lines += [f"  {by} -->|{len(names)}| {on}" for (by, on), names in sorted(deeds.items()) if by != on]
    lines += [
        f"  {actor.principal} -.->|orders| {name}" for name, actor in sorted(record.actors.items()) if actor.principal
    ]
    return "\n".join([*lines, "```"])


def test_the_graph_of_the_readme_is_that_of_the_file(flagship):
    text = README.read_text(encoding="utf-8")
    drawn = re.search(r"```mermaid\n.*?\n```", text, re.DOTALL)
    assert drawn is not None
    expected = graph(flagship.record)
    if os.environ.get("BRINK_REWRITE"):
        README.write_text(text.replace(drawn[0], expected), encoding="utf-8")
        return
    assert drawn[0] == expected


def test_answers_of_all_kinds_are_kept():
    answers = yaml.safe_load((FOLDER / "answers.yaml").read_text(encoding="utf-8"))
    assert {each["answer"] for each in answers.values()} == {"yes", "no", "unknown"}


MISSILES = "iran.missile_strike_on_us_forces.united_states"


def test_what_actors_expect_is_kept_fits_and_has_settled():
    expectations = bk.load("us-iran-2020").expectations
    assert expectations is not None, "the crisis has changed; run: brink foresee us-iran-2020 --runs 10000 --write"
    assert expectations.faults == []
    assert expectations.unsettled == []


def test_without_foresight_deterrence_fails():
    """Iran is held back by what would follow (nation-2020:iran-avoids-direct-war), and without it war comes often."""
    whole = bk.load(FOLDER)
    without = bk.do(whole, whole.text.tree.root["ablations"]["foresight"]["edit"])
    assert whole.lowered.program.foresighted and not without.lowered.program.foresighted
    seeing, blind = (bk.simulate(each, runs=100, seed=1, sampled=0) for each in (whole, without))
    assert blind.count(MISSILES) > 4 * seeing.count(MISSILES) > 0
    assert blind.probability("war")[1] > seeing.probability("war")[2]


def test_what_the_documents_hold_open_is_neither_certain_nor_impossible():
    shares = {each["outcome"]: each["whole"] for each in read_parts(FOLDER / REVIEW)["robustness"]["shifts"]}
    assert shares.pop("first_turn.together") < 0.01  # talks and war on one day: a way to count, that nobody expects
    assert {name: share for name, share in shares.items() if not 0 < share < 1} == {}
