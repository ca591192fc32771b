"""Which numbers of a trace somebody still asks for: memory of the others may be written on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from brinkmanship.engine.compiled.code import Numbers, Stored


def last_uses(jaxpr: Any) -> dict[int, list[Any]]:
    """The variables that no equation after this one, and no result, asks for, by the number of the equation."""
    kept = {variable for variable in jaxpr.outvars if not hasattr(variable, "val")}
    last: dict[Any, int] = {}
    for rank, equation in enumerate(jaxpr.eqns):
        for atom in equation.invars:
            if not hasattr(atom, "val"):
                last[atom] = rank
    found: dict[int, list[Any]] = {}
    for variable, rank in last.items():
        if variable not in kept:
            found.setdefault(rank, []).append(variable)
    return found


def stored(arrays: Iterable[Numbers], owned: Collection[str]) -> frozenset[Stored]:
    """The numbers of some arrays that stand in owned memory."""
    return frozenset(
        entry for array in arrays for entry in array.flat if isinstance(entry, Stored) and entry.pointer in owned
    )
