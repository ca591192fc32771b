"""Rules of the repository that no formatter or linter knows."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
MODULE_LINES = 400
NAMES_THAT_SAY_NOTHING = {"common", "helper", "helpers", "manager", "managers", "util", "utils"}

# In pieces, since this file is held to its own rule.
REGISTRIES = re.compile(
    "|".join(
        [
            "py" + "pi",
            "python" + "hosted",
            "npm" + r"js\.",
            "conda" + "-forge",
            "anaconda" + r"\.",
            "crates" + r"\.io",
        ]
    ),
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(r"(?<![\w./~-])/(?:" + "|".join(["work", "root", "home", "Users", "opt", "tmp"]) + r")/?\b")
OPERATORS = {"|", "||", "&&", ";", ">", ">>", "<"}


@cache
def repository_files() -> tuple[Path, ...]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    # safe.directory: the checkout may belong to another user than the one who tests it.
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return tuple(ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file())


def lines_with(pattern: re.Pattern[str]) -> Iterator[str]:
    for path in repository_files():
        content = path.read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), start=1):
            if found := pattern.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {found[0]}"


def test_no_file_names_a_package_registry():
    assert list(lines_with(REGISTRIES)) == []


def test_no_file_names_a_machine_path():
    assert list(lines_with(MACHINE_PATHS)) == []


def test_modules_are_short():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCE.rglob("*.py")}
    assert {str(path.relative_to(SOURCE)): n for path, n in lengths.items() if n > MODULE_LINES} == {}


def test_module_names_say_what_is_in_them():
    names = {path: path.relative_to(SOURCE).with_suffix("").parts for path in SOURCE.rglob("*.py")}
    empty = [
        str(path.relative_to(SOURCE))
        for path, parts in names.items()
        if NAMES_THAT_SAY_NOTHING & {word for part in parts for word in part.split("_")}
    ]
    assert empty == []


def documented_commands() -> Iterator[list[str]]:
    """The words of each `brink` command in the fenced sh blocks of the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"^```sh\n(.*?)^```", readme, flags=re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words and Path(words[0]).name == "brink":
                end = next((i for i, word in enumerate(words) if word in OPERATORS), len(words))
                yield words[1:end]


def unknown_words(words: list[str]) -> list[str]:
    """Which commands and options among the words the command line does not know."""
    import typer

    from brinkmanship.cli import app

    command = typer.main.get_command(app)
    unknown = []
    for word in takewhile(lambda word: word != "--", words):
        options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        if re.match(r"-\D", word):
            if word.split("=")[0] not in options | {"--help"}:
                unknown.append(word)
        elif subcommands := getattr(command, "commands", None):
            if word not in subcommands:
                return [*unknown, word]
            command = subcommands[word]
    return unknown


def test_readme_shows_commands():
    assert list(documented_commands())


def test_readme_lists_every_command():
    import typer

    from brinkmanship.cli import app

    listed = re.findall(r"^\| `brink (\w+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(typer.main.get_command(app).commands)


def test_readme_commands_exist():
    wrong = {shlex.join(words): unknown for words in documented_commands() if (unknown := unknown_words(words))}
    assert wrong == {}
