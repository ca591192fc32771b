"""What the sections of a report say, each against another way to the same number."""

from pathlib import Path

import numpy as np
import pandas
import pytest

from brinkmanship import UsageError, load, simulate
from brinkmanship.report import write_report
from brinkmanship.report.deeds import read_deeds
from brinkmanship.report.firsts import first_moves
from brinkmanship.report.influence import layout, ties
from brinkmanship.report.rates import rates
from brinkmanship.report.typical import _medoid, typical_runs
from brinkmanship.results.folder import ResultFolder
from brinkmanship.results.result import of_runs, read_result

EVERYTHING = Path(__file__).parents[1] / "corpus" / "everything"
RUNS = 120


@pytest.fixture(scope="module")
def runs_and_result(tmp_path_factory):
    target, crisis = tmp_path_factory.mktemp("report") / "out", load(EVERYTHING)
    with ResultFolder(target, crisis) as folder:
        runs = simulate(crisis, runs=RUNS, block=50, sampled=30, sink=folder)
        folder.finish(runs)
    return runs, read_result(target)


@pytest.fixture(scope="module")
def result(runs_and_result):
    return runs_and_result[1]


@pytest.fixture(scope="module")
def events(result):
    return pandas.concat(result.event_blocks(), ignore_index=True)


def deeds_of(events):
    return events[(events["kind"] == "action") & (events["branch"] != "called_off")]


def test_a_result_is_the_same_from_its_runs_and_from_its_folder(runs_and_result):
    runs, result = runs_and_result
    made = of_runs(runs)
    assert made.likelihoods == result.likelihoods
    assert made.spreads() == result.spreads()
    assert made.summary == result.summary
    for each in result.likelihoods:
        assert (each.probability, each.low, each.high) == runs.probability(each.name)


def test_what_holds_on_the_first_day_is_told(result):
    by_name = {each.name: each for each in result.likelihoods}
    assert by_name["calm"].on_first_day is None, "it is read at the end"
    counted = int(result.data["incidence"].sel(path_outcome="war").values[0] * RUNS + 0.5)
    assert by_name["war"].on_first_day == counted / RUNS
    assert not by_name["war"].held_already


def test_rungs_week_by_week(result, events):
    deeds = deeds_of(events)
    ladder = {"message": 0, "embargo": 1, "raid": 2}
    found = read_deeds(result).rungs
    weeks = (pandas.to_datetime(deeds["date"]) - pandas.Timestamp("2020-01-11")).dt.days // 7
    expected = np.full(found.shape, -1)
    for run, week, name in zip(deeds["run"], weeks, deeds["name"].astype(str), strict=True):
        expected[run, week] = max(expected[run, week], ladder[name])
    np.testing.assert_array_equal(found, expected)
    assert set(np.unique(found)) == {-1, 0, 1, 2}


def test_first_moves_are_those_of_each_run_s_first_day(result, events):
    deeds = deeds_of(events)
    ends = result.ends()
    moves = first_moves(result, read_deeds(result).first, ends)
    assert moves
    first_days = deeds.groupby("run")["date"].min()
    firsts = deeds[deeds["date"] == deeds["run"].map(first_days)]
    for move in moves:
        actor = {"Red": "red", "blue": "blue", "green": "green"}[move.actor]
        name = move.label.partition(" →")[0]
        mine = firsts[(firsts["actor"].astype(str) == actor) & (firsts["name"].astype(str) == name)]
        if " → " in move.label:
            target = {"Red": "red", "green": "green"}[move.label.partition(" → ")[2]]
            mine = mine[mine["target"].astype(str) == target]
        opened = sorted(set(mine["run"]))
        assert move.runs == len(opened)
        shares = {each.label: each.share for each in move.question}
        assert shares["deal"] == ends["which.deal"].to_numpy()[opened].mean()
        assert abs(sum(shares.values()) - 1) < 1e-12


def test_the_medoid_is_nearest_to_the_others():
    walks = np.array([[0.0, 0.0], [1.0, 1.0], [1.5, 1.5], [1.6, 1.6], [9.0, 9.0]])
    assert _medoid(walks, [3, 5, 8, 9, 11]) == 8
    assert _medoid(walks[:1], [7]) == 7


def test_typical_runs_end_as_they_say(result, events):
    ends = result.ends()
    told = typical_runs(result, ends)
    assert 1 < len(told) <= 3
    for each in told:
        name = f"which.{each.ending.lower()}"
        assert ends[name].to_numpy()[each.run]
        assert each.like_it == ends[name].sum()
        mine = events[(events["run"] == each.run) & ~events["kind"].isin(["choice", "afterwards"])]
        assert len(each.moments) == len(mine)
        assert [moment.day for moment in each.moments] == sorted(moment.day for moment in each.moments)
    sizes = [each.like_it for each in told]
    assert sizes == sorted(sizes, reverse=True)


def test_rates_are_those_of_the_runs(runs_and_result):
    runs, result = runs_and_result
    shown = {actor.label: actor for actor in rates(result)}
    (raid,) = [each for each in shown["Red"].actions if each.label == "raid"]
    assert raid.per_30_days == pytest.approx(30 * runs.count("red.raid.blue") / runs.days_under_way)
    assert all("motion" not in each.label for actor in shown.values() for each in actor.actions), "ballots are no deeds"
    assert max(each.share for actor in shown.values() for each in actor.actions) == 1


def test_ties_are_what_the_text_writes():
    record = load("textbook/principal-agent").text.record
    found = {(tie.actor, tie.quantity) for tie in ties(record)}
    blame = "Blame that a victim holds against a culprit"
    assert found == {
        ("The militia", "The militia's standing"),
        ("The militia", "Calm at the patron's border"),
        ("The militia", blame),
        ("The patron", "The patron's grip on the militia"),
        ("The patron", "The patron has reined the militia in"),
        ("The patron", blame),
    }
    actors, quantities = layout(ties(record))
    assert quantities[2] == blame, "what both write stands between"
    assert set(actors) == {"The militia", "The patron"}


def test_what_is_no_result_folder_is_refused(tmp_path, result):
    with pytest.raises(UsageError, match="is no result folder"):
        write_report(tmp_path)
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be read as a result"):
        write_report(tmp_path)
    for name in ("manifest.json", "outcomes.json"):
        (tmp_path / name).write_bytes((result.folder / name).read_bytes())
    with pytest.raises(UsageError, match="holds no text of its crisis"):
        write_report(tmp_path)
    assert not (tmp_path / "report.html").exists()


def test_curves_of_steps_shorter_than_a_day_keep_their_times():
    from brinkmanship.report.charts import incidence

    dates = np.datetime64("2020-01-01", "s") + np.arange(9) * np.timedelta64(6, "h")
    spec = incidence(dates, np.linspace(0, 1, 9))
    (rows,) = spec["datasets"].values()
    assert [row["day"] for row in rows][:3] == ["2020-01-01T00:00:00Z", "2020-01-01T06:00:00Z", "2020-01-01T12:00:00Z"]
    assert len({row["day"] for row in rows}) == 9
    assert spec["encoding"]["y"]["stack"] is None, "shares of one curve are not piled up"


def test_the_first_day_may_have_several_steps(tmp_path):
    crisis = load("historical/cuba-1962")
    result = of_runs(simulate(crisis, runs=60))
    step = result.made["step_days"]
    assert step < 1
    for each in result.likelihoods:
        if each.on_first_day is not None:
            curve = result.data["incidence"].sel(path_outcome=each.name)
            first = curve.sel(time=slice(curve["time"][0], curve["time"][0] + np.timedelta64(86_399, "s")))
            assert each.on_first_day == float(first.values[-1])
