"""A step in parts: functions that vectors of runs go through, and others for runs that are brought together."""

from __future__ import annotations

from brinkmanship.engine.compiled.llvm.code import BYTES, EARLY, MARKS, TYPES, Code, Stored
from brinkmanship.engine.compiled.recording.kinds import Kind
from brinkmanship.engine.compiled.recording.shape import Field, Shape

FRAME = "%frame"
"""Points to the frames of vectors of runs: memory in which one part of a step hands numbers to the next."""
FRAME_TYPE = "%a.frame"
"""The type of one of them."""
ENTERING = "%entering"
"""Points to where a part says which runs enter a conditional that it leaves to others: `BATCH` bytes for each of these
conditionals, and of these a byte for each vector."""
WORD = "%word"
"""The runs of a batch that enter a conditional, a bit for each."""
LANES, SHIFT = 8, 3
"""Bits that a vector has in a word, whatever its width; a bit's number is shifted by so many to give its vector's."""
BATCH = 8
"""Vectors whose runs are brought together: as many as a word has bytes."""
LINE = 64
"""Bytes that memory is aligned to."""


class Frame:
    """What the frame of a vector of runs has in it.

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
    counts
        After each part but the last: how many conditionals, functions for runs brought together, follow it.
    frame
        What parts hand on by now.
    """

    def __init__(self, shape: Shape, width: int) -> None:
        self.shape, self.width, self.frame = shape, width, Frame(width)
        shared = [f"%{field.name}" for field in shape.fields if field.shared]
        changing = [f"%{field.name}" for field in shape.fields if field.change]
        self.code = Code(width, shared, [*changing, MARKS, FRAME])
        self.texts: list[str] = []
        self.counts: list[int] = []

    @property
    def batch(self) -> int:
        """How many vectors go through a step together."""
        return BATCH if self.counts else 1

    @property
    def conditionals(self) -> int:
        """How many conditionals are functions of their own by now."""
        return sum(self.counts)

    @property
    def frame_type(self) -> str:
        """What a frame is, once all parts are written."""
        return f"{FRAME_TYPE} = type [{in_lines(self.frame.bytes)} x i8]"

    def end(self) -> None:
        """The part that is being written is whole."""
        self.texts.append(self.code.function(f"@part{len(self.counts)}({self._arguments}, ptr noalias {ENTERING})"))

    def next(self, conditionals: int) -> Code:
        """The code of the next part, before which so many conditionals are computed."""
        self.end()
        self.counts.append(conditionals)
        self.code = self.code.another()
        return self.code

    def conditional(self, rank: int, code: Code) -> None:
        """A conditional is whole; it is passed the runs that enter it."""
        self.texts.append(code.function(f"@seldom{rank}({self._arguments}, i64 {WORD})"))

    @property
    def _arguments(self) -> str:
        names = [f"%{field.name}" for field in self.shape.fields]
        return ", ".join(f"ptr noalias {name}" for name in (*names, MARKS, EARLY, FRAME))

    def share(self, pointer: str) -> str:
        """The type of what belongs to one vector of runs, of what a pointer points to."""
        if pointer == FRAME:
            return FRAME_TYPE
        if pointer == MARKS:
            return f"[{self.shape.marks} x i8]"
        return share(next(field for field in self.shape.fields if f"%{field.name}" == pointer), self.width)

    @staticmethod
    def entering(rank: int) -> Stored:
        """Where a part says which runs of its vector enter a conditional."""
        return Stored("i1", ENTERING, BATCH * rank, True, packed=True)


def in_lines(size: int) -> int:
    """So many bytes, and as many as fill the last line."""
    return -(-size // LINE) * LINE


def share(field: Field, width: int) -> str:
    """The type of what belongs to one vector of runs, or to one step, of a field."""
    return f"[{field.size * (1 if field.common else width)} x {TYPES[field.kind]}]"
