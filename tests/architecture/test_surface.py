"""The public surface is what it is on purpose, and what the documents show works."""

import re
from pathlib import Path

import brinkmanship as bk

ROOT = Path(__file__).parents[2]
SURFACE = {
    "BrinkmanshipError",
    "Crisis",
    "CrisisError",
    "Diagnostic",
    "InternalError",
    "Place",
    "Runs",
    "UsageError",
    "catalogue",
    "do",
    "load",
    "simulate",
}


def test_the_public_surface_is_held():
    assert set(bk.__all__) == SURFACE
    assert all(hasattr(bk, name) for name in SURFACE)


def test_every_public_name_is_documented():
    for name in SURFACE:
        documentation = getattr(bk, name).__doc__
        assert documentation and not documentation.startswith(f"{name}("), name


def test_errors_form_one_tree():
    for child in (bk.CrisisError, bk.UsageError, bk.InternalError):
        assert issubclass(child, bk.BrinkmanshipError)


def test_the_lines_of_python_in_the_readme_run(capsys):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 1
    exec(compile(blocks[0], "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "attrition" in printed and "oil_price" in printed


def test_the_readme_names_every_crisis_of_the_catalogue():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in bk.catalogue())


def test_the_language_reference_shows_every_key():
    """A key that the reference does not show is one that nobody will find."""
    from brinkmanship.model.base import Record
    from brinkmanship.model.records import CrisisRecord

    text = (ROOT / "docs" / "reference" / "language.md").read_text(encoding="utf-8")
    seen: set[type] = set()

    def keys(record: type[Record]) -> set[str]:
        found: set[str] = set()
        for name, field in record.model_fields.items():
            found.add(field.alias or name)
            for inner in records_in(field.annotation):
                if inner not in seen:
                    seen.add(inner)
                    found |= keys(inner)
        return found

    def records_in(annotation: object) -> list[type[Record]]:
        if isinstance(annotation, type) and issubclass(annotation, Record):
            return [annotation]
        return [each for part in getattr(annotation, "__args__", ()) for each in records_in(part)]

    missing = {key for key in keys(CrisisRecord) if not re.search(rf"\b{key}\b", text)}
    assert missing == set()
