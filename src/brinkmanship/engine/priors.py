"""Parameters and start values of a block of runs, drawn from their priors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from brinkmanship.core.prior import CUT, two_piece
from brinkmanship.core.program import FREE, ParameterSpec, Program
from brinkmanship.engine.draws import Addressed, standard_normal
from brinkmanship.lang.tape import Environment, evaluate

Array = Any


def draw_parameters(
    program: Program, numbers: Sequence[Any], sampler: Addressed, *, fixed: bool = False
) -> dict[str, Array]:
    """Parameters by key, each ``(run,)``; ``fixed`` puts every one at its median or most likely value."""
    return {key: _parameter(spec, numbers, sampler, fixed) for key, spec in program.parameters.items()}


def _parameter(spec: ParameterSpec, numbers: Sequence[Any], sampler: Addressed, fixed: bool) -> Array:
    xp = sampler.xp
    env = Environment({}, {}, numbers=numbers, magnitude=_middle if fixed else sampler.magnitude)
    held = evaluate(spec.held, env, xp)
    return xp.where(held == FREE, _free(spec, env, sampler, fixed), held)


def _free(spec: ParameterSpec, env: Environment, sampler: Addressed, fixed: bool) -> Array:
    """A parameter that is held at no value."""
    xp = sampler.xp
    values = [evaluate(each, env, xp) for each in spec.numbers]
    blank = xp.zeros(sampler.runs.shape)
    address = f"parameter/{spec.key}"
    if spec.form == "constant":
        return blank + values[0]
    if spec.form == "switch":
        return blank + (float(values[0] >= 0.5) if fixed else sampler.magnitude(address, "bernoulli", (values[0],)))
    if spec.form == "categories":
        return blank + (
            float(max(range(len(values)), key=lambda k: values[k])) if fixed else sampler.pick(address, values[:-1])
        )
    if spec.form == "two_piece":
        z = blank if fixed else xp.clip(standard_normal(xp, sampler.uniforms(address)), -CUT, CUT)
        return two_piece(xp, spec.scale, values, z)
    assert spec.draw is not None
    return blank + evaluate(spec.draw, env, xp)


def _middle(address: str, family: str, arguments: tuple[Array, ...]) -> Array:
    """The median of a magnitude, or its mean where that is simpler (counts, coins)."""
    if family == "bernoulli":
        return 1.0 * (arguments[0] >= 0.5)
    return (arguments[0] + arguments[1]) / 2 if family == "uniform" else arguments[0]


def draw_starts(
    program: Program, numbers: Sequence[Any], theta: Mapping[str, Array], sampler: Addressed
) -> dict[str, Array]:
    """Start values of all slots, each ``(run,)``, within their bounds; a start may read another slot's start."""
    xp, size = sampler.xp, len(sampler.runs)
    state: dict[str, Array] = {}
    here = Environment(state, theta, numbers=numbers, magnitude=sampler.magnitude)
    for key in program.starts:
        spec = program.slots[key]
        value = xp.zeros(size) + evaluate(spec.start, here, xp)
        if spec.low is not None and spec.high is not None:
            value = xp.minimum(xp.maximum(value, evaluate(spec.low, here, xp)), evaluate(spec.high, here, xp))
        state[key] = value
    return {key: state[key] for key in program.slots}
