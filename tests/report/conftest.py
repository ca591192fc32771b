"""Result folders with their reports, and a browser to open them in."""

import shutil
import sys
from pathlib import Path

import pytest

import brinkmanship
from brinkmanship import load, simulate
from brinkmanship.report import write_report
from brinkmanship.results.folder import ResultFolder

sys.path.insert(0, str(Path(__file__).parents[1]))

ATTACK = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>{{ 7 * 7 }}"
DEFINITION = "open fighting between the forces of both, on the soil of either, for more than a day, as reported by both"
EVERYTHING = Path(__file__).parents[1] / "corpus" / "everything"


def reported(crisis, target, **options):
    """A result folder with its report."""
    with ResultFolder(target, crisis) as folder:
        folder.finish(simulate(crisis, sink=folder, **options), "brink run <here>")
    write_report(target)
    return target


@pytest.fixture(scope="session")
def everything(tmp_path_factory):
    target = tmp_path_factory.mktemp("everything") / "out"
    return reported(load(EVERYTHING), target, runs=80, sampled=20, given="2020-01-20 red raid killed")


@pytest.fixture(scope="session")
def flagship(tmp_path_factory):
    target = tmp_path_factory.mktemp("flagship") / "out"
    return reported(load("us-iran-2020"), target, runs=6, sampled=6, start="2020-01-14")


@pytest.fixture(scope="session")
def cuba(tmp_path_factory):
    """A crisis whose parameters matter, with an outcome that is defined at length."""
    place = tmp_path_factory.mktemp("cuba")
    shutil.copytree(Path(brinkmanship.__file__).parent / "crises" / "historical" / "cuba-1962", place / "crisis")
    path = place / "crisis" / "crisis.yaml"
    text = path.read_text(encoding="utf-8")
    before, label, after = text.partition("label: General war, ever:")
    assert label
    path.write_text(f'{before}label: "General war: {DEFINITION}", ever:{after}', encoding="utf-8")
    return reported(load(place / "crisis"), place / "out", runs=100, sampled=40)


@pytest.fixture(scope="session")
def definition():
    return DEFINITION


@pytest.fixture(scope="session")
def attack():
    return ATTACK


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """A crisis whose author would like to run a script in the reader's browser."""
    place = tmp_path_factory.mktemp("hostile")
    shutil.copytree(EVERYTHING, place / "crisis")
    path = place / "crisis" / "crisis.yaml"
    text = path.read_text(encoding="utf-8")
    for label in ("One of everything", "Red", "Open war", "Talking"):
        key = "title" if label == "One of everything" else "label"
        assert f"{key}: {label}" in text
        text = text.replace(f"{key}: {label}", f'{key}: "{label} {ATTACK}"', 1)
    path.write_text(text, encoding="utf-8")
    readme = f"# T\n\n{ATTACK}\n\n## What it cannot say\n\n{ATTACK} ![x](x.png) [go](javascript:window.hacked=3)\n"
    (place / "crisis" / "README.md").write_text(readme, encoding="utf-8")
    return reported(load(place / "crisis"), place / "out", runs=20, sampled=5)


@pytest.fixture(scope="session")
def browser():
    from browser import CHROMIUM, Browser

    if CHROMIUM is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    opened = Browser()
    yield opened
    opened.close()
