"""What the rivals want and how the world goes: the numbers of ``crisis.yaml`` once more, and its exact answer.

Each day each rival acts with probability `TEMPO`. It holds, climbs or descends one rung with odds ``exp(λ Q)``, where
``Q`` is what the move changes in its utility while the other stays: one step of look-ahead. Both read the postures of
the evening before. Then two forces near each other may have an accident, which is war and ends the run.
"""

from __future__ import annotations

from math import exp

DAYS = 100
TOP = 3
TEMPO = 0.2
PRECISION = 20.0
ACCIDENT = 0.002
ACTORS = ("blue", "red")
ADVANTAGE = {"blue": 0.4, "red": 0.6}
DANGER = {"blue": 0.6, "red": 0.4}
OUTCOMES = ("war", "both_mobilised", "red_ahead")


def utility(actor: str, own: int, other: int) -> float:
    """Utility per day."""
    return ADVANTAGE[actor] * (own - other) / 6 - DANGER[actor] * own * other / 9


def chances(actor: str, own: int, other: int) -> dict[int, float]:
    """Probability of each move at an occasion to act."""
    now = utility(actor, own, other)
    moves = [move for move in (-1, 0, 1) if 0 <= own + move <= TOP]
    odds = {move: exp(PRECISION * (utility(actor, own + move, other) - now)) for move in moves}
    whole = sum(odds.values())
    return {move: each / whole for move, each in odds.items()}


def accident(blue: int, red: int) -> float:
    """Probability of an accident in a day."""
    return 1 - exp(-ACCIDENT * blue * red)


def exact() -> dict[str, float]:
    """Probabilities of the outcomes, by going through all states of the chain."""
    alive = {(0, 0, False): 1.0}
    war = mobilised = ahead = 0.0
    for _ in range(DAYS):
        after: dict[tuple[int, int, bool], float] = {}
        for (blue, red, seen), mass in alive.items():
            for left, p in _daily("blue", blue, red).items():
                for right, q in _daily("red", red, blue).items():
                    place = (blue + left, red + right)
                    share = mass * p * q
                    both = seen or min(place) >= 2
                    lost = share * accident(*place)
                    war += lost
                    mobilised += lost * both
                    ahead += lost * (place[1] > place[0])
                    after[*place, both] = after.get((*place, both), 0.0) + share - lost
        alive = after
    for (blue, red, seen), mass in alive.items():
        mobilised += mass * seen
        ahead += mass * (red > blue)
    return {"war": war, "both_mobilised": mobilised, "red_ahead": ahead}


def _daily(actor: str, own: int, other: int) -> dict[int, float]:
    moves = {move: TEMPO * chance for move, chance in chances(actor, own, other).items()}
    return moves | {0: moves[0] + 1 - TEMPO}
