"""What a crisis is based on, as a bibliography: its documents, and the published work that it names as an origin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from brinkmanship.errors import UsageError
from brinkmanship.model.documents import Document
from brinkmanship.model.evidence import uses
from brinkmanship.model.folder import CrisisText
from brinkmanship.model.references import references

Work = Any
"""An entry of `pybtex`."""
_SIGNS = re.compile(r"[\\{}&#%_~]")
_NAMED = {"\\": "/", "~": r"\textasciitilde{}", "{": "(", "}": ")"}


def bibliography(text: CrisisText) -> dict[str, Work]:
    """The works by key: documents in the order of the file, then published work by key."""
    known, used = references(text, []), uses(text)
    documents = {name: _entry(document) for name, document in text.record.sources.documents.items()}
    published = sorted(name[1:] for name in used if name.startswith("@"))
    return documents | {key: known[key] for key in published if key in known}


def _entry(document: Document) -> Work:
    """A document as an entry; what the file does not say is left out, and what it says is kept as it is written."""
    from pybtex.database import Entry

    stated = ", ".join(each for each in (document.kind, f"dated {document.date}" if document.date else None) if each)
    fields = {
        "title": f"{{{_escaped(document.title)}}}" if document.title else None,
        "howpublished": _escaped(document.publisher or ""),
        "year": _escaped((document.date or "")[:4]),
        "note": _escaped(stated[:1].upper() + stated[1:]),
        "url": document.url,
    }
    people = {"author": [_person(f"{{{_escaped(document.author)}}}")]} if document.author else {}
    return Entry("misc", {key: value for key, value in fields.items() if value}, people)


def _escaped(text: str) -> str:
    """Text whose signs mean nothing to TeX."""
    return _SIGNS.sub(lambda sign: _NAMED.get(sign.group(), "\\" + sign.group()), " ".join(text.split()))


def as_bibtex(works: Mapping[str, Work]) -> str:
    """The works as BibTeX."""
    from codecs import getdecoder

    from pybtex.database import Entry
    from pybtex.database.output.bibtex import Writer  # which registers the codec

    decode: Any = getdecoder("ulatex")

    def plain(entry: Work) -> Work:
        """The entry as the writer wants it, which escapes by itself what means something to TeX."""
        fields = {key: decode(value)[0] for key, value in entry.fields.items()}
        people = {role: [_person(decode(str(each))[0]) for each in people] for role, people in entry.persons.items()}
        return Entry(entry.type, fields, people)

    return str(Writer().to_string(_library({key: plain(entry) for key, entry in works.items()}))).rstrip()


def _person(name: str) -> Any:
    from pybtex.database import Person

    return Person(name)


def as_text(works: Mapping[str, Work]) -> str:
    """The works as plain text, one a paragraph, in the order given.

    Raises
    ------
    UsageError
        When the fields of an entry are no TeX.
    """
    from pybtex.backends.plaintext import Backend
    from pybtex.exceptions import PybtexError
    from pybtex.style.formatting.unsrt import Style

    style, backend = Style(), Backend()
    shown = []
    for key, entry in _library(works).entries.items():
        try:
            shown.append(_formatted(style, entry).text.render(backend))
        except PybtexError as error:
            raise UsageError(f"the entry `{key}` cannot be set as text: {error}; try --format bibtex") from None
    return "\n\n".join(shown)


def _library(works: Mapping[str, Work]) -> Any:
    from pybtex.database import BibliographyData

    return BibliographyData(dict(works))


def _formatted(style: Any, entry: Work) -> Any:
    """An entry in a style; one of a type that the style lacks, or without what its type needs, counts as `misc`."""
    from pybtex.database import Entry
    from pybtex.style.template import FieldIsMissing

    if hasattr(style, f"get_{entry.type}_template"):
        try:
            return style.format_entry(entry.key, entry)
        except FieldIsMissing:
            pass
    plain = Entry("misc", entry.fields, entry.persons)
    plain.key = entry.key
    return style.format_entry(entry.key, plain)
