"""From specifications to what a page holds: still drawings, and the library that brings them to life.

Both come from vl-convert, which carries Vega-Lite and a JavaScript engine: neither network nor browser is needed. The
engine takes a second to start and seconds to put the library together, and lets nobody else work meanwhile; so a
command that will draw later begins it in a process beside its own (`beside`).
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import Any

from brinkmanship.engine.cache import keep, kept
from brinkmanship.engine.workers import worker_context

VEGALITE = "6.4"
SNIPPET = "window.vegaEmbed = vegaEmbed;"
PLAIN = "sans-serif"
"""The font by which a still drawing is laid out. The page's style sets its own, which to look for here takes long."""


_beside: ProcessPoolExecutor | None = None
"""The process that draws, if there is one beside this."""


@contextmanager
def beside() -> Iterator[None]:
    """Draw in a process beside this one, which gets ready for it at once; where there can be none, in this one."""
    global _beside
    others = set(multiprocessing.active_children())
    with suppress(OSError, NotImplementedError):
        _beside = ProcessPoolExecutor(1, worker_context())
        _beside.submit(_ready)
    try:
        yield
    finally:
        if _beside is not None:
            _beside.shutdown(wait=False, cancel_futures=True)
        _beside = None
        for each in set(multiprocessing.active_children()) - others:
            each.terminate()


def _ready() -> None:
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    library()
    still({"data": {"values": [{}]}, "mark": "point", "config": {}}, 1)


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def begun(work: Callable[..., str], *arguments: Any) -> Callable[[], str]:
    """Work of this module, begun beside this process if there is one for it; gives what waits for its result."""
    future: Future[str] | None = None
    if _beside is not None:
        with suppress(BrokenProcessPool):
            future = _beside.submit(work, *arguments)

    def there() -> str:
        if future is not None:
            with suppress(BrokenProcessPool):
                return future.result()
        return work(*arguments)

    return there


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
