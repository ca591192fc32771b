"""The coverage page: every paragraph of every document, the claims taken from it, and what rests on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from brinkmanship.analysis.markdown import prose
from brinkmanship.core.crisis import Crisis
from brinkmanship.model.evidence import CoveredClaim, coverage


def coverage_data(crisis: Crisis) -> dict[str, Any]:
    """The documents of a crisis, paragraph by paragraph, as data."""
    documents = []
    for each in coverage(crisis.text):
        paragraphs: list[dict[str, Any]] = [
            {"number": p.number, "claims": [_claim(c) for c in p.claims], "set_aside": p.set_aside}
            for p in each.paragraphs
        ]
        documents.append(
            {
                "document": each.name,
                "author": each.document.author,
                "title": each.document.title,
                "counted": each.document.paragraphs is not None,
                "paragraphs": paragraphs,
                "unplaced": [_claim(c) for c in each.unplaced],
                "open": list(each.open),
            }
        )
    return {"documents": documents}


def _claim(covered: CoveredClaim) -> dict[str, Any]:
    return {"claim": covered.name, "text": covered.claim.text, "elements": list(covered.elements)}


def coverage_page(data: Mapping[str, Any]) -> Iterator[str]:
    """The page, in Markdown."""
    yield "# Coverage"
    yield prose(
        "Every paragraph of every document, with the claims taken from it and the elements of the model that rest on",
        "them. A paragraph without a claim says why; one that does not is open. A claim on which nothing rests is",
        "known and not used.",
    )
    for each in data["documents"]:
        yield f"## {each['document']}"
        head = ", ".join(part for part in (each["author"], each["title"]) if part)
        if head:
            yield f"{head}."
        if not each["counted"]:
            yield "The crisis does not say how many paragraphs this document has: those that claims name are listed."
        for paragraph in each["paragraphs"]:
            yield "\n".join(_paragraph(paragraph))
        if each["unplaced"]:
            yield "\n".join(["Claims that name no paragraph:", *map(_line, each["unplaced"])])


def _paragraph(data: Mapping[str, Any]) -> Iterator[str]:
    number = data["number"]
    if data["claims"]:
        yield f"**{number}.**"
        yield ""
        yield from map(_line, data["claims"])
    elif data["set_aside"]:
        yield f"**{number}.** Set aside: {data['set_aside']}"
    else:
        yield f"**{number}.** Open: no claim is taken from it, and nothing says why."


def _line(claim: Mapping[str, Any]) -> str:
    rests = ", ".join(f"`{each}`" for each in claim["elements"]) or "nothing rests on it"
    return f"- `{claim['claim']}` {claim['text']}\n  → {rests}"
