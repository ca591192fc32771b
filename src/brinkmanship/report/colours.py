"""Colours of the rungs: from pale to strong as deeds grow graver, on light paper and on dark."""

from __future__ import annotations

LIGHT = ("#e9ebee", "#d8e2ea", "#b9cfdd", "#efcf94", "#e2954f", "#c5532f", "#7a1f24")
DARK = ("#262c35", "#2e3d4b", "#3f5b70", "#80673a", "#bb7434", "#e0704a", "#ffb3a0")


def ramp(anchors: tuple[str, ...], size: int) -> list[str]:
    """So many colours between the anchors, ends included; the first, for no deed at all, is always the first anchor.

    >>> ramp(("#000000", "#ffffff"), 3)
    ['#000000', '#808080', '#ffffff']
    """
    made = []
    for rank in range(size):
        place = rank / max(1, size - 1) * (len(anchors) - 1)
        low = min(int(place), len(anchors) - 2)
        pairs = zip(_channels(anchors[low]), _channels(anchors[low + 1]), strict=True)
        made.append("#" + "".join(f"{round(one + (two - one) * (place - low)):02x}" for one, two in pairs))
    return made


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
