"""Short labels of outcomes, for tables and charts."""

from brinkmanship.results import labels
from crises import crisis, level

LONG = "what counts as one is written down here at such a length that no table and no chart has the room to show it"


def short_labels(**texts):
    outcomes = {name: {"label": text, "ever": "calm > 1"} for name, text in texts.items()}
    record = crisis(quantities={"calm": level()}, outcomes=outcomes).text.record
    return {name: labels.outcome_in_short(record, name) for name in texts}


def test_a_definition_is_shortened_and_kept():
    record = crisis(
        quantities={"calm": level()}, outcomes={"war": {"label": f"War: {LONG}", "ever": "calm > 1"}}
    ).text.record
    assert labels.outcome_in_short(record, "war") == "War"
    assert labels.outcome(record, "war") == f"War: {LONG}"


def test_a_label_that_fits_is_left_as_it_is():
    assert short_labels(one="Iran: a strike; or two", two="No war (by two agencies)") == {
        "one": "Iran: a strike; or two",
        "two": "No war",
    }


def test_two_outcomes_do_not_become_one():
    found = short_labels(one=f"Iran: {LONG}", two=f"Iran: not so, {LONG}", three=f"Iraq; {LONG}")
    assert found["one"] == f"Iran: {LONG}" != found["two"]
    assert found["three"] == "Iraq"


def test_an_answer_keeps_its_name():
    outcomes = {"first": {"label": f"What comes first: {LONG}", "first": {"war": "calm > 1", "long_peace": "calm < 0"}}}
    record = crisis(quantities={"calm": level()}, outcomes=outcomes).text.record
    assert labels.outcome_in_short(record, "first.long_peace") == "What comes first: long peace"
