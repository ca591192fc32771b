"""What the sections of a report say, each against another way to the same number."""

from pathlib import Path

import altair
import jsonschema
import numpy as np
import pandas
import pytest

from brinkmanship import UsageError, load, simulate
from brinkmanship.report import write_report
from brinkmanship.report.basis import basis
from brinkmanship.report.changes import changed_deeds, changed_quantities, shifts
from brinkmanship.report.colours import DARK, DARK_IDLE, LIGHT, LIGHT_IDLE, palette
from brinkmanship.report.contents import contents
from brinkmanship.report.deeds import read_deeds
from brinkmanship.report.figures import curves, incidence_figures
from brinkmanship.report.firsts import first_moves
from brinkmanship.report.influence import ties
from brinkmanship.report.ladder import by_week, reached
from brinkmanship.report.past import documented_past
from brinkmanship.report.rates import rates
from brinkmanship.report.relations import relations
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
def supposed(tmp_path_factory):
    """Runs in which a move is supposed, and their result."""
    target, crisis = tmp_path_factory.mktemp("supposed") / "out", load(EVERYTHING)
    with ResultFolder(target, crisis) as folder:
        runs = simulate(crisis, runs=RUNS, sampled=30, sink=folder, given="2020-01-20 red raid killed")
        folder.finish(runs)
    return runs, read_result(target)


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


def test_a_week_of_runs_that_have_ended_is_not_calm(result):
    rungs = read_deeds(result).rungs
    weeks = by_week(result, rungs)
    np.testing.assert_allclose(weeks.sum(axis=1), 1)
    # War alone ends a run of this crisis.
    war = result.data["incidence"].sel(path_outcome="war").values
    np.testing.assert_allclose(weeks[:, 0], [0, *war[6 : 7 * len(weeks) - 7 : 7]])
    assert weeks[-1, 0] > 0
    idle = (rungs == -1).mean(axis=0)
    np.testing.assert_allclose(weeks[:, 0] + weeks[:, 1], idle)
    np.testing.assert_allclose(weeks[:, 2:].T, [(rungs == rank).mean(axis=0) for rank in range(weeks.shape[1] - 2)])


def test_rungs_of_whole_futures(result):
    highest = read_deeds(result).rungs.max(axis=1)
    ended, *rows = reached(result, read_deeds(result).rungs)
    assert (ended.highest, ended.rank) == (None, 0)
    assert [each.highest for each in rows] == [int((highest == rank).sum()) for rank in range(-1, len(rows) - 1)]
    assert [each.reached for each in rows] == [int((highest >= rank).sum()) for rank in range(-1, len(rows) - 1)]


@pytest.mark.parametrize(("idle", "anchors", "way"), [(LIGHT_IDLE, LIGHT, -1), (DARK_IDLE, DARK, 1)])
def test_graver_rungs_are_told_apart_by_lightness(idle, anchors, way):
    def lightness(colour):  # L* of CIELAB
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 116 * np.cbrt(np.dot(linear, [0.2126, 0.7152, 0.0722])) - 16

    ended, nothing, *rungs = map(lightness, palette(idle, anchors, 12))
    assert (np.diff(rungs) * way > 3.5).all()
    assert (ended - nothing) * -way > 8


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


def test_deeds_on_each_actor_are_those_of_the_runs(runs_and_result):
    runs, result = runs_and_result
    table = relations(result)
    rows = dict(table.rows)
    cell = rows["Red"][table.targets.index("blue")]
    mine = [key for key in map(str, result.data["action"].values) if key.startswith("red.") and key.endswith(".blue")]
    assert cell.actions == len(mine) > 0
    assert cell.per_run == pytest.approx(sum(runs.count(key) for key in mine) / RUNS)
    assert rows["Red"][table.targets.index("Red")] is None
    whole = sum(each.per_run for cells in rows.values() for each in cells if each is not None)
    deeds = [key for key in map(str, result.data["action"].values) if key.split(".")[1] not in result.record.votes]
    assert whole == pytest.approx(sum(runs.count(key) for key in deeds) / RUNS)
    assert relations(of_runs(simulate(load("textbook/competing-hazards"), runs=2))) is None


def test_the_documented_past_is_told_up_to_the_first_day(result):
    rows = documented_past(result)
    assert [(each.day, each.actor, each.what, each.turned_out) for each in rows] == [
        ("2020-01-03", "Red", "raid", "killed"),
        ("2020-01-04", "Red or green", "raid", ""),
        ("2020-01-06", "blue", "embargo → Red", "called off"),
        ("2020-01-07", "", "riot (red, blue)", ""),
        ("2020-01-09", "", "tension: 3", ""),
        ("2020-01-09", "", "posture: alert", ""),
    ]
    assert rows[0].because == ("memo:raid",)
    later = of_runs(simulate(load(EVERYTHING), runs=2, start="2020-01-06"))
    assert [each.day for each in documented_past(later)] == ["2020-01-03", "2020-01-04"]


def test_a_document_is_its_author_s():
    (first, *_) = basis(of_runs(simulate(load("historical/cuba-1962"), runs=1))).documents
    assert (first.by, first.published) == ("Graham Allison and Philip Zelikow", "Longman")
    (memo,) = basis(of_runs(simulate(load(EVERYTHING), runs=1))).documents
    assert (memo.by, memo.published) == ("A. Clerk", "")


# --- under a supposition ----------------------------------------------------------------------


def test_a_supposed_move_is_no_first_move(supposed):
    _, result = supposed
    events = pandas.concat(result.event_blocks(), ignore_index=True)
    deeds = deeds_of(events)
    made = deeds[(deeds["date"].astype(str) == "2020-01-20") & (deeds["name"] == "raid") & (deeds["actor"] == "red")]
    assert len(made) == result.made["made"][0] > 100
    found = read_deeds(result)
    day = (np.datetime64("2020-01-20") - np.datetime64("2020-01-11")).astype(int)
    for rows in (found.first, found.first_grave):
        assert not ((rows["day"] == day) & (rows["name"] == "raid") & (rows["actor"] == "red")).any()
    assert (found.first_grave["name"] == "raid").any(), "those that were chosen stay"
    for told in typical_runs(result, result.ends()):
        marked = [each for each in told.moments if each.supposed]
        assert [(each.day, each.actor, each.what) for each in marked] in ([("2020-01-20", "Red", "raid")], [])


def test_deeds_before_and_after(supposed):
    runs, result = supposed
    raid = next(each for each in changed_deeds(result) if (each.actor, each.label) == ("Red", "raid"))
    assert raid.before == pytest.approx(100 * runs.before.count("red.raid.blue") / RUNS)
    assert raid.after == pytest.approx(100 * runs.count("red.raid.blue") / RUNS)
    assert raid.supposed == pytest.approx(100 * runs.made()[0] / RUNS)
    assert raid.change > 50
    assert changed_deeds(result)[0] == raid, "what was supposed comes first"


def test_quantities_before_and_after(supposed):
    runs, result = supposed
    dead = next(each for each in changed_quantities(result, shifts(result)) if each.label.startswith("dead"))
    means = [each.means().sel(quantity="dead").values for each in (runs.before, runs)]
    step = int(np.abs(means[1] - means[0]).argmax())
    assert dead.day == runs.dates[step]
    assert [float(each) for each in (dead.before, dead.after)] == pytest.approx([m[step] for m in means], abs=0.006)
    assert [float(each) for each in (dead.last_before, dead.last_after)] == pytest.approx(
        [m[-1] for m in means], abs=0.006
    )
    assert float(dead.after) > float(dead.before), "the raid kills"
    signs = {np.sign(float(each.after) - float(each.before)) for each in changed_quantities(result, shifts(result))}
    assert signs == {-1, 1}, "what falls is told as well as what rises"


def test_curves_that_change_most_come_first(supposed, result):
    _, after = supposed
    found = curves(after)
    change = [np.abs(each.share - each.before).max() for each in found]
    assert change == sorted(change, reverse=True) and change[0] > 0
    assert all("strokeDash" in str(each.spec) for each in incidence_figures(after, found))
    rise = [each.share[-1] - each.share[0] for each in curves(result)]
    assert rise == sorted(rise, reverse=True)


# --- drawings -----------------------------------------------------------------------------------


def test_the_specifications_are_vega_lite(supposed, result):
    schema = jsonschema.Draft7Validator(altair.load_schema())
    for each in (supposed[1], result):
        specs = contents(each)["specs"]
        assert {"answers", "ladder", "quantity-0", "flag-0", "incidence-0"} <= set(specs)
        for name, spec in specs.items():
            assert not [fault.message for fault in schema.iter_errors(spec)], name


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
    rows = spec["data"]["values"]
    assert [row["day"] for row in rows][:3] == ["2020-01-01T00:00:00Z", "2020-01-01T06:00:00Z", "2020-01-01T12:00:00Z"]
    assert len({row["day"] for row in rows}) == 9
    assert spec["layer"][0]["encoding"]["y"]["stack"] is None, "shares of one curve are not piled up"


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


def test_the_script_of_the_charts_is_put_together_once(tmp_path, monkeypatch):
    import vl_convert

    from brinkmanship.report.drawing import library

    monkeypatch.setenv("BRINK_CACHE", str(tmp_path / "cache"))
    made = []
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda *_, **__: made.append(1) or "script: …")
    assert library() == library() == "script: …"
    assert made == [1]
    monkeypatch.setenv("BRINK_CACHE", str(tmp_path / "a file" / "no folder"))
    (tmp_path / "a file").write_text("", encoding="utf-8")
    assert library() == "script: …" and made == [1, 1], "without a cache it works too"


def test_a_drawing_is_the_same_made_beside_this_process_and_even_if_that_is_killed():
    import multiprocessing
    import os

    from brinkmanship.report.drawing import begun, beside, still

    spec = {"data": {"values": [{"a": 1, "b": 2}]}, "mark": "point", "encoding": {"x": {"field": "a"}}, "config": {}}
    others = set(multiprocessing.active_children())
    with beside():
        first = begun(still, spec, 100)()
        (drawing,) = set(multiprocessing.active_children()) - others
        assert begun(_where)() == str(drawing.pid)
        drawing.kill()
        second = begun(still, spec, 100)()
        assert begun(_where)() == str(os.getpid())
    assert first == second == still(spec, 100)
    assert set(multiprocessing.active_children()) <= others


def _where():
    import os

    return str(os.getpid())
