"""A crisis of any size, written as text like any other: for speed, and for compile time against size.

By default 20 actors with 8 actions each, 60 quantities and 180 days: as many options as a careful study would list, no
more history than its first day. Numbers are drawn once from a seeded generator, so that the text is always the same.
"""

from __future__ import annotations

import random
import tempfile
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

import brinkmanship as bk

Foresight = Literal["none", "persistence"]
EVENTS = 10
SHARED = 3
"""Quantities that belong to no one actor: the dead, the price of oil, war."""
ASSUMED = "drawn at random; this crisis measures speed and means nothing"

CLASSES = {
    "force": {"weight": 1.0, "dissimilarity": 0.7},
    "covert": {"weight": 0.5, "dissimilarity": 0.8},
    "pressure": {"weight": 0.8, "dissimilarity": 0.9},
    "talk": {"weight": 1.0},
}
LADDER = ["message", "sanction", "sabotage", "strike"]


def load(
    *, actors: int = 20, days: int = 180, foresight: Foresight = "none", uncertain: bool = True, seed: int = 0
) -> bk.Crisis:
    """The crisis, loaded from text in a temporary folder.

    Parameters
    ----------
    actors
        Each has 8 actions and 3 quantities.
    days
        Length of a run; a step is a day.
    uncertain
        Whether parameters have priors, or stand at their medians.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"generated-{actors}-{foresight}"
        target.mkdir()
        write(target, actors=actors, days=days, foresight=foresight, uncertain=uncertain, seed=seed)
        return bk.load(target)


def write(folder: Path, *, actors: int, days: int, foresight: Foresight, uncertain: bool, seed: int) -> None:
    """Write the crisis into a folder."""
    names = [f"a{number:02}" for number in range(actors)]
    chance = random.Random(seed)
    start = 737_425  # 1 January 2020
    crisis = {
        "crisis": {"title": f"A generated crisis of {actors} actors"},
        "clock": {"start": _date(start), "from": _date(start), "end": _date(start + days), "step": 1},
        "sets": {"publics": names[:-SHARED]},
        "ladder": LADDER,
        "classes": CLASSES,
        "parameters": _parameters(uncertain=uncertain),
        "quantities": _quantities(),
        "actors": {name: _actor(names, rank, foresight, chance) for rank, name in enumerate(names)},
        "actions": {
            f"{kind}_{name}": {"by": [name], "on": [_foe(names, rank, kind)], **_action(kind, name, chance)}
            for rank, name in enumerate(names)
            for kind in KINDS
        },
        "events": {f"event_{rank}": _event(names, rank, chance) for rank in range(EVENTS)},
        "processes": _processes(),
        "outcomes": _outcomes(names),
    }
    (folder / "crisis.yaml").write_text(yaml.safe_dump(_assumed(crisis), sort_keys=False, width=110), encoding="utf-8")


KINDS = ("strike", "raid", "sabotage", "hack", "sanction", "mobilise", "offer", "warn")
_CLASS = dict(zip(KINDS, [name for name in CLASSES for _ in range(2)], strict=True))
_RUNG = {"force": "strike", "covert": "sabotage", "pressure": "sanction", "talk": "message"}


def _date(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def _foe(names: list[str], rank: int, kind: str) -> str:
    return names[(rank + 1 + KINDS.index(kind) // 2) % len(names)]


def _assumed(crisis: dict[str, Any]) -> dict[str, Any]:
    """The text with an origin on every block that needs one."""
    for section in ("classes", "parameters", "quantities", "actors", "actions", "events", "processes", "outcomes"):
        for block in crisis[section].values():
            block["assumed"] = ASSUMED
    crisis["clock"]["assumed"] = ASSUMED
    return crisis


def _parameters(*, uncertain: bool) -> dict[str, Any]:
    def prior(value: float, low: float, high: float, **more: str) -> dict[str, Any]:
        return {"value": value, **({"range90": [low, high]} if uncertain else {}), **more}

    return {
        "hit_chance": prior(0.4, 0.2, 0.6, unit="chance"),
        "deadliness": prior(2.0, 1.0, 4.0),
        "anger": prior(1.0, 0.6, 1.5),
        "calming": prior(0.01, 0.005, 0.02),
        "recovery": prior(0.005, 0.002, 0.01),
        "fear": prior(0.02, 0.01, 0.03),
    }


def _quantities() -> dict[str, Any]:
    return {
        "grievance": {"over": ["actors"], "bounds": [0, 10], "start": "uniform(0, 4)"},
        "strength": {"over": ["actors"], "bounds": [0, 1], "start": "uniform(0.4, 0.8)"},
        "support": {"over": ["publics"], "bounds": [0, 1], "start": 0.5},
        "dead": {"kind": "count", "bounds": [0, 2000], "start": 0},
        "oil": {"bounds": [20, 200], "start": "normal(60, 3)"},
        "at_war": {"kind": "flag"},
    }


def _actor(names: list[str], rank: int, foresight: Foresight, chance: random.Random) -> dict[str, Any]:
    me, foe = names[rank], names[(rank + 1) % len(names)]
    interests: dict[str, Any] = {
        "own_strength": {"of": f"strength[{me}]", "weight": _round(chance.uniform(0.2, 0.4))},
        "weak_foe": {"of": f"strength[{foe}]", "weight": -_round(chance.uniform(0.1, 0.3))},
        "calm": {"of": f"grievance[{me}]", "weight": -_round(chance.uniform(0.1, 0.3))},
        "peace": {"of": "at_war", "range": [0, 1], "weight": -0.2},
    }
    if rank < len(names) - SHARED:
        interests["home"] = {"of": f"support[{me}]", "weight": _round(chance.uniform(0.1, 0.2))}
    return {
        "precision": round(chance.uniform(20, 60)),
        "tempo": f"0.04 + 0.004 * grievance[{me}]",
        "foresight": foresight,
        "horizon": 90,
        "discount": 0.005,
        "interests": interests,
    }


def _action(kind: str, me: str, chance: random.Random) -> dict[str, Any]:
    """An action of a class: what it needs, costs and may bring."""
    size = _round(chance.uniform(0.5, 1.5))
    common = {"class": _CLASS[kind], "rung": _RUNG[_CLASS[kind]], "weight": _round(chance.uniform(0.5, 1.5))}
    if kind in ("strike", "raid"):
        return common | {
            "when": f"grievance[{me}] > {2 * size:.3g} and strength[{me}] > 0.1",
            "cost": f"0.01 + fear * strength[on] * {size}",
            "cooldown": 10,
            "then": {f"grievance[{me}]": f"-{size}"},
            "branches": {
                "hit": {
                    "chance": "hit_chance",
                    "then": {
                        "dead": f"+poisson(deadliness * {size})",
                        "strength[on]": f"-0.05 * {size}",
                        "grievance[on]": f"+anger * {2 * size:.3g}",
                    },
                },
                "miss": {"then": {"grievance[on]": f"+anger * {size}"}},
            },
        }
    if kind in ("sabotage", "hack"):
        return common | {
            "when": f"grievance[{me}] > 0.5",
            "cost": f"0.005 + fear * {size} / (1 + grievance[{me}])",
            "then": {f"grievance[{me}]": f"-0.3 * {size}"},
            "branches": {
                "works": {"chance": 0.6, "then": {"strength[on]": f"-0.03 * {size}", "oil": "+lognormal(1, 0.5)"}},
                "found_out": {"chance": 0.25, "then": {"grievance[on]": f"+anger * {size}"}},
                "fails": {"then": {}},
            },
        }
    if kind in ("sanction", "mobilise"):
        return common | {
            "when": f"strength[{me}] > 0.2",
            "cost": f"0.004 * {size}",
            "then": {
                "strength[on]": f"-0.02 * {size} * strength[{me}]",
                "grievance[on]": "+normal(0.4, 0.1)",
                "oil": f"+{size}",
            },
        }
    return common | {
        "when": f"grievance[on] > 0.2 or grievance[{me}] > 0.2",
        "cost": f"0.002 * {size}",
        "branches": {
            "heard": {
                "chance": f"clip(0.6 - 0.05 * grievance[{me}], 0.05, 0.9)",
                "then": {"grievance[on]": f"-0.5 * {size}", f"grievance[{me}]": "-0.2"},
            },
            "rebuffed": {"then": {f"grievance[{me}]": "+0.1"}},
        },
    }


def _event(names: list[str], rank: int, chance: random.Random) -> dict[str, Any]:
    here = names[rank * 7 % len(names)]
    if rank == 0:
        return {
            "hazard": f"0.00005 * dead + 0.0002 * grievance[{here}]",
            "when": "not at_war",
            "then": {"at_war": "true"},
        }
    return {
        "hazard": f"{_round(chance.uniform(0.001, 0.004))} * (1 + grievance[{here}])",
        "branches": {
            "grave": {"chance": 0.3, "then": {"dead": "+poisson(1.5)", f"grievance[{here}]": "+1"}},
            "slight": {"then": {f"grievance[{here}]": "+0.2"}},
        },
    }


def _processes() -> dict[str, Any]:
    return {
        "calming_down": {"each": {"i": "actors"}, "of": "grievance[i]", "toward": 1, "rate": "calming"},
        "recovering": {"each": {"i": "actors"}, "of": "strength[i]", "drift": "recovery * (0.7 - strength[i])"},
        "opinion": {
            "each": {"i": "publics"},
            "of": "support[i]",
            "drift": "0.002 * (0.5 - support[i]) + 0.001 * grievance[i] - 0.02 * at_war",
            "noise": 0.01,
        },
        "oil_market": {"of": "oil", "toward": 60, "rate": 0.03},
    }


def _outcomes(names: list[str]) -> dict[str, Any]:
    return {
        "war": {"ever": "at_war", "ends": True},
        "many_dead": {"ever": "dead >= 40"},
        "oil_shock": {"ever": "oil > 75"},
        "calm": {"at_end": " and ".join(f"grievance[{name}] < 2.5" for name in names[:5])},
        "weakened": {"at_end": f"strength[{names[0]}] < 0.5"},
        "first_blood": {"first": {"deaths": "dead > 0", "war": "at_war"}},
    }


def _round(value: float) -> float:
    return round(value, 3)
