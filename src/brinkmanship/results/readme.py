"""What the author of a crisis says about it in its README.md: Markdown, read as text that nobody has checked."""

from __future__ import annotations

import re
from pathlib import Path

from brinkmanship.model.reading import MAX_BYTES

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)
_MARKS = re.compile(r"\[([^\]]*)\]\([^)]*\)|\*\*|(?<!\w)[*_`]|[*_`](?!\w)")
_LIMITS = re.compile(r"what (it|this|the model) cannot (say|do)|limits", re.IGNORECASE)


def read_readme(folder: Path) -> str:
    """The README.md of a crisis folder; empty where there is none that can be read."""
    path = folder / "README.md"
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def first_paragraph(markdown: str) -> str:
    r"""The first paragraph below the title, as plain text.

    >>> first_paragraph("# Title\n\nWhat **it** is\n[about](there).\n\nMore.")
    'What it is about.'
    """
    blocks = (" ".join(block.split()) for block in re.split(r"\n\s*\n", markdown))
    first = next((block for block in blocks if block and not block.startswith(("#", "|", "!", "```"))), "")
    return _MARKS.sub(r"\1", first)


def limits(markdown: str) -> str:
    r"""The section that says what the crisis cannot say, without its heading; empty where there is none.

    >>> limits("# T\n\n## What it cannot say\n\n- Much.\n\n## Next\n\nOther.")
    '- Much.'
    """
    headings = list(_HEADING.finditer(markdown))
    for index, heading in enumerate(headings):
        if _LIMITS.fullmatch(heading[2]):
            level = len(heading[1])
            following = (later.start() for later in headings[index + 1 :] if len(later[1]) <= level)
            return markdown[heading.end() : next(following, len(markdown))].strip()
    return ""
