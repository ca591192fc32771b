"""The how-to pages are true: each is followed in an empty folder, as the tutorial is."""

import re

import pytest
from pages import DOCS, holds

PAGES = sorted(path.name for path in (DOCS / "howto").glob("*.md"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds(name, tmp_path):
    holds(DOCS / "howto" / name, tmp_path)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_no_faults(name):
    assert not re.search(r"^\d+ faults?\.$", (DOCS / "howto" / name).read_text(encoding="utf-8"), re.MULTILINE)
