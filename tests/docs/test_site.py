"""The documentation as a site: it builds without a complaint, and is read and searched from a folder, offline."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture
def browser():
    path = ROOT / "tests" / "browser.py"
    spec = importlib.util.spec_from_file_location("browser", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if module.CHROMIUM is None:
        pytest.skip("there is no Chromium to read the site with")
    found = module.Browser()
    yield found
    found.close()


def test_every_page_is_in_the_site_and_in_its_menu(site):
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    menu = (site / "index.html").read_text(encoding="utf-8")
    assert [page for page in sorted(pages) if not (site / page).is_file()] == []
    assert [page for page in sorted(pages) if f'href="{page}"' not in menu] == []


def test_no_page_loads_anything_from_elsewhere(site):
    loaded = re.compile(r'<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="((?:https?:)?//[^"]*)"')
    pages = {path.name: loaded.findall(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    assert {name: found for name, found in pages.items() if found} == {}
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import\s*)['\"]?(?:https?:)?//", styles) == []


def shown(browser, page, width):
    """Open a page and wait until its script has set it up."""
    browser.open(page, width=width, script=False)
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    browser.call("Page.reload")
    browser.run(
        "new Promise(done => { const look = () => document.readyState === 'complete' && window.document$"
        " ? setTimeout(done, 200) : setTimeout(look, 20); look(); })"
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_the_window(site, browser, width):
    for page in sorted(set(site.rglob("*.html")) - {site / "404.html"}):
        shown(browser, page, width)
        beyond = browser.run("document.documentElement.scrollWidth - innerWidth")
        assert (page.name, beyond <= 0, browser.complaints()) == (page.name, True, [])
        assert [url for url in browser.requests() if not url.startswith("file:")] == []


def test_the_search_finds_a_page_from_a_folder(site, browser):
    shown(browser, site / "howto" / "proxy.html", 1280)
    browser.run(
        "(() => { const box = document.querySelector('input[name=query]'); box.focus(); box.value = 'quorum';"
        " box.dispatchEvent(new Event('input', {bubbles: true}));"
        " box.dispatchEvent(new KeyboardEvent('keyup', {bubbles: true})); })()"
    )
    found = browser.run(
        "new Promise(done => { const begun = Date.now(); const look = () => {"
        " const links = [...document.querySelectorAll('.md-search-result a')].map(each => each.href);"
        " links.length || Date.now() - begun > 10000 ? done(links.join(' ')) : setTimeout(look, 50); }; look(); })"
    )
    assert "howto/vote.html" in found
