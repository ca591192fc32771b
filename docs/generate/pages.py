"""Each generated page by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docs.generate.commands import commands
from docs.generate.functions import functions
from docs.generate.keys import keys
from docs.generate.surface import surface

REFERENCE = Path(__file__).parents[1] / "reference"
PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "functions.md": functions,
    "keys.md": keys,
    "python.md": surface,
}
