"""How a review is kept with its crisis, data and pages, and whether it is still of that crisis."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from brinkmanship.analysis.coverage import coverage_data
from brinkmanship.analysis.page import pages, section
from brinkmanship.analysis.review import PARTS, Part, declared_ablations
from brinkmanship.core.crisis import Crisis, do
from brinkmanship.errors import UsageError

MAX_BYTES = 20_000_000
"""Largest part that is read (our choice): a crisis folder may come from a stranger."""
FOUND = {"before", "after", "change", "low", "high", "verdict"}


def read_parts(folder: Path) -> dict[str, Part]:
    """The parts that are kept in a folder.

    Raises
    ------
    UsageError
        When a file is no part of a review.
    """
    found = {}
    for name in PARTS:
        path = folder / f"{name}.json"
        if os.path.lexists(path):
            try:
                found[name] = _read(path)
                section(name, found[name])
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                message = f"`{path}` is no part of a review ({type(error).__name__}: {error})"
                raise UsageError(f"{message}; delete it, and it is made anew") from None
    return found


def _read(path: Path) -> Part:
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        raise ValueError(f"no regular file of at most {MAX_BYTES:,} bytes")
    return json.loads(path.read_text(encoding="utf-8"))


def write_review(folder: Path, crisis: Crisis, parts: Mapping[str, Part]) -> None:
    """Put a review in its place: all its files or none.

    Raises
    ------
    UsageError
        When the place cannot be written or holds other things.
    """
    files = {f"{name}.json": json.dumps(part, indent=1, allow_nan=False) + "\n" for name, part in parts.items()}
    files |= pages(crisis.title, parts)
    folder = Path(os.path.realpath(folder))
    partial = folder.parent / f".{folder.name}.{os.getpid()}.partial"
    old = folder.parent / f".{folder.name}.{os.getpid()}.old"
    try:
        _look(folder)
        partial.mkdir(parents=True)
        for name, text in files.items():
            (partial / name).write_text(text, encoding="utf-8")
        if folder.exists():
            folder.rename(old)
        partial.rename(folder)
    except OSError as error:
        raise UsageError(f"`{folder}` cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(old, ignore_errors=True)


def _look(folder: Path) -> None:
    """Whether what stands there may be replaced."""
    known = {f"{name}.json" for name in PARTS} | {"review.md", "coverage.md"}
    if folder.exists() and (not folder.is_dir() or {each.name for each in folder.iterdir()} - known):
        raise UsageError(f"`{folder}` holds other things than a review; name a new or an empty folder")


def stale(crisis: Crisis, parts: Mapping[str, Part]) -> list[str]:
    """Names of the parts that are not of a crisis as it is now: `brink review` makes them anew."""
    return [name for name, part in parts.items() if not _fresh(crisis, name, part)]


def _fresh(crisis: Crisis, name: str, part: Part) -> bool:
    if name == "coverage":  # claims and paragraphs change no result, hence no fingerprint
        return part["documents"] == coverage_data(crisis)["documents"]
    if name == "ablations" and _without_findings(part["ablations"]) != _plain(declared_ablations(crisis)):
        return False
    start = date.fromisoformat(part["from"])
    now = crisis if start == crisis.date(crisis.day(None)) else do(crisis, {"clock.from": start})
    return part["fingerprint"] == now.fingerprint


def _without_findings(rows: list[Part]) -> Any:
    """Ablations as declared, from the kept ones."""
    return [
        {**row, "findings": [{k: v for k, v in each.items() if k not in FOUND} for each in row["findings"]]}
        for row in rows
    ]


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))
