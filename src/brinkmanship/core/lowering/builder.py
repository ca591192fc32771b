"""What all lowering shares: the record with its places, the scope, the numbers, the slots, and the faults."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import product
from math import inf
from typing import Literal

from brinkmanship.core.program import NEVER, Chance, ParameterSpec, SlotSpec, Update
from brinkmanship.errors import Code, Diagnostic, nearest, one_of
from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression, Slot
from brinkmanship.lang.parse import ExpressionFault
from brinkmanship.lang.resolve import Scope, Symbol, Typed, resolve, total
from brinkmanship.lang.units import NO_UNIT, Unit, agree, show_unit
from brinkmanship.model.base import Effect, Prior, Switchable
from brinkmanship.model.folder import CrisisText

Path = tuple[str | int, ...]
NEVER_HAPPENED = 100_000.0
MOST_WORK = 2_000_000
"""Work of lowering a crisis, at most, in units of roughly a microsecond (our choice: a crisis is read in seconds)."""
DAY = (("day", 1),)
WANTED: dict[str, Unit] = {"1/day": (("day", -1),), "day": DAY, "plain": NO_UNIT}


class TooLarge(Exception):
    """Sets, loops and products unroll to more than is read."""


LowerPrior = Callable[["Builder", str, Prior, Path], Unit | None]
"""Makes a prior the parameter of a name, once, and gives its unit."""


class Builder:
    """Collects a program while constructs are lowered one by one.

    Faults go to ``diagnostics``; after a fault a placeholder stands in, so that all faults are found in one go.
    """

    def __init__(self, text: CrisisText, lower_prior: LowerPrior):
        self.text, self.lower_prior = text, lower_prior
        self.record = text.record
        self.diagnostics: list[Diagnostic] = []
        self.faulty: set[Path] = set()
        """Blocks that have a fault."""
        self.muted: frozenset[Path] = frozenset()
        """Blocks that are not judged any further: a placeholder stands in them."""
        self.skipped = False
        """Whether something would have been said of a muted block."""
        self.numbers: list[float] = []
        self.slots: dict[str, SlotSpec] = {}
        self.parameters: dict[str, ParameterSpec] = {}
        self.symbols: dict[str, Symbol] = {}
        self.sets: dict[str, tuple[str, ...]] = {}
        self.happenings: dict[str, list[tuple[str, str]]] = {}
        """Name of an action, event, vote or agreement -> its (site, performer) pairs."""
        self.tracked: dict[str, set[str]] = {"last": set(), "times": set()}
        self.kept: dict[str, str] = {}
        self.start_paths: dict[str, Path] = {}
        self.limits: list[tuple[Path, Expression, float, float]] = []
        """Where a number stands that has to lie between two bounds; the audit looks at them."""
        self.measured: list[tuple[Path, str, float]] = []
        self.thresholds: list[tuple[Path, Expression, Expression]] = []
        """Where a vote says how many seats are needed: the place, the need, and all seats there are."""
        self.work = 0
        self.here: Path = ()
        self.scope = Scope(self.symbols, self.sets, self.constant, self.reference, kinds=self.kind_of, spend=self.spend)

    # --- faults -------------------------------------------------------------------------------

    def fault(self, path: Path, code: Code, message: str, hint: str = "", *, key: bool = False, shift: int = 0) -> None:
        if path[:2] in self.muted:
            self.skipped = True
            return
        self.faulty.add(path[:2])
        place = self.text.tree.place(path, key=key, shift=shift)
        self.diagnostics.append(Diagnostic(place, code, message, hint))

    def known(self, name: str, names: Collection[str], what: str, path: Path, *, key: bool = False) -> bool:
        """Whether a name is declared; a fault with the nearest one if not."""
        if name in names:
            return True
        names = list(names)
        message = f"`{name}` is no {what}" if " of " in what else f"there is no {what} `{name}`"
        self.fault(path, Code.UNKNOWN_NAME, message, nearest(name, names) or one_of(names), key=key)
        return False

    def kind_of(self, name: str) -> str:
        """What a name is that has no value of its own; empty for an unknown one."""
        record = self.record
        for kind in ("action", "event", "vote", "agreement", "clock", "outcome"):
            if name in getattr(record, kind + "s"):
                return f"{'an' if kind[0] in 'aeo' else 'a'} {kind}"
        return "a belief" if any(name in actor.beliefs for actor in record.actors.values()) else ""

    def spend(self, work: int) -> None:
        """Count work, and stop when it gets out of hand: a short text can unroll to a huge program."""
        self.work += work
        if self.work > MOST_WORK:
            raise TooLarge

    # --- numbers and expressions --------------------------------------------------------------

    def constant(self, value: float) -> nodes.Constant:
        """Register a number as a runtime argument."""
        self.numbers.append(float(value))
        return nodes.Constant(len(self.numbers) - 1)

    def enabled(self, block: Switchable) -> nodes.Constant:
        """A runtime argument: 1, or 0 for a block that is switched off."""
        return self.constant(0.0 if block.off else 1.0)

    def on(self, block: Switchable) -> Expression:
        """Condition: a block is not switched off."""
        return nodes.Compare((self.enabled(block), nodes.Number(0.5)), (">",))

    def span(self, block: Switchable) -> Expression:
        """The length of a step as a mechanism meets it: no time passes for one that is switched off."""
        return nodes.Binary("*", self.enabled(block), nodes.Span())

    def days(self, when: date) -> nodes.Constant:
        """A date as a runtime argument, in days since the clock's start."""
        return self.constant((when - self.record.clock.start).days)

    def expression(
        self, text: str, path: Path, scope: Scope | None = None, *, shift: int = 0, key: bool = False
    ) -> Typed:
        """Resolve text that must be a number: a value that begins ``shift`` characters in, or a ``key``."""
        return self._resolved(text, path, scope, "number", shift, key=key)

    def condition(self, text: str | None, path: Path, scope: Scope | None = None) -> Expression | None:
        """Resolve text that must be a condition; None stays None."""
        return None if text is None else self._resolved(text, path, scope, "condition").node

    def _resolved(
        self,
        text: str,
        path: Path,
        scope: Scope | None,
        want: Literal["number", "condition"],
        shift: int = 0,
        *,
        key: bool = False,
    ) -> Typed:
        self.here = path
        typed, faults = resolve(text, scope or self.scope, want)
        for fault in faults:
            self.fault(path, fault.code, fault.message, fault.hint, shift=fault.at + shift, key=key)
        return typed

    def amount(
        self, value: str | Prior, path: Path, scope: Scope | None = None, unit: str | Unit | None = None
    ) -> Expression:
        """A number, an expression, or an inline prior, which becomes a parameter named after its place."""
        wanted = WANTED[unit] if isinstance(unit, str) else unit
        if isinstance(value, Prior):
            key = ".".join(map(str, path))
            self._agree(self.lower_prior(self, key, value, path), wanted, (*path, "unit"))
            return nodes.Parameter(key)
        typed = self.expression(value, path, scope)
        self._agree(typed.unit, wanted, path)
        return typed.node

    def _agree(self, given: Unit | None, wanted: Unit | None, path: Path) -> None:
        if not agree(given, wanted):
            self.fault(path, Code.UNIT_CLASH, f"this is {show_unit(given)}, and {show_unit(wanted)} is wanted")

    def limited(
        self,
        value: str | Prior,
        path: Path,
        scope: Scope | None = None,
        unit: str | None = None,
        *,
        low: float = 0.0,
        high: float = inf,
    ) -> Expression:
        """An amount that has to lie between two bounds."""
        node = self.amount(value, path, scope, unit)
        self.limits.append((path, node, low, high))
        return node

    def chance(self, value: str | Prior, path: Path, scope: Scope | None = None) -> Expression:
        """An amount between 0 and 1; a prior without a unit that is one by itself is the prior of a chance."""
        node = self.limited(value, path, scope, "plain", high=1.0)
        if isinstance(node, nodes.Parameter):
            prior = value if isinstance(value, Prior) else self.record.parameters[node.key]
            where = path if isinstance(value, Prior) else ("parameters", node.key)
            self._as_chance(node.key, prior, where)
        return node

    def _as_chance(self, key: str, prior: Prior, path: Path) -> None:
        """Take a prior by its range on the logit scale, as ``unit: chance`` does, unless it has another unit."""
        if prior.range90 is None or prior.unit is not None:
            return
        if 0 < prior.range90[0] < prior.range90[1] < 1:
            self.parameters[key] = replace(self.parameters[key], scale="logit")
        else:
            self.fault((*path, "range90"), Code.BAD_CHANCE, "the range of a chance must lie inside (0, 1)")

    # --- references ---------------------------------------------------------------------------

    def reference(self, function: str, name: str, more: tuple[str, ...]) -> Typed:
        """Nodes of ``days_since(x)`` and its like."""
        if function == "date":
            return self._date(name)
        if function in ("running", "days_left"):
            return self._clock(function, name)
        if function == "belief":
            return self._slot_reference(
                f"belief({name})", name, [b for a in self.record.actors.values() for b in a.beliefs], "belief"
            )
        if function == "at_from":
            return self._kept(name)
        if function == "share":
            raise ExpressionFault("`share` stands only in the effects of an agreement", code=Code.WRONG_ARGUMENTS)
        if function in ("active", "pending"):
            return self._stage(function, name)
        return self._happening(function, name, more)

    def _date(self, text: str) -> Typed:
        try:
            when = date.fromisoformat(text)
        except ValueError:
            raise ExpressionFault(f"`{text}` is no date", hint='write date("2020-01-05")', code=Code.BAD_DATE) from None
        return Typed(self.days(when), "number", DAY)

    def _clock(self, function: str, name: str) -> Typed:
        if name not in self.record.clocks:
            raise ExpressionFault(
                f"there is no clock `{name}`",
                hint=nearest(name, self.record.clocks) or one_of(list(self.record.clocks)),
                code=Code.UNKNOWN_NAME,
            )
        expiry = Slot(f"clock({name})")
        running = nodes.Compare((expiry, nodes.Number(0.0)), (">=",))
        if function == "running":
            return Typed(running, "condition", NO_UNIT)
        left = nodes.Binary("-", expiry, nodes.Today())
        return Typed(nodes.Choose(running, left, nodes.Number(NEVER_HAPPENED)), "number", DAY)

    def _slot_reference(self, key: str, name: str, names: Iterable[str], what: str) -> Typed:
        names = list(names)
        if name not in names:
            raise ExpressionFault(
                f"there is no {what} `{name}`", hint=nearest(name, names) or one_of(names), code=Code.UNKNOWN_NAME
            )
        return Typed(Slot(key), "number", NO_UNIT)

    def _kept(self, key: str) -> Typed:
        symbol = self.symbols.get(key.partition("[")[0])
        if key not in self.slots or symbol is None:
            raise ExpressionFault(
                f"there is no quantity `{key}`", hint=nearest(key, self.slots), code=Code.UNKNOWN_NAME
            )
        copy = f"at_from({key})"
        self.kept[key] = copy
        self.slots.setdefault(copy, replace(self.slots[key], key=copy, hidden=True, quantity=copy))
        return Typed(Slot(copy), symbol.kind, symbol.unit, symbol.levels)

    def _stage(self, function: str, name: str) -> Typed:
        action = self.record.actions.get(name)
        if action is None:
            hint = nearest(name, self.record.actions) or one_of(list(self.record.actions))
            raise ExpressionFault(f"there is no action `{name}`", hint=hint, code=Code.UNKNOWN_NAME)
        if (action.duration if function == "active" else action.authorised) is None:
            needed = "duration" if function == "active" else "authorised"
            raise ExpressionFault(f"`{name}` has no `{needed}`", code=Code.WRONG_ARGUMENTS)
        parts = [
            self.under_way(site) if function == "active" else self.ordered(site)
            for site, _ in self.happenings.get(name, [])
        ]
        return Typed(_any(parts), "condition", NO_UNIT)

    def under_way(self, site: str) -> Expression:
        """Condition: an option's duration runs."""
        return nodes.Compare((self.counter(f"until({site})"), nodes.Today()), (">",))

    def ordered(self, site: str) -> Expression:
        """Condition: an option is authorised and waits."""
        return nodes.Compare((self.counter(f"due({site})"), nodes.Number(NEVER)), (">",))

    def _happening(self, function: str, name: str, more: tuple[str, ...]) -> Typed:
        declared = [
            each for section in ("actions", "events", "votes", "agreements") for each in getattr(self.record, section)
        ]
        if name in declared and name not in self.happenings:
            return Typed(nodes.Number(0.0), "unknown")
        if name not in declared:
            hint = nearest(name, declared) or one_of(declared)
            message = f"there is no action, event, vote or agreement `{name}`"
            raise ExpressionFault(message, hint=hint, code=Code.UNKNOWN_NAME)
        sites = [site for site, performer in self.happenings[name] if not more or performer == more[0]]
        if not sites:
            doers = sorted({performer for _, performer in self.happenings[name] if performer})
            raise ExpressionFault(
                f"`{more[0]}` does not perform `{name}`",
                hint=nearest(more[0], doers) or one_of(doers),
                code=Code.UNKNOWN_NAME,
            )
        if function == "times":
            return Typed(total([self.times(site) for site in sites]), "number", NO_UNIT)
        latest = tuple(self.last(site) for site in sites)
        last = latest[0] if len(latest) == 1 else nodes.Call("max", latest)
        since = nodes.Binary("-", nodes.Today(), last)
        return Typed(nodes.Call("min", (since, nodes.Number(NEVER_HAPPENED))), "number", DAY)

    def last(self, site: str) -> Slot:
        """Slot with the day on which a site last happened."""
        self.tracked["last"].add(site)
        return self.counter(f"last({site})")

    def times(self, site: str) -> Slot:
        """Slot with how often a site has happened."""
        self.tracked["times"].add(site)
        return self.counter(f"times({site})", 0.0)

    def counter(self, key: str, start: float = NEVER) -> Slot:
        """A hidden slot of the engine's own."""
        self.slots.setdefault(key, SlotSpec(key, key, "level", nodes.Number(start), hidden=True))
        return Slot(key)

    def tracking(self, site: Chance) -> Chance:
        """The site with the updates that keep its last day and its count."""
        extra: list[Update] = []
        if site.name in self.tracked["last"]:
            extra.append(Update(f"last({site.name})", "set", nodes.Today()))
        if site.name in self.tracked["times"]:
            extra.append(Update(f"times({site.name})", "add", nodes.Number(1.0)))
        if not extra:
            return site
        branches = tuple(replace(b, updates=(*b.updates, *extra)) if b.happens else b for b in site.branches)
        return replace(site, branches=branches)

    # --- unrolling ----------------------------------------------------------------------------

    def unroll(
        self, each: Mapping[str, str], unless: str | None, path: Path
    ) -> Iterator[tuple[tuple[str, ...], Scope]]:
        """All combinations of members for ``each``, with a scope that binds them."""
        self.here = path
        for variable, over in each.items():
            if not self.known(over, self.sets, "set", (*path, "each", variable)):
                return
        for members in product(*(self.sets[over] for over in each.values())):
            self.spend(8)
            scope = self.scope.bind(**dict(zip(each, members, strict=True)))
            if unless is not None:
                left_out = self.condition(unless, (*path, "unless"), scope)
                if left_out == nodes.Truth(True):
                    continue
                if left_out != nodes.Truth(False):
                    self.fault((*path, "unless"), Code.BAD_EXPRESSION, "`unless` compares members, e.g. `i == j`")
                    return
            yield members, scope

    def effect(self, value: str | Effect) -> Effect:
        """The short form of an effect in full."""
        if isinstance(value, Effect):
            return value
        if value[:1] in ("+", "-"):
            return Effect.model_construct(add=value, set=None, if_=None, priority=0)
        return Effect.model_construct(add=None, set=value, if_=None, priority=0)


def _any(parts: list[Expression]) -> Expression:
    if not parts:
        return nodes.Truth(False)
    return parts[0] if len(parts) == 1 else nodes.Logic("or", tuple(parts))


def both(*parts: Expression | None) -> Expression | None:
    """The conjunction of conditions; None stands for none."""
    present = tuple(part for part in parts if part is not None)
    if len(present) < 2:
        return present[0] if present else None
    return nodes.Logic("and", present)
