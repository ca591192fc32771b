"""A crisis that has passed all checks: its text, its program, and dates for its days."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from brinkmanship.core.ablations import ablation_faults
from brinkmanship.core.expectations import Expectations, read
from brinkmanship.core.lowering.lower import Lowering, lower
from brinkmanship.core.lowering.past import lower_move
from brinkmanship.core.program import Lowered, Pin
from brinkmanship.core.supposition import read_supposition
from brinkmanship.errors import CrisisError, UsageError, nearest, one_of
from brinkmanship.model.folder import CrisisText, read_crisis
from brinkmanship.model.interventions import edited, show
from brinkmanship.model.origins import Origins, origins

CATALOGUE = Path(__file__).parent.parent / "crises"
SHELVES = ("textbook", "historical")
"""Folders of the catalogue in the order in which it is listed; what stands outside them comes last."""


@dataclass(frozen=True)
class Crisis:
    """A checked crisis, as `load` and `do` give it; ``edits`` are those made since it was read, one a line."""

    name: str
    text: CrisisText
    lowering: Lowering
    edits: tuple[str, ...] = ()
    expectations: Expectations | None = None
    """What actors expect of replies; see `brinkmanship.results.expectations.foreseen`. Edits keep it."""

    @cached_property
    def lowered(self) -> Lowered:
        """Its program and runtime arguments, with the weights of what its actors expect where these are known."""
        lowered = self.lowering.lowered
        return lowered if self.expectations is None else lowered.expecting(self.expectations.weights)

    @property
    def title(self) -> str:
        """Its title."""
        return self.text.record.crisis.title

    @property
    def fingerprint(self) -> str:
        """A fingerprint of everything that can change a result; labels and reasons do not."""
        return self.lowered.fingerprint

    @property
    def actors(self) -> tuple[str, ...]:
        """Names of the actors."""
        return self.lowering.builder.sets["actors"]

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes, in the order of the file."""
        return tuple(spec.name for spec in self.lowered.program.outcomes)

    def day(self, when: date | str | None, *, what: str = "from") -> float:
        """A date as days since the clock's start; None is the crisis's own ``from``.

        Raises
        ------
        UsageError
            When it is no date or lies outside the clock.
        """
        clock = self.text.record.clock
        if when is None:
            return self.lowered.timeline.origin
        if isinstance(when, str):
            when = parse_date(when, what)
        if not clock.start <= when < clock.end:
            raise UsageError(f"`{what}` {when} lies outside the clock of `{self.name}`: {clock.start} to {clock.end}")
        return float((when - clock.start).days)

    def date(self, day: float) -> date:
        """The date of a day."""
        return self.text.record.clock.start + timedelta(days=int(day + 1e-9))

    def options_of(self, actor: str) -> list[str]:
        """What an actor can do, as a supposition names it: actions, with the target where there are several."""
        mine = [option for key, option in self.lowered.program.options.items() if key.partition(".")[0] == actor]
        actions = [option for option in mine if option.action in self.text.record.actions]
        several = {each.action for each in actions if sum(other.action == each.action for other in actions) > 1}
        return [f"{each.action}.{each.target}" if each.action in several else each.action for each in actions]

    def supposition(self, text: str) -> Pin:
        """A move that somebody supposes: ``"2020-01-20 kataib_hezbollah rocket_fire_at_base [branch]"``.

        Raises
        ------
        UsageError
            When it cannot be read, or names what the crisis does not have.
        """
        move = read_supposition(self.text.record, text, self.options_of, lambda each: parse_date(each, "given"))
        builder, program = self.lowering.builder, self.lowered.program
        before, builder.work = len(builder.diagnostics), 0
        pin = lower_move(builder, move, ("given",), program.options, program.sites)
        faults = builder.diagnostics[before:]
        del builder.diagnostics[before:]
        if faults or pin is None:
            raise UsageError("; ".join(f"{fault.message}{'; ' + fault.hint if fault.hint else ''}" for fault in faults))
        return pin


def parse_date(text: str, what: str) -> date:
    """A date from text like 2020-01-14."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"`{what}`: `{text}` is no date; write it like 2020-01-14") from None


def catalogue() -> dict[str, Path]:
    """The crises that come with the package, by name: textbook, historical, then the flagship."""
    folders = {each.parent.relative_to(CATALOGUE).as_posix(): each.parent for each in CATALOGUE.rglob("crisis.yaml")}
    return dict(sorted(folders.items(), key=lambda entry: (shelf(entry[0]), entry[0])))


def shelf(name: str) -> int:
    """The place in the catalogue of the shelf on which a crisis stands."""
    first = name.partition("/")[0]
    return SHELVES.index(first) if first in SHELVES else len(SHELVES)


def load(crisis: str | Path) -> Crisis:
    """Load a crisis: a name from the catalogue, or the folder of one.

    Raises
    ------
    CrisisError
        With every fault of the text.
    UsageError
        When there is no such crisis.
    """
    name, folder = _find(crisis)
    text = read_crisis(folder)
    lowering = lower(text)
    return Crisis(name, text, lowering, expectations=read(folder, lowering.lowered.fingerprint))


def do(crisis: Crisis, edits: Mapping[str, Any]) -> Crisis:
    """The crisis with an intervention: a counterfactual is another model.

    Edits of numbers and dates, and blocks switched off or on, keep the structure of the program
    (``lowered.program.structure``), so that what is compiled for one is compiled for all; fingerprints differ.

    Parameters
    ----------
    crisis
        What to edit; it stays as it is.
    edits
        By path, what is to stand there, as an author writes it: ``{"actors.iran.precision": 3}``. A number at a
        parameter holds it there; ``"off"`` and ``"on"`` switch events, actions, interests, processes, votes,
        agreements, clocks, calendar entries, beliefs, perceptions, actors and what history tells; a word replaces a
        block where either may stand (``{"actors.iran.foresight": "none"}``); None leaves out.

    Returns
    -------
    Crisis
        It meets the same luck as the given one: simulated with the same seed, runs differ by the edits alone.

    Raises
    ------
    CrisisError
        When a path leads nowhere, or the edited text is wrong.

    Examples
    --------
    >>> whole = load("textbook/competing-hazards")
    >>> calm = do(whole, {"events.collision": "off"})
    >>> calm.lowered.program.structure == whole.lowered.program.structure
    True
    """
    text = edited(crisis.text, edits)
    lines = (show(path, value) for path, value in edits.items())
    return replace(crisis, text=text, lowering=lower(text), edits=(*crisis.edits, *lines))


def check(crisis: str | Path) -> tuple[Crisis, Origins]:
    """Load a crisis, and see what its numbers rest on.

    Raises
    ------
    CrisisError
        With every fault of the text, blocks without an origin included.
    UsageError
        When there is no such crisis.
    """
    name, folder = _find(crisis)
    text = read_crisis(folder)
    found = origins(text)
    try:
        lowering = lower(text)
    except CrisisError as error:
        own = text.error(found.diagnostics)
        more = error.more or bool(text.record.ablations)
        raise CrisisError([*error.diagnostics, *(own.diagnostics if own else ())], more=more) from None
    loaded = Crisis(name, text, lowering, expectations=read(folder, lowering.lowered.fingerprint))
    faults = [*found.diagnostics, *ablation_faults(text, loaded.lowered, loaded.supposition)]
    if faults:
        raise CrisisError(faults)
    return loaded, found


def _find(crisis: str | Path) -> tuple[str, Path]:
    known = catalogue()
    if isinstance(crisis, str) and crisis in known:
        return crisis, known[crisis]
    folder = Path(crisis)
    folder = folder.parent if folder.name == "crisis.yaml" else folder
    if not os.path.isdir(folder):
        raise nowhere(crisis)
    return folder.resolve().name, folder


def nowhere(crisis: str | Path, what: str = "crisis", holding: Sequence[str] = ("crisis.yaml",)) -> UsageError:
    """There is no such crisis: what is meant may be one of the catalogue, or a folder nearby that holds a file."""
    name, folder, known = str(crisis), Path(crisis), catalogue()
    shelves = {each.rpartition("/")[2]: each for each in known}
    beside = _beside(folder, holding)
    hint = nearest(name, known) or _meant(name, shelves) or _meant(folder.name, beside)
    if len(folder.parts) > 1:
        return UsageError(f"there is no folder `{crisis}`" + (f"; {hint}" if hint else ""))
    return UsageError(
        f"there is no {what} `{crisis}`, in the catalogue or as a folder here; {hint or one_of(list(known), 20)}"
    )


def _beside(folder: Path, holding: Sequence[str]) -> dict[str, str]:
    """The folders beside one that is not there that hold one of some files, by name."""
    try:
        found = sorted(each for each in folder.parent.iterdir() if any((each / name).is_file() for name in holding))
    except (OSError, ValueError):
        return {}
    return {each.name: str(each) for each in found}


def _meant(name: str, known: Mapping[str, str]) -> str:
    """A hint that names in full what a short name is like."""
    close = nearest(name, known).partition("`")[2].partition("`")[0]
    return f"did you mean `{known[close]}`?" if close else ""
