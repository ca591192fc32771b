"""The page: everything of a report in one file that opens without a network.

What a crisis says is a stranger's text. Jinja escapes all of it, the specifications stand in a script of type JSON with
``<`` and ``&`` escaped, Markdown is rendered without raw HTML and without images, and the page forbids itself, by a
content security policy, to fetch anything or to run any script but its own two, which are named by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from brinkmanship.errors import UsageError
from brinkmanship.results import estimative, formats
from brinkmanship.results.result import Result, read_result

REPORT = "report.html"


def write_report(folder: Path) -> Path:
    """Make ``report.html`` in a result folder, whole or not at all.

    Raises
    ------
    UsageError
        When the folder holds no result, or cannot be written.
    """
    page = render(read_result(folder))
    target = folder / REPORT
    partial = folder / f".{REPORT}.{os.getpid()}.partial"
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(target)
    except OSError as error:
        raise UsageError(f"`{target}` cannot be written: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)
    return target


def render(result: Result) -> str:
    """The page of a result that has a folder."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    from brinkmanship.report.contents import contents
    from brinkmanship.report.drawing import begun, library

    script_of_charts = begun(library)
    shown = contents(result)
    environment = Environment(
        loader=PackageLoader("brinkmanship.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": formats.percent,
        "points": formats.points,
        "number": formats.number,
        "day": formats.day,
        "markdown": _markdown,
    }
    environment.globals |= {
        "count": formats.count,
        "interval": formats.interval,
        "listed": formats.listed,
        "word": estimative.word,
        "reach": estimative.reach,
        "scale": estimative.SCALE,
    }
    sheet, script, bundle = _part("style.css"), _part("page.js"), script_of_charts()
    policy = "; ".join(
        [
            "default-src 'none'",
            "style-src 'unsafe-inline'",
            f"script-src {_hash(bundle)} {_hash(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    own = {name: Markup(text) for name, text in (("style", sheet), ("script", script), ("library", bundle))}
    return environment.get_template("page.html").render(**shown, **own, policy=policy)


def _part(name: str) -> str:
    return (files("brinkmanship.report") / "templates" / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _markdown(text: str) -> Any:
    """Markdown as HTML: no raw HTML, no images, no links to anything but web pages."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "html_block", "html_inline"])
    return Markup(parser.render(text))
