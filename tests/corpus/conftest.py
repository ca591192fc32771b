"""Tests here share `mutations.py`."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def mutations():
    spec = importlib.util.spec_from_file_location("mutations", Path(__file__).parent / "mutations.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
