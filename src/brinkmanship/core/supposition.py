"""A supposed move as somebody types it: ``DATE ACTOR ACTION[.TARGET] [BRANCH]``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date

from brinkmanship.errors import UsageError, nearest
from brinkmanship.model.documents import Move
from brinkmanship.model.records import CrisisRecord

FORM = "DATE ACTOR ACTION[.TARGET] [BRANCH]"


def read_supposition(
    record: CrisisRecord, text: str, open_to: Callable[[str], list[str]], read_date: Callable[[str], date]
) -> Move:
    """A move from text.

    Parameters
    ----------
    record
        The crisis.
    text
        What somebody typed.
    open_to
        Gives what an actor can do, with targets where there are several, as it is typed.
    read_date
        Reads a date.

    Raises
    ------
    UsageError
        When the text has another form, or names what the crisis does not have.
    """
    words = text.split()
    _only_moves(record, words)
    _no_spaces_in_names(record, text, words)
    if not 3 <= len(words) <= 4:
        raise UsageError(f"a supposition is `{FORM}`, not `{text}`; e.g. {_example(record, open_to)}")
    when, actor = read_date(words[0]), words[1]
    if actor not in record.actors:
        raise UsageError(f"there is no actor `{actor}`; {nearest(actor, record.actors) or _all(record.actors)}")
    action, target = (words[2], "") if words[2] in record.actions else words[2].partition(".")[::2]
    if action not in record.actions or actor not in record.actions[action].by:
        raise UsageError(_not_done(record, actor, action, open_to(actor)))
    return Move(date=when, actor=actor, action=action, on=target or None, branch=words[3] if words[3:] else None)


def _all(names: Iterable[str]) -> str:
    return f"known: {', '.join(names)}"


def _example(record: CrisisRecord, open_to: Callable[[str], list[str]]) -> str:
    actor = next((name for name in record.actors if open_to(name)), "ACTOR")
    return f'"{record.clock.origin} {" ".join([actor, *open_to(actor)[:1]])}"'


def _only_moves(record: CrisisRecord, words: list[str]) -> None:
    """Refuse what no actor does."""
    for word in words[1:3]:
        for kind in ("event", "vote", "agreement", "clock", "outcome", "process"):
            section = f"{kind}es" if kind == "process" else f"{kind}s"
            if word in getattr(record, section) and word not in {*record.actors, *record.actions}:
                article = "an" if kind[0] in "aeo" else "a"
                raise UsageError(
                    f"`{word}` is {article} {kind}: only moves of actors can be supposed, `{FORM}`; "
                    "for anything else edit the crisis and compare"
                )


def _no_spaces_in_names(record: CrisisRecord, text: str, words: list[str]) -> None:
    """Refuse names that are typed with spaces, and say how they are written."""
    actor, rest = _longest(words[1:], record.actors)
    action, rest = _longest(rest, record.actions, record.actors)
    written = " ".join([*words[:1], *actor, *action, *rest])
    if actor and written != " ".join(words):
        raise UsageError(f'names have underscores and no spaces: write "{written}" instead of `{text}`')


def _longest(words: list[str], known: Collection[str], targets: Collection[str] = ()) -> tuple[list[str], list[str]]:
    """The known name, with its target after a dot, that most of the first words make up, and the words after it."""
    for size in range(len(words), 0, -1):
        name, dot, target = "_".join(words[:size]).partition(".")
        if name in known and (size == 1 or not dot or target in targets):
            return [name + dot + target], words[size:]
    return [], words


def _not_done(record: CrisisRecord, actor: str, action: str, mine: list[str]) -> str:
    """What to say of an action that an actor cannot do: all that it can."""
    if action in record.actions:
        message = f"`{actor}` does not perform `{action}`: {', '.join(record.actions[action].by)} can"
    else:
        guess = nearest(action, [each.partition(".")[0] for each in mine]) or nearest(action, record.actions)
        message = f"there is no action `{action}`" + (f"; {guess}" if guess else "")
    return f"{message} (`{actor}` can: {', '.join(mine) or 'nothing'})"
