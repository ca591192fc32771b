"""All ablations of the flagship, made together with common draws and machine code made once.

The kept review has them with more runs, enough for every expectation to hold.
"""

from collections import Counter

import pytest

from brinkmanship.analysis.ablations import Finding, ablate
from brinkmanship.core.crisis import Crisis, do, load

blocks = pytest.importorskip("brinkmanship.engine.compiled.blocks")

RUNS = 200
FEW = 0.1
"""Share of the expectations of which so few runs need not be able to tell (our choice)."""
NOTHING = {
    "what": "What is written is written again, so that nothing changes.",
    "edit": {"parameters.slide_rate.value": 0.22, "actions.send_message": "on"},
    "expect": [{"quantity": name, "direction": "up"} for name in ("exchange", "oil_price", "us_dead", "iran_unrest")],
    "assumed": "a test",
}


@pytest.fixture(scope="module")
def flagship() -> Crisis:
    return do(load("us-iran-2020"), {"ablations.nothing": NOTHING})


@pytest.fixture(scope="module")
def made(flagship: Crisis, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Finding], Counter[str]]:
    """What was found, and how often the structure of a program was compiled."""
    compiled: Counter[str] = Counter()
    make = blocks.Compiled._made

    def counted(self, *idle):
        compiled[self.lowered.program.structure] += 1
        return make(self, *idle)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRINK_CACHE", str(tmp_path_factory.mktemp("empty")))
        patch.setattr(blocks, "_loaded", {})
        patch.setattr(blocks.Compiled, "_made", counted)
        return ablate(flagship, runs=RUNS, jobs=2), compiled


def test_the_flagship_is_compiled_once(flagship, made):
    _, compiled = made
    edits = flagship.text.tree.root["ablations"]
    other = do(flagship, edits["foresight"]["edit"])  # the one ablation that changes more than numbers
    assert compiled == {flagship.lowered.program.structure: 1, other.lowered.program.structure: 1}


def test_an_ablation_of_nothing_changes_nothing(made):
    nothing = [each for each in made[0] if each.ablation == "nothing"]
    assert len(nothing) == len(NOTHING["expect"])
    assert [(each.change, each.low, each.high) for each in nothing] == [(0, 0, 0)] * len(nothing)
    assert all(each.before > 0 for each in nothing)


def test_every_mechanism_moves_what_the_documents_say_and_in_their_direction(flagship, made):
    found = [each for each in made[0] if each.ablation != "nothing"]
    assert {each.ablation for each in found} == flagship.text.record.ablations.keys() - {"nothing"}
    told = {f"{each.ablation}: {each.expected.outcome or each.expected.quantity}": each for each in found}
    assert len(told) == len(found)
    assert [name for name, each in told.items() if each.expected.quantity and each.change == 0] == []
    assert [name for name, each in told.items() if each.verdict == "opposite"] == []
    unclear = [name for name, each in told.items() if each.verdict == "unclear"]
    assert len(unclear) <= FEW * len(told), unclear
