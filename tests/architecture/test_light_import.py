"""`import brinkmanship` is quick: what only some uses need is imported when they need it."""

import subprocess
import sys

HEAVY = {
    "altair",
    "h5netcdf",
    "h5py",
    "jax",
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


def test_import_brings_no_heavy_module():
    # A fresh interpreter: in this one, other tests have imported everything.
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import sys, brinkmanship; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert HEAVY & set(result.stdout.split()) == set()
