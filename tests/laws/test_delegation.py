"""Laws of delegation: who is held responsible, and whose interests an agent serves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkmanship.engine.enumerate import enumerate_outcomes
from crises import actor, appraise, crisis, interest, level

chances = st.floats(0, 1)


def deed(denial, hit, principal):
    """An agent's deed that its victim resents; one occasion on the only day."""
    agent = {"principal": "state", "mandate": 0} if principal else {}
    whole = crisis(
        1,
        quantities={"grudge": level(1, over=["actors", "actors"]), "guilt": level(0, over=["actors"])},
        actors={
            "agent": actor({"all": interest("guilt[agent]")}, precision=0, tempo=0.25, **agent),
            "state": {},
            "victim": {},
        },
        actions={
            "raid": {
                "class": "force",
                "by": "agent",
                "on": "victim",
                "deniable": denial,
                "then": {"grudge[on, by]": "+1", "guilt[by]": "+1"},
                "branches": {"hit": {"chance": hit, "then": {"grudge[victim, by]": "+2"}}, "miss": {}},
            }
        },
        outcomes={
            "done": {"at_end": "guilt[agent] > 0"},
            "agent_blamed": {"at_end": "grudge[victim, agent] > 1"},
            "state_blamed": {"at_end": "grudge[victim, state] > 1"},
            "state_much": {"at_end": "grudge[victim, state] == 4"},
            "state_guilty": {"at_end": "guilt[state] > 0"},
        },
    )
    return enumerate_outcomes(whole.lowered, 0.0)


@given(chances, chances)
def test_what_is_denied_stays_with_the_agent(denial, hit):
    found = deed(denial, hit, principal=True)
    done = 0.25 / 2
    wanted = {
        "done": done,
        "agent_blamed": done,
        "state_blamed": done * (1 - denial),
        "state_much": done * (1 - denial) * hit,
        "state_guilty": 0.0,
    }
    assert found == pytest.approx(wanted, abs=1e-12)


@given(chances, chances)
def test_what_an_actor_of_its_own_denies_is_written_nowhere(denial, hit):
    found = deed(denial, hit, principal=False)
    assert found["done"] == pytest.approx(0.125, abs=1e-12)
    assert found["agent_blamed"] == pytest.approx(0.125 * (1 - denial), abs=1e-12)
    assert found["state_blamed"] == 0


def served(mandate, **delegation):
    """The choices of one whose own interest and its principal's pull apart; with a mandate, an agent."""
    own, other = (
        {"x": interest("x"), "y": interest("y", 0.2)},
        {"x": interest("x", -2), "z": interest("z", 1)},
    )
    agent = {"principal": "state", "mandate": mandate} if mandate is not None else {}
    return appraise(
        crisis(
            1,
            quantities={name: level(5) for name in "xyz"},
            actors={"agent": actor(delegation.get("interests", own), **agent), "state": {"interests": other}},
            actions={
                "up": {"class": "force", "by": "agent", "then": {"x": "+2"}},
                "gift": {"class": "talk", "by": "agent", "then": {"z": "+4", "y": "-1"}},
            },
        ),
        "agent",
    )


def test_without_a_grip_an_agent_serves_itself():
    assert served(0) == pytest.approx(served(None), abs=1e-12)


def test_with_a_full_grip_an_agent_serves_its_principal():
    other = {"x": interest("x", -2), "z": interest("z", 1)}
    assert served(1) == pytest.approx(served(None, interests=other), abs=1e-12)
    assert abs(served(1)["agent.up"] - served(0)["agent.up"]) > 0.1


@given(chances)
def test_between_them_it_weighs_both(mandate):
    from math import exp

    up = (1 - mandate) * (1 / 1.2) * 0.2 + mandate * (-2 / 3) * 0.2
    gift = (1 - mandate) * (-0.2 / 1.2) * 0.1 + mandate * (1 / 3) * 0.4
    pulls = {"hold": 1.0, "agent.up": exp(4 * up), "agent.gift": exp(4 * gift)}
    assert served(mandate) == pytest.approx({key: pull / sum(pulls.values()) for key, pull in pulls.items()}, abs=1e-9)
