"""Follow a page of the documentation in an empty folder: make its edits, run its commands and its Python.

- A block ``yaml title="file"``: it goes to the end of the file, after an empty line; sections that are there already
  take the place of those with the same name.
- A block ``markdown title="file"``: the file is replaced.
- A block ``console``: each line after ``$`` is run (``brink``, or ``rm``), and what stands below it is what it answers.
- A block ``python``: it is run, those of a page as one program. A block ``text`` right below it is what it prints.
"""

import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(
    r'^```(?:(?P<console>console)|(?:yaml|markdown) title="(?P<file>[^"\n]+)"|(?P<python>python))\n'
    r"(?P<body>.*?)^```\n(?P<printed>\n```text\n.*?^```\n)?",
    re.MULTILINE | re.DOTALL,
)
SECTION = re.compile(r"^(\w+):.*\n(?:(?![\w#]).*\n)*", re.MULTILINE)


def follow(page: str, inside: Path) -> str:
    """Do what the page says, and give the page with the answers that come."""
    names: dict[str, Any] = {"__name__": "__main__"}

    def done(block: re.Match[str]) -> str:
        body, fence = block["body"], "```"
        if block["file"]:
            edit(inside / block["file"], body)
        elif block["python"]:
            printed = _printed(body, names, inside)
            answer = f"\n{fence}text\n{printed}{fence}\n" if block["printed"] else ""
            return f"{fence}python\n{body}{fence}\n{answer}"
        else:
            commands = re.findall(r"^\$ (.*)\n", body, re.MULTILINE)
            assert commands, body
            answers = "\n".join(f"$ {each}\n{brink(each, inside)}" for each in commands)
            return f"{fence}console\n{answers}{fence}\n"
        return block[0]

    return BLOCK.sub(done, page)


def edit(path: Path, text: str) -> None:
    """Put sections in the place of those with the same name, or the whole text where there are none."""
    whole = path.read_text(encoding="utf-8") if path.suffix == ".yaml" and path.exists() else ""
    if not whole:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    known = {each[1] for each in SECTION.finditer(whole)}
    if not any(each[1] in known for each in SECTION.finditer(text)):
        path.write_text(f"{whole}\n{text}", encoding="utf-8")
        return
    for new in SECTION.finditer(text):
        old = next((each for each in SECTION.finditer(whole) if each[1] == new[1]), None)
        whole = f"{whole}\n{new[0]}" if old is None else whole[: old.start()] + new[0] + whole[old.end() :]
    path.write_text(whole, encoding="utf-8")


def brink(line: str, inside: Path) -> str:
    """What a reader sees who types the line, into a terminal of 100 columns."""
    from brinkmanship.cli import main

    words = shlex.split(line)
    if words[0] == "rm":
        for name in words[1:]:
            (inside / name).unlink()
        return ""
    assert words[0] == "brink", line
    with _reader(inside) as screen, mock.patch.object(sys, "argv", words):
        try:
            main()
        except SystemExit as leave:
            assert leave.code in (None, 0, 1), screen.getvalue()
    return _trimmed(screen.getvalue())


def _printed(program: str, names: dict[str, Any], inside: Path) -> str:
    with _reader(inside) as screen:
        exec(compile(program, "page", "exec"), names)
    return _trimmed(screen.getvalue())


def _trimmed(text: str) -> str:
    return "".join(f"{row.rstrip()}\n" for row in text.splitlines())


@contextmanager
def _reader(inside: Path) -> Iterator[StringIO]:
    screen = StringIO()
    columns = mock.patch.dict(os.environ, {"COLUMNS": "100"})
    with chdir(inside), columns, redirect_stdout(screen), redirect_stderr(screen):
        yield screen


def holds(page: Path, inside: Path) -> None:
    """Follow a page; it fails where an answer is not the one on the page. ``BRINK_REWRITE`` writes the answers anew."""
    said = page.read_text(encoding="utf-8")
    found = follow(said, inside)
    if os.environ.get("BRINK_REWRITE"):
        page.write_text(found, encoding="utf-8")
    else:
        assert found == said
