"""What the page holds, section by section, as data: the template only lays it out."""

from __future__ import annotations

from typing import Any

from brinkmanship.report.basis import basis
from brinkmanship.report.changes import changed_deeds, changed_outcomes, changed_quantities, shifts
from brinkmanship.report.colours import DARK, DARK_IDLE, LIGHT, LIGHT_IDLE, palette
from brinkmanship.report.deeds import grave_from, read_deeds
from brinkmanship.report.figures import answers_figure, curves, flag_figures, incidence_figures, quantity_figures
from brinkmanship.report.firsts import LEAST_RUNS, first_moves
from brinkmanship.report.influence import ties
from brinkmanship.report.ladder import ladder_figure, reached
from brinkmanship.report.past import documented_past
from brinkmanship.report.questions import answer_text, main_question, question_text
from brinkmanship.report.rates import MOST_ACTORS, rates
from brinkmanship.report.relations import relations
from brinkmanship.report.typical import RARE, typical_runs
from brinkmanship.results import estimative, labels
from brinkmanship.results.formats import percent
from brinkmanship.results.readme import first_paragraph, limits, read_readme
from brinkmanship.results.result import Likelihood, Result


def contents(result: Result) -> dict[str, Any]:
    """All that the template shows."""
    record = result.record
    deeds, ends = read_deeds(result), result.ends()
    found, moved = curves(result), shifts(result)
    when, where, divided = (
        incidence_figures(result, found),
        quantity_figures(result, moved),
        flag_figures(result, moved),
    )
    answers, ladder = answers_figure(result, found), ladder_figure(result, deeds.rungs)
    when = [*([answers] if answers is not None else []), *when]
    figures = [*when, *where, *divided, *([ladder] if ladder is not None else [])]
    for each in figures:
        each.begin()
    grounds = basis(result)
    readme = read_readme(result.text.folder)
    return {
        **_heading(result, readme),
        "question": question_text(result),
        "answers": [(answer_text(each), each) for each in main_question(result)],
        "bands": bands(result),
        "outcomes": result.likelihoods,
        "definitions": [each for each in result.likelihoods if each.definition != each.label],
        "changed": changed_outcomes(result),
        "changed_deeds": changed_deeds(result),
        "changed_quantities": changed_quantities(result, moved),
        "when": when,
        "curves": sorted(found, key=lambda each: -each.share[-1]),
        "where": where,
        "divided": divided,
        "all_quantities": all_quantities(result),
        "ladder": ladder,
        "reached": reached(result, deeds.rungs),
        "palettes": {
            "light": palette(LIGHT_IDLE, LIGHT, len(record.ladder)),
            "dark": palette(DARK_IDLE, DARK, len(record.ladder)),
        },
        "relations": relations(result),
        "ties": ties(record),
        "rates": rates(result),
        "most_actors": MOST_ACTORS,
        "firsts": [
            ("The first deed of all", first_moves(result, deeds.first, ends)),
            ("The first deed on the upper half of the ladder", first_moves(result, deeds.first_grave, ends)),
        ],
        "grave_from": labels.words(list(record.ladder)[grave_from(result)]) if record.ladder else "",
        "least_runs": LEAST_RUNS,
        "typical": typical_runs(result, ends),
        "rare": RARE,
        "past": documented_past(result),
        "basis": grounds,
        "numbered": lambda names: sorted(set(names) & set(grounds.numbers), key=grounds.numbers.__getitem__),
        "claims": record.sources.claims,
        "contradictions": record.sources.contradictions,
        "limits": limits(readme),
        "specs": {each.name: each.spec for each in figures},
    }


def _heading(result: Result, readme: str) -> dict[str, Any]:
    """What the page is about, and how it was made."""
    record = result.record
    return {
        "title": record.crisis.title,
        "summary": record.crisis.summary or first_paragraph(readme),
        "made": result.made,
        "runs": result.runs,
        "by_chance": result.by_chance,
        "going": result.going,
        "span_days": round(result.data.sizes["time"] * result.made["step_days"]),
        "last_day": str(result.data["time"].values[-1])[:10],
        "supposed": list(zip(result.made["given"], result.made["made"], strict=True)),
    }


def bands(result: Result) -> list[tuple[str, list[Likelihood]]]:
    """Outcomes but the main question by their word, the likeliest first; what holds on the first day stands last."""
    rest = [each for each in result.likelihoods if each not in main_question(result)]
    ordered = sorted(rest, key=lambda each: -each.probability)
    fresh = [each for each in ordered if not each.held_already]
    made = [(name, [each for each in fresh if estimative.word(each.probability) == name]) for name in _descending()]
    made.append(("so already on the first day", [each for each in ordered if each.held_already]))
    return [(name, rows) for name, rows in made if rows]


def _descending() -> list[str]:
    return list(reversed(estimative.WORDS))


def all_quantities(result: Result) -> list[tuple[str, ...]]:
    """Quantities that spread on the last day: first day's median; and the last day's 5 %, 50 % and 95 %.

    Of what is true or false: the shares in which it is true.
    """
    quantiles = result.data["quantiles"].transpose("quantity", "quantile", "time")
    flags = {str(name) for name in result.data["flag"].values}
    rows = []
    for spread, name in result.spreads():
        if spread > 0 and name in flags:
            first, last = (percent(each) for each in result.data["share_true"].sel(flag=name).values[[0, -1]])
            rows.append((result.label_of(name), first, "", last, ""))
        elif spread > 0:
            values = quantiles.sel(quantity=name).values
            shown = (values[2, 0], *values[[0, 2, 4], -1])
            rows.append((result.label_of(name), *(result.value(name, each) for each in shown)))
    return rows
