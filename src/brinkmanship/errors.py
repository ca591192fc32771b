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
from unicodedata import combining, east_asian_width


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
        head = _plain(f"{self.place.file}:{self.place.line}:{self.place.column}: {self.code}: {self.message}", _LONGEST)
        lines = [head]
        if self.place.text.strip():
            number = f"{self.place.line:5d} | "
            text, caret = _window(self.place.text, self.place.column - 1)
            lines += [number + text, " " * (len(number) - 2) + "| " + " " * caret + "^"]
        if self.hint:
            lines.append(f"        {_plain(self.hint, _LONGEST)}")
        return "\n".join(lines)


_WIDTH = 110
_LONGEST = 400
_SHOWN = 100
_LONGEST_WORD = 60
_MOST_WORDS = 2000


def _plain(text: str, most: int) -> str:
    """Text that cannot steer a terminal, of bounded length: it may come from a stranger's file."""
    shown = text if len(text) <= most else f"{text[: most - 4]} ..."
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in shown)


def _window(text: str, column: int) -> tuple[str, int]:
    """The part of a long line around a column, and how many cells of a terminal stand before the caret."""
    text = text.rstrip()
    start = max(0, min(column - _WIDTH // 2, len(text) - _WIDTH)) if len(text) > _WIDTH else 0
    shown = _plain(text[start : start + _WIDTH].replace("\t", " "), _WIDTH)
    return shown, sum(_cells(each) for each in shown[: column - start]) + max(0, column - start - len(shown))


def _cells(character: str) -> int:
    """Cells that a character takes: two for East Asian wide ones, none for marks that combine."""
    return 0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1


class BrinkmanshipError(Exception):
    """Root of all errors that this package raises."""


class CrisisError(BrinkmanshipError):
    """The crisis text is wrong; ``diagnostics`` holds every fault found, in file order."""

    def __init__(self, diagnostics: Iterable[Diagnostic]):
        self.diagnostics: tuple[Diagnostic, ...] = tuple(sorted(set(diagnostics)))
        count = len(self.diagnostics)
        tail = f"{count} fault{'s' * (count != 1)}{f', of which {_SHOWN} are shown' if count > _SHOWN else ''}."
        super().__init__("\n\n".join([*map(str, self.diagnostics[:_SHOWN]), tail]))


class UsageError(BrinkmanshipError):
    """The call is wrong: its message says which argument and what would be right."""


class Interrupted(BrinkmanshipError):
    """The user broke off a run of which something is kept."""


class InternalError(BrinkmanshipError):
    """A bug of ours; please report it with the crisis and the command."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the known word closest to ``word``; empty when none is close."""
    words = [each for each in known if abs(len(each) - len(word)) <= max(3, len(word) // 2)]
    if len(word) > _LONGEST_WORD or len(words) > _MOST_WORDS:
        return ""
    close = get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else ""


def one_of(known: Sequence[str], limit: int = 12) -> str:
    """A hint that lists what is known."""
    shown = ", ".join(known[:limit])
    more = f", ... ({len(known)} in all)" if len(known) > limit else ""
    return f"known: {shown}{more}" if known else "none is declared"
