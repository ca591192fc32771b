"""From specifications to what a page holds: still drawings, and the library that brings them to life.

Both come from vl-convert, which carries Vega-Lite and a JavaScript engine: neither network nor browser is needed.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import vl_convert

VEGALITE = "6.4"
SNIPPET = "window.vegaEmbed = vegaEmbed;"


def still(spec: dict[str, Any], width: int) -> str:
    """A drawing of a fixed width, as SVG that scales; it needs no script."""
    fixed = deepcopy(spec) | {"width": width}
    return vl_convert.vegalite_to_svg(fixed, vl_version=VEGALITE)


def library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script."""
    return vl_convert.javascript_bundle(SNIPPET, vl_version=VEGALITE)
