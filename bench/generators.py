"""Addressed generators, side by side, to tell what a draw would cost if it came from another one.

Each maps keys of sites ``(site, 1)`` and counters ``(1, run)`` (the run, and the step) to words of 32 bits, over any
array namespace. All but the first stand here for comparison only; the engine uses `brinkmanship.engine.draws`.

- Threefry and Philox: Salmon, Moraes, Dror and Shaw 2011 (``salmon2011``).
- Squares: Widynski, "Squares: a fast counter-based RNG", 2020; five rounds give 64 bits.
- Mix: the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014), once
  for run and step, and once more for each site: the first is shared by all sites of a step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brinkmanship.engine.draws import threefry

Array = Any
Pair = tuple[Array, Array]
Generator = Callable[[Any, Pair, Pair], tuple[Array, ...]]

_ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
_PARITY = 0x1BD11BDA
_WEYL = 0x9E3779B97F4A7C15


def threefry20(xp: Any, key: Pair, counter: Pair) -> tuple[Array, ...]:
    """Threefry-2x32 with 20 rounds, as the engine draws."""
    return threefry(xp, key, counter)


def threefry13(xp: Any, key: Pair, counter: Pair) -> tuple[Array, ...]:
    """Threefry-2x32 with 13 rounds, the fewest in which its authors knew of no flaw when they published it."""
    keys = (key[0], key[1], key[0] ^ key[1] ^ xp.uint32(_PARITY))
    x, y = counter[0] + keys[0], counter[1] + keys[1]
    for number in range(13):
        turn = _ROTATIONS[number % 8]
        x = x + y
        y = ((y << xp.uint32(turn)) | (y >> xp.uint32(32 - turn))) ^ x
        if number % 4 == 3:
            group = number // 4 + 1
            x = x + keys[group % 3]
            y = y + (keys[(group + 1) % 3] + xp.uint32(group))
    return x, y


def philox4(xp: Any, key: Pair, counter: Pair) -> tuple[Array, ...]:
    """Philox-4x32 with 10 rounds: four words a call."""
    word, wide = xp.uint32, xp.uint64
    a, b = counter[0] + word(0) * key[0], counter[1] + word(0) * key[0]
    c = d = a ^ a
    low, high = key
    for number in range(10):
        if number:
            low, high = low + word(0x9E3779B9), high + word(0xBB67AE85)
        first, second = a.astype(wide) * wide(0xD2511F53), c.astype(wide) * wide(0xCD9E8D57)
        a, b, c, d = (
            (second >> wide(32)).astype(word) ^ b ^ low,
            second.astype(word),
            (first >> wide(32)).astype(word) ^ d ^ high,
            first.astype(word),
        )
    return a, b, c, d


def philox2(xp: Any, key: Pair, counter: Pair) -> tuple[Array, ...]:
    """Philox-2x32 with 10 rounds: two words a call, a key of one word."""
    word, wide = xp.uint32, xp.uint64
    low = key[0]
    a, b = counter
    for number in range(10):
        if number:
            low = low + word(0x9E3779B9)
        product = a.astype(wide) * wide(0xD256D193)
        a, b = (product >> wide(32)).astype(word) ^ b ^ low, product.astype(word)
    return a, b


def squares(xp: Any, key: Pair, counter: Pair) -> tuple[Array, ...]:
    """Squares with five rounds: 64 bits a call."""
    wide = xp.uint64
    whole = _joined(xp, key) | wide(1)
    x = y = _joined(xp, counter) * whole
    z = y + whole
    turned: Array = x
    for number, add in enumerate((y, z, y, z, y)):
        x = x * x + add
        if number == 4:
            return _parted(xp, turned ^ (x >> wide(32)))
        turned = x
        x = (x >> wide(32)) | (x << wide(32))
        turned = x if number == 3 else turned
    raise AssertionError("five rounds")


def mix(xp: Any, key: Pair, counter: Pair) -> tuple[Array, ...]:
    """SplitMix64's finaliser of the key and of the mixed counter: 64 bits a call."""
    return _parted(xp, _finalised(xp, _joined(xp, key) + _finalised(xp, _joined(xp, counter) * xp.uint64(_WEYL))))


def stand_in(xp: Any, key: Pair, counter: Pair) -> tuple[Array, ...]:
    """A handful of operations, of poor quality: what is saved by it is what draws cost."""
    word = xp.uint32
    x = (counter[0] * word(0x9E3779B9) + counter[1] * word(0x85EBCA6B)) ^ key[0]
    x = (x ^ (x >> word(15))) * word(0x2C1B3C6D)
    return x ^ (x >> word(13)), (x * word(0x297A2D39)) ^ key[1]


def _finalised(xp: Any, x: Array) -> Array:
    wide = xp.uint64
    x = (x ^ (x >> wide(30))) * wide(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> wide(27))) * wide(0x94D049BB133111EB)
    return x ^ (x >> wide(31))


def _joined(xp: Any, pair: Pair) -> Array:
    wide = xp.uint64
    return (pair[1].astype(wide) << wide(32)) | pair[0].astype(wide)


def _parted(xp: Any, whole: Array) -> tuple[Array, Array]:
    return whole.astype(xp.uint32), (whole >> xp.uint64(32)).astype(xp.uint32)


GENERATORS: dict[str, Generator] = {
    "threefry-2x32-20": threefry20,
    "threefry-2x32-13": threefry13,
    "philox-4x32-10": philox4,
    "philox-2x32-10": philox2,
    "squares-64": squares,
    "splitmix-mix": mix,
    "stand-in": stand_in,
}
