"""Base rates from past crises: who the adversaries are, what a relapse is, and what is left out."""

from datetime import date
from pathlib import Path

import pytest

from brinkmanship import UsageError
from brinkmanship.analysis.base_rates import base_rates, read_records

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "icb"
SYSTEM = "icb1,crisno,crisname,yrtrig,motrig,datrig,yrterm,moterm,daterm,viol"
ACTORS = "icb2,crisno,cracid,trigent,triggr,majres"
LAST = "ICB1,99,LAST,2015,1,1,2015,2,1,1"


@pytest.fixture
def rates(tmp_path):
    def call(system, actors, before=date(2018, 5, 8), **options):
        lines = {"icb1v14.csv": [SYSTEM, *system, LAST], "icb2v14.csv": [ACTORS, *actors]}
        for name, rows in lines.items():
            (tmp_path / name).write_text("\n".join(rows) + "\n", encoding="utf-8-sig")
        found = base_rates(read_records(tmp_path), before, **options)
        return {each.name: (each.count, each.size) for each in found}

    return call


FIRST = "ICB1,1,FIRST,1950,1,1,1950,3,1,2"
PAIR = "ICB2,1,2,630,9,8"


def test_a_relapse_is_a_war_of_the_same_two_begun_in_time(rates):
    def relapse(began, viol="4", actors="ICB2,2,630,2,7,3"):
        ended = f"{int(began[:4]) + 1},1,1"
        return rates([FIRST, f"ICB1,2,SECOND,{began},{ended},{viol}"], [PAIR, actors])["relapse"]

    assert relapse("1950,6,1") == (1, 1)
    assert relapse("1950,12,26") == (1, 1)  # 300 days after the first of March
    assert relapse("1950,12,27") == (0, 1)
    assert relapse("1950,3,1") == (1, 1)
    assert relapse("1950,2,28") == (0, 1)  # begun before the first had ended
    assert relapse("1950,6,1", viol="3") == (0, 2)  # no war; and a second crisis that ended short of it
    assert relapse("1950,6,1", actors="ICB2,2,630,3,7,3") == (0, 1)  # other adversaries
    assert relapse("1950,6,1", actors="ICB2,2,630,996,7,3") == (0, 1)  # several at once
    assert relapse("1950,6,1", actors="ICB2,2,630,630,7,3") == (0, 1)  # from within


def test_the_span_can_be_another(rates):
    system = [FIRST, "ICB1,2,SECOND,1950,6,1,1951,1,1,4"]
    assert rates(system, [PAIR, "ICB2,2,2,630,7,3"], span=92)["relapse"] == (1, 1)
    assert rates(system, [PAIR, "ICB2,2,2,630,7,3"], span=91)["relapse"] == (0, 1)


def test_days_that_are_coded_or_missing(rates):
    for code, gap in (("66", 5), ("77", 15), ("88", 25), ("", 15)):
        system = [FIRST, f"ICB1,2,SECOND,1950,4,{code},1951,1,1,4"]
        days = 31 + gap - 1
        assert rates(system, [PAIR, "ICB2,2,2,630,7,3"], span=days)["relapse"] == (1, 1)
        assert rates(system, [PAIR, "ICB2,2,2,630,7,3"], span=days - 1)["relapse"] == (0, 1)
    assert rates([FIRST, "ICB1,2,SECOND,1950,,,1951,1,1,4"], [PAIR, "ICB2,2,2,630,7,3"])["relapse"] == (0, 1)


def test_crises_that_ended_later_or_are_not_followed_are_left_out(rates):
    late = "ICB1,3,LATE,2019,6,18,2020,1,8,4"
    assert rates([FIRST, late], [PAIR, "ICB2,3,2,630,9,8"]) == {
        "relapse": (0, 1),
        "from_onset": (0, 2),
        "violent_answer": (1, 1),
    }
    # A crisis of 2014 is followed until the last day in the data, 1 February 2015, and not for 300 days.
    recent = "ICB1,3,RECENT,2014,4,1,2014,6,1,2"
    assert rates([recent], ["ICB2,3,2,630,9,8"])["relapse"] == (0, 0)
    assert rates([recent], ["ICB2,3,2,630,9,8"], span=200)["relapse"] == (0, 1)
    # Nor is one followed beyond the day before which all must have ended.
    assert rates([FIRST], [PAIR], before=date(1950, 12, 1))["relapse"] == (0, 0)


def test_violence_that_is_not_coded_counts_nowhere(rates):
    assert rates([FIRST, "ICB1,2,OPEN,1950,5,1,1950,6,1,"], [PAIR, "ICB2,2,2,630,7,3"]) == {
        "relapse": (0, 1),
        "from_onset": (0, 2),
        "violent_answer": (1, 1),
    }


def test_violent_answers_are_those_to_violent_triggers(rates):
    answers = ["8", "9", "7", "1", ""]
    rows = [f"ICB2,1,{k},630,9,{code}" for k, code in enumerate(answers)] + ["ICB2,1,20,630,8,8", "ICB2,1,21,630,7,8"]
    assert rates([FIRST], rows)["violent_answer"] == (2, 4)


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(UsageError, match=r"no icb1v\*\.csv"):
        read_records(tmp_path)
    with pytest.raises(UsageError, match=r"no icb1v\*\.csv"):
        read_records(tmp_path / "nowhere")
    (tmp_path / "icb1v14.csv").write_text("crisno,viol\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"no icb2v14\.csv"):
        read_records(tmp_path)
    (tmp_path / "icb2v14.csv").write_text(f"{ACTORS}\n{PAIR}\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no column crisname"):
        read_records(tmp_path)
    (tmp_path / "icb1v14.csv").write_text(f"{SYSTEM}\nICB1,one,FIRST,1950,1,1,1950,3,1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be read"):
        read_records(tmp_path)


def test_the_newest_version_is_read(rates, tmp_path):
    rates([FIRST], [PAIR])
    for kind in "12":
        (tmp_path / f"icb{kind}v9.csv").write_text("nothing\n", encoding="utf-8")
        (tmp_path / f"icb{kind}v16_tail.csv").write_text("nothing\n", encoding="utf-8")
    assert read_records(tmp_path).version == "14"


@pytest.mark.skipif(not REAL.is_dir(), reason="the ICB files are not at ../shared/data/icb, beside the project")
def test_known_wars_are_found_in_the_data():
    """Against two figures computed elsewhere from the same files, and pairs that any account of them names."""
    records = read_records(REAL)
    found = {each.name: each for each in base_rates(records, date(2018, 5, 8))}
    whole = sum(each.violence == 4 for each in records.crises) / sum(
        each.violence is not None for each in records.crises
    )
    assert found["from_onset"].share == pytest.approx(whole, abs=0.005)
    assert found["violent_answer"].share == pytest.approx(0.606, abs=0.005)
    by_name = {each.name: each for each in records.crises}
    june, october = by_name["ISRAEL MOBILIZATION"], by_name["OCTOBER-YOM KIPPUR WAR"]
    assert june.adversaries & october.adversaries
    assert found["relapse"].count >= 10 and 0.01 < found["relapse"].share < 0.1
