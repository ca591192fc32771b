"""Colours of the rungs, ordered by lightness, so that they can be told apart without seeing hues.

On light paper graver is darker, on dark paper it is brighter. A run that has ended is nearly paper, and one in which
nothing of the ladder is done is grey, since neither is a rung.
"""

from __future__ import annotations

LIGHT = ("#f6dd83", "#f2bd5c", "#e99a45", "#d9733b", "#bf4b3f", "#982c4b", "#681d4c", "#2c1238")
DARK = ("#51296b", "#7d2f6c", "#a83a63", "#cf5152", "#ea7640", "#f6a040", "#fbcb5d", "#fdf3c4")
LIGHT_IDLE = ("#f1eee6", "#ccd2d9")
DARK_IDLE = ("#1e252e", "#3a434f")
"""Ended, and nothing done."""


def palette(idle: tuple[str, ...], anchors: tuple[str, ...], rungs: int) -> list[str]:
    """The colours of the bands, from a run that has ended to the gravest rung."""
    return [*idle, *ramp(anchors, rungs)]


def ramp(anchors: tuple[str, ...], size: int) -> list[str]:
    """So many colours between the anchors, ends included.

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
