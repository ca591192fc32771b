"""Kinds of numbers, and those that are known while code is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["f64", "i1", "i32", "u32", "i64", "u8"]
KINDS: dict[str, Kind] = {
    "float64": "f64",
    "bool": "i1",
    "int32": "i32",
    "uint32": "u32",
    "int64": "i64",
    "uint8": "u8",
}
DTYPES: dict[Kind, str] = {kind: dtype for dtype, kind in KINDS.items()}


@dataclass(slots=True, frozen=True)
class Known:
    """A number that is known while the code is written."""

    kind: Kind
    number: float | int | bool
    wide = False
