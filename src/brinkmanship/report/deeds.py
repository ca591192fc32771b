"""What the dated events of all runs add up to: rungs reached week by week, and the first deeds of each run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from brinkmanship.report.supposed import Supposed, supposed_moves
from brinkmanship.results.result import Result

if TYPE_CHECKING:
    import pandas

WEEK = 7
CALLED_OFF = "called_off"


@dataclass(frozen=True)
class Deeds:
    """Deeds over all runs.

    Attributes
    ----------
    rungs
        ``(run, week)``: the highest rung of the deeds done in each week of the future; −1 is none.
    first, first_grave
        Deeds of the first day on which a run had any, and any on the upper half of the ladder: a row each, with run,
        day (0 is the first of the future), actor, name and target. A deed that was supposed is not among them: nobody
        chose it.
    """

    rungs: np.ndarray
    first: pandas.DataFrame
    first_grave: pandas.DataFrame


def grave_from(result: Result) -> int:
    """The lowest rung of the upper half of the ladder."""
    return len(result.record.ladder) // 2


def read_deeds(result: Result) -> Deeds:
    """Go through all events once, a part at a time."""
    import pandas

    ladder = {name: rank for rank, name in enumerate(result.record.ladder)}
    rung_of = {name: ladder.get(entry.rung or "", -1) for name, entry in result.record.actions.items()}
    moves = supposed_moves(result)
    start = np.datetime64(str(result.made["from"]), "D")
    days = (np.datetime64(str(result.made["end"]), "D") - start).astype(int)
    rungs = np.full((result.runs, max(1, -(-int(days) // WEEK))), -1, np.int8)
    firsts: list[pandas.DataFrame] = []
    graves: list[pandas.DataFrame] = []
    for block in result.event_blocks():
        done = block[(block["kind"] == "action") & (block["branch"] != CALLED_OFF)]
        day = (done["date"].to_numpy().astype("datetime64[D]") - start).astype(int)
        rung = done["name"].astype(str).map(rung_of).fillna(-1).to_numpy().astype(np.int8)
        np.maximum.at(rungs, (done["run"].to_numpy(), day // WEEK), rung)
        rows = pandas.DataFrame(
            {"run": done["run"].to_numpy(), "day": day}
            | {name: done[name].astype(str).to_numpy() for name in ("actor", "name", "target")}
        )
        chosen = ~_supposed(rows, start, moves)
        firsts.append(_earliest(rows[chosen]))
        graves.append(_earliest(rows[chosen & (rung >= grave_from(result))]))
    return Deeds(rungs, _joined(firsts), _joined(graves))


def _supposed(rows: pandas.DataFrame, start: np.datetime64, moves: tuple[Supposed, ...]) -> np.ndarray:
    """Which rows are supposed moves, ``(row,)``."""
    found = np.zeros(len(rows), bool)
    for move in moves:
        on_the_day = rows["day"] == (np.datetime64(move.day, "D") - start).astype(int)
        deed = on_the_day & (rows["actor"] == move.actor) & (rows["name"] == move.action)
        found |= (deed & (rows["target"] == move.target if move.target else True)).to_numpy()
    return found


def _earliest(rows: pandas.DataFrame) -> pandas.DataFrame:
    """The rows of each run's first day."""
    return rows[rows["day"] == rows.groupby("run")["day"].transform("min")] if len(rows) else rows


def _joined(parts: list[pandas.DataFrame]) -> pandas.DataFrame:
    import pandas

    if not parts:
        return pandas.DataFrame({name: [] for name in ("run", "day", "actor", "name", "target")})
    # A run's events may lie in two parts.
    return _earliest(pandas.concat(parts, ignore_index=True)).drop_duplicates()
