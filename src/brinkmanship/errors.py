"""What can go wrong, and who mends it.

::

    BrinkmanshipError
    ├── CrisisError    the crisis text is wrong: mend the file (carries diagnostics)
    ├── UsageError     the call is wrong: mend the arguments
    └── InternalError  we are wrong: report a bug
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file: lines and columns count from 1; ``text`` is the line as it stands there."""

    file: str
    line: int
    column: int
    text: str = ""


@dataclass(frozen=True, order=True)
class Diagnostic:
    """One fault of a crisis text: where, what, and what would be right."""

    place: Place
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        head = f"{self.place.file}:{self.place.line}:{self.place.column}: {self.code}: {self.message}"
        lines = [head]
        if self.place.text.strip():
            number = f"{self.place.line:5d} | "
            text, caret = _window(self.place.text, self.place.column - 1)
            lines += [number + text, " " * (len(number) - 2) + "| " + " " * caret + "^"]
        if self.hint:
            lines.append(f"        {self.hint}")
        return "\n".join(lines)


_WIDTH = 110


def _window(text: str, column: int) -> tuple[str, int]:
    """The part of a long line around a column, and the caret's place in it."""
    text = text.replace("\t", " ").rstrip()
    if len(text) <= _WIDTH:
        return text, column
    start = max(0, min(column - _WIDTH // 2, len(text) - _WIDTH))
    return text[start : start + _WIDTH], column - start


class BrinkmanshipError(Exception):
    """Root of all errors that this package raises."""


class CrisisError(BrinkmanshipError):
    """The crisis text is wrong; ``diagnostics`` holds every fault found, in file order."""

    def __init__(self, diagnostics: Iterable[Diagnostic]):
        self.diagnostics: tuple[Diagnostic, ...] = tuple(sorted(set(diagnostics)))
        count = len(self.diagnostics)
        super().__init__("\n\n".join([*map(str, self.diagnostics), f"{count} fault{'s' * (count != 1)}."]))


class UsageError(BrinkmanshipError):
    """The call is wrong: its message says which argument and what would be right."""


class InternalError(BrinkmanshipError):
    """A bug of ours; please report it with the crisis and the command."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the known word closest to ``word``; empty when none is close."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else ""


def one_of(known: Sequence[str], limit: int = 12) -> str:
    """A hint that lists what is known."""
    shown = ", ".join(known[:limit])
    more = f", ... ({len(known)} in all)" if len(known) > limit else ""
    return f"known: {shown}{more}" if known else "none is declared"
