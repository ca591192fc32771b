"""Futures on a device: the processor, as one."""

import json

import pytest

pytest.importorskip("jax")

ASKED = ("run", "textbook/chicken", "--runs", 200, "--format", "json")


def test_a_device_gives_the_same_futures(brink):
    there = brink(*ASKED, "--engine", "xla", JAX_PLATFORMS="cpu")
    here = brink(*ASKED, "--engine", "compiled")
    assert there.returncode == 0, there.stderr
    assert json.loads(there.stdout) == json.loads(here.stdout)


@pytest.mark.parametrize("platform", ["rocm", "cuda"])
def test_a_device_that_is_not_there(brink, platform):
    answer = brink(*ASKED, "--engine", "xla", JAX_PLATFORMS=platform)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith("brink: JAX finds no device: ")
    assert platform in answer.stderr
    assert answer.stderr.endswith("or take `--engine compiled`\n")
