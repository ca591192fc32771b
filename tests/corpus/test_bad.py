"""Wrong crises and what they are told: each folder holds a crisis and the exact text of its diagnostics.

``BRINK_REWRITE=1 python -m pytest tests/corpus`` writes the texts anew; read the difference before you commit it.
"""

import ast
import os
import re
import time
from pathlib import Path

import pytest

from brinkmanship.core.crisis import check
from brinkmanship.errors import CrisisError

BAD = Path(__file__).parent / "bad"
SOURCE = Path(__file__).parents[2] / "src" / "brinkmanship"
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
FOLDERS = sorted(path.name for path in BAD.iterdir())

#: Codes that no folder of text files can hold, and where they are tried instead.
ELSEWHERE = {
    "no-crisis-file": "tests/unit/test_reading.py: a folder without crisis.yaml",
    "unreadable-file": "tests/unit/test_reading.py: a part that is a folder",
}


def complaint(folder):
    with pytest.raises(CrisisError) as caught:
        check(folder)
    return str(caught.value) + "\n"


@pytest.mark.parametrize("name", FOLDERS)
def test_bad_crisis_is_told_what_is_wrong(name):
    expected = BAD / name / "expected.txt"
    began = time.process_time()
    found = complaint(BAD / name)
    assert time.process_time() - began < 5
    if os.environ.get("BRINK_REWRITE"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def test_every_code_of_the_sources_occurs():
    raised = set()
    for path in SOURCE.rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        for call in calls:
            if getattr(call.func, "attr", getattr(call.func, "id", "")) in ("fault", "Diagnostic"):
                raised |= {
                    each.value
                    for each in call.args
                    if isinstance(each, ast.Constant) and CODE.fullmatch(str(each.value))
                }
    assert len(raised) > 35
    told = "".join((BAD / name / "expected.txt").read_text(encoding="utf-8") for name in FOLDERS)
    codes = set(re.findall(r"^\S+:\d+:\d+: ([a-z0-9-]+): ", told, re.MULTILINE))
    assert raised - codes == set(ELSEWHERE)


def test_every_caret_stands_under_a_character():
    for name in FOLDERS:
        for line, below in re.findall(
            r"^ +\d+ \| (.*)\n +\|(.*)\^$",
            (BAD / name / "expected.txt").read_text(encoding="utf-8"),
            re.MULTILINE,
        ):
            assert len(below) - 1 <= len(line), (name, line)
