"""Wrong calls, wrong crises, interruptions: a message and an exit status, never a traceback."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__)
SOURCE = HERE.parents[2] / "src"
EVERYTHING = HERE.parents[1] / "corpus" / "everything"
COMMAND = (sys.executable, "-W", "error", "-c", "from brinkmanship.cli import main; main()")
AS_CALLED = (sys.executable, *COMMAND[3:])
"""With the warnings that everybody hears.

Where all are errors, a process that cleans up after Python keeps its own to itself, and Python tells of the file that
it was reading when an import was interrupted.
"""
BAD = EVERYTHING.parent / "bad" / "five-mistakes"


def environment():
    return {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8"}


def test_a_wrong_crisis(brink):
    result = brink("check", BAD)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (BAD / "expected.txt").read_text(encoding="utf-8")
    result = brink("run", BAD)
    assert (result.returncode, result.stdout) == (1, "")
    assert "faults." in result.stderr
    result = brink("check", BAD, "--format", "json")
    assert (result.returncode, result.stderr) == (1, "")
    summary = json.loads(result.stdout)
    assert (summary["sound"], summary["more_may_follow"]) == (False, True)
    told = (BAD / "expected.txt").read_text(encoding="utf-8")
    for each in summary["diagnostics"]:
        assert f"{each['file']}:{each['line']}:{each['column']}: {each['code']}: {each['message']}" in told


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (("run", "us-iran-202"), "did you mean `us-iran-2020`?"),
        (("check", "no/such/folder"), "there is no folder `no/such/folder`"),
        (("run", "cuba-1962"), "did you mean `historical/cuba-1962`?"),
        (("run", "cuba-1926"), "did you mean `historical/cuba-1962`?"),
        (("show", "results/nothing"), "there is no folder `results/nothing`"),
        (("show", "nothing"), "there is no crisis or result `nothing`"),
        (("show", HERE.parent), "holds neither a result (manifest.json) nor a crisis (crisis.yaml)"),
        (("check", EVERYTHING.parent / "everthing"), f"did you mean `{EVERYTHING}`?"),
        (
            ("run", EVERYTHING, "--from", "1999-01-01"),
            "lies outside the clock of `everything`: 2020-01-01 to 2020-02-10",
        ),
        (("run", EVERYTHING, "--from", "tomorrow"), "write it like 2020-01-14"),
        (("run", EVERYTHING, "--given", "2020-01-20 red rait"), "did you mean `raid`?"),
        (("run", EVERYTHING, "--given", "2020-01-20 rad raid"), "did you mean `red`?"),
        (("run", EVERYTHING, "--given", "2020-01-20 red rait"), "`red` can: raid, message"),
        (("run", EVERYTHING, "--given", "2020-01-20 green embargo"), "does not perform `embargo`: blue can"),
        (("run", EVERYTHING, "--given", "2020-01-20 blue embargo"), "write embargo.red or embargo.green"),
        (("run", EVERYTHING, "--given", "2020-01-20 blue embargo.gren"), "did you mean `green`?"),
        (("run", EVERYTHING, "--given", "2020-01-20 accident"), "`accident` is an event: only moves of actors"),
        (("run", EVERYTHING, "--given", "2020-01-02 red raid"), "begin it earlier: `--from 2020-01-02`"),
        (("run", EVERYTHING, "--given", "2019-01-02 red raid"), "the first day of a run is 2020-01-01"),
        (("run", EVERYTHING, "--given", ""), 'e.g. "2020-01-11 red raid"'),
        (
            ("run", "historical/cuba-1962", "--given", "1962-10-23 soviet forces in cuba shoot at aircraft shot_down"),
            'write "1962-10-23 soviet_forces_in_cuba shoot_at_aircraft shot_down"',
        ),
        (("run", EVERYTHING, "--out", "."), "the folder you are in"),
        (("run", EVERYTHING, "--runs", "0"), "`--runs` must be a whole number of at least 1, not `0`"),
        (("foresee", EVERYTHING, "--runs", "many"), "`--runs` must be a whole number of at least 1, not `many`"),
        (("review", EVERYTHING, "--jobs", "0"), "`--jobs` must be a whole number of at least 1, not `0`"),
        (("run", EVERYTHING, "--seed", "x"), "`--seed` must be a whole number, not `x`"),
        (("run", EVERYTHING, "--format", "yaml"), "--format"),
        (("run", EVERYTHING, "--rnus", "5"), "--runs"),
        (("run",), "CRISIS"),
        (("rum", EVERYTHING), "rum"),
    ],
)
def test_a_wrong_call(brink, tmp_path, arguments, complaint):
    result = brink(*arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_json_stands_alone_on_standard_output(brink, tmp_path):
    result = brink("run", EVERYTHING, "--runs", 5, "--format", "json", "--out", tmp_path / "out")
    assert json.loads(result.stdout)["runs"] == 5
    assert result.stderr == ""


def test_a_narrow_old_terminal(brink):
    for extra in (
        {"COLUMNS": ""},
        {"COLUMNS": "wide"},
        {"COLUMNS": "40"},
        {"PYTHONIOENCODING": "ascii"},
    ):
        result = brink("run", EVERYTHING, "--runs", 5, **extra)
        assert (result.returncode, result.stderr) == (0, "")
        assert "How likely is it?" in result.stdout


def test_a_reader_who_stops_reading():
    words = [*COMMAND, "run", str(EVERYTHING), "--runs", "5"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as reading:
        assert reading.stdout is not None and reading.stderr is not None
        reading.stdout.close()
        assert reading.stderr.read() == b""


def test_a_pipe_into_head():
    command = f"{' '.join(map(_quoted, COMMAND))} run {EVERYTHING} --runs 5 | head -1"
    result = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env=environment(), timeout=60, check=False
    )
    assert (result.stdout.strip(), result.stderr) == ("One of everything", "")
    words = [*COMMAND, "show", "us-iran-2020"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as showing:
        assert showing.stdout is not None and showing.stdout.readline()
        showing.stdout.close()
        assert showing.wait(timeout=60) == 0, "who has read enough makes no crisis wrong"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_device():
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [*COMMAND, "list"], stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), check=False
        )
    assert result.returncode == 2
    assert "the answer cannot be written: No space left on device" in result.stderr
    assert "bug" not in result.stderr and "Traceback" not in result.stderr and "ignored" not in result.stderr


def test_version(brink):
    result = brink("--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("brink 0.")


def test_any_whole_number_is_a_seed(brink):
    answers = [
        json.loads(brink("run", EVERYTHING, "--runs", 20, "--seed", seed, "--format", "json").stdout)
        for seed in (-1, 1)
    ]
    assert [each["seed"] for each in answers] == [-1, 1]
    assert answers[0]["outcomes"] != answers[1]["outcomes"]


EARLY = """
import sys
class Interrupts:
    def find_spec(self, name, *_):
        if name == "brinkmanship.cli.commands":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupts())
from brinkmanship.cli import main
main()
"""


def test_an_interruption_while_modules_are_imported():
    words = [sys.executable, "-c", EARLY, "list"]
    result = subprocess.run(words, capture_output=True, text=True, env=environment(), check=False)
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "")


def test_an_interruption_of_several_processes_is_told_once(tmp_path):
    words = [*AS_CALLED, "run", EVERYTHING, "--runs", "10000000", "--jobs", "2", "--engine", "numpy", "--out", "out"]
    everyone = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True}
    with subprocess.Popen(list(map(str, words)), cwd=tmp_path, env=environment(), **everyone) as running:
        try:
            wait_for(lambda: list(tmp_path.glob(".*.partial/unfinished.npz")) or running.poll() is not None)
            assert running.poll() is None, running.communicate()
            os.killpg(running.pid, signal.SIGINT)
            _, stderr = running.communicate(timeout=30)
        finally:
            running.kill()
    assert running.returncode == 130
    lines = stderr.decode().splitlines()
    assert len(lines) == 1, lines
    (line,) = lines
    assert line.startswith("Interrupted; ") and "runs are kept" in line


def _quoted(word):
    return "'" + word.replace("'", "'\\''") + "'"


@pytest.mark.parametrize("old", [False, True])
def test_an_interruption_leaves_nothing_and_keeps_the_old(brink, tmp_path, old):
    target = tmp_path / "out"
    if old:
        assert brink("run", EVERYTHING, "--runs", 5, "--out", target).returncode == 0
    before = sorted(path.name for path in tmp_path.rglob("*"))
    words = [*AS_CALLED, "run", str(EVERYTHING), "--runs", "10000000", "--out", str(target)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as running:
        try:
            wait_for(lambda: list(tmp_path.glob(".*.partial")) or running.poll() is not None)
            assert running.poll() is None, running.communicate()
            running.send_signal(signal.SIGINT)
            stdout, stderr = running.communicate(timeout=30)
        finally:
            running.kill()
    assert (running.returncode, stdout) == (130, b"")
    assert stderr.decode().strip() == "Interrupted; nothing was written."
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_no_python_of_a_crisis_runs(brink, tmp_path):
    text = Path(EVERYTHING, "crisis.yaml").read_text(encoding="utf-8")
    evil = "!!python/object/apply:os.system ['touch ran']"
    (tmp_path / "crisis.yaml").write_text(text.replace("title: One of everything", f"title: {evil}"), encoding="utf-8")
    result = brink("check", tmp_path, cwd=tmp_path)
    assert result.returncode == 1
    assert not (tmp_path / "ran").exists()
