"""The documented past: moves with their observed branches and magnitudes, measurements, complete windows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from math import isfinite, nan

from brinkmanship.core.lowering.builder import Builder, Path
from brinkmanship.core.program import Chance, Measurement, Option, Past, Pin, Update, Window
from brinkmanship.errors import Code, nearest, one_of
from brinkmanship.lang import nodes
from brinkmanship.model import documents
from brinkmanship.model.documents import Move


def lower_past(build: Builder, options: Mapping[str, Option], sites: Mapping[str, Chance]) -> Past:
    """The history of a crisis in core terms."""
    history = build.record.history
    pins = list(_pins(build, history.moves, options, sites))
    windows = [
        _window(build, each, ("history", section, i), options)
        for section in ("complete", "left_out")
        for i, each in enumerate(getattr(history, section))
        if not each.off
    ]
    measured = []
    for index, each in enumerate(history.measurements):
        build.spend(20)
        path: Path = ("history", "measurements", index)
        day = _day(build, each.date, (*path, "date"))
        typed = build.expression(each.quantity, (*path, "quantity"))
        node = typed.node
        if not isinstance(node, nodes.Slot):
            if typed.kind != "unknown":
                build.fault((*path, "quantity"), Code.BAD_TARGET, "a measurement is of a quantity")
            continue
        value = _measured(build, node.key, each.value, (*path, "value"))
        if not each.off:
            measured.append(Measurement(day, node.key, value))
    return Past(tuple(sorted(pins, key=lambda p: p.day)), tuple(windows), tuple(sorted(measured, key=lambda m: m.day)))


def _pins(
    build: Builder, moves: Collection[Move], options: Mapping[str, Option], sites: Mapping[str, Chance]
) -> Iterator[Pin]:
    """The documented moves; one option or event happens once in a step, and is documented once."""
    taken: dict[tuple[int, str], date] = {}
    for index, move in enumerate(moves):
        path: Path = ("history", "moves", index)
        pin = lower_move(build, move, path, options, sites)
        if pin is None or move.off:
            continue
        yield pin
        step = int(pin.day / build.record.clock.step + 1e-9)
        names = [name for name, _ in pin.alternatives]
        if twice := next((name for name in names if (step, name) in taken), None):
            other = taken[step, twice]
            when = f"{other}" if other == move.date else f"{other}, in the same step"
            message = f"`{twice.replace('/', ' ', 1)}` is documented already on {when}"
            build.fault(path, Code.DOCUMENTED_TWICE, message, "it can happen once in a step: leave one out")
        taken |= {(step, name): move.date for name in names}


def _measured(build: Builder, key: str, text: str, path: Path) -> float:
    symbol = build.symbols.get(build.slots[key].quantity)
    levels = symbol.levels if symbol is not None else ()
    if text in levels:
        return float(levels.index(text))
    if symbol is not None and symbol.kind == "flag" and text in ("true", "false"):
        return float(text == "true")
    try:
        value = float(text)
    except ValueError:
        value = nan
    if not isfinite(value):
        hint = nearest(text, levels) or one_of(levels) if levels else "write a number"
        build.fault(path, Code.BAD_VALUE, f"`{text}` is no value of `{key}`", hint)
        return 0.0
    build.measured.append((path, key, value))
    return value


def _day(build: Builder, when: date, path: Path) -> float:
    clock = build.record.clock
    if missed := clock.misses(when):
        build.fault(path, Code.OUTSIDE_CLOCK, *missed)
    return float((when - clock.start).days)


def lower_move(
    build: Builder, move: Move, path: Path, options: Mapping[str, Option], sites: Mapping[str, Chance]
) -> Pin | None:
    """One documented happening; None (and a fault) when it cannot be placed."""
    build.spend(50)
    _idle_keys(build, move, path)
    day = _day(build, move.date, (*path, "date"))
    alternatives = (
        list(_performers(build, move, path, options)) if move.action is not None else _site(build, move, path, sites)
    )
    if not alternatives:
        return None
    branches: list[tuple[str, tuple[int, ...]]] = []
    lag = 0.0
    for key, _ in alternatives:
        site = options[key].consequence if key in options else sites[key]
        lag = _lag(build, move)
        allowed = _allowed(build, move, site, path)
        if allowed is None:
            return None
        if len(allowed) < len(site.branches):
            branches.append((site.name, allowed))
    magnitudes = tuple(_magnitudes(build, move, path))
    written = {update.slot for key, _ in alternatives for update in _updates(key, options, sites, dict(branches))}
    for slot, text in zip([slot for slot, _ in magnitudes], move.magnitudes, strict=False):
        if slot not in written:
            here = f"branch `{move.branch}`" if move.branch else "this move"
            known = [each for each in sorted(written) if each in build.start_paths]
            build.fault(
                (*path, "magnitudes", text),
                Code.BAD_TARGET,
                f"{here} does not write on `{slot}`",
                one_of(known),
                key=True,
            )
    return Pin(day, tuple(alternatives), tuple(branches), magnitudes, lag)


def _updates(
    key: str,
    options: Mapping[str, Option],
    sites: Mapping[str, Chance],
    branches: Mapping[str, tuple[int, ...]],
) -> list[Update]:
    """What the observed branches of an option or site write."""
    site = options[key].consequence if key in options else sites[key]
    return [
        update
        for index in branches.get(site.name, range(len(site.branches)))
        for update in site.branches[index].updates
    ]


def _idle_keys(build: Builder, move: Move, path: Path) -> None:
    """Keys that say something only of an action, on a move that is none."""
    if move.action is None:
        for key in ("on", "attributed"):
            if getattr(move, key) is not None:
                build.fault((*path, key), Code.BAD_VALUE, f"`{key}` goes with an `action`", key=True)
        return
    if move.members:
        build.fault((*path, "members"), Code.BAD_VALUE, "`members` goes with an `event`", key=True)
    action = build.record.actions.get(move.action)
    if move.attributed is not None and action is not None and action.deniable is None:
        build.fault(
            (*path, "attributed"),
            Code.BAD_VALUE,
            f"`{move.action}` is not `deniable`: who did it is known",
            key=True,
        )


def _lag(build: Builder, move: Move) -> float:
    """Days from a move's order to its execution."""
    action = build.record.actions.get(move.action or "")
    return action.authorised.lag if action is not None and action.authorised is not None else 0.0


def _performers(build: Builder, move: Move, path: Path, options: Mapping[str, Option]) -> Iterator[tuple[str, float]]:
    assert move.action is not None
    if not build.known(move.action, build.record.actions, "action", (*path, "action")):
        return
    chances = move.actor if isinstance(move.actor, dict) else {move.actor or "": 1.0}
    if abs(sum(chances.values()) - 1) > 1e-9 or min(chances.values()) < 0:
        build.fault(
            (*path, "actor"),
            Code.CHANCES_NOT_ONE,
            "the chances of the possible performers must be positive and add up to 1",
        )
    deeds = build.happenings.get(move.action, [])
    of_action = {key: options[key] for site, _ in deeds if (key := site.removeprefix("action/")) in options}
    for performer, chance in chances.items():
        mine = {key: option for key, option in of_action.items() if key.split(".")[0] == performer}
        if not mine:
            doers = sorted({key.split(".")[0] for key in of_action})
            build.fault(
                (*path, "actor"),
                Code.UNKNOWN_NAME,
                f"`{performer}` does not perform `{move.action}`",
                nearest(performer, doers) or one_of(doers),
            )
            continue
        targets = {option.target: key for key, option in mine.items()}
        target = move.on if move.on is not None else next(iter(targets)) if len(targets) == 1 else None
        if target not in targets:
            _wrong_target(build, move, path, [each for each in targets if each])
            continue
        yield targets[target], chance


def _wrong_target(build: Builder, move: Move, path: Path, known: list[str]) -> None:
    if not known:
        build.fault((*path, "on"), Code.UNKNOWN_NAME, f"`{move.action}` has no target: leave out `on`")
    elif move.on is None and path == ("given",):
        build.fault(
            path,
            Code.UNKNOWN_NAME,
            f"`{move.action}` needs its target",
            f"write {' or '.join(f'{move.action}.{each}' for each in known)}",
        )
    elif move.on is None:
        build.fault((*path, "action"), Code.UNKNOWN_NAME, f"`{move.action}` needs its target: `on`", one_of(known))
    else:
        message = f"`{move.action}` is not done to `{move.on}`"
        build.fault((*path, "on"), Code.UNKNOWN_NAME, message, nearest(move.on, known) or one_of(known))


def _site(build: Builder, move: Move, path: Path, sites: Mapping[str, Chance]) -> list[tuple[str, float]]:
    kind = next(each for each in ("event", "vote", "agreement") if getattr(move, each) is not None)
    name = getattr(move, kind)
    declared = getattr(build.record, kind + "s")
    if not build.known(name, declared, kind, (*path, kind)):
        return []
    members = tuple(move.members.get(variable, "") for variable in getattr(declared[name], "each", {}))
    key = "/".join((kind, name, *members))
    if key not in sites:
        known = [site.split("/", 2)[2] for site in sites if site.startswith(f"{kind}/{name}/")]
        build.spend(len(sites) // 10)
        variables = ", ".join(getattr(declared[name], "each", {}))
        if variables:
            build.fault((*path, kind), Code.UNKNOWN_NAME, f"`{name}` needs its `members`: {variables}", one_of(known))
        return []
    return [(key, 1.0)]


def _allowed(build: Builder, move: Move, site: Chance, path: Path) -> tuple[int, ...] | None:
    """Indices of the branches that agree with what was observed."""
    names = sorted({branch.name for branch in site.branches})
    if move.branch is not None and not build.known(move.branch, names, "branch", (*path, "branch")):
        return None
    allowed = []
    for index, branch in enumerate(site.branches):
        if move.branch is not None and branch.name != move.branch:
            continue
        if move.branch is None and not branch.happens:
            continue
        if move.attributed is not None and branch.attributed not in (None, move.attributed):
            continue
        allowed.append(index)
    return tuple(allowed)


def _magnitudes(build: Builder, move: Move, path: Path) -> Iterator[tuple[str, float]]:
    for text, value in move.magnitudes.items():
        typed = build.expression(text, (*path, "magnitudes", text), key=True)
        if isinstance(typed.node, nodes.Slot):
            yield typed.node.key, value
        elif typed.kind != "unknown":
            build.fault((*path, "magnitudes", text), Code.BAD_TARGET, "a magnitude is of a quantity", key=True)


def _window(build: Builder, window: documents.Window, path: Path, options: Mapping[str, Option]) -> Window:
    clock = build.record.clock
    build.spend(len(options) // 10)
    if window.to < window.from_:
        build.fault((*path, "to"), Code.OUTSIDE_CLOCK, "`to` comes before `from`")
    for key in ("classes", "actors"):
        declared: Collection[str] = getattr(build.record, key)
        for index, name in enumerate(getattr(window, key)):
            build.known(name, declared, "action class" if key == "classes" else "actor", (*path, key, index))
    names = [
        key
        for key, option in options.items()
        if option.group in window.classes and (not window.actors or key.split(".")[0] in window.actors)
    ]
    for key in ("events", "votes", "agreements"):
        for index, name in enumerate(getattr(window, key)):
            if build.known(name, getattr(build.record, key), key[:-1], (*path, key, index)):
                names += [site for site, _ in build.happenings.get(name, [])]
    first, last = ((each - clock.start).days for each in (window.from_, window.to))
    return Window(float(first), float(last), tuple(sorted(names)), path[1] == "complete")
