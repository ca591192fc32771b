"""From specifications to what a page holds: still drawings, and the library that brings them to life.

Both come from vl-convert, which carries Vega-Lite and a JavaScript engine: neither network nor browser is needed.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from brinkmanship.engine.cache import keep, kept

VEGALITE = "6.4"
SNIPPET = "window.vegaEmbed = vegaEmbed;"
PLAIN = "sans-serif"
"""The font by which a still drawing is laid out. The page's style sets its own, which to look for here takes long."""


def still(spec: dict[str, Any], width: int) -> str:
    """A drawing of a fixed width, as SVG that scales; it needs no script."""
    import vl_convert

    fixed = spec | {"width": width, "config": spec["config"] | {"font": PLAIN}}
    return vl_convert.vegalite_to_svg(fixed, vl_version=VEGALITE)


def library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script; put together once for each version of vl-convert."""
    name = f"vega-{VEGALITE}-{version('vl-convert-python')}.js"
    script = kept(name)
    if script is None:
        import vl_convert

        script = vl_convert.javascript_bundle(SNIPPET, vl_version=VEGALITE).encode()
        keep(name, script)
    return script.decode()
