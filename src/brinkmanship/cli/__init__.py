"""The command line: ``brink``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brinkmanship.cli.commands import app

__all__ = ["app", "main"]

INTERRUPTED = 130


def main() -> None:
    """Entry point of ``brink``: errors become a message and an exit status, never a traceback."""
    import sys

    try:
        from brinkmanship.cli.entry import enter

        enter()
    except KeyboardInterrupt:
        # Before there is anything to say, or while the last words are said.
        sys.exit(INTERRUPTED)


def __getattr__(name: str) -> Any:
    """The commands, imported when they are asked for: so an interruption is heard from the start on."""
    if name != "app":
        raise AttributeError(f"module `brinkmanship.cli` has no attribute `{name}`")
    from brinkmanship.cli.commands import app

    globals()["app"] = app
    return app
