"""The tutorial is true: its edits are made, its commands run, and their answers are those on the page.

``BRINK_REWRITE=1 python -m pytest tests/docs/test_tutorial.py`` writes the answers anew; read the difference before you commit it.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
COMMAND = (sys.executable, "-W", "error", "-c", "from brinkmanship.cli import main; main()")
BLOCK = re.compile(r'^```(?:(console)|(?:yaml|markdown) title="([^"\n]+)")\n(.*?)^```$', re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^(\w+):.*\n(?:(?![\w#]).*\n)*", re.MULTILINE)


def brink(line: str, inside: Path) -> str:
    """What a reader sees who types the line."""
    words = shlex.split(line)
    assert words[0] == "brink", line
    result = subprocess.run(
        [*COMMAND, *words[1:]],
        cwd=inside,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert result.returncode in (0, 1), result.stdout
    return "".join(f"{row.rstrip()}\n" for row in result.stdout.splitlines())


def edit(path: Path, text: str) -> None:
    """Sections take the place of those with the same name; others go to the end. What has no sections is replaced."""
    if path.suffix != ".yaml":
        path.write_text(text, encoding="utf-8")
        return
    whole = path.read_text(encoding="utf-8")
    for new in SECTION.finditer(text):
        old = next((each for each in SECTION.finditer(whole) if each[1] == new[1]), None)
        whole = f"{whole}\n{new[0]}" if old is None else whole[: old.start()] + new[0] + whole[old.end() :]
    path.write_text(whole, encoding="utf-8")


def follow(page: str, inside: Path) -> str:
    """Do what the page says, and give the page with the answers that come."""

    def done(block: re.Match[str]) -> str:
        if block[2]:
            edit(inside / block[2], block[3])
            return block[0]
        commands = re.findall(r"^\$ (.*)\n", block[3], re.MULTILINE)
        assert commands, block[0]
        answers = (f"$ {each}\n{brink(each, inside)}" for each in commands)
        return "```console\n" + "\n".join(answers) + "```"

    return BLOCK.sub(done, page)


def test_the_tutorial_holds(tmp_path):
    page = PAGE.read_text(encoding="utf-8")
    found = follow(page, tmp_path)
    if os.environ.get("BRINK_REWRITE"):
        PAGE.write_text(found, encoding="utf-8")
        page = found
    assert found == page
    assert (tmp_path / "results" / "narrows" / "report.html").is_file()


def test_an_edit_replaces_sections_and_leaves_the_rest(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("# head\na:\n  b: 1\n\n# on c\nc: {d: 2}\n", encoding="utf-8")
    edit(path, "a:\n  b: 3\n\nnew: 1\n")
    assert path.read_text(encoding="utf-8") == "# head\na:\n  b: 3\n\n# on c\nc: {d: 2}\n\nnew: 1\n"


def test_every_command_of_daily_use_is_shown():
    lines = re.findall(r"^\$ brink (\w+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(lines) >= {"new", "check", "run", "report", "cite", "show"}


@pytest.mark.parametrize("code", ["unknown-name", "no-origin"])
def test_the_two_mistakes_are_told(code):
    assert f": {code}: " in PAGE.read_text(encoding="utf-8")


def test_the_page_says_what_the_escort_changes():
    rows = re.findall(r"^(.+?)  .* ([−+]\d+\.\d) to ([−+]\d+\.\d)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    ends = {label: (low[0], high[0]) for label, low, high in rows}
    assert ends["More ships are seized"] == ("−", "−")
    assert ends["The Republic raids the port"] == ("−", "+")
