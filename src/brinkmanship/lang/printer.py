"""Nodes to text: ``parse(show(node)) == node`` for surface nodes, with as few brackets as that allows."""

from __future__ import annotations

from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression

_CHOOSE, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _NEGATIVE, _POWER, _ATOM = range(10)
_BINARY = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER}


def show(node: Expression) -> str:
    """The expression as an author would write it."""
    return _show(node)[0]


def _within(node: Expression, least: int) -> str:
    text, strength = _show(node)
    return text if strength >= least else f"({text})"


def _list(items: tuple[Expression, ...]) -> str:
    return ", ".join(show(each) for each in items)


def _show(node: Expression) -> tuple[str, int]:  # noqa: C901 - one arm a node type
    match node:
        case nodes.Number(value):
            return (f"{value!r}" if value % 1 or abs(value) >= 1e16 else f"{int(value)}"), _ATOM
        case nodes.Truth(value):
            return ("true" if value else "false"), _ATOM
        case nodes.Text(value):
            return repr(value), _ATOM
        case nodes.Name(name):
            return name, _ATOM
        case nodes.Entry(name, index):
            return f"{name}[{_list(index)}]", _ATOM
        case nodes.Unary("-", operand):
            return f"-{_within(operand, _NEGATIVE)}", _NEGATIVE
        case nodes.Unary(_, operand):
            return f"not {_within(operand, _NOT)}", _NOT
        case nodes.Binary("**", left, right):
            return f"{_within(left, _ATOM)} ** {_within(right, _NEGATIVE)}", _POWER
        case nodes.Binary(operator, left, right):
            strength = _BINARY[operator]
            return f"{_within(left, strength)} {operator} {_within(right, strength + 1)}", strength
        case nodes.Compare(operands, operators):
            text = _within(operands[0], _SUM)
            for operator, operand in zip(operators, operands[1:], strict=True):
                text += f" {operator} {_within(operand, _SUM)}"
            return text, _COMPARE
        case nodes.Logic(operator, operands):
            strength = _OR if operator == "or" else _AND
            return f" {operator} ".join(_within(each, strength + 1) for each in operands), strength
        case nodes.Choose(condition, then, otherwise):
            return (
                f"{_within(then, _OR)} if {_within(condition, _OR)} else {_within(otherwise, _CHOOSE)}",
                _CHOOSE,
            )
        case nodes.Call(function, arguments):
            return f"{function}({_list(arguments)})", _ATOM
        case nodes.Fold(function, body, variable, over, condition):
            tail = f" if {_within(condition, _OR)}" if condition is not None else ""
            return f"{function}({show(body)} for {variable} in {over}{tail})", _ATOM
        case nodes.Slot(key) | nodes.Parameter(key):
            return key, _ATOM
        case nodes.Constant(index):
            return f"#{index}", _ATOM
        case nodes.Today():
            return "day", _ATOM
        case nodes.Span():
            return "step", _ATOM
        case nodes.Draw(family, arguments):
            return f"{family}({_list(arguments)})", _ATOM
