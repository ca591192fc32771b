"""Commands and their options."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from brinkmanship.cli import report, show
from brinkmanship.cli.options import Jobs, Seed, runs_option
from brinkmanship.cli.screen import Format, OutputFormat, screen
from brinkmanship.errors import CrisisError, Interrupted, UsageError

app = typer.Typer(
    name="brink",
    help="A laboratory for international crises: check one, simulate its futures, ask what changes them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Engine(StrEnum):
    """How futures are computed."""

    auto = "auto"
    numpy = "numpy"
    compiled = "compiled"
    xla = "xla"


class Bibliography(StrEnum):
    """How a bibliography is printed."""

    text = "text"
    bibtex = "bibtex"


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"brink {version('brinkmanship')}")
        raise typer.Exit


@app.callback()
def brink(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A laboratory for international crises: check one, simulate its futures, ask what changes them."""


Crisis = Annotated[str, typer.Argument(metavar="CRISIS", help="A name from `brink list`, or the folder of a crisis.")]


@app.command("list")
def list_crises(format_: OutputFormat = Format.table) -> None:
    """List the crises that come with the package."""
    from brinkmanship.cli.tables import catalogue_table
    from brinkmanship.core.crisis import catalogue, load

    crises = [load(name) for name in catalogue()]
    if format_ is Format.json:
        rows = [
            {"crisis": c.name, "title": c.title, "actors": len(c.actors), "outcomes": list(c.outcomes)} for c in crises
        ]
        print(json.dumps(rows, indent=2))
        return
    screen().print(catalogue_table(crises))


@app.command()
def check(
    crisis: Crisis,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="List unused claims, how contradictions are settled, and works cited.")
    ] = False,
    pedantic: Annotated[
        bool, typer.Option("--pedantic", help="Tell too what is legal but suspicious: what nothing reads or reaches.")
    ] = False,
    format_: OutputFormat = Format.table,
) -> None:
    """Check whether a crisis is well formed, and show what it rests on."""
    from brinkmanship.cli.check import (
        check_report,
        check_summary,
        evidence_report,
        faults_summary,
        suspicious_report,
    )
    from brinkmanship.core.crisis import check as inspect
    from brinkmanship.core.suspicions import suspicions
    from brinkmanship.results.past import impossible_moves

    try:
        loaded, found = inspect(crisis)
    except CrisisError as error:
        if format_ is not Format.json:
            raise
        print(json.dumps(faults_summary(crisis, error), indent=2))
        raise typer.Exit(1) from None
    told = sorted([*suspicions(loaded), *impossible_moves(loaded)]) if pedantic else []
    if format_ is Format.json:
        print(json.dumps(check_summary(loaded, found, told), indent=2))
        return
    screen().print(evidence_report(loaded, found) if evidence else check_report(loaded, found))
    if pedantic:
        print(f"\n{suspicious_report(told)}")


@app.command()
def cite(
    crisis: Crisis,
    format_: Annotated[Bibliography, typer.Option("--format", help="Text to read, or BibTeX.")] = Bibliography.text,
) -> None:
    """Print what a crisis is based on: its documents, and the published work that it uses."""
    from brinkmanship.core.crisis import check as inspect
    from brinkmanship.model.bibliography import as_bibtex, as_text, bibliography

    works = bibliography(inspect(crisis)[0].text)
    print(as_bibtex(works) if format_ is Bibliography.bibtex else as_text(works))


class File(StrEnum):
    """The files of a crisis that have a schema."""

    crisis = "crisis"
    history = "history"
    sources = "sources"
    ablations = "ablations"
    questions = "questions"


@app.command()
def schema(
    file: Annotated[
        File, typer.Argument(help="crisis: crisis.yaml and parts/*.yaml; or one of the others.")
    ] = File.crisis,
) -> None:
    """Print a JSON Schema by which an editor helps to write a crisis."""
    from brinkmanship.model.schema import schema as describe

    print(json.dumps(describe(file.value), indent=2))


@app.command()
def run(
    crisis: Crisis,
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day of the future; the past before it is replayed."),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--given",
            metavar='"DATE ACTOR ACTION"',
            help="Suppose a move (DATE ACTOR ACTION[.TARGET] [BRANCH]), and show before and after. May be repeated.",
        ),
    ] = None,
    runs: Annotated[int, runs_option("Number of simulated futures.")] = 1000,
    seed: Seed = 0,
    jobs: Jobs = None,
    fix_parameters: Annotated[
        bool, typer.Option("--fix-parameters", help="Put every parameter at its median.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the results.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from what an interrupted run with the same --out has left.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Let the result in --out be replaced by one of fewer runs.")
    ] = False,
    engine: Annotated[
        Engine,
        typer.Option(
            "--engine", help="numpy begins at once; compiled is made first and then far faster; xla is for a GPU."
        ),
    ] = Engine.auto,
    format_: OutputFormat = Format.table,
) -> None:
    """Simulate the futures of a crisis: what may happen, and how likely it is."""
    from brinkmanship.cli.progress import first_runs, progress
    from brinkmanship.cli.tables import answer, replaced
    from brinkmanship.core.crisis import load
    from brinkmanship.engine.workers import available_cores
    from brinkmanship.report import REPORT, beside, write_report
    from brinkmanship.results.expectations import foreseen
    from brinkmanship.results.folder import ResultFolder, is_complete
    from brinkmanship.results.result import of_runs
    from brinkmanship.results.simulate import simulate

    loaded = load(crisis)
    options = {
        "runs": runs,
        "seed": seed,
        "start": from_,
        "given": given or [],
        "fix_parameters": fix_parameters,
        "jobs": jobs,
        "engine": engine.value,
        "preview": first_runs,
    }
    if resume and out is None:
        raise UsageError("`--resume` goes on from what a run with `--out` has left; name its folder")
    with progress("What actors expect of replies") as tick:
        loaded = foreseen(loaded, jobs=jobs or available_cores(), progress=tick)
    asked = {"runs": runs, "seed": seed, "from": from_, "given": given or [], "fixed": fix_parameters}
    if resume and out is not None and is_complete(out, loaded, asked):
        print(f"The result in {out} is already complete.", file=sys.stderr)
        show.show(str(out), format_)
        return
    told = ""
    with progress(f"{runs:,} runs of {loaded.name}") as tick:
        if out is None:
            result = simulate(loaded, **options, progress=tick)  # type: ignore[arg-type]
        else:
            with beside():
                with ResultFolder(out, loaded, resume=resume, longest=None if force else runs) as folder:
                    if resume and not folder.resumed:
                        print(f"Nothing is left of an interrupted run beside {out}: it begins anew.", file=sys.stderr)
                    result = simulate(loaded, **options, progress=tick, sampled=100, sink=folder)  # type: ignore[arg-type]
                    folder.finish(result, _command())
                # The results are safe before the page is made of them.
                try:
                    write_report(out)
                except KeyboardInterrupt:
                    raise Interrupted(
                        f"Interrupted; all numbers are in {out}, and `brink report {out}` makes the page"
                    ) from None
            told = replaced(folder.earlier)
    if format_ is Format.json:
        print(json.dumps(result.summary(), allow_nan=False))
        print(told, end="", file=sys.stderr)
        return
    screen().print(answer(of_runs(result)))
    if out is not None:
        screen().print(f"{told}The answer is in {out}; to read: {out / REPORT}", highlight=False)


app.command()(report.report)
app.command()(show.show)


@app.command()
def foresee(
    crisis: Crisis,
    runs: Annotated[int, runs_option("Number of runs of each round of reasoning.")] = 1500,
    seed: Seed = 0,
    write: Annotated[
        bool, typer.Option("--write", help="Keep what was fitted in the folder of the crisis, as foresight.json.")
    ] = False,
    format_: OutputFormat = Format.table,
) -> None:
    """Fit what actors expect of others' replies (foresight: {replies: n}), and show how well it fits."""
    from brinkmanship.cli.foresee import expectation_report
    from brinkmanship.cli.progress import progress
    from brinkmanship.core.crisis import load
    from brinkmanship.engine.workers import available_cores
    from brinkmanship.results.expectations import fit_foresight, keep_foresight

    loaded = load(crisis)
    with progress(f"What actors of {loaded.name} expect of replies") as tick:
        found = fit_foresight(loaded, runs=runs, seed=seed, jobs=available_cores(), progress=tick)
    kept = keep_foresight(loaded, found, beside=write)
    if format_ is Format.json:
        weights = {actor: dict(each.weights) for actor, each in found.actors.items()}
        print(json.dumps({"crisis": loaded.name, **found.summary, "weights": weights}, indent=2, allow_nan=False))
        return
    screen().print(expectation_report(found))
    if kept is not None:
        screen().print(f"The weights are in {kept}", highlight=False)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the folder to write, e.g. berlin-1961.")],
) -> None:
    """Write the folder of a new crisis to begin from: it runs at once, and its comments say how it is made."""
    from brinkmanship.cli.new import write_new

    folder = write_new(name)
    print(f"{folder} holds a small crisis to change into yours. Try:\n")
    print(f"    brink check {folder}\n    brink run {folder}\n")
    print(f"Begin with {folder / 'README.md'} and {folder / 'crisis.yaml'}.")


@app.command()
def review(
    crisis: Crisis,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day of the futures; default: the crisis's own.")
    ] = None,
    runs: Annotated[int, runs_option("Number of runs of every ensemble.")] = 1000,
    seed: Seed = 0,
    jobs: Jobs = None,
    icb: Annotated[
        Path | None,
        typer.Option("--icb", metavar="DIR", help="Folder of the ICB files; without it, figures kept before stand."),
    ] = None,
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="NAME", help="The outcome that base rates are set beside.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="PART", help="ablations, replay, base-rates, robustness, coverage; may be repeated."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the review; default: `review` in the crisis.")
    ] = None,
    format_: OutputFormat = Format.table,
) -> None:
    """Put a crisis to the test: what its mechanisms do, what it makes of the past, and what it leaves out."""
    from brinkmanship.analysis.review import Making
    from brinkmanship.cli.review import make_review, shown
    from brinkmanship.core.crisis import parse_date
    from brinkmanship.engine.workers import available_cores

    start = None if from_ is None else parse_date(from_, "from")
    making = Making(runs, seed, jobs or available_cores(), start, icb, outcome)
    parts, folder = make_review(crisis, making, tuple(only or ()), out)
    if format_ is Format.json:
        print(json.dumps(parts, allow_nan=False))
        return
    screen().print(shown(parts, tuple(only or ()), folder))


def _command() -> str:
    import shlex

    return shlex.join(["brink", *sys.argv[1:]])
