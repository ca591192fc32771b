"""The escalation in plain Python: a loop that one would write on the first day."""

from __future__ import annotations

import random

from bench.escalation.rules import ACTORS, DAYS, TEMPO, accident, chances


def simulate(runs: int, seed: int = 0) -> dict[str, int]:
    """How many runs had each outcome."""
    chance = random.Random(seed)
    counts = dict.fromkeys(("war", "both_mobilised", "red_ahead"), 0)
    for _ in range(runs):
        for name, true in one_run(chance).items():
            counts[name] += true
    return counts


def one_run(chance: random.Random) -> dict[str, bool]:
    """The outcomes of one run."""
    posture = dict.fromkeys(ACTORS, 0)
    war = mobilised = False
    for _ in range(DAYS):
        moves = {}
        for actor, other in zip(ACTORS, reversed(ACTORS), strict=True):
            if chance.random() < TEMPO:
                ways = chances(actor, posture[actor], posture[other])
                moves[actor] = chance.choices(list(ways), list(ways.values()))[0]
        for actor, move in moves.items():
            posture[actor] += move
        war = chance.random() < accident(posture["blue"], posture["red"])
        mobilised = mobilised or min(posture.values()) >= 2
        if war:
            break
    return {"war": war, "both_mobilised": mobilised, "red_ahead": posture["red"] > posture["blue"]}
