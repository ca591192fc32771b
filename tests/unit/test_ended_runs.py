"""Where it leads, when nothing goes on until the last day."""

from rich.console import Console

from brinkmanship import simulate
from brinkmanship.cli.tables import answer
from brinkmanship.results.result import of_runs
from crises import crisis, level


def test_quantities_are_told_of_runs_that_have_all_ended():
    sections = {
        "quantities": {"heat": level(2, high=20)},
        "processes": {"rise": {"of": "heat", "drift": 1}},
        "outcomes": {"over": {"ever": "heat > 5", "ends": True}},
    }
    runs = simulate(crisis(20, **sections), runs=30)
    assert runs.tallies.going[-1] == 0
    console = Console(width=100)
    with console.capture() as capture:
        console.print(answer(of_runs(runs)))
    said = capture.get()
    assert "Where it leads: end of 30 runs (0 still under way)" in said
    assert "heat" in said.partition("Where it leads")[2]
