"""Core expressions as C: straight-line statements inside a loop over lanes, each common part once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from brinkmanship.core.program import Lowered
from brinkmanship.engine.draws import site_key
from brinkmanship.lang import nodes
from brinkmanship.lang.hoist import Hoister, lasting
from brinkmanship.lang.nodes import Expression, children, transform
from brinkmanship.lang.tape import Environment, evaluate

_DRAWS = {"uniform": "uniform_", "bernoulli": "bernoulli_", "poisson": "poisson_", "normal": "normal_"}
_DRAWS["lognormal"] = "lognormal_"


class Unsupported(Exception):
    """The crisis has something that the C program does not do."""


class Reader:
    """Where expressions find what they read, and what is computed once a run.

    Parameters
    ----------
    lowered
        The crisis; its runtime arguments become constants of the C source.
    seed
        Of all draws; it becomes a constant too.
    """

    def __init__(self, lowered: Lowered, seed: int):
        self.numbers, self.span, self.seed = lowered.numbers, lowered.timeline.step, seed
        program = lowered.program
        self.slots = {key: rank for rank, key in enumerate(program.slots)}
        self.parameters = {key: rank for rank, key in enumerate(program.parameters)}
        self.hoister = Hoister()

    def key(self, address: str) -> str:
        """The two words of an address's key."""
        return ", ".join(f"{word}u" for word in site_key(self.seed, address))

    def ready(self, node: Expression) -> Expression:
        """The expression with numbers put in, constant parts computed, and lasting parts made derived parameters."""
        ready = self.hoister(self.folded(node))
        for key in self.hoister.derived.values():
            self.parameters.setdefault(key, len(self.parameters))
        return ready

    def folded(self, node: Expression) -> Expression:
        """The expression with numbers put in and constant parts computed."""
        return transform(node, self._fold)

    def number(self, node: Expression) -> float:
        """The value of an expression that must be a number."""
        folded = self.folded(node)
        if not isinstance(folded, nodes.Number):
            raise Unsupported(f"a bound that is no number: {node}")
        return folded.value

    def _fold(self, node: Expression) -> Expression:
        if isinstance(node, nodes.Constant):
            return nodes.Number(float(self.numbers[node.index]))
        if isinstance(node, nodes.Span):
            return nodes.Number(self.span)
        below = list(children(node))
        if below and lasting(node) and all(isinstance(each, nodes.Number | nodes.Truth) for each in below):
            value = evaluate(node, Environment({}, {}), np)
            return nodes.Truth(bool(value)) if is_truth(node) else nodes.Number(float(value))
        return node


def is_truth(node: Expression) -> bool:
    """Whether an expression is a condition rather than a number."""
    match node:
        case nodes.Truth() | nodes.Compare() | nodes.Logic() | nodes.Unary("not", _):
            return True
        case nodes.Choose(_, then, otherwise):
            return is_truth(then) and is_truth(otherwise)
    return False


class Kernel:
    """Statements for one lane; ``lane`` is the C expression of its number.

    ``words`` says where the words of an address stand, e.g. ``w[3]``; without it they are drawn for the lane.
    """

    def __init__(self, reader: Reader, lane: str, words: dict[str, str] | None = None):
        self.reader, self.lane, self.words = reader, lane, words
        self.lines: list[str] = []
        self.known: dict[Expression, str] = {}

    def name(self, code: str, kind: str = "double") -> str:
        """A new variable with a value."""
        name = f"v{len(self.lines)}"
        self.lines.append(f"const {kind} {name} = {code};")
        return name

    def value(self, node: Expression) -> str:
        """The C atom that holds an expression's value."""
        if isinstance(node, nodes.Number):
            return repr(node.value) if node.value >= 0 else f"({node.value!r})"
        if isinstance(node, nodes.Truth):
            return str(int(node.value))
        if node not in self.known:
            self.known[node] = self.name(self._code(node), "int" if is_truth(node) else "double")
        return self.known[node]

    def truth(self, node: Expression) -> str:
        """The C atom of a condition."""
        value = self.value(node)
        return value if is_truth(node) else f"({value} != 0)"

    def _code(self, node: Expression) -> str:
        match node:
            case nodes.Slot(key) if key.startswith("chosen("):
                raise Unsupported("a site that reads what was chosen and does more than carry it out")
            case nodes.Slot(key):
                return f"s[{self.reader.slots[key]} * LANES + {self.lane}]"
            case nodes.Parameter(key):
                return f"p[{self.reader.parameters[key]} * LANES + {self.lane}]"
            case nodes.Today():
                return "day"
            case nodes.Draw(family, arguments, address):
                return self._draw(family, arguments, address)
            case nodes.Call(function, arguments):
                return self._call(function, [self.value(each) for each in arguments])
            case _:
                return self._operation(node)

    def _operation(self, node: Expression) -> str:
        match node:
            case nodes.Unary("-", operand):
                return f"-{self.value(operand)}"
            case nodes.Unary(_, operand):
                return f"!{self.truth(operand)}"
            case nodes.Binary("**", left, right):
                return f"pow({self.value(left)}, {self.value(right)})"
            case nodes.Binary(sign, left, right):
                return f"{self.value(left)} {sign} {self.value(right)}"
            case nodes.Compare((left, right), (sign,)):
                return f"{self.value(left)} {sign} {self.value(right)}"
            case nodes.Logic(word, operands):
                return (" & " if word == "and" else " | ").join(self.truth(each) for each in operands)
            case nodes.Choose(condition, then, otherwise):
                return f"{self.truth(condition)} ? {self.value(then)} : {self.value(otherwise)}"
        raise Unsupported(f"no C for {node}")

    def _call(self, function: str, values: list[str]) -> str:
        if function in ("min", "max", "clip"):
            if function == "clip":
                return f"lower_(upper_({values[0]}, {values[1]}), {values[2]})"
            code = values[0]
            for each in values[1:]:
                code = f"{'lower_' if function == 'min' else 'upper_'}({code}, {each})"
            return code
        if function == "logistic":
            return f"1.0 / (1.0 + exp(-{values[0]}))"
        return f"{'fabs' if function == 'abs' else function}({', '.join(values)})"

    def _draw(self, family: str, arguments: Sequence[Expression], address: str) -> str:
        values = "".join(f", {self.value(each)}" for each in arguments)
        if self.words is not None:
            place = self.words.setdefault(address, f"w[{len(self.words)}]")
            return f"{_DRAWS[family]}({place}[0][{self.lane}], {place}[1][{self.lane}]{values})"
        words = f"words{len(self.lines)}"
        self.lines.append(f"uint32_t {words}[2]; one({self.reader.key(address)}, run[{self.lane}], step, {words});")
        return f"{_DRAWS[family]}({words}[0], {words}[1]{values})"
