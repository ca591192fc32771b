"""What is known of an unfinished ensemble, on disk: enough to go on from the last complete block.

One file holds the tallies so far, as plain arrays; it is replaced whole or not at all. Sampled paths are not kept:
the first runs are simulated again, since a run's draws depend on its number alone.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from brinkmanship.engine.tallies import Tallies

NAME = "unfinished.npz"


@dataclass
class Checkpoint:
    """An ensemble after some of its blocks.

    Attributes
    ----------
    request
        What is simulated: all that results depend on, and the size of the blocks.
    blocks
        How many blocks are in, from the first on.
    tallies
        Of the ensemble, and, of a supposition, of the futures without it.
    joint
        By outcome, counts ``(before, after)`` of paired runs.
    squares
        By outcome, the sum of squared changes of groups of runs (`paired_squares`).
    """

    request: Mapping[str, Any]
    blocks: int
    tallies: tuple[Tallies, ...]
    joint: Mapping[str, np.ndarray]
    squares: Mapping[str, int]

    def save(self, folder: Path) -> None:
        """Write it, in place of an older one."""
        arrays: dict[str, Any] = {f"joint/{name}": table for name, table in self.joint.items()}
        plain: list[dict[str, Any]] = []
        for rank, tallies in enumerate(self.tallies):
            numbers, own = _taken_apart(tallies)
            plain.append(numbers)
            arrays |= {f"{rank}/{name}": array for name, array in own.items()}
        parts = {"request": self.request, "blocks": self.blocks, "tallies": plain, "squares": dict(self.squares)}
        text = json.dumps(parts, sort_keys=True)
        arrays["text"] = np.frombuffer(text.encode(), np.uint8)
        memory = io.BytesIO()
        np.savez_compressed(memory, **arrays)
        part = folder / f"{NAME}.part"
        with part.open("wb") as file:
            file.write(memory.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, folder / NAME)

    @classmethod
    def load(cls, folder: Path) -> Checkpoint | None:
        """The one in a folder; None where there is none that can be read."""
        try:
            with np.load(folder / NAME, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            text = json.loads(arrays.pop("text").tobytes())
            joint = {name.removeprefix("joint/"): each for name, each in arrays.items() if name.startswith("joint/")}
            tallies = tuple(_put_together(numbers, arrays, f"{rank}/") for rank, numbers in enumerate(text["tallies"]))
            return cls(text["request"], text["blocks"], tallies, joint, text["squares"])
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            return None


def _taken_apart(tallies: Tallies) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What is plain, and what are arrays, by name."""
    numbers: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    for each in fields(tallies):
        value = getattr(tallies, each.name)
        if isinstance(value, np.ndarray):
            arrays[each.name] = value
        elif isinstance(value, dict) and any(isinstance(entry, np.ndarray) for entry in value.values()):
            arrays |= {f"{each.name}/{name}": entry for name, entry in value.items()}
        else:
            numbers[each.name] = value
    return numbers, arrays


def _put_together(numbers: Mapping[str, Any], arrays: Mapping[str, np.ndarray], head: str) -> Tallies:
    values: dict[str, Any] = dict(numbers)
    for each in fields(Tallies):
        if each.name not in values:
            whole = head + each.name
            parts = {k.removeprefix(whole + "/"): a for k, a in arrays.items() if k.startswith(whole + "/")}
            values[each.name] = arrays.get(whole, parts)
    return Tallies(**values)
