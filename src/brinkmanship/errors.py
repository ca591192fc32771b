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
from enum import StrEnum
from unicodedata import combining, east_asian_width


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file: lines and columns count from 1; ``text`` is the line as it stands there."""

    file: str
    line: int
    column: int
    text: str = ""


class Code(StrEnum):
    """What a diagnostic is about: a stable name for each kind of fault, declared here and nowhere else.

    ``docs/reference/diagnostics.md`` has a section for each. What is ``suspicious`` is legal, and only told.
    """

    meaning: str
    suspicious: bool

    def __new__(cls, slug: str, meaning: str, suspicious: bool = False) -> Code:
        code = str.__new__(cls, slug)
        code._value_, code.meaning, code.suspicious = slug, meaning, suspicious
        return code

    # Files
    NO_CRISIS_FILE = "no-crisis-file", "The folder holds no `crisis.yaml`"
    UNREADABLE_FILE = "unreadable-file", "A file cannot be read"
    NOT_UTF8 = "not-utf8", "A file is not UTF-8 text"
    NOT_YAML = "not-yaml", "A file is not YAML"
    NOT_A_MAPPING = "not-a-mapping", "A file is no mapping of sections"
    KEY_NOT_TEXT = "key-not-text", "A key is no name"
    DUPLICATE_KEY = "duplicate-key", "A key stands twice"
    COMMA_IN_FLOW = "comma-in-flow", "A comma inside {...} ends a value"
    YAML_ALIAS = "yaml-alias", "Anchors and aliases are not read"
    YAML_TAG = "yaml-tag", "Tags are not read"
    TOO_LARGE = "too-large", "A file or a crisis is larger than is read"
    TOO_DEEP = "too-deep", "Blocks stand in blocks too deep"
    # Keys and values
    UNKNOWN_KEY = "unknown-key", "A key is not known here"
    MISSING_KEY = "missing-key", "A key is missing"
    BAD_VALUE = "bad-value", "A value does not fit its key"
    BAD_NAME = "bad-name", "A name is no name of the language"
    BAD_DATE = "bad-date", "A date is no date"
    BAD_NUMBER = "bad-number", "A number is written in a way that is not read"
    WRONG_SHAPE = "wrong-shape", "A list, a block or text stands where another of them belongs"
    KEYS_CONFLICT = "keys-conflict", "Keys that exclude or need each other"
    OUT_OF_RANGE = "out-of-range", "A number lies outside its limits"
    BAD_UNIT = "bad-unit", "A unit is no product of names"
    RESERVED_NAME = "reserved-name", "A name has a meaning of its own"
    DUPLICATE_NAME = "duplicate-name", "A name means two things"
    DUPLICATE_MEMBER = "duplicate-member", "A set names a member twice"
    EMPTY_SET = "empty-set", "A set has no members"
    # Expressions
    BAD_EXPRESSION = "bad-expression", "Text that is no expression"
    NOT_IN_LANGUAGE = "not-in-language", "Syntax that the language does not have"
    EXPRESSION_TOO_LARGE = "expression-too-large", "An expression is longer or deeper than is read"
    UNKNOWN_NAME = "unknown-name", "A name is not declared"
    UNKNOWN_FUNCTION = "unknown-function", "A function is not known"
    WRONG_ARGUMENTS = "wrong-arguments", "A function gets arguments that it does not take"
    WRONG_KIND = "wrong-kind", "A number, a condition or a member stands where another of them belongs"
    BAD_INDEX = "bad-index", "An index does not fit the sets of its quantity"
    UNIT_CLASH = "unit-clash", "Units that do not go together"
    RANDOM_NOT_ALLOWED = "random-not-allowed", "A random magnitude stands where none is allowed"
    BAD_MAGNITUDE = "bad-magnitude", "A random magnitude has arguments that it cannot have"
    # Mechanisms
    BAD_TARGET = "bad-target", "An effect writes on what is no quantity"
    BAD_EFFECT = "bad-effect", "An effect does not fit the quantity that it writes on"
    COLLIDING_SETTINGS = "colliding-settings", "Two settings of one quantity coincide"
    BAD_BRANCHES = "bad-branches", "Branches without exactly one that takes the rest"
    BAD_CHANCE = "bad-chance", "A chance lies outside 0 to 1"
    CHANCES_NOT_ONE = "chances-not-one", "Chances do not add up to 1"
    START_OUTSIDE_BOUNDS = "start-outside-bounds", "A quantity starts outside its bounds"
    START_CYCLE = "start-cycle", "Start values wait for each other"
    NO_DURATION = "no-duration", "Effects in time of an action without a duration"
    BAD_STEP = "bad-step", "The step does not fit the clock"
    OUTSIDE_CLOCK = "outside-clock", "A date lies outside the clock"
    TEMPO_TOO_HIGH = "tempo-too-high", "An actor may act too often for the step"
    PRINCIPAL_CYCLE = "principal-cycle", "An actor is its own principal"
    NO_INTERESTS = "no-interests", "An actor has nothing to choose by"
    NO_FEATURES = "no-features", "An actor that reckons with replies has nothing to judge states by"
    NO_RANGE = "no-range", "An interest has no range"
    MISSING_SIDE = "missing-side", "A side of an agreement has no minimum"
    NO_SEATS = "no-seats", "A vote has no seats"
    QUORUM_ABOVE_SEATS = "quorum-above-seats", "A quorum or majority that no vote can reach"
    NO_OUTCOMES = "no-outcomes", "Nothing is asked of the crisis"
    # The documented past
    DOCUMENTED_TWICE = "documented-twice", "One deed is documented twice in a step"
    OUTSIDE_BOUNDS = "outside-bounds", "A measurement lies outside the bounds"
    # Ablations
    BAD_EDIT = "bad-edit", "An edit cannot be made"
    BAD_MOVE = "bad-move", "A supposed move is no move of the crisis"
    # Evidence
    NO_ORIGIN = "no-origin", "A number or mechanism without an origin"
    UNKNOWN_CLAIM = "unknown-claim", "A claim is not there"
    UNKNOWN_DOCUMENT = "unknown-document", "A document is not there"
    UNKNOWN_PARAGRAPH = "unknown-paragraph", "A paragraph is not there"
    PARAGRAPH_SET_ASIDE = "paragraph-set-aside", "A claim is taken from a paragraph that is set aside"
    UNKNOWN_REFERENCE = "unknown-reference", "A published work is not there"
    BAD_REFERENCE = "bad-reference", "The references are no BibTeX"
    # Suspicious
    UNREAD_QUANTITY = "unread-quantity", "Nobody reads a quantity", True
    UNREAD_PARAMETER = "unread-parameter", "Nothing reads a parameter", True
    UNUSED_CLASS = "unused-class", "No action belongs to a class", True
    NEVER_AVAILABLE = "never-available", "An action can never be available", True
    CANNOT_FIRE = "cannot-fire", "An event, vote or agreement can never happen, or a clock never run out", True
    IDLE_INTEREST = "idle-interest", "No action moves what an actor is interested in", True
    UNREACHABLE_OUTCOME = "unreachable-outcome", "No path reaches an outcome", True
    CERTAIN_OUTCOME = "certain-outcome", "Every path reaches an outcome", True
    CHANCE_MAY_LEAVE = "chance-may-leave", "A chance may leave 0 to 1", True
    HISTORY_OUT_OF_ORDER = "history-out-of-order", "The documented past is out of order", True
    NOT_REPLAYED = "not-replayed", "What is told of the past lies in the future", True
    IMPOSSIBLE_PAST = "impossible-past", "A documented move was not open to its performer", True


@dataclass(frozen=True, order=True)
class Diagnostic:
    """One fault of a crisis text: where, what, and what would be right."""

    place: Place
    code: Code
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


_WIDTH = 70
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
    """The crisis text is wrong; ``diagnostics`` holds every fault found, in file order.

    ``more`` says that parts could not be checked as long as these faults stand, so that more may follow.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], *, more: bool = False):
        self.diagnostics: tuple[Diagnostic, ...] = tuple(sorted(set(diagnostics)))
        self.more = more
        count = len(self.diagnostics)
        tail = f"{count} fault{'s' * (count != 1)}{f', of which {_SHOWN} are shown' if count > _SHOWN else ''}."
        if more:
            tail += " Correct these first: what depends on them was not checked, and more may follow."
        super().__init__("\n\n".join([*map(str, self.diagnostics[:_SHOWN]), tail]))


class UsageError(BrinkmanshipError):
    """The call is wrong: its message says which argument and what would be right."""


class Interrupted(BrinkmanshipError):
    """The user broke off a run of which something is kept."""


class InternalError(BrinkmanshipError):
    """A bug of ours; please report it with the crisis and the command."""


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """A hint that names the known word closest to ``word``; empty when none is as like it as ``cutoff`` (0 to 1)."""
    words = [each for each in known if abs(len(each) - len(word)) <= max(3, len(word) // 2)]
    if len(word) > _LONGEST_WORD or len(words) > _MOST_WORDS:
        return ""
    close = get_close_matches(word, words, n=1, cutoff=cutoff)
    return f"did you mean `{close[0]}`?" if close else ""


def one_of(known: Sequence[str], limit: int = 12) -> str:
    """A hint that lists what is known."""
    shown = ", ".join(known[:limit])
    more = f", ... ({len(known)} in all)" if len(known) > limit else ""
    return f"known: {shown}{more}" if known else "none is declared"
