"""Small crises for tests, written as Python dictionaries."""

import json
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

import brinkmanship as bk
from brinkmanship.engine.ensemble import Request, Simulator
from brinkmanship.engine.enumerate import Script
from brinkmanship.engine.events import Events
from brinkmanship.engine.sites import Trace
from brinkmanship.engine.step import Moment, World, step

START = "2020-01-01"
Sections = dict[str, Any]


def day(number: int) -> str:
    """A day of January 2020 by its number since the clock's start."""
    return f"2020-01-{number + 1:02d}"


def crisis(days: int = 4, step: float = 1, origin: int = 0, **sections: Any) -> bk.Crisis:
    """Write, read and check a crisis of the given sections; each block without an origin is assumed."""
    end = str(np.datetime64(START) + days)
    clock = {"start": START, "from": str(np.datetime64(START) + origin), "end": end, "step": step}
    whole = {"crisis": {"title": "A test"}, "clock": clock, **sections}
    whole.setdefault("classes", {"force": {}, "talk": {}})
    whole.setdefault("outcomes", {"never": {"ever": "day < 0"}})
    history = whole.pop("history", None)
    for name in whole.keys() - {"crisis", "sets", "ladder"}:
        blocks = [whole[name]] if name == "clock" else whole[name].values()
        for block in blocks:
            block.setdefault("assumed", "a test")
    # JSON is YAML.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "crisis.yaml").write_text(json.dumps(whole), encoding="utf-8")
        if history is not None:
            Path(folder, "history.yaml").write_text(json.dumps(history), encoding="utf-8")
        return bk.load(folder)


def level(start: Any = 0, low: float = 0, high: float = 10, **more: Any) -> Sections:
    """A quantity of kind level."""
    return {"bounds": [low, high], "start": start, **more}


def actor(interests: Sections, **more: Any) -> Sections:
    """An actor that acts on a quarter of all days and does not look ahead, unless told otherwise."""
    return {"tempo": 0.25, "precision": 4, "foresight": "none", "interests": interests, **more}


def interest(of: str, weight: float = 1, **more: Any) -> Sections:
    """An interest."""
    return {"of": of, "weight": weight, **more}


class Listener(Script):
    """A script that notes the chances it was asked with, by (address, index)."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: dict[tuple[str, int], list[float]] = {}

    def pick(self, address: str, chances: Sequence[Any], *, index: int = 0) -> Any:
        self.heard[address, index] = [float(np.ravel(chance)[0]) for chance in chances]
        return super().pick(address, chances, index=index)


def listen(crisis_: bk.Crisis, **state: float) -> Listener:
    """The first step at median parameters, some slots set otherwise: all chances asked."""
    lowered = crisis_.lowered
    simulator = Simulator(lowered)
    world, _ = simulator.start(Request(1, 0, 0.0, fixed=True), np.zeros(1, np.uint32))
    world = replace(world, state={**world.state, **{key: np.array([float(value)]) for key, value in state.items()}})
    listener = Listener()
    step(simulator.machine, world, Moment(0, 0.0, lowered.timeline.step), listener)
    return listener


def replayed(simulator: Simulator, request: Request) -> Iterator[tuple[Moment, World, Trace]]:
    """The past step by step, with as many replays as the request has runs."""
    world, sampler = simulator.start(request, np.arange(request.runs, dtype=np.uint32))
    return simulator.steps(request, world, sampler, range(simulator.lowered.timeline.step_of(request.origin)))


def followed(simulator: Simulator, request: Request) -> Iterator[tuple[Moment, World, Trace]]:
    """The future of all runs step by step."""
    runs = np.arange(request.runs, dtype=np.uint32)
    return simulator.future(request, simulator.eve(request, runs), runs)


def appraise(crisis_: bk.Crisis, name: str, **state: float) -> dict[str, float]:
    """Chances of ``hold`` and of each option of an actor at an occasion on the first day."""
    (choice,) = (each for each in crisis_.lowered.program.choices if each.actor == name)
    chances = listen(crisis_, **state).heard[choice.name, 1]
    keys = ["hold", *(option.key for option in choice.options)]
    return dict(zip(keys, [*chances, 1 - sum(chances)], strict=True))


def generic() -> Sections:
    """A crisis with a little of everything: rising tempo, hazards, noise, decay, a prior, a vote, a delay."""
    return {
        "parameters": {"bite": {"value": 0.3, "range90": [0.1, 0.6], "unit": "chance"}},
        "sets": {"chamber": ["ada", "bob", "cyd"]},
        "quantities": {
            "anger": level(3),
            "wealth": level(6),
            "dead": {"kind": "count", "bounds": [0, 50], "start": 0},
            "called": {"kind": "flag"},
            "law": {"kind": "flag"},
            "grudge": level(1, over=["actors", "actors"]),
        },
        "actors": {
            "ada": actor(
                {"calm": interest("anger", -0.6), "rich": interest("wealth", 0.4)},
                tempo="0.05 + 0.01 * anger",
            ),
            "bob": actor(
                {"wild": interest("anger", 0.5), "hurt": interest("grudge[ada, bob]", -0.5)},
                foresight="persistence",
                perception={"wealth": {"delay": 1}},
                tempo=0.2,
            ),
            "cyd": actor({"rich": interest("wealth")}, precision=8, tempo=0.1),
        },
        "actions": {
            "strike": {
                "class": "force",
                "by": ["ada", "bob"],
                "on": ["ada", "bob", "cyd"],
                "cooldown": 2,
                "branches": {
                    "hit": {
                        "chance": "bite",
                        "then": {"anger": "+2", "dead": "+poisson(1.2)", "grudge[on, by]": "+1"},
                    },
                    "miss": {"then": {"anger": "+0.5"}},
                },
            },
            "trade": {
                "class": "talk",
                "by": ["ada", "cyd"],
                "cost": 0.02,
                "then": {"wealth": "+0.5", "anger": "-0.3"},
            },
            "call": {"class": "talk", "by": ["cyd"], "when": "not called", "then": {"called": "true"}},
        },
        "events": {
            "spark": {"hazard": "0.02 + 0.01 * anger", "then": {"anger": "+1"}},
            "crash": {"hazard": 0.03, "then": {"wealth": {"set": "wealth * 0.7"}}},
        },
        "processes": {
            "cooling": {"of": "anger", "toward": 2, "rate": 0.03},
            "growth": {"of": "wealth", "drift": 0.05, "noise": 0.1},
        },
        "votes": {
            "ban": {
                "when": "called and not law",
                "among": "chamber",
                "seats": 10,
                "quorum": 15,
                "ballots": {
                    "for": {"carries": 0.8},
                    "against": {"carries": 0.4},
                    "boycott": {"carries": 0.5, "cost": 0.01},
                },
                "passed": {"law": "true", "wealth": "-1"},
                "failed": {"called": "false"},
                "no_quorum": {"called": "false"},
            }
        },
        "outcomes": {
            "war": {"ever": "anger > 6.5", "ends": True},
            "poor": {"at_end": "wealth < 5"},
            "banned": {"ever": "law"},
            "bloody": {"at_end": "dead >= 3"},
        },
    }


def recorded() -> Sections:
    """A crisis of ten documented days, then ten of future."""
    return {
        "sets": {"chamber": ["ada", "bob"]},
        "quantities": {
            "x": level(5),
            "dead": {"kind": "count", "bounds": [0, 99]},
            "law": {"kind": "flag"},
            "mood": {"kind": "rung", "levels": ["calm", "tense", "grim"]},
            "grudge": level(0, over=["actors", "actors"]),
        },
        "actors": {
            "ada": actor({"x": interest("x")}, principal="cyd", mandate=0.2),
            "bob": actor({"x": interest("x", -1)}),
            "cyd": actor({"x": interest("x")}),
        },
        "actions": {
            "raid": {
                "class": "force",
                "by": ["ada", "bob"],
                "deniable": 0.5,
                "branches": {
                    "hit": {
                        "chance": 0.3,
                        "then": {"dead": "+poisson(2)", "x": "+1", "grudge[bob, by]": "+1"},
                    },
                    "miss": {"then": {"x": "-1"}},
                },
            },
            "order": {
                "class": "force",
                "by": "cyd",
                "authorised": {"lag": 2, "called_off": {"chance": 0.5, "then": {}}},
                "then": {"x": {"set": 9}},
            },
            "talk": {"class": "talk", "by": ["bob"], "then": {"x": "-0.5"}},
        },
        "events": {
            "quake": {"hazard": 0.05, "then": {"dead": "+poisson(5)"}},
            "rain": {"hazard": 0.2, "then": {"x": "+0.1"}},
        },
        "processes": {"walk": {"of": "x", "noise": 0.3}},
        "votes": {
            "ban": {
                "when": "days_since(ban) > 3 and day > 1",
                "among": "chamber",
                "seats": 5,
                "quorum": 10,
                "ballots": {"for": {"carries": 0.6}, "against": {"carries": 0.4}},
                "passed": {"law": "true"},
                "failed": {"law": "false"},
            }
        },
        "outcomes": {"law": {"at_end": "law"}, "bloody": {"ever": "dead > 20"}},
        "history": {
            "moves": [
                {
                    "date": day(1),
                    "actor": "bob",
                    "action": "raid",
                    "branch": "hit",
                    "magnitudes": {"dead": 7},
                },
                {"date": day(3), "actor": {"ada": 0.8, "bob": 0.2}, "action": "raid", "branch": "miss"},
                {"date": day(4), "actor": "cyd", "action": "order", "branch": "called_off"},
                {"date": day(5), "event": "quake", "magnitudes": {"dead": 3}},
                {"date": day(7), "vote": "ban", "branch": "passed"},
                {
                    "date": day(8),
                    "actor": "ada",
                    "action": "raid",
                    "branch": "hit",
                    "attributed": True,
                    "magnitudes": {"dead": 0},
                },
                {
                    "date": day(12),
                    "actor": "bob",
                    "action": "raid",
                    "branch": "hit",
                    "magnitudes": {"dead": 50},
                },
            ],
            "measurements": [
                {"date": day(2), "quantity": "x", "value": "6.5"},
                {"date": day(6), "quantity": "mood", "value": "grim"},
            ],
            "complete": [
                {"classes": ["force"], "from": day(0), "to": day(9)},
                {"events": ["quake"], "votes": ["ban"], "from": day(0), "to": day(9)},
            ],
        },
    }


def rows_of(events: Events) -> list[tuple[int, str, str, int]]:
    """Events as rows: step, name, branch, run."""
    columns = zip(events.step.tolist(), events.kind.tolist(), events.run.tolist(), strict=True)
    return [(step, *events.kinds[kind], run) for step, kind, run in columns]


def bits(runs: bk.Runs, *, without: Collection[str] = ()) -> dict[str, Any]:
    """All that a simulation found, to be compared bit by bit; names with one of ``without`` are left out."""
    tallies = runs.tallies
    events = rows_of(runs.sampled_events)
    found = {
        **{f"outcome {name}": count for name, count in tallies.outcomes.items()},
        "failed": tallies.failed,
        "going": tallies.going.tolist(),
        "rungs": tallies.rungs.tolist(),
        **{f"first {name}": days.tolist() for name, days in tallies.first_days.items()},
        **{f"deeds {name}": days.tolist() for name, days in tallies.deeds.items()},
        **{f"histogram {name}": sha256(counts.tobytes()).hexdigest() for name, counts in tallies.histograms.items()},
        **{f"path {name}": sha256(values.tobytes()).hexdigest() for name, values in runs.sampled_paths.items()},
        **{f"event {each}": True for each in events},
    }
    return {name: value for name, value in found.items() if not any(each in name for each in without)}


HUGE = 1e15


def value_of(text: str, values: dict[str, float]) -> float:
    """The value of an expression over quantities, as an effect of the first day writes it."""
    quantities = {name: level(repr(value), -HUGE, HUGE) for name, value in values.items()}
    whole = crisis(
        1,
        sets={"three": ["one", "two", "six"]},
        quantities={**quantities, "found": level(0, -HUGE, HUGE)},
        calendar={"now": {"on": START, "then": {"found": {"set": text}}}},
    )
    return float(bk.simulate(whole, runs=1).sampled_paths["found"][0, 0])
