"""Edits of a crisis text: what is to stand at a path, written as an author would write it.

A path is the keys of the text from its section on, joined with dots; an entry of a list is named by its number, from 0.
What may stand there:

======================= =====================================================================
at a value              a number or text, as in the file
at a parameter          a number (or a category): the parameter is held there
at a block              ``off`` or ``on``, or a whole block that replaces it; a word, where one may stand
                        instead of a block (``foresight: none``)
at any place            None: what the file says there is left out
======================= =====================================================================
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from brinkmanship.errors import Code, CrisisError, Diagnostic, Place, nearest, one_of
from brinkmanship.model.base import Prior, Record, Switchable
from brinkmanship.model.folder import CrisisText, validate
from brinkmanship.model.reading import Block, Items, Tree

EDITS = "edits"
"""Stands where faults of edits that no file holds name a file."""
ON_OFF = ("on", "off")


def edited(text: CrisisText, edits: Mapping[str, Any]) -> CrisisText:
    """The text with some places rewritten; the given text stays as it is.

    Parameters
    ----------
    text
        A crisis as written.
    edits
        By path, what is to stand there. A block that was read from a file keeps its places.

    Raises
    ------
    CrisisError
        When a path leads nowhere, or what is to stand there is nothing that can.
    """
    block = edits if isinstance(edits, Block) else _as_lines(edits)
    shown = [each.text for each in block.value_places.values()] if block is not edits else []
    tree = Tree(text.tree.root, [], {**text.tree.files, EDITS: shown})
    for path, value in block.items():
        keys = path.split(".")
        try:
            tree.root = _rewritten(tree.root, text.record, keys, value, block.value_places[path], type(text.record))
        except _Astray as fault:
            at = block.key_places[path]
            column = at.column + sum(len(key) + 1 for key in keys[: len(keys) - fault.left])
            place = block.value_places[path] if fault.left == 0 else replace(at, column=column)
            tree.diagnostics.append(Diagnostic(place, fault.code, str(fault), fault.hint))
    if tree.diagnostics:
        raise CrisisError(tree.diagnostics)
    record, tree, left_out = validate(tree)
    mark = hashlib.blake2b((text.digest + repr(sorted(block.items()))).encode(), digest_size=16).hexdigest()
    return replace(text, record=record, tree=tree, digest=mark, left_out=left_out)


def show(path: str, value: Any) -> str:
    """An edit in one line."""
    return f"{path}: {value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)}"


class _Astray(Exception):
    """An edit that cannot be made: what is said of it, what would be right, how many keys were left of its path."""

    def __init__(self, code: Code, message: str, hint: str = "", *, left: int = 0):
        super().__init__(message)
        self.code, self.hint, self.left = code, hint, left


def _as_lines(edits: Mapping[str, Any]) -> Block:
    """Edits of a call as a block, with the lines that they would be in a file."""
    block = Block(Place(EDITS, 1, 1))
    for number, (path, value) in enumerate(edits.items(), start=1):
        line = show(path, _plain(value))
        block.key_places[path] = Place(EDITS, number, 1, line)
        block.value_places[path] = Place(EDITS, number, len(path) + 3, line)
        block[path] = _read(_plain(value), block.value_places[path])
    return block


def _plain(value: Any) -> Any:
    """A value of Python as the text of a file: scalars stay text until a record says what they are."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str) else repr(value)


def _read(value: Any, place: Place) -> Any:
    """Plain data with a place on everything."""
    if isinstance(value, dict):
        block = Block(place)
        for key, each in value.items():
            block[key] = _read(each, place)
            block.key_places[key] = block.value_places[key] = place
        return block
    if isinstance(value, list):
        items = Items(place)
        items += [_read(each, place) for each in value]
        items.value_places += [place] * len(value)
        return items
    return value


def _rewritten(here: Any, record: Any, path: list[str], value: Any, place: Place, kind: Any) -> Any:
    """A copy of what stands ``here`` with the value at the end of a path; ``record`` is what was made of it.

    ``kind`` is the type of all that may stand here.
    """
    if not path:
        return _final(here, record, value, place, kind)
    if isinstance(here, Items):
        return _in_items(here, record, path, value, place, kind)
    if here is not None and not isinstance(here, Block):
        message = f"before this stands `{here}`, which has no keys"
        raise _Astray(Code.BAD_EDIT, message, "end the path before it", left=len(path))
    key, *rest = path
    inner = _inner(record, key)
    block = _copied(here, place)
    if key not in block and (rest or not isinstance(value, Block)):
        _must_be_known(block, record, path, kind)
    if value is None and not rest:
        block.pop(key, None)
        return block
    is_new = key not in block
    block[key] = _rewritten(block.get(key), inner, rest, value, place, _kind_of_inner(record, key, kind))
    if is_new or not rest:
        block.value_places[key] = place
    if is_new:
        block.key_places[key] = place
    return block


def _in_items(here: Items, record: Any, path: list[str], value: Any, place: Place, kind: Any) -> Items:
    key, *rest = path
    if not key.isdecimal() or int(key) >= len(here):
        hint = f"entries have the numbers 0 to {len(here) - 1}"
        raise _Astray(Code.UNKNOWN_NAME, f"`{key}` is no entry of this list", hint, left=len(path))
    rank, items = int(key), Items(here.place)
    items += here
    items.value_places += here.value_places
    if value is None and not rest:
        del items[rank], items.value_places[rank]
        return items
    inner = record[rank] if isinstance(record, tuple) and rank < len(record) else None
    items[rank] = _rewritten(here[rank], inner, rest, value, place, _kind_of_entries(kind, tuple))
    return items


def _final(here: Any, record: Any, value: Any, place: Place, kind: Any) -> Any:
    """What is to stand at the end of a path; a word for a block becomes a key of it."""
    if not isinstance(record, Record) or not isinstance(value, str):
        return value
    if isinstance(record, Prior):
        return _with(here, "held", value, place)
    if value in ON_OFF and isinstance(record, Switchable):
        return _with(here, "off", "true" if value == "off" else "false", place)
    if _takes_text(kind):
        return value
    if value not in ON_OFF:
        raise _Astray(
            Code.BAD_EDIT, f"a block stands here, and `{value}` is none", "name a key in it, or write a block"
        )
    raise _Astray(Code.BAD_EDIT, "this is no mechanism that can be switched off", "name a key in it")


def _with(here: Any, key: str, value: str, place: Place) -> Block:
    block = _copied(here, place)
    block[key] = value
    block.key_places[key] = block.value_places[key] = place
    return block


def _copied(here: Block | None, place: Place) -> Block:
    block = Block(here.place if here is not None else place)
    if here is not None:
        block.update(here)
        block.key_places.update(here.key_places)
        block.value_places.update(here.value_places)
    return block


def _inner(record: Any, key: str) -> Any:
    """What the record holds under a key of the text."""
    if isinstance(record, Record):
        names = {each.alias or name: name for name, each in type(record).model_fields.items()}
        return getattr(record, names[key], None) if key in names else None
    return record.get(key) if isinstance(record, dict) else None


def _kind_of_inner(record: Any, key: str, kind: Any) -> Any:
    """The type of all that may stand under a key of the text."""
    if not isinstance(record, Record):
        return _kind_of_entries(kind, dict)
    fields = {each.alias or name: each.annotation for name, each in type(record).model_fields.items()}
    return fields.get(key)


def _kind_of_entries(kind: Any, container: type) -> Any:
    """The type of the entries of a section or a list; None where ``kind`` is neither."""
    plain = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return get_args(plain)[1 if container is dict else 0] if get_origin(plain) is container else None


def _takes_text(kind: Any) -> bool:
    """Whether a word may stand where a value of a type does."""
    if get_origin(kind) is Annotated:
        return _takes_text(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return any(map(_takes_text, get_args(kind)))
    return kind is str or get_origin(kind) is Literal


def _must_be_known(block: Block, record: Any, path: list[str], kind: Any) -> None:
    """Refuse a key that is neither written here nor could be."""
    key = path[0]
    if isinstance(record, Record):
        known = [each.alias or name for name, each in type(record).model_fields.items()]
        if key in known:
            return
    elif isinstance(record, dict) and not _is_record(_kind_of_entries(kind, dict)):
        return  # effects and the like: any name may be added
    else:
        known = list(block)
    raise _Astray(
        Code.UNKNOWN_NAME, f"there is no `{key}` here", nearest(key, known) or one_of(known, 25), left=len(path)
    )


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)
