"""Text to surface nodes: a small part of Python's expression syntax, bounded before it is parsed.

Python's own parser reads the text, nothing of it is ever compiled or run, and only the node types below pass.
"""

from __future__ import annotations

import ast
import math
import re
import unicodedata
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from brinkmanship.errors import Code, nearest
from brinkmanship.lang import nodes
from brinkmanship.lang.functions import ALL_NAMES, FOLDS
from brinkmanship.lang.nodes import Expression

MAX_LENGTH = 2000
MAX_DEPTH = 40
MAX_TOKENS = 500
MAX_TREE = 100
"""Levels of operators, at most: what reads an expression later goes down them one by one."""

_TOKEN = re.compile(r"[A-Za-z_]\w*|[\d.][\w.]*|\*\*|[<>=!]=|\S")
_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_UNARY = {ast.USub: "-", ast.Not: "not"}
_TYPED = {
    "×": "*",
    "·": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "—": "-",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "“": '"',
    "”": '"',
    "„": '"',
    "’": "'",
    "‘": "'",
}
_FOREIGN: dict[str, Callable[[str], str]] = {
    r"^[^(\[]*?(?<![\w.,])(?P<number>\d{1,3}(?:,\d{3})+)(?![\w.,])": lambda number: number.replace(",", ""),
    r"^\s*(?P<number>[+-]?\d+,\d+)\s*$": lambda number: number.replace(",", "."),
    r"(?<![\w.])(?P<number>\d+(?:\.\d+)?\s*%)(?!\s*[\w(])": lambda number: f"{float(number[:-1]) / 100:.6g}",
    r"^\s*(?P<number>[$]\s*\d[\d.]*)\s*$": lambda number: f"{number[1:].strip()}, and say the `unit`",
}
"""How numbers are written elsewhere, and how here. A comma inside brackets parts arguments."""
_TRUTHS = {"true": True, "True": True, "false": False, "False": False}


class ExpressionFault(Exception):
    """A fault in an expression: message, offset in its text, hint, and what it is about."""

    def __init__(self, message: str, at: int = 0, hint: str = "", code: Code = Code.BAD_EXPRESSION):
        super().__init__(message)
        self.message, self.at, self.hint, self.code = message, at, hint, code


@lru_cache(maxsize=10_000)
def parse(text: str) -> Expression:
    """Read an expression.

    Raises
    ------
    ExpressionFault
        When the text is too long or too deep, is not an expression, or uses syntax outside the language.
    """
    _bound(text)
    _check_numbers(text)
    line = re.sub(r"\s", " ", text)
    stripped = line.lstrip()
    shift = len(line) - len(stripped)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(stripped.rstrip(), mode="eval")
    except SyntaxError as error:
        at = shift + error.offset - 1 if error.offset else len(line)
        message, hint = _explained(error.msg, line)
        if at >= len(line.rstrip()) and message == "this is not an expression":
            message = "the expression breaks off here"
        raise ExpressionFault(message, min(at, len(line.rstrip())), hint) from None
    except (RecursionError, MemoryError, ValueError):
        raise ExpressionFault("this expression is too deep to read", shift, "", Code.EXPRESSION_TOO_LARGE) from None
    if _depth(tree) > MAX_TREE:
        raise ExpressionFault(
            f"operators stand in operators more than {MAX_TREE} deep",
            shift,
            "split it into quantities",
            Code.EXPRESSION_TOO_LARGE,
        )
    return _Reader(shift).read(tree.body)


def _depth(tree: ast.AST) -> int:
    level, depth = [tree], 0
    while level:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth


def _explained(problem: str, text: str) -> tuple[str, str]:
    """Python's complaint in the words of the language."""
    hint = _syntax_hint(text)
    if "never closed" in problem:
        return "this bracket is never closed", hint
    if "unmatched" in problem or "does not match" in problem:
        return "this bracket closes none that is open", hint
    if "expected 'else'" in problem:
        return "an `if` without `else`", "write `a if condition else b`"
    if "unterminated string" in problem:
        return "this quote is never closed", hint
    return "this is not an expression", hint


def _bound(text: str) -> None:
    if not text.strip():
        raise ExpressionFault("an expression is missing here")
    if len(text) > MAX_LENGTH:
        raise ExpressionFault(
            f"an expression of {len(text)} characters; at most {MAX_LENGTH} are read",
            0,
            "split it into quantities",
            Code.EXPRESSION_TOO_LARGE,
        )
    for at, character in enumerate(text):
        if not (" " <= character <= "~" or character in "\n\t"):
            name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
            hint = (
                f"write `{_TYPED[character]}`"
                if character in _TYPED
                else "names and signs are plain ASCII; type it again"
            )
            raise ExpressionFault(f"`{character}` ({name}) does not belong in an expression", at, hint)
    if sum(1 for _ in _TOKEN.finditer(text)) > MAX_TOKENS:
        raise ExpressionFault(
            f"an expression of more than {MAX_TOKENS} words and signs",
            0,
            "split it into quantities",
            Code.EXPRESSION_TOO_LARGE,
        )
    depth = 0
    for at, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > MAX_DEPTH:
            raise ExpressionFault(f"brackets nested more than {MAX_DEPTH} deep", at, "", Code.EXPRESSION_TOO_LARGE)


def plain_number(text: str) -> str:
    """How a number that is written as people do elsewhere is written here; empty if it is none: 8,000 or 60% or 0,5."""
    found = ((re.fullmatch(pattern, text), write) for pattern, write in _FOREIGN.items())
    return next((write(match["number"]) for match, write in found if match), "")


def _check_numbers(text: str) -> None:
    for pattern, write in _FOREIGN.items():
        if found := re.search(pattern, text):
            raise ExpressionFault(
                f"`{found['number']}` is no number here",
                found.start("number"),
                f"write {write(found['number'])}",
                Code.BAD_NUMBER,
            )


def _syntax_hint(text: str) -> str:
    if re.search(r"(?<![<>=!])=(?!=)", text):
        return "`==` compares; a setting is written as `target: value`"
    if re.search(r"&&|\|\||!(?!=)|\b(?:AND|OR|NOT)\b", text):
        return "write `and`, `or`, `not`"
    if "^" in text:
        return "a power is written `**`"
    if "%" in text:
        return "write a percentage as a fraction: 0.05"
    return ""


class _Reader:
    """Turns Python's tree into ours, refusing what the language does not have."""

    def __init__(self, shift: int):
        self.shift = shift

    def read(self, tree: ast.AST) -> Expression:
        method: Callable[[Any], Expression] | None = getattr(self, f"_{type(tree).__name__.lower()}", None)
        if method is None:
            raise self.fault(tree, f"{_describe(tree)} is not part of the language")
        return method(tree)

    def fault(self, tree: ast.AST, message: str, hint: str = "", code: Code = Code.NOT_IN_LANGUAGE) -> ExpressionFault:
        return ExpressionFault(message, self.at(tree), hint, code)

    def at(self, tree: ast.AST) -> int:
        return self.shift + getattr(tree, "col_offset", 0)

    def _constant(self, tree: ast.Constant) -> Expression:
        value = tree.value
        if isinstance(value, bool):
            return nodes.Truth(value, self.at(tree))
        if isinstance(value, str):
            return nodes.Text(value, self.at(tree))
        if isinstance(value, int | float):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isinf(number):
                raise self.fault(tree, "this number is too large", "", Code.BAD_NUMBER)
            return nodes.Number(number, self.at(tree))
        raise self.fault(tree, f"`{value!r}` is not part of the language")

    def _name(self, tree: ast.Name) -> Expression:
        if tree.id in _TRUTHS:
            return nodes.Truth(_TRUTHS[tree.id], self.at(tree))
        return nodes.Name(tree.id, self.at(tree))

    def _subscript(self, tree: ast.Subscript) -> Expression:
        if not isinstance(tree.value, ast.Name):
            raise self.fault(tree, "only a quantity can be indexed", "write quantity[member]")
        index = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
        return nodes.Entry(tree.value.id, tuple(self.read(each) for each in index), self.at(tree))

    def _unaryop(self, tree: ast.UnaryOp) -> Expression:
        if isinstance(tree.op, ast.UAdd):
            return self.read(tree.operand)
        operator = _UNARY.get(type(tree.op))
        if operator is None:
            raise self.fault(tree, f"{_describe(tree.op)} is not part of the language")
        return nodes.Unary(operator, self.read(tree.operand), self.at(tree))

    def _binop(self, tree: ast.BinOp) -> Expression:
        operator = _BINARY.get(type(tree.op))
        if operator is None:
            raise self.fault(tree, f"{_describe(tree.op)} is not part of the language", "operators: + - * / **")
        return nodes.Binary(operator, self.read(tree.left), self.read(tree.right), self.at(tree))

    def _compare(self, tree: ast.Compare) -> Expression:
        operators = tuple(_COMPARE.get(type(each), "") for each in tree.ops)
        if "" in operators:
            raise self.fault(tree, "only < <= > >= == != compare")
        operands = tuple(self.read(each) for each in (tree.left, *tree.comparators))
        return nodes.Compare(operands, operators, self.at(tree))

    def _boolop(self, tree: ast.BoolOp) -> Expression:
        operator = "and" if isinstance(tree.op, ast.And) else "or"
        return nodes.Logic(operator, tuple(self.read(each) for each in tree.values), self.at(tree))

    def _ifexp(self, tree: ast.IfExp) -> Expression:
        return nodes.Choose(self.read(tree.test), self.read(tree.body), self.read(tree.orelse), self.at(tree))

    def _call(self, tree: ast.Call) -> Expression:
        if not isinstance(tree.func, ast.Name):
            raise self.fault(tree, "only the functions of the language can be called")
        name = tree.func.id
        if name not in ALL_NAMES:
            hint = (
                nearest(name, ALL_NAMES)
                or f"functions: {', '.join(ALL_NAMES)}; an entry of a quantity is written name[member]"
            )
            raise self.fault(tree, f"there is no function `{name}`", hint, Code.UNKNOWN_FUNCTION)
        if tree.keywords:
            raise self.fault(tree, f"`{name}` takes its arguments by place, without names", "", Code.WRONG_ARGUMENTS)
        if name in FOLDS:
            return self._fold(name, tree)
        return nodes.Call(name, tuple(self.read(each) for each in tree.args), self.at(tree))

    def _fold(self, name: str, tree: ast.Call) -> Expression:
        generator = tree.args[0] if len(tree.args) == 1 else None
        if not isinstance(generator, ast.GeneratorExp) or len(generator.generators) != 1:
            raise self.fault(
                tree, f"`{name}` runs over one set", f"write {name}(... for member in set)", Code.WRONG_ARGUMENTS
            )
        loop = generator.generators[0]
        if (
            not isinstance(loop.target, ast.Name)
            or not isinstance(loop.iter, ast.Name)
            or len(loop.ifs) > 1
            or loop.is_async
        ):
            raise self.fault(
                tree,
                f"`{name}` runs over one named set",
                f"write {name}(... for member in set if member != other)",
                Code.WRONG_ARGUMENTS,
            )
        condition = self.read(loop.ifs[0]) if loop.ifs else None
        return nodes.Fold(name, self.read(generator.elt), loop.target.id, loop.iter.id, condition, self.at(tree))


def _describe(tree: ast.AST) -> str:
    words = {
        ast.Attribute: "a dotted name",
        ast.Lambda: "a lambda",
        ast.Dict: "a dictionary",
        ast.List: "a list",
        ast.Tuple: "a tuple",
        ast.JoinedStr: "a formatted string",
        ast.Mod: "`%`",
        ast.FloorDiv: "`//`",
        ast.MatMult: "`@`",
        ast.BitAnd: "`&` (write `and`)",
        ast.BitOr: "`|` (write `or`)",
        ast.BitXor: "`^` (a power is `**`)",
        ast.Invert: "`~` (write `not`)",
        ast.LShift: "`<<`",
        ast.RShift: "`>>`",
        ast.Set: "`{...}`",
        ast.NamedExpr: "`:=`",
        ast.Starred: "`*` before a name",
        ast.Slice: "`:` in an index",
        ast.GeneratorExp: "`for` outside of sum, any and all",
        ast.ListComp: "`[... for ...]`",
        ast.SetComp: "`{... for ...}`",
        ast.DictComp: "`{... for ...}`",
        ast.Await: "`await`",
        ast.Yield: "`yield`",
    }
    return words.get(type(tree), f"`{type(tree).__name__}`")
