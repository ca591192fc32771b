"""What the commands answer, as a table and as JSON."""

import json

from brinkmanship.model.origins import KINDS

KEYS = {"crisis", "fingerprint", "from", "runs", "seed", "outcomes", "failed_runs"}
OUTCOMES = ["war", "calm", "which.deal", "which.blood", "which.together", "which.neither"]


def test_list(invoke):
    table, data = invoke("list"), invoke("list", "--format", "json")
    assert (table.exit_code, data.exit_code) == (0, 0)
    rows = json.loads(data.stdout)
    assert rows
    for row in rows:
        assert set(row) == {"crisis", "title", "actors", "outcomes"}
        assert row["crisis"] in table.stdout


def test_check(invoke, crisis):
    table, data = invoke("check", crisis), invoke("check", crisis, "--format", "json")
    assert (table.exit_code, data.exit_code) == (0, 0)
    assert "One of everything is well formed." in table.stdout
    assert "It has 3 actors, " in table.stdout and ", 1 vote, 1 agreement, " in " ".join(table.stdout.split())
    assert "2 claims in its sources: 1 used, 1 not used." in table.stdout
    assert "1 events" not in table.stdout and "all used" in invoke("check", "historical/kargil-1999").stdout
    summary = json.loads(data.stdout)
    assert summary["counts"]["actors"] == 3
    assert (summary["claims"]["declared"], summary["claims"]["used"]) == (2, 1)
    assert summary["numbers"]["all"] == sum(summary["numbers"][kind] for kind in KINDS) > 50
    assert summary["diagnostics"] == []
    assert 0 < max(summary["occasions_per_step"].values()) <= 0.25


def test_check_lists_the_evidence(invoke, crisis):
    listed = " ".join(invoke("check", crisis, "--evidence").stdout.split())
    (unused,) = json.loads(invoke("check", crisis, "--format", "json").stdout)["claims"]["unused"]
    assert f"Claims that nothing uses (1) {unused}" in listed


def test_cite(invoke):
    text = invoke("cite", "textbook/bargaining-range").stdout
    assert "Fearon. Rationalist explanations for war." in text
    assert "@article{fearon1995," in invoke("cite", "textbook/bargaining-range", "--format", "bibtex").stdout


def test_schema(invoke):
    assert {"actors", "votes"} <= set(json.loads(invoke("schema").stdout)["properties"])
    assert set(json.loads(invoke("schema", "history").stdout)["properties"]) >= {"moves", "complete"}


def test_pedantic(invoke, crisis):
    assert "unread-quantity" in invoke("check", crisis, "--pedantic").stdout
    told = json.loads(invoke("check", crisis, "--pedantic", "--format", "json").stdout)["diagnostics"]
    assert {"unread-quantity", "impossible-past"} <= {each["code"] for each in told}


def test_run(invoke, crisis):
    table = invoke("run", crisis, "--runs", 30)
    assert table.exit_code == 0
    for word in (
        "One of everything",
        "30 futures from 2020-01-11 to 2020-02-10",
        "Open war",
        "90 % interval",
        "What is chosen",
    ):
        assert word in table.stdout


def test_run_as_json(invoke, crisis):
    result = invoke("run", crisis, "--runs", 30, "--seed", 7, "--from", "2020-01-05", "--format", "json")
    answer = json.loads(result.stdout)
    assert set(answer) == KEYS
    assert (answer["crisis"], answer["from"], answer["runs"], answer["seed"]) == (
        "everything",
        "2020-01-05",
        30,
        7,
    )
    assert list(answer["outcomes"]) == OUTCOMES
    for each in answer["outcomes"].values():
        assert set(each) == {"probability", "low", "high", "parameter_low", "parameter_high"}
        assert 0 <= each["low"] <= each["probability"] <= each["high"] <= 1
        assert 0 <= each["parameter_low"] <= each["parameter_high"] <= 1
    assert abs(sum(answer["outcomes"][name]["probability"] for name in OUTCOMES[2:]) - 1) < 1e-9


def test_the_same_seed_gives_the_same_answer(invoke, crisis):
    answers = {invoke("run", crisis, "--runs", 20, "--seed", seed, "--format", "json").stdout for seed in (0, 0, 1)}
    assert len(answers) == 2


def test_given_shows_before_and_after(invoke, crisis):
    arguments = (
        "run",
        crisis,
        "--runs",
        30,
        "--given",
        "2020-01-20 red raid killed",
        "--given",
        "2020-01-22 blue embargo.red",
    )
    answer = json.loads(invoke(*arguments, "--format", "json").stdout)
    assert set(answer) == KEYS | {"given", "open", "before", "change"}
    assert all(0 < each["runs"] <= 30 for each in answer["open"])
    assert answer["given"] == ["2020-01-20 red raid killed", "2020-01-22 blue embargo.red"]
    before = json.loads(invoke("run", crisis, "--runs", 30, "--format", "json").stdout)
    assert answer["before"] == before["outcomes"]
    for name, change in answer["change"].items():
        difference = answer["outcomes"][name]["probability"] - answer["before"][name]["probability"]
        assert abs(change["change"] - difference) < 1e-12
        assert change["low"] <= change["change"] <= change["high"]
    table = invoke(*arguments).stdout
    assert all(word in table for word in ("Supposed: 2020-01-20 red raid killed", "before", "after", "change, points"))


def test_changes_are_sorted_and_marked(invoke):
    import brinkmanship as bk
    from brinkmanship.results.result import of_runs

    move = "1962-10-23 kennedy invade"
    result = of_runs(bk.simulate(bk.load("historical/cuba-1962"), runs=60, given=move, engine="numpy"))
    sizes = [abs(each.change[0]) for each in result.changes]
    assert sizes == sorted(sizes, reverse=True) and {each.name for each in result.changes} == set(
        result.record.outcomes
    ) - {"first_step"} | {each.name for each in result.likelihoods if "." in each.name}
    for each in result.changes:
        assert each.beyond_chance == (each.change[1] > 0 or each.change[2] < 0)
    beyond = sum(each.beyond_chance for each in result.changes)
    shown = " ".join(
        invoke("run", "historical/cuba-1962", "--runs", 60, "--given", move, "--engine", "numpy").stdout.split()
    )
    assert f"leaves out zero, for {beyond} of 12. Where nothing changes, about 1 of so many" in shown
    assert shown.count("* ") - 1 == beyond > 0
    assert (
        "Beware: it was open to it in none of 60 runs; the rules of the crisis would not have let it be made." in shown
    )


def test_the_range_over_the_parameters_stands_in_the_table(invoke, monkeypatch):
    import brinkmanship as bk
    from brinkmanship.results.formats import interval

    runs = bk.simulate(bk.load("historical/cuba-1962"), runs=100, engine="numpy")
    for columns in ("80", "120"):
        monkeypatch.setenv("COLUMNS", columns)
        shown = invoke("run", "historical/cuba-1962", "--runs", 100, "--engine", "numpy").stdout
        table = shown.partition("How likely is it?")[2].partition("Where it leads")[0]
        assert interval(*runs.parameter_interval("attack")) in table and "by parameters" in table
        assert max(map(len, table.splitlines())) <= int(columns)
        assert ("█" in table) == (columns == "120")
        assert "\n  quarantine" in table, "answers stand under their question"


def test_fixed_parameters(invoke, crisis):
    result = invoke("run", crisis, "--runs", 5, "--fix-parameters")
    assert "parameters at their medians" in result.stdout


def test_results_are_written(invoke, crisis, tmp_path):
    result = invoke("run", crisis, "--runs", 10, "--out", tmp_path / "out", "--format", "json")
    assert json.loads((tmp_path / "out" / "outcomes.json").read_text(encoding="utf-8")) == json.loads(result.stdout)


def test_a_result_is_shown_and_reported_from_its_folder(invoke, crisis, tmp_path):
    out = tmp_path / "out"
    first = invoke("run", crisis, "--runs", 10, "--out", out)
    assert (out / "report.html").is_file()
    shown = invoke("show", out)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert first.stdout.startswith(shown.stdout.rstrip())
    again = invoke("run", crisis, "--runs", 10, "--format", "json").stdout
    assert invoke("show", out, "--format", "json").stdout == again
    page = (out / "report.html").read_bytes()
    (out / "report.html").unlink()
    assert invoke("report", out).exit_code == 0
    assert (out / "report.html").read_bytes() == page


def test_a_crisis_is_shown(invoke, crisis):
    table, data = invoke("show", crisis), invoke("show", crisis, "--format", "json")
    assert (table.exit_code, data.exit_code) == (0, 0)
    for word in (
        "Clock: 2020-01-01 to 2020-02-10, steps of 1 day",
        "talk < threat < raid < war",
        "raid [raid]",
        "Open war",
    ):
        assert word in table.stdout, "brackets are no markup"
    summary = json.loads(data.stdout)
    assert summary["actors"]["green"]["principal"] == "red"
    raid = summary["actions"]["raid"]
    assert (raid["class"], raid["by"], raid["on"]) == ("force", ["red", "green"], ["blue"])
    assert list(summary["outcomes"]) == OUTCOMES
    assert "On 3 January 2020 an American drone killed" in invoke("show", "us-iran-2020").stdout


def test_all_names_of_a_crisis_are_shown(invoke, crisis):
    import brinkmanship as bk

    table, summary = invoke("show", crisis).stdout, json.loads(invoke("show", crisis, "--format", "json").stdout)
    record = bk.load(crisis).text.record
    first_words = {line.split()[0] for line in table.splitlines() if line.split()}
    for section in ("actors", "actions", "quantities", "events", "processes", "clocks", "votes", "agreements"):
        names = set(getattr(record, section))
        assert names and names <= first_words, section
        assert set(summary[section]) == names
    assert "embargo" in table and "blue → red, green" in table
    told = [(each.date.isoformat(), each.action or each.event) for each in record.history.moves]
    assert [(each["date"], each["what"].split()[0].partition(".")[0]) for each in summary["moves"]] == told
    for day, name in told:
        assert any(line.startswith(day) and name in line for line in table.splitlines())


def test_an_underscore_at_the_end_of_a_name_is_not_shown(invoke):
    assert "words < alert < blockade" in invoke("show", "historical/cuba-1962").stdout


def test_help(invoke):
    for arguments in (["--help"], ["run", "--help"], ["check", "--help"], ["show", "--help"], ["report", "--help"]):
        result = invoke(*arguments)
        assert (result.exit_code, result.stderr) == (0, "")
        assert "Usage" in result.stdout
