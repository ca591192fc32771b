"""A step in parts: functions that vectors of runs go through, and others for runs that are brought together."""

from __future__ import annotations

from brinkmanship.engine.compiled.code import BYTES, EARLY, MARKS, TYPES, Code, Kind, Stored
from brinkmanship.engine.compiled.shape import Field, Shape

FRAME = "%frame"
"""Points to what parts of a step hand on, vector of runs by vector."""
HANDED = "%handed"
"""The type of what belongs to one vector of runs there."""
ENTERING = "%entering"
"""Points to where a part says which runs enter a conditional that it leaves to others: `BATCH` bytes for each of these
conditionals, and of these a byte for each vector."""
WORD = "%word"
"""The runs of a batch that enter a conditional, a bit for each."""
BATCH, SHIFT = 8, 3
"""Vectors whose runs are brought together: as many as a word has bytes; and how far a run's bit in a word is shifted
to give its vector's number."""
LINE = 64
"""Bytes that memory is aligned to."""


class Frame:
    """Memory of a vector of runs, in which one part of a step hands numbers to the next.

    Attributes
    ----------
    bytes
        How much of it is taken.
    """

    def __init__(self, width: int) -> None:
        self.width, self.bytes = width, 0

    def place(self, kind: Kind, wide: bool) -> Stored:
        """A new place for a number."""
        packed = wide and kind == "i1"
        size = BYTES[kind] * (self.width if wide and not packed else 1)
        index = -(-self.bytes // size)
        self.bytes = (index + 1) * size
        return Stored(kind, FRAME, index, wide, packed=packed)


class Parts:
    """The parts of a step while they are written.

    Attributes
    ----------
    code
        Of the part that is being written.
    texts
        The functions that are whole.
    seldom
        After each part but the last: how many functions for runs brought together follow it.
    """

    def __init__(self, shape: Shape, width: int) -> None:
        self.shape, self.width, self.frame = shape, width, Frame(width)
        shared = [f"%{field.name}" for field in shape.fields if field.shared]
        changing = [f"%{field.name}" for field in shape.fields if field.change]
        self.code = Code(width, shared, [*changing, MARKS, FRAME])
        self.texts: list[str] = []
        self.seldom: list[int] = []

    @property
    def batch(self) -> int:
        """How many vectors go through a step together."""
        return BATCH if self.seldom else 1

    @property
    def conditionals(self) -> int:
        """How many conditionals are functions of their own by now."""
        return sum(self.seldom)

    @property
    def handed(self) -> str:
        """The type of what a vector of runs has of the frame, once all parts are written."""
        return f"{HANDED} = type [{in_lines(self.frame.bytes)} x i8]"

    def end(self) -> None:
        """The part that is being written is whole."""
        self.texts.append(self.code.function(f"@part{len(self.seldom)}({self._arguments}, ptr noalias {ENTERING})"))

    def next(self, seldom: int) -> Code:
        """The code of the next part, before which so many conditionals are computed."""
        self.end()
        self.seldom.append(seldom)
        self.code = self.code.another()
        return self.code

    def conditional(self, rank: int, code: Code) -> None:
        """A conditional is whole; it is passed the runs that enter it."""
        self.texts.append(code.function(f"@seldom{rank}({self._arguments}, i64 {WORD})"))

    @property
    def _arguments(self) -> str:
        names = [f"%{field.name}" for field in self.shape.fields]
        return ", ".join(f"ptr noalias {name}" for name in (*names, MARKS, EARLY, FRAME))

    def span(self, pointer: str) -> str:
        """The type of what belongs to one vector of runs, of what a pointer points to."""
        if pointer == FRAME:
            return HANDED
        if pointer == MARKS:
            return f"[{self.shape.marks} x i8]"
        return span(next(field for field in self.shape.fields if f"%{field.name}" == pointer), self.width)

    @staticmethod
    def entering(rank: int) -> Stored:
        """Where a part says which runs of its vector enter a conditional."""
        return Stored("i1", ENTERING, BATCH * rank, True, packed=True)


def in_lines(size: int) -> int:
    """So many bytes, and as many as fill the last line."""
    return -(-size // LINE) * LINE


def span(field: Field, width: int) -> str:
    """The type of what belongs to one vector of runs, or to one step, of a field."""
    return f"[{field.size * (1 if field.common else width)} x {TYPES[field.kind]}]"
