"""YAML text to plain data that remembers its places.

Scalars stay text: the record that holds one says what it is, so that ``on:``, ``no`` and ``+3`` mean what they say.
Input may come from a stranger: size, depth and number of entries are bounded, tags and aliases are refused. The
text is read event by event, so that the bounds hold before anything is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml import events

from brinkmanship.errors import Code, Diagnostic, Place

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_BYTES = 1_000_000
MAX_ENTRIES = 40_000
MAX_DEPTH = 64
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_PLAIN_TAGS = {
    None,
    "!",
    *(f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp")),
}
_NULLS = {"", "~", "null", "Null", "NULL"}


class Block(dict[str, Any]):
    """A mapping that knows where it, its keys and its values stand."""

    def __init__(self, place: Place):
        super().__init__()
        self.place = place
        self.key_places: dict[str, Place] = {}
        self.value_places: dict[str, Place] = {}


class Items(list[Any]):
    """A sequence that knows where its items stand."""

    def __init__(self, place: Place):
        super().__init__()
        self.place = place
        self.value_places: list[Place] = []


@dataclass
class Tree:
    """The data of a crisis folder: one block of sections, the lines of its files, and the faults met while reading."""

    root: Block
    diagnostics: list[Diagnostic] = field(default_factory=list)
    files: dict[str, list[str]] = field(default_factory=dict)

    def place(self, path: tuple[str | int, ...], *, key: bool = False, shift: int = 0) -> Place:
        """Where the value (or the key) at a path stands; the nearest block above it if the path ends early.

        ``shift`` counts characters into the text that stands there, over its lines if it has several.
        """
        here: Any = self.root
        place, text = self.root.place, ""
        for depth, step in enumerate(path, 1):
            if isinstance(here, Block) and step in here:
                is_key = key and depth == len(path)
                place = here.key_places[str(step)] if is_key else here.value_places[str(step)]
                here = str(step) if is_key else here[str(step)]
            elif isinstance(here, Items) and isinstance(step, int) and step < len(here):
                place, here = here.value_places[step], here[step]
            else:
                break
            text = here if isinstance(here, str) else ""
        return _advance(self.files.get(place.file, []), place, text, shift) if shift else place


def _advance(lines: list[str], place: Place, text: str, shift: int) -> Place:
    """The place of a character of a scalar that may be folded over several lines, or quoted."""
    row, column = place.line - 1, place.column - 1
    if not text or row >= len(lines):
        return Place(place.file, place.line, place.column + shift, place.text)
    if lines[row][column : column + 1] in ("|", ">") and text[:1] not in ("|", ">"):
        row, column = row + 1, 0
    for position, wanted in enumerate(text[: shift + 1]):
        while row < len(lines) and lines[row][column : column + 1] != wanted:
            if wanted.isspace() and column >= len(lines[row]):
                break
            row, column = (row, column + 1) if column < len(lines[row]) else (row + 1, 0)
        if row >= len(lines):
            return Place(place.file, place.line, place.column, place.text)
        column += position < shift
    return Place(place.file, row + 1, column + 1, lines[row])


def read_file(path: Path, name: str, tree: Tree) -> tuple[Block | None, bytes]:
    """Read one YAML file into a block; faults go to the tree under the file's ``name``. Also gives the bytes read."""

    def fault(code: Code, message: str, hint: str = "") -> tuple[None, bytes]:
        tree.diagnostics.append(Diagnostic(Place(name, 1, 1), code, message, hint))
        return None, b""

    try:
        if not path.is_file():
            return fault(Code.UNREADABLE_FILE, "this is no regular file, and is not read")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        return fault(Code.UNREADABLE_FILE, f"this file cannot be read: {error.strerror or error}")
    if len(raw) > MAX_BYTES:
        return fault(
            Code.TOO_LARGE,
            f"this file has more than {MAX_BYTES:,} bytes",
            "split the crisis: every *.yaml in parts/ is read",
        )
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"this file is not UTF-8 text: line {line} holds the byte 0x{raw[error.start]:02x}"
        return fault(Code.NOT_UTF8, message, "save it as UTF-8 in your editor")
    return _Reader(name, text, tree).read(), raw


class _Stop(Exception):
    """Reading cannot go on; the fault is noted."""


class _Reader:
    def __init__(self, name: str, text: str, tree: Tree):
        self.name, self.text, self.diagnostics = name, text, tree.diagnostics
        self.lines = tree.files[name] = _LINE_BREAK.split(text)
        self.entries = 0
        self.events: Iterator[Any] = iter(())

    def read(self) -> Block | None:
        if bad := _FORBIDDEN.search(self.text):
            before = _LINE_BREAK.split(self.text[: bad.start()])
            self.fault(
                (len(before), len(before[-1]) + 1),
                Code.NOT_YAML,
                f"the character U+{ord(bad.group()):04X} may not stand in a text",
                "delete it",
            )
            return None
        self.events = yaml.parse(self.text, Loader=Loader)
        try:
            return self.document()
        except _Stop:
            return None
        except yaml.MarkedYAMLError as error:
            self.syntax(error)
            return None

    def document(self) -> Block | None:
        next(self.events)
        if not isinstance(next(self.events), events.DocumentStartEvent):
            return Block(Place(self.name, 1, 1))
        first = next(self.events)
        found = self.value(first, 0)
        next(self.events)
        if not isinstance(more := next(self.events), events.StreamEndEvent):
            self.fault(self.at(more), Code.NOT_YAML, "a second YAML document begins here", "delete the line `---`")
            return None
        if found is None:
            return Block(Place(self.name, 1, 1))
        if not isinstance(found, Block):
            self.fault(
                self.at(first),
                Code.NOT_A_MAPPING,
                "a crisis file is a mapping of sections",
                "start with `crisis:`",
            )
            return None
        return found

    def syntax(self, error: yaml.MarkedYAMLError) -> None:
        """The parser's complaint, in the words of somebody who writes a crisis."""
        mark = error.problem_mark or error.context_mark
        row, column = (mark.line, mark.column) if mark else (0, 0)
        while row > 0 and (row >= len(self.lines) or not self.lines[row].strip()):
            row, column = row - 1, len(self.lines[row - 1])
        line = self.lines[row] if row < len(self.lines) else ""
        message, hint = _explained(str(error.problem or error.context), line)
        opened = error.context_mark
        if opened is not None and opened.line < row and "{" in message:
            message += f" (opened in line {opened.line + 1})"
        if line[: column + 1].lstrip(" ").startswith("\t"):
            column = line.index("\t")
        self.fault((row + 1, column + 1), Code.NOT_YAML, message, hint)

    # --- events -------------------------------------------------------------------------------

    def at(self, event: Any) -> tuple[int, int]:
        quoted = isinstance(event, events.ScalarEvent) and event.style in ("'", '"')
        return event.start_mark.line + 1, event.start_mark.column + 1 + quoted

    def place(self, at: tuple[int, int]) -> Place:
        line, column = at
        return Place(self.name, line, column, self.lines[line - 1] if line <= len(self.lines) else "")

    def fault(self, at: tuple[int, int], code: Code, message: str, hint: str = "") -> None:
        self.diagnostics.append(Diagnostic(self.place(at), code, message, hint))

    def value(self, event: Any, depth: int) -> Any:
        self.entries += 1
        if self.entries > MAX_ENTRIES:
            self.fault(self.at(event), Code.TOO_LARGE, f"more than {MAX_ENTRIES:,} entries in one file")
            raise _Stop
        if isinstance(event, events.AliasEvent):
            self.fault(
                self.at(event),
                Code.YAML_ALIAS,
                f"anchors and aliases (& and *) are not read: `*{event.anchor}`",
                "write the block out, or use a set and `each`",
            )
            return None
        if event.tag not in _PLAIN_TAGS:
            self.fault(
                self.at(event),
                Code.YAML_TAG,
                f"the tag `{event.tag}` is not read",
                "a crisis file is plain data: delete the tag",
            )
        if isinstance(event, events.ScalarEvent):
            return None if event.style in (None, "") and event.value in _NULLS else event.value
        if depth >= MAX_DEPTH:
            self.fault(self.at(event), Code.TOO_DEEP, f"blocks stand in blocks more than {MAX_DEPTH} deep")
            raise _Stop
        return (
            self.mapping(event, depth) if isinstance(event, events.MappingStartEvent) else self.sequence(event, depth)
        )

    def mapping(self, start: Any, depth: int) -> Block:
        block, last = Block(self.place(self.at(start))), ""
        while not isinstance(key := next(self.events), events.MappingEndEvent):
            found = self.value(key, depth + 1)
            following = next(self.events)
            at = self.at(following)
            if start.flow_style and self.is_lone(key, following):
                self.lone(block, last, key)
                continue
            value = self.value(following, depth + 1)
            if not isinstance(key, events.ScalarEvent):
                if not isinstance(key, events.AliasEvent):
                    self.fault(
                        self.at(key),
                        Code.KEY_NOT_TEXT,
                        "a key must be a name",
                        "put a key that holds brackets in quotes",
                    )
                continue
            name = key.value if found is None else found
            if name in block:
                first = block.key_places[name].line
                self.fault(
                    self.at(key),
                    Code.DUPLICATE_KEY,
                    f"`{name}` stands twice in one block; first in line {first}",
                    "merge the two",
                )
                continue
            block.key_places[name], block.value_places[name] = self.place(self.at(key)), self.place(at)
            block[name] = value
            last = name
        return block

    def is_lone(self, key: Any, following: Any) -> bool:
        """Whether a key of {...} has no colon: it is the rest of a value that a comma has cut."""
        if not isinstance(key, events.ScalarEvent) or key.style or not isinstance(following, events.ScalarEvent):
            return False
        rest = self.lines[key.end_mark.line][key.end_mark.column :].lstrip()
        return following.value == "" and not following.style and rest[:1] in ("", ",", "}")

    def lone(self, block: Block, last: str, key: Any) -> None:
        """Report a value that a comma has cut, and mend it, so that nothing else is said of it."""
        value = block.get(last)
        self.fault(
            self.at(key),
            Code.COMMA_IN_FLOW,
            f"`{key.value}` stands alone: inside {{...}} a comma ends a value",
            "write numbers without commas (8000), and put a value that holds a comma in quotes",
        )
        if isinstance(value, str):
            block[last] = value + key.value if value.isdigit() and key.value.isdigit() else f"{value}, {key.value}"

    def sequence(self, start: Any, depth: int) -> Items:
        items = Items(self.place(self.at(start)))
        while not isinstance(event := next(self.events), events.SequenceEndEvent):
            items.value_places.append(self.place(self.at(event)))
            items.append(self.value(event, depth + 1))
        return items


def _explained(problem: str, line: str) -> tuple[str, str]:
    """What is wrong and what to do, from the parser's words and the line they are about."""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "this line is indented with a tab", "indent with spaces"
    if "expected ',' or" in problem or "expected node content" in problem:
        closing = "}" if "}" in problem else "]" if "]" in problem else "} or ]"
        if "{" in line and "[" in line:
            return (
                f"{{...}} or [...] is not understood: `,` or `{closing}` expected",
                "inside {...} put a name with brackets in quotes, or write one key a line",
            )
        return f"{{...}} or [...] is not closed: `,` or `{closing}` expected", ""
    if "mapping values are not allowed" in problem:
        return (
            "a `: ` stands where no key can be",
            "put text that holds `: ` in quotes, and indent keys of one block alike",
        )
    if "expected <block end>" in problem or "expected key" in problem or "could not find expected ':'" in problem:
        return (
            "this line does not fit the block that it stands in",
            "keys of one block begin in the same column and end in a colon: `key: value`",
        )
    if "cannot start any token" in problem:
        return "a value cannot begin with this character", "put the value in quotes"
    if "end of stream" in problem:
        return "a quote is opened and never closed", ""
    return f"this is not YAML: {problem}", ""
