"""A second implementation of the core, in C and written by a program, against the engine: the same runs come out."""

import shutil

import pytest

import brinkmanship as bk
from bench import generated
from bench.c_expressions import Unsupported
from bench.c_program import build

RUNS = 600
QUICK = ("-O1", "-ffast-math")


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_the_generated_c_program_has_the_runs_of_the_engine(tmp_path):
    crisis = generated.load(actors=4, days=60)
    program = build(crisis.lowered, tmp_path, seed=7, flags=QUICK)
    theirs, _ = program.run(RUNS, threads=2)
    ours = bk.simulate(crisis, runs=RUNS, seed=7).outcomes()["probability"]
    counts = {name: round(RUNS * float(ours.sel(outcome=name))) for name in program.outcomes}
    # The last bits of exp and log differ, which may part a run in many thousands.
    assert dict(zip(program.outcomes, theirs.sum(axis=0), strict=True)) == pytest.approx(counts, abs=1)
    assert sum(0.1 * RUNS < count < 0.9 * RUNS for count in counts.values()) >= 3


def test_what_the_c_program_does_not_do_is_refused(tmp_path):
    with pytest.raises(Unsupported, match="past"):
        build(bk.load("us-iran-2020").lowered, tmp_path)
