"""Futures on a device: the processor, as one."""

import json

import pytest

pytest.importorskip("jax")

KEEP = {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
"""Whatever was compiled is put into the cache."""
ASKED = ("run", "textbook/chicken", "--runs", 200, "--format", "json")


def test_a_device_gives_the_same_futures(brink, tmp_path):
    there = brink(*ASKED, "--engine", "xla", "--out", tmp_path / "out", JAX_PLATFORMS="cpu")
    here = brink(*ASKED, "--engine", "compiled")
    assert there.returncode == 0, there.stderr
    assert there.stderr == ""
    assert json.loads(there.stdout) == json.loads(here.stdout)
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["engine"] == "xla on cpu"


def test_a_cache_that_cannot_be_written_is_done_without(brink, tmp_path):
    (tmp_path / "file").touch()
    answer = brink(*ASKED, "--engine", "xla", JAX_PLATFORMS="cpu", BRINK_CACHE=str(tmp_path / "file"), **KEEP)
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("platform", ["rocm", "cuda"])
def test_a_device_that_is_not_there(brink, platform):
    answer = brink(*ASKED, "--engine", "xla", JAX_PLATFORMS=platform)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith("brink: JAX finds no device: ")
    assert platform in answer.stderr
    assert answer.stderr.endswith("or take `--engine compiled`\n")
