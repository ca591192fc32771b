"""What a crisis is lowered to, where no diagnostic and no simulation shows it."""

import pytest

from brinkmanship import CrisisError
from brinkmanship.core.crisis import load
from brinkmanship.lang import nodes

TEXT = """crisis: {title: A test}
clock: {start: 2020-01-01, end: 2020-03-01, assumed: a test}
ladder: [message, raid]
classes: {force: {assumed: a test}, talk: {assumed: a test}}
parameters:
  bare: {value: 0.3, range90: [0.1, 0.6], assumed: a test}
  price: {value: 0.3, range90: [0.1, 0.6], assumed: a test}
  toll: {value: 0.3, range90: [0.1, 0.6], unit: people, assumed: a test}
quantities:
  tension: {bounds: [0, 10], start: 1, assumed: a test}
actors:
  red:
    tempo: 0.1
    interests: {calm: {of: tension, weight: -1}, high: {of: tension > 5, weight: 1}}
    beliefs: {nerve: {about: blue, rung: message, provoked_by: [force], window: 5, start: 0.3}}
    assumed: a test
  blue: {tempo: 0.1, interests: {calm: {of: tension, weight: -1}}, assumed: a test}
actions:
  raid:
    class: force
    by: [red, blue]
    rung: raid
    branches:
      hit: {chance: bare, then: {tension: +price}}
      near: {chance: {value: 0.2, range90: [0.1, 0.3]}, then: {tension: +1}}
      miss: {}
    assumed: a test
  wait: {class: talk, by: blue, assumed: no answer to anything}
outcomes: {high: {ever: tension > 5, assumed: a test}}
"""


@pytest.fixture
def read(tmp_path):
    def call(text):
        (tmp_path / "crisis.yaml").write_text(text, encoding="utf-8")
        return load(tmp_path)

    return call


def test_an_action_without_a_rung_answers_nothing(read):
    (belief,) = (site for name, site in read(TEXT).lowered.program.sites.items() if name.startswith("belief/"))
    slots = {
        slot
        for branch in belief.branches
        for update in branch.updates
        for slot in nodes.slots_read(update.guard or nodes.Truth(True))
    }
    assert "last(action/blue.raid)" in slots
    assert not any("blue.wait" in slot for slot in slots)


def test_the_prior_of_a_chance_lies_on_the_logit_scale(read):
    parameters = read(TEXT).lowered.program.parameters
    scales = {key: spec.scale for key, spec in parameters.items()}
    inline = "actions.raid.branches.near.chance"
    assert scales == {"bare": "logit", "price": "log", "toll": "log", inline: "logit"}


def test_a_condition_has_length_one(read):
    for choice in read(TEXT).lowered.program.choices:
        for term in choice.valuation.terms:
            if term.name == "high":
                assert term.weight.right.right == nodes.Number(1.0)  # weight / (total × length)


@pytest.mark.parametrize("step", [1, 2, 30, 0.5, 0.25, 0.2])
def test_steps_that_fit(read, step):
    text = TEXT.replace("end: 2020-03-01", f"end: 2020-03-01, step: {step}")
    assert read(text.replace("tempo: 0.1", "tempo: 0.001")).lowered.timeline.step == step


def test_a_chance_with_a_unit_is_none(read):
    with pytest.raises(CrisisError, match="unit-clash"):
        read(TEXT.replace("chance: bare", "chance: toll"))
