"""The complaints of the record checker in the words of somebody who writes a crisis."""

from __future__ import annotations

import re
from typing import Any

from brinkmanship.errors import Code, Diagnostic, nearest
from brinkmanship.lang.parse import plain_number
from brinkmanship.model.reading import Block, Items, Tree

_WANTED = {
    "float": "a number",
    "finite_number": "a finite number",
    "int": "a whole number",
    "bool": "`true` or `false`",
    "string": "text",
    "dict": "a block of keys",
    "model": "a block of keys",
    "tuple": "a list",
}
_SHAPES = ("a block of keys", "a list")
_MEANT = {
    "opinion": "judgement",
    "assessment": "judgement",
    "estimate": "quantity",
    "fact": "event",
    "cause": "causal",
    "plan": "intention",
    "prediction": "forecast",
    "number": "level",
    "integer": "count",
    "boolean": "flag",
    "bool": "flag",
    "increase": "up",
    "decrease": "down",
}
"""Words that people write for a word of the language, by what they mean."""
_CLOSE = 0.75
"""Likeness from which on a word is taken for a slip of the pen, where the few that are known are listed anyway."""
_NUMBERS = ("a number", "a finite number", "a whole number")
_WRITTEN = {
    "crisis": "e.g. crisis: {title: The July crisis}",
    "clock": "e.g. clock: {start: 1914-06-28, end: 1914-08-04, assumed: ...}",
}
_LIMITS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "of at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "of at most"),
}


def worded(tree: Tree, error: Any) -> Diagnostic:
    """A validation error as a diagnostic: its path is walked down the data as far as the two agree."""
    path: list[str | int] = []
    here: Any = tree.root
    is_key = "[key]" in error["loc"]
    for step in error["loc"]:
        if (isinstance(here, Block) and step in here) or (
            isinstance(here, Items) and isinstance(step, int) and step < len(here)
        ):
            path.append(step)
            here = here[step]  # type: ignore[index]
    kind = error["type"]
    if kind == "missing":
        place = tree.place(tuple(path), key=bool(path) and isinstance(path[-1], str))
        hint = _WRITTEN.get(str(error["loc"][-1]), "") if not path else ""
        return Diagnostic(place, Code.MISSING_KEY, f"the key `{error['loc'][-1]}` is missing here", hint)
    of_block = kind == "value_error" and isinstance(here, Block) and bool(path) and isinstance(path[-1], str)
    place = tree.place(tuple(path), key=is_key or of_block)
    message, hint = _message(kind, error, here)
    return Diagnostic(place, _code(kind, error, here), message, hint)


def _code(kind: str, error: Any, here: Any) -> Code:
    """What a complaint is about."""
    if kind == "value_error":
        return getattr(error["ctx"]["error"], "code", Code.BAD_VALUE)
    if kind in _LIMITS:
        return Code.OUT_OF_RANGE
    wanted = _wanted(kind)
    if wanted in _SHAPES or isinstance(here, Block | Items):
        return Code.WRONG_SHAPE
    return Code.BAD_NUMBER if wanted in _NUMBERS else Code.BAD_VALUE


def _wanted(kind: str) -> str | None:
    return _WANTED.get(kind) or _WANTED.get(kind.split("_")[0])


def _message(kind: str, error: Any, here: Any) -> tuple[str, str]:
    if kind == "value_error":
        message, _, hint = error["msg"].removeprefix("Value error, ").partition("; e.g. ")
        return message, f"e.g. {hint}" if hint else ""
    if kind == "literal_error":
        known = re.findall(r"'(\w+)'", error["ctx"]["expected"])
        listed = ", ".join(f"`{each}`" for each in known)
        return f"`{error['input']}` is none of {listed}", _word_meant(str(error["input"]), known)
    found = _found(here)
    if kind in _LIMITS:
        key, word = _LIMITS[kind]
        return f"a number {word} {error['ctx'][key]:g} is wanted; {found} stands here", ""
    wanted = _wanted(kind)
    if wanted is None:
        return f"{error['msg'][0].lower()}{error['msg'][1:]}; {found} stands here", ""
    return f"{wanted} is wanted; {found} stands here", _hint(wanted, here)


def _word_meant(word: str, known: list[str]) -> str:
    """A hint that names the word that was meant, by its sense or else by its letters."""
    meant = _MEANT.get(word.lower())
    if meant in known:
        return f"write `{meant}`"
    begun = [each for each in known if len(each) > 1 and word.startswith(each)]
    return f"did you mean `{begun[0]}`?" if begun else nearest(word, known, _CLOSE)


def _found(here: Any) -> str:
    if here is None:
        return "nothing"
    return "a list" if isinstance(here, Items) else "a block of keys" if isinstance(here, Block) else f"`{here}`"


def _hint(wanted: str, here: Any) -> str:
    if wanted == "text" and isinstance(here, Block) and len(here) == 1:
        key, value = next(iter(here.items()))
        return f"with a space behind the colon this is a block; write `{key}:{value}`, or put the text in quotes"
    if wanted == "text" and isinstance(here, Items):
        return "write one value, without brackets"
    if wanted in _NUMBERS and isinstance(here, str) and (written := plain_number(here)):
        return f"write {written}"
    if wanted == "a number" and isinstance(here, str) and re.match(r"[-+(\w]*[A-Za-z_(]", here):
        return "this key takes a plain number, no expression"
    if wanted == "a block of keys" and here is None:
        return "write `{}` for an empty block"
    return "e.g. [a, b]" if wanted == "a list" else ""
