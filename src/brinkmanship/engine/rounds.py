"""Rounds of reasoning: each round's expectations are fitted to runs in which all act on those of the round before.

In round 0 those who reckon with replies take others to stay idle (``persistence``). An actor with ``replies: n`` keeps
the expectations of round n, and every actor meets the others at most one round behind its own: levels of reasoning, as
in cognitive hierarchies (Camerer, Ho and Chong 2004).

What came of a state is ``∫ e^(−δt) ū dt / ∫ e^(−δt) dt`` along the run from that day on, over the actor's horizon, cut
at the clock's end. States are observed on days after which the whole horizon is still to come, or three quarters of the
future if that is shorter. A run that an outcome ended keeps its flow, and its later days are no observations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from brinkmanship.core.program import Choice, Lowered, Program, Term, Valuation, changed_by, number
from brinkmanship.engine import engines
from brinkmanship.engine.ensemble import GROUP, BlockResult, Progress, Request, Simulator, groups_of, spread
from brinkmanship.engine.foresight import Fit, Sights, fit, shift
from brinkmanship.engine.value import flow
from brinkmanship.engine.workers import simulate_blocks
from brinkmanship.lang.nodes import Expression, Number, Slot
from brinkmanship.lang.tape import Environment, Tape

Array = Any
DAYS = 32
"""Days of each run on which states are observed (our choice: neighbouring days say nearly the same)."""
LEFT = 0.75
"""Share of the future that must be left after an observed day, where the horizon is not over before (our choice)."""
BLOCK = 250
"""Runs that are held in memory together."""


@dataclass(frozen=True)
class Round:
    """What one round gave: each actor's fit, and how far its expectations moved since the round before."""

    fits: Mapping[str, Fit]
    moved: Mapping[str, float]


class Survey:
    """What the actors that reckon with replies meet, and what comes of it."""

    def __init__(self, lowered: Lowered):
        self.lowered, program = lowered, lowered.program
        self.valuations = program.foresighted
        self.actors = list(self.valuations)
        everything = [*program.choices, *program.ballots]
        visible = [Slot(key) for key, spec in program.slots.items() if not spec.hidden]
        self.columns: dict[Expression, int] = {}
        self.features = {
            actor: [self._column(each.of) for each in valuation.features]
            for actor, valuation in self.valuations.items()
        }
        self.controls = {
            actor: [self._column(slot) for slot in visible if slot.key not in changed_by(actor, everything)]
            for actor in self.actors
        }
        self.lasting = {
            actor: Tape([_lasting(valuation, each.of) for each in valuation.features], np)
            for actor, valuation in self.valuations.items()
        }
        self.flows = Tape([each for v in self.valuations.values() for each in (flow(v), v.horizon, v.discount)], np)
        self.sights = Tape(list(self.columns), np)
        tapes = [self.flows, self.sights, *self.lasting.values()]
        self.slots = sorted({slot for tape in tapes for slot in tape.slots})
        timeline = lowered.timeline
        self.first = timeline.step_of(timeline.origin)
        self.days = np.unique(np.linspace(self.first, timeline.steps - 1, DAYS).astype(int))

    def named(self, actor: str, weights: np.ndarray) -> dict[str, float]:
        """Weights ``(feature,)`` by name."""
        features = self.valuations[actor].features
        return {each.name: float(weight) for each, weight in zip(features, weights, strict=True)}

    def _column(self, of: Expression) -> int:
        return self.columns.setdefault(of, len(self.columns))

    def block(self, low: int, theta: Mapping[str, Array], block: BlockResult) -> dict[str, Sights]:
        """What one block of runs shows, the first of them with the number ``low``, by actor.

        ``theta`` are its parameters ``(run,)``; the block holds the paths of the survey's slots in all its runs.
        """
        paths = {slot: values.T for slot, values in block.paths.items()}
        steps = np.arange(self.first, self.lowered.timeline.steps)
        values = self._values(self.flows, paths, theta, steps)
        at = self.days
        whole = _Whole(
            flows=np.stack(values[0::3]),
            horizons=np.stack(values[1::3])[:, at - self.first],
            discounts=np.stack(values[2::3])[:, at - self.first],
            seen=np.stack(self._values(self.sights, paths, theta, at)),
            lasting={actor: np.stack(self._values(tape, paths, theta, at)) for actor, tape in self.lasting.items()},
            known=self._known(theta, len(block.sound)),
            going=block.sound & (block.ended > at[:, None] * self.lowered.timeline.step),
        )
        return {actor: self._sights(rank, low, whole) for rank, actor in enumerate(self.actors)}

    def _known(self, theta: Mapping[str, Array], runs: int) -> np.ndarray:
        """Parameters that differ between runs, ``(parameter, run)``."""
        rows = [np.asarray(theta[key], float) for key in self.lowered.program.parameters if np.ndim(theta[key])]
        return np.stack(rows) if rows else np.zeros((0, runs))

    def _values(
        self, tape: Tape, paths: Mapping[str, Array], theta: Mapping[str, Array], steps: np.ndarray
    ) -> list[np.ndarray]:
        """Expressions in the states after some steps, ``(step, run)`` each."""
        state = {slot: paths[slot][steps - self.first] for slot in tape.slots}
        day = (steps + 1.0)[:, None] * self.lowered.timeline.step
        shape = (len(steps), next(iter(paths.values())).shape[1])
        env = Environment(state, theta, day, self.lowered.timeline.step, self.lowered.numbers)
        with np.errstate(all="ignore"):
            return [np.broadcast_to(np.asarray(each, float), shape) for each in tape(env)]

    def _sights(self, rank: int, low: int, whole: _Whole) -> Sights:
        """An actor's observations: those of runs under way, on days with enough of the future left."""
        actor, span, steps = self.actors[rank], self.lowered.timeline.step, self.lowered.timeline.steps
        horizon, discount, going = whole.horizons[rank], whole.discounts[rank], whole.going
        target = np.stack(
            [
                _mean_flow(whole.flows[rank, day - self.first :], horizon[place], discount[place], span)
                for place, day in enumerate(self.days)
            ]
        )
        left = (steps - self.days)[:, None] * span
        kept = going & (left >= np.minimum(horizon, LEFT * (steps - self.first) * span)) & np.isfinite(target)
        dates = np.broadcast_to((left / left.max())[None], (1, *going.shape))
        fixed = np.broadcast_to(whole.known[:, None, :], (len(whole.known), *going.shape))
        controls = np.concatenate([whole.seen[self.controls[actor]], dates, dates**2, fixed])
        units = np.broadcast_to((low + np.arange(going.shape[1])) // GROUP, going.shape)
        return Sights(
            whole.seen[self.features[actor]][:, kept].T,
            controls[:, kept].T,
            target[kept],
            units[kept],
            whole.lasting[actor][:, kept].T,
        )


@dataclass(frozen=True)
class _Whole:
    """What a block shows.

    Flows ``(actor, step, run)``; on the days of observation horizons and discounts ``(actor, day, run)``, what is seen
    ``(column, day, run)``, what features are worth if they last ``(feature, day, run)``, and which runs are under way
    ``(day, run)``; parameters ``(parameter, run)``.
    """

    flows: np.ndarray
    horizons: np.ndarray
    discounts: np.ndarray
    seen: np.ndarray
    lasting: Mapping[str, np.ndarray]
    known: np.ndarray
    going: np.ndarray


def _lasting(valuation: Valuation, of: Expression) -> Expression:
    """What one unit of a feature is worth as long as it lasts: its weight in the flow."""

    def among(terms: Sequence[Term]) -> tuple[Term, ...]:
        return tuple(replace(term, of=Number(1.0)) for term in terms if term.of == of)

    own, principal = among(valuation.terms), among(valuation.principal_terms)
    return flow(replace(valuation, terms=own, principal_terms=principal))


def _mean_flow(flows: np.ndarray, horizon: np.ndarray, discount: np.ndarray, span: float) -> np.ndarray:
    """The discounted mean of flows ``(step, run)`` from the first step on, ``(run,)``."""
    ahead = np.arange(len(flows))[:, None] * span
    masses = np.exp(-discount * ahead) * (ahead < np.maximum(horizon, span))
    return np.sum(masses * flows, axis=0) / np.sum(masses, axis=0)


def idle_replies(lowered: Lowered) -> Lowered:
    """The crisis of round 0: those who reckon with replies take others to stay idle."""

    def before(choice: Choice) -> Choice:
        valuation: Valuation = choice.valuation
        if valuation.foresight == "replies":
            valuation = replace(valuation, foresight="persistence", features=())
        return replace(choice, valuation=valuation)

    program: Program = lowered.program
    program = replace(program, choices=tuple(map(before, program.choices)), ballots=tuple(map(before, program.ballots)))
    return replace(lowered, program=program)


def _surveyed(
    survey: Survey, lowered: Lowered, request: Request, jobs: int, progress: Progress | None
) -> dict[str, Sights]:
    """What a crisis shows in some runs, by actor."""
    simulator = Simulator(lowered, shown=survey.slots)
    source = engines.source(simulator, engines.chosen(lowered, request.runs), request.runs)
    parts: dict[str, list[Sights]] = {actor: [] for actor in survey.actors}
    blocks = simulate_blocks(source, request, jobs if source.threads else 1, progress)
    for (low, high), block in zip(request.parts, blocks, strict=True):
        groups, member = groups_of(np.arange(low, high, dtype=np.uint32))
        begun, _ = simulator.start(request, groups)
        for actor, sights in survey.block(low, spread(begun.theta, member), block).items():
            parts[actor].append(sights)
    return {actor: _together(each) for actor, each in parts.items()}


def reason(lowered: Lowered, runs: int, seed: int, jobs: int = 1, progress: Progress | None = None) -> list[Round]:
    """Fit the expectations of all rounds.

    Parameters
    ----------
    lowered
        A crisis with actors that reckon with replies.
    runs, seed
        Runs of each round; all rounds have the same luck.
    jobs
        Cores to use.
    progress
        Called with (done, all), in run-steps.

    Returns
    -------
    list of Round
        Rounds 1, 2, ...; an actor takes part up to its own number of rounds.
    """
    survey = Survey(lowered)
    wanted = {
        actor: int(number(lowered.numbers, each.rounds or Number(0.0))) for actor, each in survey.valuations.items()
    }
    many = max(wanted.values())
    request = Request(runs, seed, lowered.timeline.origin, sampled=runs, block=BLOCK, watched=0, recorded=False)
    now = idle_replies(lowered)
    found: list[Round] = []
    weights: dict[str, np.ndarray] = {}
    for level in range(1, many + 1):
        seen = _surveyed(survey, now, request, jobs, _part(progress, level - 1, many))
        fits, moved = {}, {}
        for actor in (each for each in survey.actors if wanted[each] >= level):
            fits[actor] = fit(seen[actor])
            if actor in weights:
                moved[actor] = shift(seen[actor].features, fits[actor].weights, weights[actor])
            weights[actor] = fits[actor].weights
        found.append(Round(fits, moved))
        now = lowered.expecting({actor: survey.named(actor, each) for actor, each in weights.items()})
    return found


def _part(progress: Progress | None, before: int, many: int) -> Progress | None:
    """The progress of one of many rounds."""
    return None if progress is None else lambda done, whole: progress(before * whole + done, many * whole)


def _together(parts: Sequence[Sights]) -> Sights:
    return Sights(
        *(
            np.concatenate([getattr(each, name) for each in parts])
            for name in ("features", "controls", "target", "units", "lasting")
        )
    )
