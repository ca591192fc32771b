"""Wrong crises and what they are told: each folder holds a crisis and the exact text of its diagnostics.

``BRINK_REWRITE=1 python -m pytest tests/corpus/test_bad.py`` writes the texts and the examples of the reference anew;
read the difference before you commit it.
"""

import os
import re
import time
from pathlib import Path

import pytest

from brinkmanship.core.crisis import check
from brinkmanship.core.suspicions import suspicions
from brinkmanship.errors import Code, CrisisError
from brinkmanship.results.past import impossible_moves

HERE = Path(__file__).parent
BAD, SUSPICIOUS = HERE / "bad", HERE / "suspicious"
SOURCE = HERE.parents[1] / "src" / "brinkmanship"
REFERENCE = HERE.parents[1] / "docs" / "reference" / "diagnostics.md"
FOLDERS = sorted(path.name for path in BAD.iterdir())
TOLD = re.compile(r"^\S+:\d+:\d+: ([a-z0-9-]+): (?:.+\n)+", re.MULTILINE)
SECTION = re.compile(r"^### ([a-z0-9-]+)\n\n\*(.+)\.\* (.+)\n\n```text\n((?:.*\n)*?)```\n\n(.+)\n", re.MULTILINE)


def recorded():
    """All recorded diagnostics: (code, text)."""
    paths = [*sorted(BAD.glob("*/expected.txt")), *sorted(SUSPICIOUS.glob("*/expected.txt"))]
    return [(each[1], each[0]) for path in paths for each in TOLD.finditer(path.read_text(encoding="utf-8"))]


def complaint(folder):
    with pytest.raises(CrisisError) as caught:
        check(folder)
    return str(caught.value) + "\n"


def compare(expected, found):
    if os.environ.get("BRINK_REWRITE"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FOLDERS)
def test_bad_crisis_is_told_what_is_wrong(name):
    expected = BAD / name / "expected.txt"
    began = time.process_time()
    found = complaint(BAD / name)
    assert time.process_time() - began < 5
    compare(expected, found)


@pytest.mark.parametrize("name", sorted(path.name for path in SUSPICIOUS.iterdir()))
def test_suspicious_crisis_is_told_what_is_suspicious(name):
    crisis, _ = check(SUSPICIOUS / name)
    told = sorted([*suspicions(crisis), *impossible_moves(crisis)])
    assert all(each.code.suspicious for each in told)
    compare(SUSPICIOUS / name / "expected.txt", "\n\n".join(map(str, told)) + "\n")


def test_every_code_is_recorded_and_raised_somewhere():
    assert {code for code, _ in recorded()} == set(Code)
    sources = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    assert {code for code in Code if f"Code.{code.name}" not in sources} == set()


def test_the_reference_has_a_section_for_every_code():
    """With ``BRINK_REWRITE`` the examples are written anew: the shortest that is recorded."""
    text = REFERENCE.read_text(encoding="utf-8")
    examples = {}
    for code, told in recorded():
        examples[code] = min(examples.get(code, told), told, key=len)

    def rewritten(section):
        return section[0].replace(f"```text\n{section[4]}```", f"```text\n{examples[section[1]]}```")

    if os.environ.get("BRINK_REWRITE"):
        REFERENCE.write_text(SECTION.sub(rewritten, text), encoding="utf-8")
        text = REFERENCE.read_text(encoding="utf-8")
    sections = {each[1]: each for each in SECTION.finditer(text)}
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == list(Code)
    assert {code: each[2] for code, each in sections.items()} == {code: code.meaning for code in Code}
    assert {code for code, each in sections.items() if each[4] != examples[code]} == set()


def test_every_caret_stands_under_a_character():
    for name in FOLDERS:
        for line, below in re.findall(
            r"^ +\d+ \| (.*)\n +\|(.*)\^$",
            (BAD / name / "expected.txt").read_text(encoding="utf-8"),
            re.MULTILINE,
        ):
            assert len(below) - 1 <= len(line), (name, line)
