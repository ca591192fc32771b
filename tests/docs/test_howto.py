"""The how-to pages, and what the explanation computes, are true: each page is followed in an empty folder."""

import re

import pytest
from pages import DOCS, holds

PAGES = sorted(
    path.relative_to(DOCS).as_posix() for folder in ("howto", "explanation") for path in (DOCS / folder).glob("*.md")
)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds(name, tmp_path):
    holds(DOCS / name, tmp_path)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_no_faults(name):
    assert not re.search(r"^\d+ faults?\.$", (DOCS / name).read_text(encoding="utf-8"), re.MULTILINE)
