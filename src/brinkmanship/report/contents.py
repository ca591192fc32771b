"""What the page holds, section by section, as data: the template only lays it out."""

from __future__ import annotations

from typing import Any

from brinkmanship.report.basis import basis
from brinkmanship.report.colours import DARK, LIGHT, ramp
from brinkmanship.report.deeds import grave_from, read_deeds
from brinkmanship.report.figures import (
    flag_figures,
    incidence_figures,
    influence_figure,
    ladder_figure,
    quantity_figures,
)
from brinkmanship.report.firsts import LEAST_RUNS, first_moves
from brinkmanship.report.influence import ties
from brinkmanship.report.questions import answer_text, main_question, question_text
from brinkmanship.report.rates import rates
from brinkmanship.report.typical import typical_runs
from brinkmanship.results import estimative, labels
from brinkmanship.results.readme import first_paragraph, limits, read_readme
from brinkmanship.results.result import Likelihood, Result


def contents(result: Result) -> dict[str, Any]:
    """All that the template shows."""
    record = result.record
    deeds, ends = read_deeds(result), result.ends()
    grounds = basis(result)
    readme = read_readme(result.text.folder)
    when, where, divided = incidence_figures(result), quantity_figures(result), flag_figures(result)
    ladder, influence = ladder_figure(result, deeds.rungs), influence_figure(rows := ties(record))
    figures = [*when, *where, *divided, *(each for each in (ladder, influence) if each is not None)]
    rungs = ["nothing on the ladder", *(labels.words(name) for name in record.ladder)]
    return {
        "title": record.crisis.title,
        "summary": record.crisis.summary or first_paragraph(readme),
        "made": result.made,
        "runs": result.runs,
        "going": result.going,
        "last_day": str(result.data["time"].values[-1])[:10],
        "supposed": list(zip(result.made["given"], result.made["made"], strict=True)),
        "question": question_text(result),
        "answers": [(answer_text(each), each) for each in main_question(result)],
        "bands": bands(result),
        "outcomes": result.likelihoods,
        "changed": changed(result),
        "when": when,
        "where": where,
        "divided": divided,
        "all_quantities": all_quantities(result),
        "ladder": ladder,
        "rungs": rungs,
        "ramps": {"light": ramp(LIGHT, len(rungs)), "dark": ramp(DARK, len(rungs))},
        "influence": influence,
        "ties": rows,
        "rates": rates(result),
        "firsts": [
            ("The first deed of all", first_moves(result, deeds.first, ends)),
            ("The first deed on the upper half of the ladder", first_moves(result, deeds.first_grave, ends)),
        ],
        "grave_from": rungs[grave_from(result) + 1] if record.ladder else "",
        "least_runs": LEAST_RUNS,
        "typical": typical_runs(result, ends),
        "basis": grounds,
        "numbered": lambda names: sorted(set(names) & set(grounds.numbers), key=grounds.numbers.__getitem__),
        "claims": record.sources.claims,
        "contradictions": record.sources.contradictions,
        "limits": limits(readme),
        "specs": {each.name: each.spec for each in figures},
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


def changed(result: Result) -> list[Likelihood]:
    """Outcomes whose change by the supposition is told from none, the largest first."""
    sure = [each for each in result.likelihoods if each.change and (each.change[1] > 0 or each.change[2] < 0)]
    return sorted(sure, key=lambda each: -abs(each.change[0]) if each.change else 0.0)


def all_quantities(result: Result) -> list[tuple[str, float, float, float, float]]:
    """Quantities that spread on the last day: first day's median; and the last day's 5 %, 50 % and 95 %."""
    quantiles = result.data["quantiles"].transpose("quantity", "quantile", "time")
    flags = {str(name) for name in result.data["flag"].values}
    rows = []
    for spread, name in result.spreads():
        if spread > 0 and name not in flags:
            values = quantiles.sel(quantity=name).values
            first, *last = (float(each) for each in (values[2, 0], *values[[0, 2, 4], -1]))
            rows.append((result.label_of(name), first, *last))
    return rows
