"""The folder that keeps what was computed from one day to the next."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def cache_folder() -> Path:
    """Where it is: ``BRINK_CACHE``, else the user's cache folder."""
    named = os.environ.get("BRINK_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "brinkmanship"


def kept(name: str) -> bytes | None:
    """A file of the cache; None if it is not there."""
    try:
        return (cache_folder() / name).read_bytes()
    except OSError:
        return None


def subfolder(name: str) -> Path | None:
    """A folder of the cache, for somebody else's files; None if it cannot be written."""
    folder = cache_folder() / name
    with suppress(OSError):
        _make(cache_folder())
        _make(folder)
    return folder if os.access(folder, os.W_OK) else None


def _make(folder: Path) -> None:
    # Machine code that lies here is run: nobody else may write it.
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def keep(name: str, content: bytes) -> None:
    """Put a file into the cache, whole or not at all; a cache that cannot be written is done without."""
    folder = cache_folder()
    with suppress(OSError):
        _make(folder)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            unfinished = Path(file.name)
        try:
            unfinished.write_bytes(content)
            unfinished.replace(folder / name)
        finally:
            unfinished.unlink(missing_ok=True)
