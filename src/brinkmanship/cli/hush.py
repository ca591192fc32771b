"""Imported by what starts worker processes: an interruption ends a worker without a word.

The process that was called hears it too, and says what there is to say. A worker that is just being started may find
that what it was to share with that process is gone by then; that is an interruption as well.
"""

import signal
import sys
import traceback
from types import TracebackType


def _unless_left(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """Tell of an error as always, but for one of a start whose caller has left."""
    last = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(where)][-1:]
    starting = bool(last) and last[0].startswith("multiprocessing")
    if not (starting and issubclass(kind, FileNotFoundError | EOFError)):
        sys.__excepthook__(kind, error, where)


signal.signal(signal.SIGINT, signal.SIG_DFL)
sys.excepthook = _unless_left
