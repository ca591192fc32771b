"""The escalation in Mesa: agents of an agent set that decide at once and then act, in a model that is stepped."""

from __future__ import annotations

from mesa import Agent, Model

from bench.escalation.rules import ACTORS, DAYS, TEMPO, accident, chances


class Rival(Agent):
    """One of two states on the ladder."""

    def __init__(self, model: Escalation, name: str):
        super().__init__(model)
        self.name, self.posture, self.move = name, 0, 0
        self.other: Rival

    def decide(self) -> None:
        """Choose from what both did until yesterday."""
        self.move = 0
        if self.random.random() < TEMPO:
            ways = chances(self.name, self.posture, self.other.posture)
            self.move = self.random.choices(list(ways), list(ways.values()))[0]

    def act(self) -> None:
        """Carry it out."""
        self.posture += self.move


class Escalation(Model):
    """A hundred days of two rivals."""

    def __init__(self, seed: int):
        super().__init__(seed=seed)
        self.blue, self.red = (Rival(self, name) for name in ACTORS)
        self.blue.other, self.red.other = self.red, self.blue
        self.war = self.mobilised = False

    def step(self) -> None:
        """One day."""
        self.agents.do("decide")
        self.agents.do("act")
        self.war = self.random.random() < accident(self.blue.posture, self.red.posture)
        self.mobilised = self.mobilised or min(self.blue.posture, self.red.posture) >= 2
        self.running = not self.war


def simulate(runs: int, seed: int = 0) -> dict[str, int]:
    """How many runs had each outcome."""
    counts = dict.fromkeys(("war", "both_mobilised", "red_ahead"), 0)
    for number in range(runs):
        model = Escalation(seed * 1_000_003 + number)
        while model.running and model.steps < DAYS:
            model.step()
        counts["war"] += model.war
        counts["both_mobilised"] += model.mobilised
        counts["red_ahead"] += model.red.posture > model.blue.posture
    return counts
