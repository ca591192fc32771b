"""Addressed randomness: every draw is a function of (seed, run, step, site, index), and of nothing else.

A counter-based generator, Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw 2011, reference ``salmon2011``),
maps a key made of seed and site name, and a counter (run, step), to two words of 32 bits. So results are the same
bits whatever the size of a block or the number of workers, adding a site changes no other draw, and a counterfactual
meets the same luck.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Protocol

from brinkmanship.engine.backend import Backend, Lanes

Array = Any
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_BITS = 2.0**-32
SMALL_MEAN = 30.0
"""Poisson means up to this are inverted exactly; above it a rounded normal stands in (our choice)."""

MOST = 90.0
"""The largest count that is inverted: a mean of `SMALL_MEAN` exceeds it with a chance below 1e-18."""


def threefry(xp: Any, key: tuple[Array, Array], counter: tuple[Array, Array]) -> tuple[Array, Array]:
    """Threefry-2x32-20: two words of key and two of counter (uint32, broadcast) to two words."""
    keys = (key[0], key[1], key[0] ^ key[1] ^ xp.uint32(_PARITY))
    x, y = counter[0] + keys[0], counter[1] + keys[1]
    for group in range(5):
        for turn in _ROTATIONS[group % 2]:
            x = x + y
            y = ((y << xp.uint32(turn)) | (y >> xp.uint32(32 - turn))) ^ x
        x = x + keys[(group + 1) % 3]
        y = y + (keys[(group + 2) % 3] + xp.uint32(group + 1))
    return x, y


def uniforms(xp: Any, key: tuple[Array, Array], counter: tuple[Array, Array]) -> tuple[Array, Array]:
    """Two uniform numbers in (0, 1)."""
    words = threefry(xp, key, counter)
    return words[0] * _BITS + _BITS / 2, words[1] * _BITS + _BITS / 2


def site_key(seed: int, address: str) -> tuple[int, int]:
    """The key of a site under a seed."""
    words = hashlib.blake2b(f"{seed}\0{address}".encode(), digest_size=8).digest()
    return int.from_bytes(words[:4], "little"), int.from_bytes(words[4:], "little")


class Sampler(Protocol):
    """Where chance comes in: the one interface between a step and its randomness.

    Implementations: `Addressed` draws, `brinkmanship.engine.enumerate.Script` walks all branches.
    """

    def pick(self, address: str, chances: Sequence[Array], *, index: int = 0) -> Array:
        """Index of a branch: ``chances`` are those of the first branches, the last one takes the rest."""
        ...

    def magnitude(self, address: str, family: str, arguments: tuple[Array, ...]) -> Array:
        """A random magnitude."""
        ...

    def within(self, lanes: Lanes) -> Sampler:
        """The same draws for some of the runs."""
        ...

    def prepare(self, addresses: Sequence[str]) -> None:
        """Say which draws may be asked for next; it changes none of them."""
        ...


class Addressed:
    """Draws of one step for a block of runs.

    Parameters
    ----------
    runs
        Numbers of the runs, ``(run,)`` uint32.
    """

    def __init__(self, backend: Backend, seed: int, runs: Array):
        self.backend, self.xp, self.seed, self.runs = backend, backend.xp, seed, runs
        self.keys: dict[str, tuple[int, int]] = {}
        self.step: Any = 0
        self.cache: dict[str, tuple[Array, Array]] = {}

    def at(self, step: Any) -> Addressed:
        """Turn to a step."""
        self.step = self.xp.full_like(self.runs, step)
        self.cache = {}
        return self

    def _uniforms(self, key: tuple[Array, Array], counter: tuple[Array, Array]) -> tuple[Array, Array]:
        return uniforms(self.xp, key, counter)

    def uniforms(self, address: str) -> tuple[Array, Array]:
        """Two uniform numbers in (0, 1) per run."""
        if address not in self.cache:
            self.prepare([address])
        return self.cache[address]

    def prepare(self, addresses: Sequence[str]) -> None:
        """Draw for several addresses in one go."""
        new = [each for each in addresses if each not in self.cache]
        if not new:
            return
        for address in new:
            if address not in self.keys:
                self.keys[address] = site_key(self.seed, address)
        pairs = [self.keys[address] for address in new]
        columns = tuple(
            self.xp.asarray([pair[word] for pair in pairs], dtype=self.xp.uint32)[:, None] for word in (0, 1)
        )
        first, second = self._uniforms((columns[0], columns[1]), (self.runs[None, :], self.step[None, :]))
        self.cache |= {address: (first[row], second[row]) for row, address in enumerate(new)}

    def pick(self, address: str, chances: Sequence[Array], *, index: int = 0) -> Array:
        return pick(self.uniforms(address)[index], chances)

    def magnitude(self, address: str, family: str, arguments: tuple[Array, ...]) -> Array:
        return magnitude(self.backend, self.uniforms(address), family, arguments)

    def within(self, lanes: Lanes) -> Sampler:
        return _Within(self, lanes)


class _Within:
    """Draws of some lanes of a block."""

    def __init__(self, whole: Addressed, lanes: Lanes):
        self.whole, self.lanes = whole, lanes

    def pick(self, address: str, chances: Sequence[Array], *, index: int = 0) -> Array:
        return pick(self.lanes.take([self.whole.uniforms(address)[index]])[0], chances)

    def magnitude(self, address: str, family: str, arguments: tuple[Array, ...]) -> Array:
        first, second = self.lanes.take(self.whole.uniforms(address))
        return magnitude(self.whole.backend, (first, second), family, arguments)

    def within(self, lanes: Lanes) -> Sampler:
        raise NotImplementedError("lanes of lanes are never needed")

    def prepare(self, addresses: Sequence[str]) -> None:
        self.whole.prepare(addresses)


def pick(uniform: Array, chances: Sequence[Array]) -> Array:
    """The branch that a uniform number falls into."""
    index: Array = 0
    edge: Array = 0.0
    for chance in chances:
        edge = edge + chance
        index = index + (uniform >= edge)
    return index


def magnitude(backend: Backend, uniforms: tuple[Array, Array], family: str, arguments: tuple[Array, ...]) -> Array:
    """A random magnitude from two uniform numbers; normal ones by Box and Muller (``boxmuller1958``)."""
    xp = backend.xp
    if family == "uniform":
        return arguments[0] + (arguments[1] - arguments[0]) * uniforms[0]
    if family == "bernoulli":
        return xp.where(uniforms[0] < arguments[0], 1.0, 0.0)
    if family == "poisson":
        return _poisson(backend, uniforms, arguments[0])
    z = standard_normal(xp, uniforms)
    if family == "normal":
        return arguments[0] + arguments[1] * z
    return arguments[0] * xp.exp(arguments[1] * z)


def standard_normal(xp: Any, uniforms: tuple[Array, Array]) -> Array:
    """A standard normal number from two uniform ones."""
    return xp.sqrt(-2.0 * xp.log(uniforms[0])) * xp.cos(6.283185307179586 * uniforms[1])


def _poisson(backend: Backend, uniforms: tuple[Array, Array], mean: Array) -> Array:
    """Small means by inversion: the count is how many of the cumulated chances the number has passed."""
    xp = backend.xp
    small = xp.minimum(mean, SMALL_MEAN) + 0.0 * uniforms[0]
    first = xp.exp(-small)

    def passed(now: tuple[Array, ...]) -> tuple[Array, ...]:
        count, share, below = now
        share = share * small / (count + 1.0)
        return count + 1.0, share, below + share

    def settled(now: tuple[Array, ...]) -> Array:
        count, _, below = now
        return xp.logical_or(xp.logical_not(uniforms[0] > below), count >= MOST)

    count = backend.until(settled, passed, (0.0 * small, first, first))[0]
    large = xp.floor(mean + xp.sqrt(xp.maximum(mean, 0.0)) * standard_normal(xp, uniforms) + 0.5)
    return xp.where(mean > SMALL_MEAN, xp.maximum(large, 0.0), xp.where(mean >= 0, count, xp.nan))
