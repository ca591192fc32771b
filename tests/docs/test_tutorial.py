"""The tutorial is true: its edits are made, its commands run, and their answers are those on the page.

``BRINK_REWRITE=1 python -m pytest tests/docs`` writes the answers anew; read the difference before you commit it.
"""

import re

import pytest
from pages import DOCS, edit, holds

PAGE = DOCS / "tutorial.md"


def test_the_tutorial_holds(tmp_path):
    holds(PAGE, tmp_path)
    assert (tmp_path / "results" / "narrows" / "report.html").is_file()


def test_an_edit_replaces_sections_and_leaves_the_rest(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("# head\na:\n  b: 1\n\n# on c\nc: {d: 2}\n", encoding="utf-8")
    edit(path, "a:\n  b: 3\n\nnew: 1\n")
    assert path.read_text(encoding="utf-8") == "# head\na:\n  b: 3\n\n# on c\nc: {d: 2}\n\nnew: 1\n"


def test_a_block_of_new_sections_is_pasted_as_it_stands(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\n", encoding="utf-8")
    edit(path, "# on b\nb: 2\n\nc: 3\n")
    assert path.read_text(encoding="utf-8") == "a: 1\n\n# on b\nb: 2\n\nc: 3\n"


def test_line_numbers_are_those_of_the_blocks_one_after_another():
    """A reader who pastes them has the same: what is told of a line is what stands there."""
    page = PAGE.read_text(encoding="utf-8")
    before = page[: page.index("$ brink check narrows\ncrisis.yaml:")]
    blocks = re.findall(r'^```yaml title="narrows/crisis.yaml"\n(.*?)^```$', before, re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).splitlines()
    told = re.findall(r"^crisis\.yaml:(\d+):\d+: .*\n +\d+ \| (.*)$", page, re.MULTILINE)
    assert len(told) == 2
    for number, text in told:
        assert lines[int(number) - 1] == text


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
