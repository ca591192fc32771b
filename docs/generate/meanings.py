"""What keys and functions mean, from ``meanings.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def meanings() -> dict[str, Any]:
    """Meanings by record and key, and signatures and meanings of functions."""
    # All scalars as text: `on` and `off` are keys here.
    return yaml.load((Path(__file__).parent / "meanings.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
