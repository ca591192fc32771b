"""A stranger's file runs no code, reads no other file, and reaches no network: the interpreter is asked, not the code.

An audit hook cannot be taken off again, so the hostile files are read in a process of their own.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

WATCHED = """
import json, sys
from pathlib import Path

folder = Path(sys.argv[1]).resolve()
from brinkmanship.core.crisis import check
from brinkmanship.errors import CrisisError

# Once before watching, so that all that is imported late is imported.
for warm in sys.argv[2:]:
    try:
        check(warm)
    except CrisisError:
        pass

told, watching = [], True

def hook(event, arguments):
    if not watching:
        return
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path = Path(arguments[0] if isinstance(arguments[0], str) else arguments[0].decode()).resolve()
        if not (path.is_relative_to(folder) and isinstance(arguments[1], str) and arguments[1].startswith("r")):
            told.append(f"{event} {path}")
    elif event == "compile" or event == "exec":
        # Parsing to a tree compiles nothing: its flag says so.
        if event == "exec" or arguments[1] != "<unknown>":
            told.append(f"{event} {arguments[:1]!r}")
    elif event.split(".")[0] in {"subprocess", "socket", "os", "shutil", "ctypes", "urllib", "http", "pty", "import"}:
        if event not in {"os.listdir", "os.scandir"}:
            told.append(f"{event} {arguments!r}")

sys.addaudithook(hook)
try:
    check(folder)
    faults = 0
except CrisisError as error:
    faults = len(error.diagnostics)
    str(error)
watching = False
print(json.dumps({"told": told, "faults": faults}))
"""

HOSTILE = [
    "__import__('os').system('touch owned')",
    "open('owned', 'w')",
    "().__class__.__base__.__subclasses__()",
    "exec('import socket')",
    "eval('1')",
    "(lambda: 1)()",
    "f'{open}'",
    "[x for x in (1).__class__.__mro__]",
]


def watched(folder):
    warm = [str(HERE / "everything"), str(HERE / "bad" / "references-broken"), str(HERE / "bad" / "five-mistakes")]
    result = subprocess.run(
        [sys.executable, "-c", WATCHED, str(folder), *warm], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def hostile(folder):
    lines = [json.dumps(each) for each in HOSTILE]
    quantities = "".join(f"  q{n}: {{bounds: [0, 1], start: {each}, assumed: x}}\n" for n, each in enumerate(lines))
    (folder / "crisis.yaml").write_text(
        "crisis: {title: '{{ 7 * 7 }} $(touch owned) `touch owned`'}\n"
        "clock: {start: 2020-01-01, end: 2020-02-01, assumed: x}\n"
        f"quantities:\n{quantities}"
        "outcomes:\n  a: {ever: '__builtins__', assumed: x}\n",
        encoding="utf-8",
    )
    (folder / "parts").mkdir()
    (folder / "parts" / "tags.yaml").write_text(
        "sets:\n  s: !!python/object/apply:os.system ['touch owned']\n  t: !!python/name:os.system\n", encoding="utf-8"
    )
    (folder / "sources.yaml").write_text(
        "documents: {memo: {title: x, file: /etc/passwd, url: 'file:///etc/passwd'}}\nclaims: {}\n", encoding="utf-8"
    )
    (folder / "references.bib").write_text(
        "@book{a, title = {\\input{/etc/passwd}}, url = {file:///etc/passwd}}\n", encoding="utf-8"
    )


def test_the_watch_sees_what_it_should(tmp_path):
    """The test of the test: a checker that opened or ran something would be seen."""
    hostile(tmp_path)
    spy = WATCHED.replace("    str(error)\n", "    open(sys.executable, 'rb').close(); eval('1')\n")
    result = subprocess.run([sys.executable, "-c", spy, str(tmp_path)], capture_output=True, text=True, check=True)
    told = json.loads(result.stdout)["told"]
    assert any(each.startswith("open ") for each in told)
    assert any(each.startswith("exec ") for each in told)


def test_hostile_files_do_nothing(tmp_path):
    hostile(tmp_path)
    seen = watched(tmp_path)
    assert seen["faults"] > len(HOSTILE)
    assert seen["told"] == []
    assert not list(tmp_path.rglob("owned"))


@pytest.mark.parametrize("name", ["python-tricks", "yaml-tag", "yaml-alias", "references"])
def test_bad_files_do_nothing(name):
    assert watched(HERE / "bad" / name)["told"] == []
