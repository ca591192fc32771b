"""The JSON Schemas against a real validator: they accept what is read, and reject what has the wrong shape."""

import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from brinkmanship.core.crisis import catalogue
from brinkmanship.errors import CrisisError
from brinkmanship.model.folder import read_crisis
from brinkmanship.model.schema import PARTS, schema

CORPUS = Path(__file__).parents[1] / "corpus"
SOUND = [*catalogue().values(), CORPUS / "everything"]
WRONG = sorted(path.parent for path in (CORPUS / "bad").glob("*/crisis.yaml"))
VALIDATORS = {part: Draft202012Validator(schema(part)) for part in PARTS}
OF_SHAPE = {"unknown-key", "wrong-shape", "bad-name"}
"""Codes that a schema can see."""
NUMERAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def typed(value):
    """What an editor's parser makes of text: numbers and truths."""
    if isinstance(value, dict):
        return {key: typed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [typed(each) for each in value]
    if value in ("true", "false"):
        return value == "true"
    return float(value) if NUMERAL.fullmatch(value) else value


def complaints(folder):
    """What the validators say of all files of a folder, numbers as text and as numbers."""
    files = [folder / "crisis.yaml", *sorted((folder / "parts").glob("*.yaml"))]
    parts = [("crisis", path) for path in files] + [
        (part, folder / f"{part}.yaml") for part in PARTS if part != "crisis"
    ]
    found = []
    for part, path in parts:
        if path.is_file():
            data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) or {}
            for form in (data, typed(data)):
                found.append(
                    [f"{path.name}: {each.json_path}: {each.message}" for each in VALIDATORS[part].iter_errors(form)]
                )
    return found


def read(folder):
    """Codes of the faults that reading finds."""
    try:
        return {each.code for each in read_crisis(folder).tree.diagnostics}
    except CrisisError as error:
        return {each.code for each in error.diagnostics}


@pytest.mark.parametrize("part", PARTS)
def test_a_schema_is_one(part):
    Draft202012Validator.check_schema(schema(part))


@pytest.mark.parametrize("folder", SOUND, ids=lambda path: path.name)
def test_sound_crises_are_accepted(folder):
    assert [each for found in complaints(folder) for each in found] == []


def test_wrong_shapes_are_rejected_and_only_those():
    accepted, rejected = 0, 0
    for folder in WRONG:
        codes = read(folder)
        if not codes:
            accepted += 1
            assert [each for found in complaints(folder) for each in found] == [], folder.name
        elif codes & OF_SHAPE and not any(
            code.startswith(("not-", "key-", "yaml-", "too-", "comma-")) for code in codes
        ):
            rejected += 1
            assert any(complaints(folder)), folder.name
    assert accepted > 50
    assert rejected > 4
