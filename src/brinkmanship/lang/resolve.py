"""Surface expression and scope to core expression: names, kinds, index sets and units are checked here, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from brinkmanship.errors import Code, nearest, one_of
from brinkmanship.lang import nodes
from brinkmanship.lang.functions import FAMILIES, FUNCTIONS, REFERENCES, WHERE
from brinkmanship.lang.nodes import Expression
from brinkmanship.lang.parse import ExpressionFault, parse
from brinkmanship.lang.scope import Scope, Symbol, Typed, slot_key
from brinkmanship.lang.units import NO_UNIT, Unit, agree, raised, show_unit, times

_READ = {
    "an action": "write `times({0}) > 0`, or `days_since({0})`",
    "an event": "write `times({0}) > 0`, or `days_since({0})`",
    "a vote": "write `times({0}) > 0`, or `days_since({0})`",
    "an agreement": "write `times({0}) > 0`, or `days_since({0})`",
    "a clock": "write `running({0})`, or `days_left({0})`",
    "a belief": "write `belief({0})`",
    "an outcome": "outcomes are asked of a crisis; what happens in it reads quantities",
}
_LONG = 32
"""Terms added one after another; longer sums are halved, so that no expression gets deep."""


def total(parts: Sequence[Expression]) -> Expression:
    """The sum of expressions."""
    if len(parts) > _LONG:
        middle = len(parts) // 2
        return nodes.Binary("+", total(parts[:middle]), total(parts[middle:]))
    result: Expression = parts[0] if parts else nodes.Number(0.0)
    for part in parts[1:]:
        result = nodes.Binary("+", result, part)
    return result


def resolve(
    text: str, scope: Scope, want: Literal["number", "condition"] = "number"
) -> tuple[Typed, list[ExpressionFault]]:
    """Parse and resolve; on faults the node is a placeholder and the list says all of them."""
    try:
        surface = parse(text)
    except ExpressionFault as fault:
        return Typed(nodes.Number(0.0), "unknown"), [fault]
    resolver = _Resolver(scope)
    typed = resolver.visit(surface)
    if want == "condition":
        return replace(typed, node=resolver.condition(typed, getattr(surface, "at", 0))), resolver.faults
    if typed.kind == "member":
        resolver.fault("a member of a set is no number", getattr(surface, "at", 0))
    if typed.kind == "condition":
        typed = Typed(_as_number(typed), "flag", NO_UNIT)
    return typed, resolver.faults


def _as_number(typed: Typed) -> Expression:
    if typed.kind == "condition":
        return nodes.Choose(typed.node, nodes.Number(1.0), nodes.Number(0.0))
    return typed.node


class _Resolver:
    def __init__(self, scope: Scope):
        self.scope = scope
        self.faults: list[ExpressionFault] = []

    def fault(self, message: str, at: int, hint: str = "", code: Code = Code.WRONG_KIND) -> Typed:
        self.faults.append(ExpressionFault(message, at, hint, code))
        return Typed(nodes.Number(0.0), "unknown")

    def visit(self, node: Expression) -> Typed:
        self.scope.spend(12)
        return getattr(self, f"_{type(node).__name__.lower()}")(node)

    def number(self, node: Expression) -> Typed:
        """A child that must be a number; truths count as 0 or 1."""
        typed = self.visit(node)
        if typed.kind == "member":
            return self.fault("a member of a set is no number", getattr(node, "at", 0))
        return replace(typed, node=_as_number(typed), kind="number" if typed.kind == "condition" else typed.kind)

    def condition(self, typed: Typed, at: int) -> Expression:
        if typed.kind == "flag":
            return nodes.Compare((typed.node, nodes.Number(0.5)), (">",))
        if typed.kind not in ("condition", "unknown"):
            self.fault("a number is no condition", at, "compare it with something, e.g. `x > 0`")
        return typed.node

    # --- leaves -------------------------------------------------------------------------------

    def _number(self, node: nodes.Number) -> Typed:
        return Typed(self.scope.constant(node.value))

    def _truth(self, node: nodes.Truth) -> Typed:
        return Typed(nodes.Number(float(node.value)), "flag", NO_UNIT)

    def _text(self, node: nodes.Text) -> Typed:
        return self.fault("text has no value here", node.at, 'text stands only in date("2020-01-05")')

    def _name(self, node: nodes.Name) -> Typed:
        name = node.name
        if name in self.scope.bound:
            return Typed(nodes.Text(self.scope.bound[name]), "member")
        if name in self.scope.extra:
            return self.scope.extra[name]
        if name in self.scope.symbols:
            return self._entry(nodes.Entry(name, (), node.at))
        if name == "day":
            return Typed(nodes.Today(), "number", (("day", 1),))
        if any(name in members for members in self.scope.sets.values()):
            return Typed(nodes.Text(name), "member")
        if kind := self.scope.kinds(name):
            return self.fault(
                f"`{name}` is {kind}, and has no value of its own", node.at, _READ.get(kind, "").format(name)
            )
        members = {member for each in self.scope.sets.values() for member in each}
        known = [*self.scope.symbols, *self.scope.bound, *self.scope.extra, "day", *members]
        return self.fault(f"`{name}` is not declared", node.at, nearest(name, known), Code.UNKNOWN_NAME)

    def _entry(self, node: nodes.Entry) -> Typed:
        symbol = self.scope.symbols.get(node.name)
        if symbol is None:
            hint = nearest(node.name, self.scope.symbols)
            return self.fault(f"there is no quantity `{node.name}`", node.at, hint, Code.UNKNOWN_NAME)
        if len(node.index) != len(symbol.over):
            return self.wrong_index(node, symbol)
        members = []
        for index, over in zip(node.index, symbol.over, strict=True):
            member = self.member(index)
            known = self.scope.sets.get(over, ())
            if member in known:
                members.append(member)
                continue
            hint = nearest(member, known) or one_of(known)
            self.fault(
                f"`{member}` is no member of `{over}`" if member else f"a member of `{over}` is wanted here",
                getattr(index, "at", node.at),
                hint,
                Code.BAD_INDEX,
            )
        if len(members) < len(symbol.over):
            return Typed(nodes.Number(0.0), "unknown")
        leaf = (
            nodes.Slot(slot_key(node.name, tuple(members)))
            if symbol.source == "quantity"
            else nodes.Parameter(node.name)
        )
        return Typed(leaf, symbol.kind, symbol.unit, symbol.levels)

    def wrong_index(self, node: nodes.Entry, symbol: Symbol) -> Typed:
        if not symbol.over:
            return self.fault(f"`{node.name}` is one number and takes no index", node.at, "", Code.BAD_INDEX)
        count = len(node.index)
        wanted = f"`{node.name}` takes {len(symbol.over)} name{'s' * (len(symbol.over) > 1)} as index"
        return self.fault(
            f"{wanted}, and {count or 'none'} stand{'s' * (count < 2)} here",
            node.at,
            f"write {node.name}[{', '.join(symbol.over)}]",
            Code.BAD_INDEX,
        )

    def member(self, index: Expression) -> str:
        """The member that an index names; empty if it names none."""
        if isinstance(index, nodes.Name):
            return self.scope.bound.get(index.name, index.name)
        return ""

    # --- operators ----------------------------------------------------------------------------

    def _unary(self, node: nodes.Unary) -> Typed:
        if node.operator == "not":
            inner = self.visit(node.operand)
            return Typed(nodes.Unary("not", self.condition(inner, node.at)), "condition", NO_UNIT)
        if isinstance(node.operand, nodes.Number):
            return Typed(self.scope.constant(-node.operand.value))
        inner = self.number(node.operand)
        return Typed(nodes.Unary("-", inner.node), "number", inner.unit)

    def _binary(self, node: nodes.Binary) -> Typed:
        left, right = self.number(node.left), self.number(node.right)
        if node.operator == "**" and isinstance(node.right, nodes.Number) and node.right.value == 2.0:
            right = Typed(node.right)  # a square is not computed like other powers: not a runtime argument
        result = nodes.Binary(node.operator, left.node, right.node)
        if node.operator == "**":
            power = node.right.value if isinstance(node.right, nodes.Number) else 0.5
            return Typed(result, "number", raised(left.unit, power))
        if node.operator in "*/":
            return Typed(result, "number", times(left.unit, right.unit, 1 if node.operator == "*" else -1))
        return Typed(result, "number", self.same_unit(left, right, getattr(node.right, "at", node.at)))

    def same_unit(self, left: Typed, right: Typed, at: int) -> Unit | None:
        if not agree(left.unit, right.unit):
            message = f"units clash: {show_unit(left.unit)} and {show_unit(right.unit)}"
            self.fault(message, at, "", Code.UNIT_CLASH)
        return right.unit if left.unit is None else left.unit

    def _compare(self, node: nodes.Compare) -> Typed:
        pairs = list(zip(node.operands, node.operators, node.operands[1:], strict=False))
        parts = [self.comparison(left, operator, right) for left, operator, right in pairs]
        whole = parts[0] if len(parts) == 1 else nodes.Logic("and", tuple(parts))
        return Typed(whole, "condition", NO_UNIT)

    def comparison(self, left: Expression, operator: str, right: Expression) -> Expression:
        a, b = self.operands(left, right)
        at = getattr(right, "at", 0)
        if "member" in (a.kind, b.kind):
            if a.kind != b.kind and "unknown" not in (a.kind, b.kind):
                self.fault("a member of a set compares only with a member", at)
            if operator not in ("==", "!="):
                self.fault("members of a set are equal or not; they have no order", at)
            return nodes.Truth((a.node == b.node) == (operator == "=="))
        self.same_unit(a, b, at)
        return nodes.Compare((_as_number(a), _as_number(b)), (operator,))

    def operands(self, left: Expression, right: Expression) -> tuple[Typed, Typed]:
        """Both sides of a comparison; a bare name beside a rung is one of its levels."""
        sides: list[Typed | None] = [None, None]
        for here, (this, other) in enumerate(((left, right), (right, left))):
            levels = self.levels_of(other)
            if isinstance(this, nodes.Name) and levels and this.name not in self.scope.symbols:
                if this.name in levels:
                    sides[here] = Typed(nodes.Number(float(levels.index(this.name))), "number", NO_UNIT)
                else:
                    sides[here] = self.fault(
                        f"`{this.name}` is none of the levels",
                        this.at,
                        nearest(this.name, levels) or one_of(levels),
                        Code.UNKNOWN_NAME,
                    )
        return sides[0] or self.visit(left), sides[1] or self.visit(right)

    def levels_of(self, node: Expression) -> tuple[str, ...]:
        symbol = self.scope.symbols.get(node.name) if isinstance(node, nodes.Name | nodes.Entry) else None
        return symbol.levels if symbol else ()

    def _logic(self, node: nodes.Logic) -> Typed:
        parts = tuple(self.condition(self.visit(each), getattr(each, "at", node.at)) for each in node.operands)
        return Typed(nodes.Logic(node.operator, parts), "condition", NO_UNIT)

    def _choose(self, node: nodes.Choose) -> Typed:
        condition = self.condition(self.visit(node.condition), node.at)
        then, otherwise = self.number(node.then), self.number(node.otherwise)
        unit = self.same_unit(then, otherwise, node.at)
        if isinstance(condition, nodes.Truth):
            return Typed((then if condition.value else otherwise).node, "number", unit)
        return Typed(nodes.Choose(condition, then.node, otherwise.node), "number", unit)

    def _fold(self, node: nodes.Fold) -> Typed:
        members = self.scope.sets.get(node.over)
        if members is None:
            hint = nearest(node.over, self.scope.sets)
            return self.fault(f"there is no set `{node.over}`", node.at, hint, Code.UNKNOWN_NAME)
        parts: list[Expression] = []
        unit: Unit | None = None
        for member in members:
            self.scope.spend(12)
            inner = _Resolver(self.scope.bind(**{node.variable: member}))
            keep = (
                inner.condition(inner.visit(node.condition), node.at)
                if node.condition is not None
                else nodes.Truth(True)
            )
            typed = inner.number(node.body) if node.function == "sum" else inner.visit(node.body)
            part = typed.node if node.function == "sum" else inner.condition(typed, node.at)
            unit = typed.unit
            known = {(each.message, each.at) for each in self.faults}
            self.faults += [each for each in inner.faults if (each.message, each.at) not in known]
            if keep == nodes.Truth(False):
                continue
            parts.append(part if keep == nodes.Truth(True) else self.guarded(node.function, keep, part))
        return self.folded(node.function, parts, unit)

    @staticmethod
    def guarded(function: str, keep: Expression, part: Expression) -> Expression:
        if function == "sum":
            return nodes.Choose(keep, part, nodes.Number(0.0))
        if function == "any":
            return nodes.Logic("and", (keep, part))
        return nodes.Logic("or", (nodes.Unary("not", keep), part))

    @staticmethod
    def folded(function: str, parts: list[Expression], unit: Unit | None) -> Typed:
        if function == "sum":
            return Typed(total(parts), "number", unit)
        if not parts:
            return Typed(nodes.Truth(function == "all"), "condition", NO_UNIT)
        whole = parts[0] if len(parts) == 1 else nodes.Logic("or" if function == "any" else "and", tuple(parts))
        return Typed(whole, "condition", NO_UNIT)

    # --- calls --------------------------------------------------------------------------------

    def _call(self, node: nodes.Call) -> Typed:
        if node.function in REFERENCES:
            return self.reference(node)
        if node.function in FAMILIES:
            return self.draw(node)
        if node.function == WHERE:
            if len(node.arguments) != 3:
                message = "`where` takes three arguments: condition, then, otherwise"
                return self.fault(message, node.at, "", Code.WRONG_ARGUMENTS)
            return self._choose(nodes.Choose(*node.arguments, at=node.at))
        least, most = FUNCTIONS[node.function].arity
        if not least <= len(node.arguments) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            message = f"`{node.function}` takes {wanted} arguments, and {len(node.arguments)} stand here"
            return self.fault(message, node.at, "", Code.WRONG_ARGUMENTS)
        return self.function(node)

    def function(self, node: nodes.Call) -> Typed:
        arguments = [self.number(each) for each in node.arguments]
        result = nodes.Call(node.function, tuple(each.node for each in arguments))
        if FUNCTIONS[node.function].plain:
            for each, source in zip(arguments, node.arguments, strict=True):
                if each.unit:
                    at = getattr(source, "at", node.at)
                    message = f"`{node.function}` takes a plain number, and this is {show_unit(each.unit)}"
                    self.fault(message, at, "", Code.UNIT_CLASH)
            return Typed(result, "number", NO_UNIT)
        unit = arguments[0].unit
        for each in arguments[1:]:
            unit = self.same_unit(Typed(result, unit=unit), each, node.at)
        return Typed(result, "number", unit)

    def reference(self, node: nodes.Call) -> Typed:
        names = []
        for argument in node.arguments:
            if isinstance(argument, nodes.Name):
                names.append(self.scope.bound.get(argument.name, argument.name))
            elif isinstance(argument, nodes.Text) and node.function == "date":
                names.append(argument.value)
            elif isinstance(argument, nodes.Entry) and node.function == "at_from":
                inner = self.visit(argument)
                names.append(getattr(inner.node, "key", ""))
            else:
                at = getattr(argument, "at", node.at)
                return self.fault(f"`{node.function}` takes a name", at, "", Code.WRONG_ARGUMENTS)
        if not names:
            message = f"`{node.function}` needs the name of a {REFERENCES[node.function]}"
            return self.fault(message, node.at, "", Code.WRONG_ARGUMENTS)
        most = 2 if node.function in ("times", "days_since") else 1
        if len(names) > most:
            message = f"`{node.function}` takes {most} name{'s' * (most > 1)}, and {len(names)} stand here"
            return self.fault(message, node.at, "", Code.WRONG_ARGUMENTS)
        try:
            return self.scope.reference(node.function, names[0], tuple(names[1:]))
        except ExpressionFault as fault:
            return self.fault(fault.message, getattr(node.arguments[0], "at", node.at), fault.hint, fault.code)

    def draw(self, node: nodes.Call) -> Typed:
        if self.scope.address is None:
            return self.fault(
                f"`{node.function}` is random, which is not allowed here",
                node.at,
                "random magnitudes stand in effects and start values",
                Code.RANDOM_NOT_ALLOWED,
            )
        wanted = FAMILIES[node.function]
        if len(node.arguments) != len(wanted):
            message = f"`{node.function}` takes ({', '.join(wanted)})"
            return self.fault(message, node.at, "", Code.WRONG_ARGUMENTS)
        arguments = [self.number(each) for each in node.arguments]
        return Typed(
            nodes.Draw(node.function, tuple(each.node for each in arguments), self.scope.address()),
            "number",
            arguments[0].unit,
        )
