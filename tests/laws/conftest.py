"""Tests here share `tests/crises.py`, and draw the same examples every time."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parents[1]))
settings.register_profile("repeatable", max_examples=30, deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")
