"""How often past crises went the way that is feared: reference classes from the International Crisis Behavior data.

The data (Brecher, Wilkenfeld, Beardsley, James and Quinn, ``icb14``) are read where the user keeps them, and only
figures computed from them are kept. What is counted:

- **Crises** are those of the system-level file that began and ended before a given day, with violence coded.
- **Adversaries** (a dyad) are a crisis actor and the state whose act triggered the crisis for it (``cracid`` and
  ``trigent`` of the actor-level file, both country codes below 990, and not the same). A crisis has as many dyads as
  its actors name; one whose triggers are all non-state or several entities at once has none.
- **War** is full-scale war: violence of the whole crisis coded 4 (``viol``).
- **Relapse**: of crises with a dyad that ended short of war, and whose end is followed for the whole span by the
  data, those after whose end the same two had another crisis that began within the span and was coded war. The day on
  which a war broke out is not in the data, that on which its crisis began is.
- **From onset**: of all crises, those coded war.
- **Violent answers**: of crisis actors whose crisis a violent act triggered (``triggr`` 9), those whose major response
  was violent (``majres`` 8 or 9).

Days coded early, mid and late in a month are taken as the 5th, 15th and 25th, a day that is missing as the 15th, and
what has no month is left out wherever a date is needed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from brinkmanship.errors import UsageError
from brinkmanship.results.intervals import wilson

SPAN = 300
"""Days after the end of a crisis in which a relapse counts, unless told otherwise."""
WAR, VIOLENT_TRIGGER, VIOLENT_RESPONSES = 4, 9, (8, 9)
FIRST_NON_STATE = 990
_PARTS_OF_MONTH = {66: 5, 77: 15, 88: 25}
_SYSTEM = re.compile(r"icb1v(\d+)\.csv")
NEEDED = {
    "icb1": ("crisno", "crisname", "yrtrig", "motrig", "datrig", "yrterm", "moterm", "daterm", "viol"),
    "icb2": ("crisno", "cracid", "trigent", "triggr", "majres"),
}


@dataclass(frozen=True)
class Rate:
    """A share of a reference class, with its 90 % score interval."""

    name: str
    of: str
    count: int
    size: int

    @property
    def share(self) -> float:
        """The share; not a number for an empty class."""
        return self.count / self.size if self.size else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Its 90 % interval (Wilson 1927)."""
        return wilson(self.count, self.size)


@dataclass(frozen=True)
class PastCrisis:
    """A past crisis; dates are None where the data have no month."""

    number: int
    name: str
    began: date | None
    ended: date | None
    violence: int | None
    adversaries: frozenset[frozenset[int]]


@dataclass(frozen=True)
class Records:
    """Past crises, and of each crisis actor the number of its crisis, its trigger and its major response."""

    version: str
    crises: tuple[PastCrisis, ...]
    answers: tuple[tuple[int, int, int], ...]

    @property
    def last(self) -> date:
        """The last day on which a crisis of the data began or ended."""
        return max(each for crisis in self.crises for each in (crisis.began, crisis.ended) if each is not None)


def read_records(folder: Path) -> Records:
    """Read the two files of the newest version in a folder: ``icb1v14.csv`` and ``icb2v14.csv``, for one.

    Raises
    ------
    UsageError
        When the folder has no such pair, or a file lacks a column or holds text where a number belongs.
    """
    versions = sorted(
        (int(found[1]), path)
        for path in (folder.iterdir() if folder.is_dir() else ())
        if (found := _SYSTEM.fullmatch(path.name))
    )
    if not versions:
        raise UsageError(f"`{folder}` holds no icb1v*.csv; name the folder of the ICB files, system and actor level")
    version, system = versions[-1]
    actors = folder / f"icb2v{version}.csv"
    if not actors.is_file():
        raise UsageError(f"`{folder}` holds {system.name} and no {actors.name}; both are needed")
    try:
        return _records(str(version), _rows(system, "icb1"), _rows(actors, "icb2"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"the ICB files in `{folder}` cannot be read: {error}") from None


def _rows(path: Path, kind: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in NEEDED[kind] if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path.name} has no column {', '.join(missing)}")
        return list(reader)


def _records(version: str, system: Sequence[Mapping[str, str]], actors: Sequence[Mapping[str, str]]) -> Records:
    dyads: dict[int, set[frozenset[int]]] = {}
    answers = []
    for row in actors:
        number, one, two = (_code(row[name]) for name in ("crisno", "cracid", "trigent"))
        if number is None:
            continue
        if one is not None and two is not None and one != two and max(one, two) < FIRST_NON_STATE:
            dyads.setdefault(number, set()).add(frozenset((one, two)))
        trigger, response = _code(row["triggr"]), _code(row["majres"])
        if trigger is not None and response is not None:
            answers.append((number, trigger, response))
    crises = tuple(_crisis(row, dyads) for row in system)
    return Records(version, crises, tuple(answers))


def _crisis(row: Mapping[str, str], dyads: Mapping[int, set[frozenset[int]]]) -> PastCrisis:
    number = _code(row["crisno"])
    if number is None:
        raise ValueError("a crisis without a number")
    began = _date(row["yrtrig"], row["motrig"], row["datrig"])
    ended = _date(row["yrterm"], row["moterm"], row["daterm"])
    return PastCrisis(number, row["crisname"], began, ended, _code(row["viol"]), frozenset(dyads.get(number, ())))


def _code(text: str) -> int | None:
    """A whole number; None where nothing is coded."""
    return int(float(text)) if text.strip() else None


def _date(year: str, month: str, day: str) -> date | None:
    """A date of three codes; a day beyond its month's last is the last."""
    y, m, d = _code(year), _code(month), _code(day)
    if y is None or m is None:
        return None
    d = 15 if d is None else _PARTS_OF_MONTH.get(d, d)
    last = (date(y + m // 12, m % 12 + 1, 1) - timedelta(days=1)).day
    return date(y, m, min(d, last))


def base_rates(records: Records, before: date, span: int = SPAN) -> list[Rate]:
    """The rates of crises that ended before a day.

    Parameters
    ----------
    records
        As `read_records` gives them.
    before
        Only crises that ended before it count: a crisis is compared with what came before it.
    span
        Days after the end of a crisis in which a relapse counts.
    """
    crises = [
        each for each in records.crises if each.ended is not None and each.ended < before and each.violence is not None
    ]
    numbers = {each.number for each in crises}
    followed = min(records.last, before)
    short = [
        each
        for each in crises
        if each.adversaries and each.violence != WAR and each.ended is not None
        if each.ended + timedelta(days=span) <= followed
    ]
    relapsed = [each for each in short if any(_relapses(each, crises, span))]
    answers = [
        response for number, trigger, response in records.answers if number in numbers and trigger == VIOLENT_TRIGGER
    ]
    return [
        Rate(
            "relapse",
            f"crises between two states that ended short of full-scale war: full-scale war in another crisis of the "
            f"same two that began within {span} days after",
            len(relapsed),
            len(short),
        ),
        Rate("from_onset", "all crises: full-scale war in them", sum(c.violence == WAR for c in crises), len(crises)),
        Rate(
            "violent_answer",
            "crisis actors whose crisis a violent act triggered: a violent major response",
            sum(response in VIOLENT_RESPONSES for response in answers),
            len(answers),
        ),
    ]


def _relapses(ended: PastCrisis, crises: Sequence[PastCrisis], span: int) -> Iterator[bool]:
    """Whether each later crisis is a war of the same adversaries, begun in time."""
    assert ended.ended is not None
    for each in crises:
        if each.number == ended.number or each.began is None or each.violence != WAR:
            continue
        days = (each.began - ended.ended).days
        yield 0 <= days <= span and bool(each.adversaries & ended.adversaries)
