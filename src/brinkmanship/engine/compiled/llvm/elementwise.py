"""What each elementwise operation of a record becomes in LLVM."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from brinkmanship.engine.compiled.llvm.code import Code, Number, Value, identical
from brinkmanship.engine.compiled.recording.kinds import Kind, Known

_FLOAT = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_WHOLE = {"add": "add", "sub": "sub", "mul": "mul", "and": "and", "or": "or", "xor": "xor", "shift_left": "shl"}
_WHOLE |= {"shift_right_logical": "lshr"}
_ORDER = {"lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "eq": "eq", "ne": "ne"}
_INTRINSIC = {"floor": "floor", "sqrt": "sqrt", "abs": "fabs"}
FUNCTIONS = {"exp": 1, "log": 1, "cos": 1, "pow": 2}
"""Functions of the mathematical library, with their number of arguments."""
_PLAIN: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
    "max": max,
    "min": min,
    "neg": operator.neg,
    "sqrt": math.sqrt,
}


def element(code: Code, name: str, numbers: Sequence[Number], kind: Kind) -> Number:
    """One element of the result of a primitive; ``kind`` is the result's.

    Raises
    ------
    NotImplementedError
        For a primitive that no step uses.
    """
    known = _known(name, numbers, kind)
    if known is not None:
        return known
    if name == "select":
        return select(code, numbers[0], numbers[1], numbers[2])
    if name in _ORDER:
        return _compare(code, name, numbers)
    if name in ("max", "min"):
        return _extreme(code, name, numbers)
    if name in FUNCTIONS:
        return _function(code, name, numbers)
    if name in _INTRINSIC:
        return code.apply(f"call {{t}} @llvm.{_INTRINSIC[name]}.{{m}}({{t}} {{0}})", numbers, kind)
    if kind == "f64" and name in _FLOAT:
        return code.apply(f"{_FLOAT[name]} {{t}} {{0}}, {{1}}", numbers, kind)
    if kind != "f64" and name in _WHOLE:
        return _logic(code, name, numbers, kind)
    return _special(code, name, numbers, kind)


def _special(code: Code, name: str, numbers: Sequence[Number], kind: Kind) -> Number:
    if name == "neg" and kind == "f64":
        return code.apply("fneg {t} {0}", numbers, kind)
    if name == "neg":
        return code.apply("sub {t} {0}, {1}", [Known(kind, 0), numbers[0]], kind)
    if name == "not":
        return code.apply("xor {t} {0}, {1}", [numbers[0], Known(kind, True if kind == "i1" else -1)], kind)
    if name == "is_finite":
        size = code.apply("call {t} @llvm.fabs.{m}({t} {0})", numbers, "f64")
        return code.apply("fcmp olt {t} {0}, {1}", [size, Known("f64", math.inf)], "i1")
    raise NotImplementedError(f"a compiled step cannot compute `{name}` of {[each.kind for each in numbers]}")


def _known(name: str, numbers: Sequence[Number], kind: Kind) -> Known | None:
    """The result where all that it is made of is known."""
    if name == "select" and isinstance(numbers[0], Known):
        return None
    values = [each.number for each in numbers if isinstance(each, Known)]
    if len(values) < len(numbers) or name not in _PLAIN:
        return None
    if name == "sqrt" and values[0] < 0:
        return Known(kind, math.nan)
    if kind == "u32":
        return None
    if name in ("max", "min") and any(value != value for value in values):
        return Known(kind, math.nan)
    return Known(kind, _PLAIN[name](*values))


def select(code: Code, mask: Number, then: Number, otherwise: Number) -> Number:
    """``then`` where the mask holds."""
    if isinstance(mask, Known):
        return then if mask.number else otherwise
    if identical(then, otherwise):
        return then
    wide = mask.wide or then.wide or otherwise.wide
    builder = code.builder([mask, then, otherwise])
    chosen = builder.operand(mask, mask.wide)
    kind = builder.type_of(then.kind, wide)
    one, other = builder.operand(then, wide), builder.operand(otherwise, wide)
    text = f"select {builder.type_of('i1', mask.wide)} {chosen}, {kind} {one}, {kind} {other}"
    return Value(then.kind, builder.write(text), wide, builder is not code)


def _logic(code: Code, name: str, numbers: Sequence[Number], kind: Kind) -> Number:
    if kind == "i1" and name in ("and", "or"):
        for one, other in (numbers, numbers[::-1]):
            if isinstance(one, Known):
                return other if bool(one.number) is (name == "and") else one
    return code.apply(f"{_WHOLE[name]} {{t}} {{0}}, {{1}}", numbers, kind)


def _compare(code: Code, name: str, numbers: Sequence[Number]) -> Number:
    """Whether one number stands to another as asked; nothing lies beyond infinity."""
    kind = numbers[0].kind
    if Known("f64", -math.inf if name == "lt" else math.inf) == numbers[1] and name in ("lt", "gt"):
        return Known("i1", False)
    if kind == "f64":
        sign = "une" if name == "ne" else "o" + _ORDER[name]
        return code.apply(f"fcmp {sign} {{t}} {{0}}, {{1}}", numbers, "i1")
    letter = "" if name in ("eq", "ne") else "u" if kind in ("u32", "i1", "u8") else "s"
    return code.apply(f"icmp {letter}{_ORDER[name]} {{t}} {{0}}, {{1}}", numbers, "i1")


def _extreme(code: Code, name: str, numbers: Sequence[Number]) -> Number:
    """The greater or lesser of two numbers; what is not a number wins, as in NumPy."""
    kind = numbers[0].kind
    if kind != "f64":
        first = _compare(code, "gt" if name == "max" else "lt", numbers)
        return select(code, first, *numbers)
    one, other = numbers
    found = select(code, _compare(code, "gt" if name == "max" else "lt", numbers), one, other)
    if isinstance(one, Known) and one.number == one.number:
        return found
    nothing = code.apply("fcmp uno {t} {0}, {0}", [one], "i1")
    return select(code, nothing, one, found)


def _function(code: Code, name: str, numbers: Sequence[Number]) -> Number:
    arguments = ", ".join(f"{{t}} {{{rank}}}" for rank in range(FUNCTIONS[name]))
    wide = any(number.wide for number in numbers)
    called = f"wide.{name}" if wide else name
    return code.apply(f"call {{t}} @{called}({arguments})", numbers, "f64")


_CONVERSIONS: dict[tuple[str, str], str] = {
    ("i1", "f64"): "uitofp",
    ("u8", "f64"): "uitofp",
    ("u32", "f64"): "uitofp",
    ("i32", "f64"): "sitofp",
    ("i64", "f64"): "sitofp",
    ("i64", "i32"): "trunc",
    ("i64", "u32"): "trunc",
    ("i32", "u8"): "trunc",
    ("i64", "u8"): "trunc",
    ("u32", "u8"): "trunc",
    ("i32", "i64"): "sext",
}


def convert(code: Code, number: Number, kind: Kind) -> Number:
    """A number as another type."""
    if number.kind == kind:
        return number
    if isinstance(number, Known):
        plain = number.number
        return Known(kind, float(plain) if kind == "f64" else bool(plain) if kind == "i1" else int(plain))
    if kind == "i1":
        return _compare(code, "ne", [number, Known(number.kind, 0)])
    if {number.kind, kind} == {"i32", "u32"}:
        return code.apply("or {t} {0}, {0}", [number], kind)
    if number.kind == "f64":
        sign = "u" if kind in ("u32", "u8") else "s"
        return code.apply(f"call {{r}} @llvm.fpto{sign}i.sat.{{n}}.{{m}}({{t}} {{0}})", [number], kind)
    how = _CONVERSIONS.get((number.kind, kind), "zext")
    return code.apply(f"{how} {{t}} {{0}} to {{r}}", [number], kind)
