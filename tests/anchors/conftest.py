"""What the tests of the textbook crises share: variants of a crisis, exact probabilities, and a tolerance."""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import brinkmanship as bk

STANDARD_ERRORS = 4
"""A sound estimate misses by more than this once in 16,000 times."""


@pytest.fixture
def variant(tmp_path: Path) -> Callable[[str, dict[str, str]], bk.Crisis]:
    """Load a crisis of the catalogue with passages of its text replaced; each must stand there once."""

    def edited(name: str, changes: dict[str, str]) -> bk.Crisis:
        text = (bk.catalogue()[name] / "crisis.yaml").read_text(encoding="utf-8")
        for old, new in changes.items():
            assert text.count(old) == 1, f"`{old}` stands {text.count(old)} times in {name}"
            text = text.replace(old, new)
        folder = tmp_path / f"variant-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / "crisis.yaml").write_text(text, encoding="utf-8")
        return bk.load(folder)

    return edited


@pytest.fixture
def exact() -> Callable[[bk.Crisis], dict[str, float]]:
    """Probabilities of all outcomes by following every branch of every step."""
    from brinkmanship.engine.enumerate import enumerate_outcomes

    return lambda crisis: enumerate_outcomes(crisis.lowered, 0.0)


@pytest.fixture
def near() -> Callable[[float, float, int], bool]:
    """Whether the share of ``runs`` in which something happened is what its probability makes likely."""

    def agrees(share: float, probability: float, runs: int) -> bool:
        return abs(share - probability) <= STANDARD_ERRORS * math.sqrt(probability * (1 - probability) / runs)

    return agrees


@pytest.fixture
def in_turn() -> Callable[..., dict[tuple[str, ...], float]]:
    """Chance of each sequence of decisions within ``steps``, one actor after the other, by logit response.

    ``game`` gives the values of the options after a sequence, none where the game is over. Waiting is worth nothing,
    and the class of decisions has weight 4.
    """

    def played(
        game: Callable[[tuple[str, ...]], Mapping[str, float]], steps: int, precision: float, tempo: float = 0.25
    ) -> dict[tuple[str, ...], float]:
        going: dict[tuple[str, ...], float] = {(): 1.0}
        for _ in range(steps):
            after: Counter[tuple[str, ...]] = Counter()
            for past, chance in going.items():
                values = game(past)
                pull = {name: 4 * math.exp(precision * value) / len(values) for name, value in values.items()}
                taken = {name: tempo * each / (1 + sum(pull.values())) for name, each in pull.items()}
                after[past] += chance * (1 - sum(taken.values()))
                for name, each in taken.items():
                    after[*past, name] += chance * each
            going = dict(after)
        return going

    return played
