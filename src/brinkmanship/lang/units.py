"""Units as products of powers of named bases: ``usd/barrel``, ``people*day``, ``1/day``.

``None`` is an unknown unit: it goes with any other. Numbers written in a crisis have it, so that only two
*declared* units can clash.
"""

from __future__ import annotations

import re

Unit = tuple[tuple[str, int], ...]
NO_UNIT: Unit = ()

_PLAIN = {"1", "index", "share", "chance", "ratio", "none"}
_PART = re.compile(r"([*/]?)\s*([A-Za-z_]\w*|1)\s*(?:(?:\^|\*\*)\s*(-?\d+))?\s*")


def parse_unit(text: str) -> Unit:
    """Read a unit; ``share``, ``chance``, ``ratio``, ``index`` and ``1`` are plain numbers.

    Raises
    ------
    ValueError
        When the text is no product of named units.
    """
    powers: dict[str, int] = {}
    position = 0
    text = text.strip()
    while position < len(text):
        part = _PART.match(text, position)
        if part is None or (position > 0) != bool(part.group(1)):
            raise ValueError(f"`{text}` is no unit")
        sign = -1 if part.group(1) == "/" else 1
        if part.group(2) not in _PLAIN:
            powers[part.group(2)] = powers.get(part.group(2), 0) + sign * int(part.group(3) or 1)
        position = part.end()
    return tuple(sorted((base, power) for base, power in powers.items() if power))


def show_unit(unit: Unit | None) -> str:
    """A unit as text."""
    if unit is None:
        return "any unit"
    if not unit:
        return "a plain number"
    above = "*".join(base if power == 1 else f"{base}^{power}" for base, power in unit if power > 0)
    below = "".join(f"/{base}" if power == -1 else f"/{base}^{-power}" for base, power in unit if power < 0)
    return (above or "1") + below


def times(left: Unit | None, right: Unit | None, sign: int = 1) -> Unit | None:
    """Unit of a product (``sign`` 1) or a quotient (``sign`` −1)."""
    if left is None or right is None:
        return None
    powers = dict(left)
    for base, power in right:
        powers[base] = powers.get(base, 0) + sign * power
    return tuple(sorted((base, power) for base, power in powers.items() if power))


def raised(unit: Unit | None, power: float) -> Unit | None:
    """Unit of a whole power; unknown for another."""
    if unit is None or power % 1:
        return None if unit else NO_UNIT if unit == NO_UNIT else None
    return tuple((base, int(each * power)) for base, each in unit if power)


def agree(left: Unit | None, right: Unit | None) -> bool:
    """Whether two units may be added, compared or set."""
    return left is None or right is None or left == right
