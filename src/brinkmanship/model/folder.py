"""A crisis folder to its record, with every fault of its files and of its keys."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from brinkmanship.errors import Code, CrisisError, Diagnostic, Place
from brinkmanship.model.reading import Block, Tree, read_file
from brinkmanship.model.records import CrisisRecord
from brinkmanship.model.wording import worded

WRAPPED = {f"{section}.yaml": section for section in ("history", "sources", "ablations", "questions")}
MAX_FILES = 200
INDISPENSABLE = ("crisis", "clock", "ladder", "sources")
"""Sections without which the rest cannot be judged."""


@dataclass(frozen=True)
class CrisisText:
    """A crisis as written: its record, its places, and the files that were read, with a digest of them.

    Where faults were met (``tree.diagnostics``), the record is what is left without the faulty blocks, so that the
    rest can be checked too; ``left_out`` names them.
    """

    folder: Path
    record: CrisisRecord
    tree: Tree
    digest: str
    left_out: frozenset[str] = frozenset()
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def all_faults(self, further: list[Diagnostic]) -> list[Diagnostic]:
        """The faults of the text and further ones, less those that only follow from a block that was left out."""
        if not self.left_out:
            return [*self.tree.diagnostics, *further]
        names = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(self.left_out)))})\b")
        known = {each.place for each in self.tree.diagnostics}
        follows = [
            each.place in known or names.search(each.message) or names.match(each.place.text, each.place.column - 1)
            for each in further
        ]
        return [
            *self.tree.diagnostics,
            *(each for each, out in zip(further, follows, strict=True) if not out),
        ]


def read_crisis(folder: Path) -> CrisisText:
    """Read a crisis folder.

    Raises
    ------
    CrisisError
        With every fault of the files and the keys, when too little is left to check the rest. Otherwise the faults
        stand in ``tree.diagnostics``, and are raised together with those of the expressions by `lower`.
    """
    tree = Tree(Block(Place("crisis.yaml", 1, 1)))
    digest = hashlib.blake2b(digest_size=16)
    whole, files = True, {}
    for path, section in _files(folder):
        name = path.relative_to(folder).as_posix()
        block, raw = read_file(path, name, tree)
        whole, files[name] = whole and block is not None, raw
        digest.update(os.fsencode(name) + b"\0" + raw + b"\0")
        if block is not None:
            _merge(tree, block if section is None else _wrapped(section, block))
    record, left_out = validate(tree) if whole else (None, frozenset())
    if record is None:
        raise CrisisError(tree.diagnostics)
    return CrisisText(folder, record, tree, digest.hexdigest(), left_out, files)


def _files(folder: Path) -> list[tuple[Path, str | None]]:
    place = Place("crisis.yaml", 1, 1)
    if not os.path.isfile(folder / "crisis.yaml"):
        raise CrisisError(
            [
                Diagnostic(
                    place,
                    Code.NO_CRISIS_FILE,
                    "this folder holds no `crisis.yaml`",
                    "name the folder of a crisis",
                )
            ]
        )
    parts = sorted((folder / "parts").glob("*.yaml"))
    if len(parts) > MAX_FILES:
        raise CrisisError(
            [Diagnostic(place, Code.TOO_LARGE, f"parts/ holds {len(parts):,} files; at most {MAX_FILES} are read")]
        )
    wrapped = [(folder / name, section) for name, section in WRAPPED.items() if os.path.lexists(folder / name)]
    return [(folder / "crisis.yaml", None), *((path, None) for path in parts), *wrapped]


def _wrapped(section: str, block: Block) -> Block:
    outer = Block(block.place)
    outer[section] = block
    outer.key_places[section] = outer.value_places[section] = block.place
    return outer


def _merge(tree: Tree, block: Block) -> None:
    """Add a file's sections to what is there; one name stands once. An empty section is none."""
    root = tree.root
    for section, value in block.items():
        if value is None:
            continue
        if section not in root:
            root[section] = value
            root.key_places[section] = block.key_places[section]
            root.value_places[section] = block.value_places[section]
            continue
        here = root[section]
        if not (isinstance(here, Block) and isinstance(value, Block)) or section in ("crisis", "clock"):
            first = root.key_places[section]
            message = f"the section `{section}` stands already in {first.file}, line {first.line}"
            tree.diagnostics.append(
                Diagnostic(block.key_places[section], Code.DUPLICATE_KEY, message, "write it in one place")
            )
            continue
        for name, entry in value.items():
            if name in here:
                first = here.key_places[name]
                message = f"`{name}` is declared already in {first.file}, line {first.line}"
                tree.diagnostics.append(
                    Diagnostic(value.key_places[name], Code.DUPLICATE_KEY, message, "merge the two")
                )
            else:
                here[name] = entry
                here.key_places[name] = value.key_places[name]
                here.value_places[name] = value.value_places[name]


def validate(tree: Tree) -> tuple[CrisisRecord | None, frozenset[str]]:
    """The record, without the blocks that have faults; and their names."""
    unknown: list[tuple[Block, str, str]] = []
    try:
        record, errors = CrisisRecord.model_validate(tree.root, context=unknown), []
    except ValidationError as error:
        record, errors = None, error.errors(include_url=False)
    known = {each.place for each in tree.diagnostics}
    tree.diagnostics += [each for each in (worded(tree, error) for error in errors) if each.place not in known]
    for block, key, hint in unknown:
        place = block.key_places.get(key, block.place)
        tree.diagnostics.append(Diagnostic(place, Code.UNKNOWN_KEY, f"there is no key `{key}` here", hint))
    if record is not None:
        return record, frozenset()
    return _rest(tree.root, [each["loc"] for each in errors])


def _rest(root: Block, faulty: list[tuple[Any, ...]]) -> tuple[CrisisRecord | None, frozenset[str]]:
    """The record of what is sound."""
    if any(len(loc) < 2 or loc[0] in INDISPENSABLE or not isinstance(root[loc[0]], dict) for loc in faulty):
        return None, frozenset()
    left_out = {(loc[0], loc[1]) for loc in faulty}
    data = {
        section: {name: entry for name, entry in value.items() if (section, name) not in left_out}
        if isinstance(value, dict)
        else value
        for section, value in root.items()
    }
    emptied = {section for section, _ in left_out if not data[section]}
    names = frozenset(name for section, name in left_out if section != "history") | emptied
    try:
        return CrisisRecord.model_validate(data, context=[]), names
    except ValidationError:
        return None, frozenset()
