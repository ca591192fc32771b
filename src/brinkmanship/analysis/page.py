"""The page of a review, in Markdown, from its parts alone: what is kept can always be read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from brinkmanship.analysis.coverage import coverage_page
from brinkmanship.analysis.markdown import amount, percent, points, prose, signed, span, table

Part = Mapping[str, Any]
SIGNS = {"holds": "holds", "unclear": "unclear", "opposite": "OPPOSITE"}


def pages(title: str, parts: Mapping[str, Part]) -> dict[str, str]:
    """The files that are read: ``review.md``, and ``coverage.md`` where the crisis has documents."""
    found = {"review.md": _joined(_review(title, parts))}
    if "coverage" in parts:
        found["coverage.md"] = _joined(coverage_page(parts["coverage"]))
    return found


def section(name: str, part: Part) -> str:
    """One part, to read."""
    return _joined(SECTIONS[name](part))


def _joined(blocks: Iterator[str]) -> str:
    return "\n\n".join(blocks) + "\n"


def _review(title: str, parts: Mapping[str, Part]) -> Iterator[str]:
    yield f"# Review: {title}"
    yield prose(
        "What each mechanism does, how likely the model finds what happened, what past crises say, and how much",
        "depends on the length of a step. Made by `brink review`; the data stand beside this page. Intervals are 90 %",
        "Monte Carlo or score intervals; they say nothing of doubt about the model.",
    )
    for name, write in SECTIONS.items():
        if name in parts:
            yield from write(parts[name])


def _made(part: Part) -> str:
    return prose(
        f"From {part['from']}; {part['runs']:,} runs an ensemble, seed {part['seed']},",
        f"fingerprint `{part['fingerprint']}`.",
    )


def _ablations(part: Part) -> Iterator[str]:
    findings = [each for ablation in part["ablations"] for each in ablation["findings"]]
    counts = {verdict: sum(each["verdict"] == verdict for each in findings) for verdict in SIGNS}
    yield "## Ablations"
    yield _made(part)
    yield (
        f"Of {len(findings)} expectations {counts['holds']} hold, {counts['unclear']} are unclear "
        f"and {counts['opposite']} turn out the other way."
    )
    for each in part["ablations"]:
        yield f"### {each['ablation'].replace('_', ' ')}"
        edits = ", ".join(f"`{path}: {value}`" for path, value in each["edit"].items())
        rests = ", ".join(f"`{name}`" for name in each["because"]) or f"assumed: {each['assumed']}"
        given = f" Supposed: {'; '.join(each['given'])}." if each["given"] else ""
        start = f" From {each['from']}." if each["from"] else ""
        yield f"{each['what']} ({rests})\n\nEdit: {edits}.{start}{given}"
        yield table(
            ("expected", "with", "without", "change", "90 % interval", "verdict"),
            [_expectation(found) for found in each["findings"]],
            " rrrr",
        )


def _expectation(found: Part) -> tuple[str, ...]:
    at = f" at {found['at']}" if found["at"] else ""
    name = f"{found['label']}: {found['direction']}{at}"
    low, high = found["low"], found["high"]
    if found["kind"] == "outcome":
        levels = percent(found["before"]), percent(found["after"]), points(found["change"])
        interval = span(points(low), points(high))
    else:
        levels = amount(found["before"]), amount(found["after"]), signed(found["change"])
        interval = "unknown" if low is None or high is None else span(signed(low), signed(high))
    return name, *levels, interval, SIGNS[found["verdict"]]


def _replay(part: Part) -> Iterator[str]:
    moves = part["moves"]
    yield "## Replay"
    yield _made(part)
    yield prose(
        "Each documented move, and the chance that its performer would have chosen it then: at an occasion to act,",
        "and per day with the actor's tempo; means over replays of the documented past. `open` is the share of",
        "replays in which the move was open to it. Rank 1 is what it was most inclined to do; `hold` counts.",
    )
    rows = [
        (
            each["date"],
            _who(each) + _doubt(each["chance_of_performer"]),
            percent(each["probability"]),
            percent(each["per_day"]),
            percent(each["available"]),
            f"{each['rank']} of {each['of']}",
            ", ".join(f"{other['deed']} {percent(other['probability'])}" for other in each["preferred"]),
        )
        for each in moves
    ]
    yield table(("date", "move", "chosen", "a day", "open", "rank", "rather"), rows, "  rrrr")
    odd = [each for each in moves if each["stands_out"]]
    if odd:
        yield "Below 1 % and not among the first five options: the model would hardly have expected these."
        yield "\n".join(f"- {each['date']} {_who(each)}: {percent(each['probability'])}" for each in odd)
    else:
        yield "No move is below 1 % and outside the first five options."


def _who(move: Part) -> str:
    return f"{move['who']}: {move['deed']}"


def _doubt(chance: float) -> str:
    return "" if chance == 1 else f" (if it was, {percent(chance)})"


def _base_rates(part: Part) -> Iterator[str]:
    own = part["own"]
    yield "## Base rates"
    yield prose(
        "From the International Crisis Behavior data (Brecher, Wilkenfeld, Beardsley, James and Quinn; `@icb14`),",
        f"{part['data']}: only crises that ended before {part['before']}, so that this one is not among them. A crisis",
        "is between two states where one is a crisis actor and the other triggered the crisis for it (`cracid`,",
        "`trigent`). Full-scale war is violence coded 4 of the crisis as a whole (`viol`); a violent act triggers a",
        "crisis where `triggr` is 9, and is answered violently where `majres` is 8 or 9. A relapse is dated by the",
        "beginning of the next crisis, since the data do not date the outbreak of a war; crises within a war under way",
        "count too. The labels of codes were checked against known crises, not against the codebook.",
    )
    rows = [
        (each["of"], f"{each['count']:,} of {each['size']:,}", percent(each["share"]), _reach(each))
        for each in part["rates"]
    ]
    yield table(("reference class", "count", "share", "90 % interval"), rows, " rrr")
    yield _made(part)
    yield table(
        ("this crisis", "count", "share", "90 % interval"),
        [
            (
                f"{part['label']}, within {own['days']} days",
                f"{own['count']:,} of {own['runs']:,}",
                percent(own["share"]),
                _reach(own),
            )
        ],
        " rrr",
    )


def _reach(rate: Part) -> str:
    return span(percent(rate["low"]), percent(rate["high"]))


def _robustness(part: Part) -> Iterator[str]:
    large = [each["label"] for each in part["shifts"] if not each["small"]]
    yield "## Robustness: half a step"
    yield _made(part)
    yield (
        f"Outcomes with a step of {part['step']:g} and of {part['half']:g} days. "
        + (
            f"Beyond {100 * part['largest_shift']:g} point and the interval: {', '.join(large)}."
            if large
            else f"None moves by more than {100 * part['largest_shift']:g} point beyond its interval."
        )
    )
    rows = [
        (
            each["label"],
            percent(each["whole"]),
            percent(each["half"]),
            points(each["change"]),
            span(points(each["low"]), points(each["high"])),
        )
        for each in part["shifts"]
    ]
    yield table(("outcome", f"{part['step']:g} d", f"{part['half']:g} d", "shift", "90 % interval"), rows, " rrrr")


def _coverage(part: Part) -> Iterator[str]:
    yield "## Coverage"
    yield "Every paragraph with its claims, and what rests on each, stands in `coverage.md`."
    rows = []
    for each in part["documents"]:
        paragraphs = each["paragraphs"]
        claims = [claim for paragraph in paragraphs for claim in paragraph["claims"]] + each["unplaced"]
        counts = (
            sum(bool(paragraph["claims"]) for paragraph in paragraphs),
            sum(paragraph["set_aside"] is not None for paragraph in paragraphs),
            len(each["open"]),
        )
        rows.append(
            (
                each["document"],
                str(len(paragraphs)) if each["counted"] else "not said",
                *(str(number) if paragraphs else "–" for number in counts),
                str(len(claims)),
                str(sum(bool(claim["elements"]) for claim in claims)),
            )
        )
    heads = ("document", "paragraphs", "with claims", "set aside", "open", "claims", "in use")
    yield table(heads, rows, " rrrrrr")


SECTIONS: dict[str, Callable[[Part], Iterator[str]]] = {
    "ablations": _ablations,
    "replay": _replay,
    "base-rates": _base_rates,
    "robustness": _robustness,
    "coverage": _coverage,
}
