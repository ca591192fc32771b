"""What does not change while a run goes on is computed once, before its first step.

Parts of expressions that read neither the state, nor the day, nor chance become *derived parameters*: named values,
computed from the numbers of the crisis and the parameters of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression, children, transform, walk
from brinkmanship.lang.tape import Environment, Tape


def lasting(leaf: Expression) -> bool:
    """Whether a leaf reads neither the state, nor the day, nor the step, nor chance."""
    return not isinstance(leaf, nodes.Slot | nodes.Today | nodes.Span | nodes.Draw)


class Hoister:
    """Replaces invariant parts of expressions by derived parameters, and computes these.

    Parameters
    ----------
    early
        Says of a leaf whether it is known beforehand.
    mark
        First letter of the names of derived parameters.
    """

    def __init__(self, early: Callable[[Expression], bool] = lasting, mark: str = "=") -> None:
        self.early, self.mark = early, mark
        self.derived: dict[Expression, str] = {}
        self._sources: dict[str, Expression] = {}
        self._varying: dict[str, bool] = {}
        self._done: dict[Expression, Expression] = {}
        self._invariant: dict[Expression, bool] = {}
        self._tape: Tape | None = None

    def __call__(self, node: Expression) -> Expression:
        """The expression with its largest invariant parts replaced."""
        if node in self._done:
            return self._done[node]
        if isinstance(node, nodes.Parameter | nodes.Number | nodes.Truth):
            result = node
        elif self.invariant(node):
            name = self.derived.setdefault(node, f"{self.mark}{len(self.derived)}")
            self._sources[name] = node
            result = nodes.Parameter(name)
        else:
            result = nodes.below(node, self)
        self._done[node] = result
        return result

    def invariant(self, node: Expression) -> bool:
        """Whether all that an expression reads is known beforehand."""
        known = self._invariant.get(node)
        if known is None:
            known = self.early(node) and all(self.invariant(child) for child in children(node))
            self._invariant[node] = known
        return known

    def varies(self, key: str) -> bool:
        """Whether a parameter or derived parameter differs between runs."""
        if key not in self._varying:
            source = self._sources.get(key)
            self._varying[key] = source is None or any(isinstance(each, nodes.Parameter) for each in walk(source))
        return self._varying[key]

    def derive(self, numbers: Sequence[Any], theta: Mapping[str, Any], xp: Any) -> dict[str, Any]:
        """Parameters and derived parameters, for the block of runs whose parameters are given."""
        tape = self._tape
        if tape is None or (tape.xp, len(tape.outputs)) != (xp, len(self.derived)):
            tape = self._tape = Tape(list(self.derived), xp)
        values = [_plain(each) for each in tape(Environment({}, theta, numbers=numbers))]
        return {**theta, **dict(zip(self.derived.values(), values, strict=True))}


def _plain(value: Any) -> Any:
    """A number in an array without axes, as the number."""
    return value[()] if hasattr(value, "ndim") and value.ndim == 0 else value


def substitute(node: Expression, replaced: Mapping[Expression, Expression]) -> Expression:
    """The expression with some leaves replaced."""
    return transform(node, lambda each: replaced.get(each, each)) if replaced else node
