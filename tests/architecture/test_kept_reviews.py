"""A review that comes with a crisis is of that crisis as it is."""

import pytest

import brinkmanship as bk
from brinkmanship.analysis.kept import read_parts, stale
from brinkmanship.analysis.page import pages
from brinkmanship.cli.review import FOLDER

KEPT = {name: folder / FOLDER for name, folder in bk.catalogue().items() if (folder / FOLDER).is_dir()}


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_review_is_not_stale(name):
    crisis, parts = bk.load(name), read_parts(KEPT[name])
    old = stale(crisis, parts)
    again = " ".join(f"--only {part}" for part in old)
    runs = min((part["runs"] for part in parts.values()), default=1000)
    assert not old, f"`{name}` has changed since it was reviewed; run: brink review {name} --runs {runs} {again}"


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_page_shows_the_kept_data(name):
    shown = {path.name: path.read_text(encoding="utf-8") for path in KEPT[name].glob("*.md")}
    assert shown == pages(bk.load(name).title, read_parts(KEPT[name])), f"run: brink review {name} --only coverage"
