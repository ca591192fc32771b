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
from brinkmanship.model.reading import Block, Items, Tree, read_file
from brinkmanship.model.records import CrisisRecord
from brinkmanship.model.wording import worded

Keys = tuple[str | int, ...]
WRAPPED = {f"{section}.yaml": section for section in ("history", "sources", "ablations", "questions")}
MAX_FILES = 200
INDISPENSABLE = ("clock", "ladder")
"""Sections without which the rest cannot be judged."""
STANDS_IN = {"crisis": {"title": "untitled"}}
"""What a section is taken for that says nothing of how the crisis works, where it has faults."""
DEPTH = {"history": 3, "sources": 3}
"""How many keys lead to an entry of a section; two in all others."""


@dataclass(frozen=True)
class CrisisText:
    """A crisis as written: its record, its places, and the files that were read, with a digest of them.

    Where faults were met (``tree.diagnostics``), record and tree are what is left without the faulty blocks, so that
    the rest can be checked too; ``left_out`` names them.
    """

    folder: Path
    record: CrisisRecord
    tree: Tree
    digest: str
    left_out: frozenset[Keys] = frozenset()
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def error(self, further: list[Diagnostic], *, more: bool = False) -> CrisisError | None:
        """The faults of the text and further ones, as an error; None where there are none.

        Faults that only follow from a block that was left out are not told; that ``more`` may follow then is.
        """
        faults = [*self.tree.diagnostics, *(each for each in further if not self._follows(each))]
        return CrisisError(faults, more=more or bool(self.left_out)) if faults else None

    def _follows(self, fault: Diagnostic) -> bool:
        """Whether a fault is about a block that was left out."""
        words = "|".join(re.escape(path[-1]) for path in sorted(self.left_out, key=str) if isinstance(path[-1], str))
        names = re.compile(rf"\b(?:{words})\b" if words else "(?!)")
        known = {each.place for each in self.tree.diagnostics}
        place = fault.place
        return place in known or bool(names.search(fault.message) or names.match(place.text, place.column - 1))


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
    if not whole:
        raise CrisisError(tree.diagnostics, more=True)
    record, left, left_out = validate(tree)
    return CrisisText(folder, record, left, digest.hexdigest(), left_out, files)


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


def validate(tree: Tree) -> tuple[CrisisRecord, Tree, frozenset[Keys]]:
    """The record, without the blocks that have faults; the tree of what is in it; and the paths of what is not.

    Raises
    ------
    CrisisError
        When too little is left.
    """
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
        return record, tree, frozenset()
    return _rest(tree, [each["loc"] for each in errors])


def _rest(tree: Tree, faulty: list[Keys]) -> tuple[CrisisRecord, Tree, frozenset[Keys]]:
    """What is sound."""
    paths = {loc[: DEPTH.get(str(loc[0]), 2)] for loc in faulty if loc[0] not in STANDS_IN}
    root = tree.root
    if any(path[0] in INDISPENSABLE or not _is_entry(root, path) for path in paths):
        raise CrisisError(tree.diagnostics, more=True)
    left = Tree(_without(root, paths, ()), tree.diagnostics, tree.files)
    for section in {str(loc[0]) for loc in faulty} & set(STANDS_IN):
        left.root[section] = STANDS_IN[section]
        left.root.key_places.setdefault(section, root.place)
        left.root.value_places.setdefault(section, root.place)
    emptied = {path[:1] for path in paths if not left.root[str(path[0])]}
    try:
        return CrisisRecord.model_validate(left.root, context=[]), left, frozenset(paths | emptied)
    except ValidationError:
        raise CrisisError(tree.diagnostics, more=True) from None


def _is_entry(here: Any, path: Keys) -> bool:
    """Whether a path leads to an entry of a section, and not to a section as a whole."""
    for step in path:
        if isinstance(here, Block) and step in here:
            here = here[str(step)]
        elif isinstance(here, Items) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return False
    return len(path) > 1


def _without(here: Any, paths: set[Keys], at: Keys) -> Any:
    """A copy of what stands ``here``, at some keys, without the entries at some paths."""
    if not any(path[: len(at)] == at for path in paths):
        return here
    if isinstance(here, Items):
        kept = [index for index in range(len(here)) if (*at, index) not in paths]
        items = Items(here.place)
        items += [_without(here[index], paths, (*at, index)) for index in kept]
        items.value_places += [here.value_places[index] for index in kept]
        return items
    block = Block(here.place)
    for key, value in here.items():
        if (*at, key) not in paths:
            block[key] = _without(value, paths, (*at, key))
            block.key_places[key], block.value_places[key] = here.key_places[key], here.value_places[key]
    return block
