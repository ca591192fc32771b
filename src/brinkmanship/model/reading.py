"""YAML text to plain data that remembers its places.

Scalars stay text: the record that holds one says what it is, so that ``on:``, ``no`` and ``+3`` mean what they say.
Input may come from a stranger: size, depth and number of nodes are bounded, tags and aliases are refused, and the
bounds on depth are checked on the text, since the compiled parser would overflow the stack before it could tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from brinkmanship.errors import Diagnostic, Place

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_BYTES = 2_000_000
MAX_NODES = 200_000
MAX_DEPTH = 64
MAX_INDENT = 200
_INDENT = re.compile(r"^[ ?:-]*", re.MULTILINE)
_PLAIN_TAGS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value"))
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
    """The data of a crisis folder: one block of sections, and the faults met while reading."""

    root: Block
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def place(self, path: tuple[str | int, ...], *, key: bool = False, shift: int = 0) -> Place:
        """Where the value (or the key) at a path stands; the nearest block above it if the path ends early."""
        here: Any = self.root
        place = self.root.place
        for step in path:
            if isinstance(here, Block) and step in here:
                place = here.key_places[str(step)] if key and step == path[-1] else here.value_places[str(step)]
                here = here[str(step)]
            elif isinstance(here, Items) and isinstance(step, int) and step < len(here):
                place, here = here.value_places[step], here[step]
            else:
                break
        return Place(place.file, place.line, place.column + shift, place.text) if shift else place


def read_file(path: Path, name: str, diagnostics: list[Diagnostic]) -> Block | None:
    """Read one YAML file into a block; faults go to ``diagnostics`` under the file's ``name``."""

    def fault(code: str, message: str, hint: str = "", line: int = 1, column: int = 1, text: str = "") -> None:
        diagnostics.append(Diagnostic(Place(name, line, column, text), code, message, hint))

    try:
        raw = path.read_bytes()
    except OSError as error:
        fault("unreadable-file", f"this file cannot be read: {error.strerror or error}")
        return None
    if len(raw) > MAX_BYTES:
        fault("file-too-large", f"this file has {len(raw):,} bytes; at most {MAX_BYTES:,} are read")
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        fault("not-utf8", f"this file is not UTF-8 text (byte {error.start + 1})", "save it as UTF-8")
        return None
    lines = text.splitlines()
    if (deep := _too_deep(text)) is not None:
        fault("too-deep", f"nested deeper than {MAX_DEPTH} levels", "", deep, 1, lines[deep - 1][:200] if deep <= len(lines) else "")
        return None
    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        shown = lines[line - 1] if line <= len(lines) else ""
        fault("not-yaml", f"this is not YAML: {error.problem or error.context}", _yaml_hint(shown), line, column, shown)
        return None
    except (yaml.YAMLError, ValueError) as error:
        fault("not-yaml", f"this is not YAML: {str(error).splitlines()[0]}")
        return None
    if node is None:
        return Block(Place(name, 1, 1))
    if not isinstance(node, MappingNode):
        fault("not-a-mapping", "a crisis file is a mapping of sections", "start with `crisis:`", text=lines[0] if lines else "")
        return None
    return _Builder(name, lines, diagnostics).mapping(node)


def _too_deep(text: str) -> int | None:
    """The first line at which indentation or brackets nest too deep."""
    for number, match in enumerate(_INDENT.finditer(text), 1):
        if len(match.group()) > MAX_INDENT:
            return text.count("\n", 0, match.start()) + 1 if number else 1
    depth, line = 0, 1
    for character in text:
        line += character == "\n"
        depth += (character in "[{") - (character in "]}" and depth > 0)
        if depth > MAX_DEPTH:
            return line
    return None


def _yaml_hint(line: str) -> str:
    if "\t" in line:
        return "indent with spaces, not tabs"
    if "{" in line and "[" in line:
        return "inside {...} put a name with brackets in quotes, or write one key a line"
    if line.count(": ") > 1:
        return "put text that holds `: ` in quotes"
    return ""


class _Builder:
    def __init__(self, name: str, lines: list[str], diagnostics: list[Diagnostic]):
        self.name, self.lines, self.diagnostics = name, lines, diagnostics
        self.seen: set[int] = set()

    def place(self, node: Node) -> Place:
        line, column = node.start_mark.line, node.start_mark.column
        text = self.lines[line] if line < len(self.lines) else ""
        quoted = isinstance(node, ScalarNode) and node.style in ("'", '"')
        return Place(self.name, line + 1, column + 1 + quoted, text)

    def fault(self, node: Node, code: str, message: str, hint: str = "") -> None:
        self.diagnostics.append(Diagnostic(self.place(node), code, message, hint))

    def value(self, node: Node) -> Any:
        if id(node) in self.seen:
            self.fault(node, "yaml-alias", "anchors and aliases (& and *) are not read", "write the block out, or use a set and `each`")
            return None
        self.seen.add(id(node))
        if len(self.seen) > MAX_NODES:
            if len(self.seen) == MAX_NODES + 1:
                self.fault(node, "file-too-large", f"more than {MAX_NODES:,} entries in one file")
            return None
        if node.tag not in _PLAIN_TAGS:
            self.fault(node, "yaml-tag", f"the tag `{node.tag}` is not read", "a crisis file is plain data")
            return None
        if isinstance(node, MappingNode):
            return self.mapping(node)
        if isinstance(node, SequenceNode):
            return self.sequence(node)
        plain = getattr(node, "style", None) in (None, "")
        return None if plain and node.value in _NULLS else node.value

    def mapping(self, node: MappingNode) -> Block:
        block = Block(self.place(node))
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.fault(key, "key-not-text", "a key must be a name", "put a key that holds brackets in quotes")
                continue
            name = key.value
            if name in block:
                first = block.key_places[name].line
                self.fault(key, "duplicate-key", f"`{name}` stands twice in one block; first in line {first}", "merge the two")
                continue
            block.key_places[name] = self.place(key)
            block.value_places[name] = self.place(value)
            block[name] = self.value(value)
        return block

    def sequence(self, node: SequenceNode) -> Items:
        items = Items(self.place(node))
        for value in node.value:
            items.value_places.append(self.place(value))
            items.append(self.value(value))
        return items
