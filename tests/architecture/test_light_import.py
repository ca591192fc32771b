"""`import brinkmanship` is quick: what only some uses need is imported when they need it."""

import subprocess
import sys

HEAVY = {
    "altair",
    "h5netcdf",
    "h5py",
    "jax",
    "llvmlite",
    "jinja2",
    "markdown_it",
    "matplotlib",
    "pandas",
    "pyarrow",
    "rich",
    "scipy",
    "typer",
    "vl_convert",
    "xarray",
}


def modules(code: str) -> set[str]:
    """What a piece of Python imports. In a fresh interpreter: in this one, other tests have imported everything."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys, brinkmanship as bk\n{code}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


def test_import_brings_no_heavy_module():
    assert HEAVY & modules("") == set()


def test_a_small_simulation_brings_no_compiler():
    found = modules("bk.simulate(bk.load('textbook/chicken'), runs=20)")
    assert "brinkmanship.engine.step" in found
    assert {"jax", "llvmlite"} & found == set()
