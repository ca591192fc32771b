"""The command line, in this process and in one of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

SOURCE = Path(__file__).parents[2] / "src"
EVERYTHING = Path(__file__).parents[1] / "corpus" / "everything"
COMMAND = (sys.executable, "-W", "error", "-c", "from brinkmanship.cli import main; main()")


def environment(**extra):
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "BRINK_TRACEBACK")}
    return {**kept, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8", **extra}


@pytest.fixture
def brink():
    """Run `brink` in a process of its own."""

    def call(*arguments, cwd=None, **extra):
        words = [*COMMAND, *map(str, arguments)]
        return subprocess.run(
            words,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=environment(**extra),
            cwd=cwd,
            timeout=60,
            check=False,
        )

    return call


@pytest.fixture
def invoke():
    """Run `brink` in this process."""
    from brinkmanship.cli import app

    def call(*arguments):
        return CliRunner().invoke(app, [str(each) for each in arguments])

    return call


@pytest.fixture
def crisis():
    return EVERYTHING
