"""The command line: ``brink``."""

from brinkmanship.cli.app import app, main

__all__ = ["app", "main"]
