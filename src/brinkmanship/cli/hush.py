"""Imported by what starts worker processes: an interruption ends a worker without a word.

The process that was called hears it too, and says what there is to say.
"""

import signal
import sys
from types import TracebackType


def _unless_left(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    # Who is interrupted while a worker starts takes away what it was to be given.
    if not issubclass(kind, FileNotFoundError | EOFError):
        sys.__excepthook__(kind, error, where)


signal.signal(signal.SIGINT, signal.SIG_DFL)
sys.excepthook = _unless_left
