"""Imports point down only: the contracts in pyproject.toml hold, and no package is outside them."""

import tomllib
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "brinkmanship"
CONFIGURATION = ROOT / "pyproject.toml"
DATA_ONLY = {"crises"}


def declared_layers() -> set[str]:
    contracts = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    (contract,) = (contract for contract in contracts if contract["type"] == "layers")
    return {name.strip().strip("()") for layer in contract["layers"] for name in layer.split("|")}


def test_contracts_hold():
    assert lint_imports(config_filename=str(CONFIGURATION), no_cache=True) == 0


def test_every_package_and_module_has_a_layer():
    # A folder without __init__.py is importable too, and import-linter does not see it.
    packages = {path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py")}
    assert {name.removesuffix(".py") for name in packages} - {"__init__"} <= declared_layers()


def test_crises_are_data_only():
    assert [path for name in DATA_ONLY for path in (PACKAGE / name).rglob("*.py")] == []
