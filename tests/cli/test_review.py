"""`brink review`: made, kept, shown, made anew in part, and seen to be stale."""

import json
import re
import shutil

import pytest

import brinkmanship as bk
from brinkmanship.analysis.kept import read_parts, stale
from brinkmanship.analysis.page import pages

ABLATIONS = """quiet:
  what: Without the first event there is less of everything.
  edit: {EDIT: off}
  expect: [{outcome: war, direction: down}]
  assumed: a test
"""
ALL = {"ablations", "replay", "robustness", "coverage"}


@pytest.fixture
def folder(crisis, tmp_path):
    """A crisis of one's own, to keep a review in."""
    target = tmp_path / "mine"
    shutil.copytree(crisis, target)
    event = next(iter(bk.load(target).text.record.events))
    (target / "ablations.yaml").write_text(ABLATIONS.replace("EDIT", f"events.{event}"), encoding="utf-8")
    return target


def test_a_review_is_made_and_kept_with_the_crisis(invoke, folder):
    table = invoke("review", folder, "--runs", "20", "--jobs", "1")
    assert table.exit_code == 0, table.output
    for head in ("Ablations", "Replay", "Robustness", "Coverage", "The review is in"):
        assert head in table.stdout
    kept = folder / "review"
    assert {each.name for each in kept.iterdir()} == {f"{name}.json" for name in ALL} | {"review.md", "coverage.md"}
    parts = read_parts(kept)
    assert set(parts) == ALL
    whole = bk.load(folder)
    for part in parts.values():
        assert (part["fingerprint"], part["runs"], part["seed"]) == (whole.fingerprint, 20, 0)
    assert pages(whole.title, parts) == {
        name: (kept / name).read_text(encoding="utf-8") for name in ("review.md", "coverage.md")
    }
    assert stale(whole, parts) == []
    again = invoke("review", folder, "--runs", "20", "--jobs", "1", "--format", "json")
    assert json.loads(again.stdout) == parts


def test_lines_fit_a_terminal_of_80_columns(invoke, folder, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = invoke("review", folder, "--runs", "5", "--jobs", "1").stdout.splitlines()
    assert max(map(len, lines)) <= 80


def test_one_part_is_made_anew_and_the_others_stay(invoke, folder):
    invoke("review", folder, "--runs", "20", "--jobs", "1")
    before = read_parts(folder / "review")
    result = invoke("review", folder, "--runs", "30", "--jobs", "1", "--only", "replay")
    assert "Replay" in result.stdout and "Coverage" not in result.stdout
    after = read_parts(folder / "review")
    assert after["replay"]["runs"] == 30
    assert {name: after[name] for name in ALL - {"replay"}} == {name: before[name] for name in ALL - {"replay"}}


def test_each_change_makes_stale_what_it_concerns(invoke, folder):
    invoke("review", folder, "--runs", "5", "--jobs", "1")
    parts = read_parts(folder / "review")

    def after(name, old, new):
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
        found = stale(bk.load(folder), parts)
        (folder / name).write_text(text, encoding="utf-8")
        return set(found)

    assert after("ablations.yaml", "direction: down", "direction: up") == {"ablations"}
    assert after("ablations.yaml", ": off", ": on") == {"ablations"}
    assert after("crisis.yaml", "end: 2020-02-10", "end: 2020-02-11") == ALL - {"coverage"}
    claim = next(iter(bk.load(folder).text.record.sources.claims.values())).text
    assert after("sources.yaml", claim, "Another text.") == {"coverage"}


def test_another_first_day(invoke, folder):
    whole = bk.load(folder)
    later = whole.date(whole.day(None) + 1).isoformat()
    invoke("review", folder, "--runs", "5", "--jobs", "1", "--from", later)
    parts = read_parts(folder / "review")
    assert {part["from"] for part in parts.values()} == {later}
    assert stale(whole, parts) == []


def test_base_rates_are_kept_and_set_beside_the_crisis(invoke, folder, tmp_path):
    data = tmp_path / "icb"
    data.mkdir()
    (data / "icb1v14.csv").write_text(
        "crisno,crisname,yrtrig,motrig,datrig,yrterm,moterm,daterm,viol\n1,ONE,1950,1,1,1950,2,1,2\n"
        "2,TWO,1950,5,1,1950,9,1,4\n3,THREE,1980,1,1,1981,1,1,1\n",
        encoding="utf-8",
    )
    (data / "icb2v14.csv").write_text(
        "crisno,cracid,trigent,triggr,majres\n1,2,630,9,8\n2,630,2,7,1\n", encoding="utf-8"
    )
    first = invoke("review", folder, "--runs", "20", "--jobs", "1", "--only", "base-rates", "--icb", data)
    assert first.exit_code == 0 and "1 of 1" in first.stdout and "1 of 3" in first.stdout
    before = read_parts(folder / "review")["base-rates"]
    assert before["outcome"] == "war" and before["own"]["runs"] == 20
    invoke("review", folder, "--runs", "40", "--jobs", "1", "--only", "base-rates", "--outcome", "calm")
    after = read_parts(folder / "review")["base-rates"]
    assert after["rates"] == before["rates"] and (after["outcome"], after["own"]["runs"]) == ("calm", 40)
    assert stale(bk.load(folder), {"base-rates": after}) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "replays"), "did you mean `replay`"),
        (("--from", "2020-13-01"), "is no date"),
        (("--from", "1999-01-01"), "outside the clock"),
        (("--icb", "."), "holds no icb1v"),
        (("--out", "{folder}"), "holds other things than a review"),
    ],
)
def test_wrong_calls(brink, folder, arguments, said):
    words = [each.format(folder=folder) for each in arguments]
    result = brink("review", folder, "--runs", "2", "--jobs", "1", *words, cwd=folder)
    assert result.returncode == 2 and said in result.stderr and "Traceback" not in result.stderr
    assert not (folder / "review").exists()


@pytest.mark.parametrize("content", ["not json", "[]", '{"moves": 3}', '{"moves": [{}], "from": "x"}'])
def test_what_is_no_part_of_a_review_is_told(brink, folder, content):
    (folder / "review").mkdir()
    (folder / "review" / "replay.json").write_text(content, encoding="utf-8")
    result = brink("review", folder, "--runs", "2", "--jobs", "1")
    assert result.returncode == 2 and "is no part of a review" in result.stderr
    assert (folder / "review" / "replay.json").read_text(encoding="utf-8") == content


def test_labels_are_shown_and_names_are_kept(invoke, folder):
    record = bk.load(folder).text.record
    shown = " ".join(invoke("review", folder, "--runs", "5", "--jobs", "1").stdout.split())
    kept = read_parts(folder / "review")
    assert kept["robustness"]["shifts"][0]["outcome"] == "war" and "Open war" in shown
    move = kept["replay"]["moves"][0]
    assert (move["actor"] in record.actors, move["who"]) == (True, record.actors[move["actor"]].label or move["actor"])
    assert f"{record.outcomes['war'].label}: down" in shown


def test_what_is_left_out_is_told(invoke, folder):
    (folder / "ablations.yaml").unlink()
    shown = " ".join(invoke("review", folder, "--runs", "5", "--jobs", "1").stdout.split())
    assert "Left out: ablations, since the crisis has no ablations" in shown
    assert "Left out: base-rates, since no folder of the ICB files is named" in shown
    assert "Left out: replay" not in shown
    only = invoke("review", folder, "--runs", "5", "--jobs", "1", "--only", "ablations")
    assert "Left out: ablations" in only.stdout and "base-rates" not in only.stdout


def test_paragraphs_that_nobody_counted_are_not_none(invoke, folder):
    path = folder / "sources.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"paragraph: \d+, ", "", text), encoding="utf-8")
    (row,) = bk.load(folder).text.record.sources.documents
    shown = invoke("review", folder, "--runs", "5", "--jobs", "1", "--only", "coverage").stdout
    (line,) = [each.split() for each in shown.splitlines() if each.split()[:1] == [row]]
    assert line == [row, "not", "said", "–", "–", "–", "2", "1"]
