"""The page as a reader meets it, in a headless browser."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from brinkmanship.results.formats import interval, percent
from brinkmanship.results.result import read_result

SIZES = [(1280, False), (380, True), (380, False), (1280, True)]
LEAST_CONTRAST = 4.5
"""Of text against its background: level AA of the Web Content Accessibility Guidelines."""
CONTRAST = """(() => {
  const light = part => { const c = part / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const scale = colour => colour.startsWith("color(srgb") ? 255 : 1;
  const parts = colour => (colour.match(/[\\d.]+/g) || []).map((each, at) => at < 3 ? each * scale(colour) : +each);
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.getClientRects().length || element.tagName === "SCRIPT") continue;
    const style = getComputedStyle(element);
    const colour = parts(element.closest("svg") ? style.fill : style.color);
    const [one, two] = [luminance(colour), luminance(behind(element))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    const words = element.textContent.slice(0, 40);
    if (ratio < LEAST) weak.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)} ${words}`);
  }
  return weak;
})()""".replace("LEAST", str(LEAST_CONTRAST))


class Parts(HTMLParser):
    """Elements of a page in order: name, attributes, and the text inside."""

    def __init__(self, path):
        super().__init__()
        self.found, self._open = [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        element = [tag, dict(attributes), ""]
        self.found.append(element)
        if tag not in ("meta", "img", "link", "br"):
            self._open.append(element)

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for element in self._open:
            element[2] += data

    def all(self, *tags):
        return [element for element in self.found if element[0] in tags]


@pytest.mark.parametrize(("width", "dark"), SIZES)
def test_the_page_stands_by_itself(browser, everything, width, dark):
    browser.open(everything / "report.html", width=width, dark=dark)
    assert browser.requests() == [], "nothing is fetched"
    assert browser.complaints() == []
    charts = browser.run("document.querySelectorAll('[data-chart]').length")
    assert charts >= 6
    drawn = "[...document.querySelectorAll('.drawn .live svg')].filter(each => each.querySelector('path, line, text'))"
    assert browser.run(f"{drawn}.filter(each => each.getBoundingClientRect().width > 100).length") == charts
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run(CONTRAST) == []


def test_the_page_follows_light_and_dark(browser, everything):
    brightness = {}
    for dark in (False, True):
        browser.open(everything / "report.html", dark=dark)
        marks = "[...document.querySelectorAll('.live svg .role-mark path')].map(each => getComputedStyle(each).stroke)"
        lines = f"{marks}.filter(each => each !== 'none')[0]"
        brightness[dark] = browser.run("getComputedStyle(document.body).backgroundColor"), browser.run(lines)
    assert brightness[False][0] != brightness[True][0]
    assert brightness[False][1] != brightness[True][1], "charts too"


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (380, True)])
def test_the_flagship(browser, flagship, width, dark):
    browser.open(flagship / "report.html", width=width, dark=dark)
    assert (browser.requests(), browser.complaints()) == ([], [])
    charts = browser.run("document.querySelectorAll('[data-chart]').length")
    assert browser.run("document.querySelectorAll('.drawn .live svg').length") == charts >= 15
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert (flagship / "report.html").stat().st_size < 2_500_000


def test_without_scripts_the_charts_are_still(browser, everything):
    browser.open(everything / "report.html", script=False)
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    shown = (
        "[...document.querySelectorAll('.still svg')].filter(each => each.getBoundingClientRect().height > 50).length"
    )
    assert browser.run(shown) == browser.run("document.querySelectorAll('[data-chart]').length") > 0


def test_on_paper_the_charts_are_still_and_details_are_open(browser, everything):
    browser.open(everything / "report.html", dark=True)
    browser.call("Emulation.setEmulatedMedia", media="print", features=[])
    heights = "[...document.querySelectorAll('{0}')].map(each => each.getBoundingClientRect().height)"
    assert min(browser.run(heights.format(".still svg"))) > 50
    assert max(browser.run(heights.format(".live"))) == 0
    assert min(browser.run(heights.format(".story details .moments"))) > 0
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(252, 251, 248)"


def test_a_reference_opens_what_it_names(browser, flagship):
    browser.open(flagship / "report.html")
    link = "document.querySelector('.sources a')"
    browser.run(f"{link}.click()")
    target = f"document.getElementById({link}.hash.slice(1))"
    browser.run("new Promise(done => setTimeout(done, 50))")
    assert browser.run(f"{target}.getBoundingClientRect().height") > 0


def test_a_crisis_cannot_run_scripts(browser, hostile, attack):
    browser.open(hostile / "report.html")
    assert (browser.requests(), browser.complaints()) == ([], [])
    assert browser.run("window.hacked") is None
    assert attack in browser.run("document.querySelector('h1').textContent")
    assert attack in browser.run("document.querySelector('.outcomes').textContent")
    assert browser.run("document.querySelectorAll('img').length") == 0
    assert browser.run("document.querySelectorAll('[href^=\"javascript\"]').length") == 0
    # Were something to slip through, the page's own policy would stop it.
    browser.run("document.body.append(Object.assign(document.createElement('script'), {text: 'window.hacked = 4'}))")
    assert browser.run("window.hacked") is None


def test_the_page_can_be_read_without_seeing_it(everything):
    parts = Parts(everything / "report.html")
    levels = [int(tag[1]) for tag, *_ in parts.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels
    tables = len(parts.all("table"))
    assert tables == len([text for _, _, text in parts.all("caption") if text.strip()]) > 3
    images = [attributes for _, attributes, _ in parts.found if attributes.get("role") == "img"]
    assert images and all(len(each["aria-label"]) > 20 for each in images)
    names = {attributes.get("id") for _, attributes, _ in parts.found}
    links = {attributes["href"] for _, attributes, _ in parts.all("a")}
    assert links and {link.removeprefix("#") for link in links if link.startswith("#")} <= names
    identifiers = [attributes["id"] for _, attributes, _ in parts.found if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))


def test_the_numbers_in_the_text_are_those_of_the_results(everything):
    parts = Parts(everything / "report.html")
    result = read_result(everything)
    summary = json.loads((everything / "outcomes.json").read_text(encoding="utf-8"))
    rows = [text for _, _, text in parts.all("tr") if "before" in text and "change" not in text]
    for each in result.likelihoods:
        if each.name.startswith("which."):
            continue
        (row,) = [text for text in rows if each.label in text]
        assert percent(summary["outcomes"][each.name]["probability"]) in row
        assert percent(summary["before"][each.name]["probability"]) in row
    (key,) = [text for tag, attributes, text in parts.all("ul") if attributes.get("class") == "key" and "deal" in text]
    for name in ("deal", "blood", "neither"):
        assert f"{name} {percent(summary['outcomes'][f'which.{name}']['probability'])}" in " ".join(key.split())


def sections(parts):
    return [attributes["id"] for _, attributes, _ in parts.all("section")]


def test_the_change_comes_first(cuba, everything):
    assert sections(Parts(everything / "report.html"))[:2] == ["supposition", "answer"]
    assert sections(Parts(cuba / "report.html"))[0] == "answer"


def test_the_headline_table(cuba, definition):
    parts, result = Parts(cuba / "report.html"), read_result(cuba)
    (table,) = [text for _, attributes, text in parts.all("table") if attributes.get("class") == "outcomes"]
    by_name = {each.name: each for each in result.likelihoods}
    assert by_name["attack"].parameters_matter and not by_name["war"].parameters_matter
    assert interval(*by_name["attack"].parameters) in table
    assert by_name["quarantined"].begins_at_once and not by_name["quarantined"].held_already
    assert f"{percent(by_name['quarantined'].on_first_day)} of these points come on the first day" in table
    assert table.count("of these points") == 1
    # The label is short, and what it means is to be found below it.
    assert "General war" in table and definition not in table
    assert any(definition in text for _, _, text in parts.all("dd"))
    assert any(definition in attributes.get("title", "") for _, attributes, _ in parts.all("span"))


def test_a_document_and_the_past_are_told(cuba):
    parts = Parts(cuba / "report.html")
    summaries = [" ".join(text.split()) for _, _, text in parts.all("summary")]
    assert any(text.startswith("Graham Allison and Philip Zelikow, Essence of Decision") for text in summaries)
    (past,) = [text for _, attributes, text in parts.all("details") if attributes.get("id") == "past"]
    assert "16 October 1962" in past and "24 October 1962" not in past


def test_a_story_says_what_is_rare_and_refers_sparingly(cuba):
    parts = Parts(cuba / "report.html")
    stories = [text for _, _, text in parts.all("article")]
    result = read_result(cuba)
    told = [" ".join(text.split()) for story in stories for text in story.split("\n") if "of all" in text]
    assert told
    for each in result.likelihoods:
        for text in told:
            if text.startswith(f"{each.label} "):
                assert text.endswith(
                    f"{'rare: ' if each.probability < 0.1 else ''}in {percent(each.probability)} of all"
                )
    moments = [text for tag, attributes, text in parts.all("ol") if attributes.get("class") == "moments"]
    references = [group for text in moments[:-1] for group in re.findall(r"\[[\d, …]+\]", text)]
    assert references and max(group.count(",") for group in references) <= 1
