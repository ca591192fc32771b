"""``brink new``: a crisis to begin from, written whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from brinkmanship.core.crisis import catalogue
from brinkmanship.errors import UsageError

TEMPLATE = Path(__file__).parent / "template"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
PLACEHOLDER = "NEW-CRISIS"
"""Stands for the crisis's name in the files of the template."""


def write_new(name: str) -> Path:
    """Write the folder of a new crisis: one that passes ``check``, runs, and says by its comments how it is made.

    Parameters
    ----------
    name
        Name of the folder; it may stand in another folder that exists.

    Raises
    ------
    UsageError
        When the name will not do, something stands there already, or the place cannot be written.
    """
    target = _target(name)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        partial.mkdir()
        for source in sorted(TEMPLATE.iterdir()):
            text = source.read_text(encoding="utf-8").replace(PLACEHOLDER, target.name)
            (partial / source.name).write_text(text, encoding="utf-8")
        partial.rename(target)
    except OSError as error:
        raise UsageError(f"`{name}` cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _target(name: str) -> Path:
    target = Path(name)
    if not NAME.fullmatch(target.name) or "\0" in name:
        raise UsageError(
            f"`{name}` is no name for a crisis: it takes the letters a to z, digits, hyphens and underscores, "
            "a letter first, and at most 64 of them; e.g. berlin-1961"
        )
    if name in catalogue():
        raise UsageError(
            f"`{name}` is a crisis of the catalogue and `brink run {name}` would run that; take another name"
        )
    if os.path.lexists(target):
        raise UsageError(f"`{name}` is there already, and nothing was changed; take another name")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder `{target.parent}`; make it first")
    return target
