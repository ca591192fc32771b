"""The escalation in PsychSim: a world of features, dynamics as decision trees, agents with quantal choice.

PsychSim's softmax over the value of one step with the model's own rationality is the logit of ours, if the other is
said to hold in that step (``others``); left to itself, each agent would work out the other's choice too. Occasions to
act are drawn outside, which spares PsychSim the decisions that are not taken.
"""

from __future__ import annotations

import random
from typing import Any

from psychsim.action import ActionSet
from psychsim.agent import Agent
from psychsim.pwl import dynamicsMatrix, equalRow, incrementMatrix, makeTree, noChangeMatrix, setToConstantMatrix
from psychsim.pwl.keys import CONSTANT, WORLD, rewardKey
from psychsim.world import World

from bench.escalation.rules import ACTORS, ADVANTAGE, DANGER, DAYS, PRECISION, TEMPO, TOP, accident

MOVES = {"hold": 0, "climb": 1, "descend": -1}
LEVELS = list(range(TOP + 1))


class Escalation:
    """The world, its two agents and their actions."""

    def __init__(self) -> None:
        self.world = World()
        self.agents = {name: Agent(name) for name in ACTORS}
        self.posture, self.actions = {}, {}
        for name, agent in self.agents.items():
            self.world.addAgent(agent)
            self.posture[name] = self.world.defineState(name, "posture", int, lo=0, hi=TOP)
            self.world.setFeature(self.posture[name], 0)
        self.war = self.world.defineState(WORLD, "war", bool)
        self.world.setFeature(self.war, False)
        for name, agent in self.agents.items():
            self.actions[name] = {verb: self._action(name, agent, verb) for verb in MOVES}
            agent.setReward(self._reward(name), 1.0)
            agent.setAttribute("horizon", 1)
            agent.setAttribute("selection", "distribution")
            agent.setAttribute("rationality", PRECISION)
            agent.setAttribute("discount", 1.0)
        self.world.setDynamics(self.war, True, makeTree(self._accident()))
        self.world.setOrder([set(ACTORS)])

    def run(self, chance: random.Random) -> dict[str, bool]:
        """The outcomes of one run."""
        for key in self.posture.values():
            self.world.setFeature(key, 0)
        self.world.setFeature(self.war, False)
        mobilised = war = False
        for _ in range(DAYS):
            moves = {name: self._choice(name, chance) for name in ACTORS}
            self.world.step(moves, select=True)
            blue, red = (self.world.getFeature(self.posture[name], unique=True) for name in ACTORS)
            war = bool(self.world.getFeature(self.war, unique=True))
            mobilised = mobilised or min(blue, red) >= 2
            if war:
                break
        return {"war": war, "both_mobilised": mobilised, "red_ahead": red > blue}

    def _choice(self, name: str, chance: random.Random) -> ActionSet:
        idle = self.actions[name]["hold"]
        if chance.random() >= TEMPO:
            return idle
        other = next(each for each in ACTORS if each != name)
        agent = self.agents[name]
        decision = agent.decide(others={other: self.actions[other]["hold"]}, model=agent.get_true_model())
        return decision["action"].sample()

    def _action(self, name: str, agent: Agent, verb: str) -> ActionSet:
        key, move = self.posture[name], MOVES[verb]
        legal = None
        if move:
            end = TOP if move > 0 else 0
            legal = makeTree({"if": equalRow(key, end), True: False, False: True})
        action = agent.addAction({"verb": verb}, legal)
        self.world.setDynamics(key, action, makeTree(incrementMatrix(key, move) if move else noChangeMatrix(key)))
        return action

    def _reward(self, name: str) -> Any:
        """Utility is bilinear: one linear function for each posture of one's own."""
        other = next(each for each in ACTORS if each != name)

        def linear(own: int) -> Any:
            slope = -ADVANTAGE[name] / 6 - DANGER[name] * own / 9
            return dynamicsMatrix(rewardKey(name), {self.posture[other]: slope, CONSTANT: ADVANTAGE[name] * own / 6})

        return makeTree({"if": equalRow(self.posture[name], LEVELS), **{own: linear(own) for own in LEVELS}})

    def _accident(self) -> Any:
        blue, red = (f"{self.posture[name]}'" for name in ACTORS)

        def drawn(left: int, right: int) -> Any:
            chance = accident(left, right)
            yes, no = (setToConstantMatrix(self.war, value) for value in (True, False))
            return {"distribution": [(yes, chance), (no, 1 - chance)]} if chance else no

        return {
            "if": equalRow(blue, LEVELS),
            **{
                left: {"if": equalRow(red, LEVELS), **{right: drawn(left, right) for right in LEVELS}}
                for left in LEVELS
            },
        }


def simulate(runs: int, seed: int = 0) -> dict[str, int]:
    """How many runs had each outcome."""
    chance = random.Random(seed)
    random.seed(seed)
    model = Escalation()
    counts = dict.fromkeys(("war", "both_mobilised", "red_ahead"), 0)
    for _ in range(runs):
        for name, true in model.run(chance).items():
            counts[name] += bool(true)
    return counts
