"""A crisis folder to its record, with every fault of its files and of its keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from brinkmanship.errors import CrisisError, Diagnostic, Place
from brinkmanship.model.reading import Block, Items, Tree, read_file
from brinkmanship.model.records import CrisisRecord

WRAPPED = {"history.yaml": "history", "sources.yaml": "sources"}


@dataclass(frozen=True)
class CrisisText:
    """A crisis as written: its record, its places, and a digest of the files that were read."""

    folder: Path
    record: CrisisRecord
    tree: Tree
    digest: str


def read_crisis(folder: Path) -> CrisisText:
    """Read a crisis folder.

    Raises
    ------
    CrisisError
        With every fault of the files and the keys; expressions are checked later, when the crisis is lowered.
    """
    diagnostics: list[Diagnostic] = []
    root = Block(Place("crisis.yaml", 1, 1))
    digest = hashlib.blake2b(digest_size=16)
    for path, section in _files(folder):
        name = path.relative_to(folder).as_posix()
        block = read_file(path, name, diagnostics)
        if block is None:
            continue
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        if section is None:
            _merge(root, block, diagnostics)
        else:
            _put(root, section, block, block.place)
    tree = Tree(root, diagnostics)
    record = None if diagnostics else _validate(tree)
    if record is None:
        raise CrisisError(tree.diagnostics)
    return CrisisText(folder, record, tree, digest.hexdigest())


def _files(folder: Path) -> list[tuple[Path, str | None]]:
    if not (folder / "crisis.yaml").is_file():
        place = Place(str(folder), 1, 1)
        raise CrisisError([Diagnostic(place, "no-crisis-file", "this folder holds no `crisis.yaml`", "name the folder of a crisis")])
    parts: list[tuple[Path, str | None]] = [(folder / "crisis.yaml", None)]
    parts += [(path, None) for path in sorted((folder / "parts").glob("*.yaml"))]
    return parts + [(folder / name, section) for name, section in WRAPPED.items() if (folder / name).is_file()]


def _put(root: Block, key: str, value: Any, place: Place) -> None:
    root[key] = value
    root.key_places[key] = root.value_places[key] = place


def _merge(root: Block, block: Block, diagnostics: list[Diagnostic]) -> None:
    """Add a file's sections to what is there; one name stands once."""
    for section, value in block.items():
        if section not in root:
            root[section] = value
            root.key_places[section] = block.key_places[section]
            root.value_places[section] = block.value_places[section]
            continue
        here = root[section]
        if not (isinstance(here, Block) and isinstance(value, Block)) or section in ("crisis", "clock"):
            first = root.key_places[section]
            message = f"the section `{section}` stands already in {first.file}, line {first.line}"
            diagnostics.append(Diagnostic(block.key_places[section], "duplicate-key", message))
            continue
        for name, entry in value.items():
            if name in here:
                first = here.key_places[name]
                message = f"`{name}` is declared already in {first.file}, line {first.line}"
                diagnostics.append(Diagnostic(value.key_places[name], "duplicate-key", message))
            else:
                here[name] = entry
                here.key_places[name] = value.key_places[name]
                here.value_places[name] = value.value_places[name]


def _validate(tree: Tree) -> CrisisRecord | None:
    unknown: list[tuple[Block, str, str]] = []
    record = None
    try:
        record = CrisisRecord.model_validate(tree.root, context=unknown)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            tree.diagnostics.append(_diagnostic(tree, each))
    for block, key, hint in unknown:
        place = block.key_places.get(key, block.place)
        tree.diagnostics.append(Diagnostic(place, "unknown-key", f"there is no key `{key}` here", hint))
    return None if tree.diagnostics else record


def _diagnostic(tree: Tree, error: Any) -> Diagnostic:
    """A validation error as a diagnostic: its path is walked down the data as far as the two agree."""
    path: list[str | int] = []
    here: Any = tree.root
    is_key = "[key]" in error["loc"]
    for step in error["loc"]:
        if (isinstance(here, Block) and step in here) or (isinstance(here, Items) and isinstance(step, int)):
            path.append(step)
            here = here[step]  # type: ignore[index]
    place = tree.place(tuple(path), key=is_key)
    kind, message = error["type"], error["msg"]
    if kind == "missing":
        return Diagnostic(tree.place(tuple(path), key=True), "missing-key", f"the key `{error['loc'][-1]}` is missing here")
    if kind == "value_error":
        return Diagnostic(place, "bad-value", message.removeprefix("Value error, "))
    if kind == "literal_error":
        return Diagnostic(place, "bad-value", f"`{error['input']}` is none of {error['ctx']['expected']}")
    found = "a list" if isinstance(here, Items) else "a block of keys" if isinstance(here, Block) else f"`{here}`"
    return Diagnostic(place, "bad-value", f"{message[0].lower()}{message[1:]}; {'nothing' if here is None else found} stands here")
