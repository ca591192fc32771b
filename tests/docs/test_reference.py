"""The reference says all that the code has, and is what the code would write today."""

import re

import pytest

import brinkmanship as bk
from brinkmanship.lang.functions import ALL_NAMES
from brinkmanship.model.base import Sourced, Switchable
from docs.generate.commands import leaves
from docs.generate.keys import blocks, own
from docs.generate.meanings import meanings
from docs.generate.pages import PAGES, REFERENCE


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name):
    # `make reference` writes them.
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name]()


def test_every_key_has_a_meaning_and_no_meaning_lacks_its_key():
    told = {record: set(keys) for record, keys in meanings().items() if record != "functions"}
    known = {record.__name__: set(own(record)) for record in blocks()}
    assert told == known | {"Origin": set(Sourced.model_fields), "Switchable": set(own(Switchable))}


def test_every_function_is_told():
    assert set(meanings()["functions"]) == set(ALL_NAMES)
    page = PAGES["functions.md"]()
    assert [name for name in ALL_NAMES if f"`{name}(" not in page] == []


def test_every_command_and_option_is_told():
    page = PAGES["commands.md"]()
    for name, command in leaves():
        section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
        assert section, name
        assert [
            each.opts[0] for each in command.params if each.opts[0].startswith("-") and each.opts[0] not in section[1]
        ] == []


def test_every_public_name_is_told():
    page = PAGES["python.md"]()
    assert [name for name in bk.__all__ if f"::: brinkmanship.{name}\n" not in page] == []
    assert "## Others" not in page
