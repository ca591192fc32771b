"""What slots and parameters can be, by their bounds and priors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from brinkmanship.core.prior import CUT, two_piece
from brinkmanship.core.program import FREE, Lowered, ParameterSpec, SlotSpec, number
from brinkmanship.lang import nodes
from brinkmanship.lang.interval import EVERYTHING, Interval, Ranges, interval


def ranges_of(lowered: Lowered) -> Ranges:
    """What every slot, parameter and day can be."""
    program = lowered.program
    days = (0.0, lowered.timeline.end)
    return declared_ranges(program.slots, program.parameters, lowered.numbers, days, lowered.timeline.step)


def declared_ranges(
    slots: Mapping[str, SlotSpec],
    parameters: Mapping[str, ParameterSpec],
    numbers: Sequence[float],
    days: Interval,
    step: float,
) -> Ranges:
    """What every slot and parameter can be, on days from one to another, in steps of some days."""
    numbers = tuple(numbers)
    bounded = {
        key: (number(numbers, spec.low), number(numbers, spec.high))
        for key, spec in slots.items()
        if spec.low is not None and spec.high is not None
    }
    drawn = {key: _prior_range(spec, numbers) for key, spec in parameters.items()}
    return Ranges(bounded, drawn, numbers, days, step)


def _prior_range(spec: ParameterSpec, numbers: tuple[float, ...]) -> Interval:
    if (held := number(numbers, spec.held)) != FREE:
        return held, held
    values = [number(numbers, each) for each in spec.numbers]
    if spec.form == "constant":
        return values[0], values[0]
    if spec.form == "switch":
        return 0.0, 1.0
    if spec.form == "categories":
        return 0.0, len(values) - 1.0
    if spec.form == "two_piece":
        low, high = (float(two_piece(np, spec.scale, values, z)) for z in (-CUT, CUT))
        return low, high
    if not isinstance(spec.draw, nodes.Draw):
        return EVERYTHING
    plain = Ranges({}, {}, numbers, EVERYTHING, 1.0)
    return _family_range(spec.draw.family, [interval(each, plain)[0] for each in spec.draw.arguments])


def _family_range(family: str, values: list[float]) -> Interval:
    if family == "uniform":
        return values[0], values[1]
    if family == "normal":
        return values[0] - 6.7 * values[1], values[0] + 6.7 * values[1]
    if family == "lognormal":
        reach = math.exp(min(6.7 * values[1], 700.0))
        return values[0] / reach, values[0] * reach
    return (0.0, 1.0) if family == "bernoulli" else (0.0, math.inf)
