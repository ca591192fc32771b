"""The public surface in Python: what the site takes from the docstrings, in the order of use."""

from __future__ import annotations

import brinkmanship
from docs.generate.markdown import page

GROUPS = {
    "Load, edit, simulate": ["catalogue", "load", "do", "simulate"],
    "What they give": ["Crisis", "Runs"],
    "Errors": ["BrinkmanshipError", "CrisisError", "UsageError", "InternalError", "Diagnostic", "Place"],
}
INTRODUCTION = """```python
import brinkmanship as bk
```

What `bk.` offers, and `brinkmanship.testing`. Nothing else is public. The site that `make docs` builds shows
what each takes and gives; so does `help(bk.simulate)`."""


def surface() -> str:
    """The page on Python; a name that stands in no group comes last."""
    grouped = {name for names in GROUPS.values() for name in names}
    rest = sorted(set(brinkmanship.__all__) - grouped)
    groups = GROUPS | ({"Others": rest} if rest else {})
    parts = [INTRODUCTION]
    for title, names in groups.items():
        parts += [f"## {title}", *(f"::: brinkmanship.{name}" for name in names)]
    parts += ["## Tests of one's own", "::: brinkmanship.testing.check_crisis"]
    return page("Python", *parts)
