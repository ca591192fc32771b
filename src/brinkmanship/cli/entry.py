"""The way in and out of the command line.

Exit status: 0 done; 1 the crisis text is wrong; 2 the call is wrong, or the answer cannot be written; 3 a bug of ours;
130 interrupted.
"""

from __future__ import annotations

import atexit
import errno
import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import InvalidStateError
from io import TextIOWrapper
from typing import NoReturn

import typer

from brinkmanship.cli import INTERRUPTED
from brinkmanship.cli.commands import app
from brinkmanship.errors import BrinkmanshipError, CrisisError, Interrupted, UsageError

UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What the system says where an answer cannot be written: no space, over quota, too large, a fault of the device."""
_PATIENCE = 0.5
"""Seconds that threads have to end when a command is interrupted (our choice)."""


def enter() -> NoReturn:
    """Run the command that was typed, and leave."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter shows another in its place.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    # A command makes its objects once and keeps them to its end: looking for circles among them is not worth it.
    gc.set_threshold(200_000, 50, 50)
    threading.excepthook = _of_thread
    if "forkserver" in multiprocessing.get_all_start_methods():
        multiprocessing.set_forkserver_preload(["brinkmanship.cli.hush"])
    try:
        status = app(standalone_mode=False)
        sys.stdout.flush()
        _leave(status if isinstance(status, int) else 0)
    except SystemExit as leave:
        # Typer leaves by itself where nobody reads any more.
        _broken_pipe() if isinstance(leave.__context__, BrokenPipeError) else sys.exit(leave.code)
    except (KeyboardInterrupt, Exception) as error:
        _explain(error)


def _explain(error: BaseException) -> NoReturn:
    match error:
        case Interrupted():
            print(error, file=sys.stderr)
            _stop()
        case BrinkmanshipError():
            _fail(error)
        case KeyboardInterrupt() | typer.Abort():
            _leave(INTERRUPTED)
        case typer.Exit():
            _leave(error.exit_code)
        case BrokenPipeError():
            _broken_pipe()
        case OSError() if error.errno in UNWRITABLE and error.filename is None:
            _unwritten(error)
        case _:
            _unexpected(error)


def _leave(status: int) -> NoReturn:
    # Typer may turn an interruption into its status without a word.
    if status == INTERRUPTED:
        print("Interrupted; nothing was written.", file=sys.stderr)
        _stop()
    sys.exit(status)


def _stop() -> NoReturn:
    """End the workers, give back what was shared with them, and leave at once: what is kept is kept.

    A thread that looks after a pool ends with its workers; one that makes code would take its time, and is left. Who
    is impatient is heard already.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for worker in multiprocessing.active_children():
        worker.terminate()
    limit = time.monotonic() + _PATIENCE
    for thread in set(threading.enumerate()) - {threading.current_thread()}:
        if not thread.daemon:
            thread.join(max(0.0, limit - time.monotonic()))
    # As at an ordinary end: about semaphores that nobody gives back, Python complains.
    atexit._run_exitfuncs()
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def _of_thread(error: threading.ExceptHookArgs) -> None:
    """What went wrong in a thread, but for a pool whose workers were interrupted and that reports it to nobody."""
    if error.exc_type is not InvalidStateError:
        threading.__excepthook__(error)


def _broken_pipe() -> NoReturn:
    """Who reads has read enough: by the time that a command answers, all that it keeps is kept."""
    _say_no_more()
    sys.exit(0)


def _unwritten(error: OSError) -> NoReturn:
    """An answer that could not be written; of any other file a command says so itself."""
    _say_no_more()
    print(f"brink: the answer cannot be written: {error.strerror}", file=sys.stderr)
    sys.exit(2)


def _say_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _fail(error: BrinkmanshipError) -> NoReturn:
    prefix = "" if isinstance(error, CrisisError) else "brink: "
    print(f"{prefix}{error}", file=sys.stderr)
    sys.exit(2 if isinstance(error, UsageError) else 1 if isinstance(error, CrisisError) else 3)


def _unexpected(error: BaseException) -> NoReturn:
    show = getattr(error, "show", None)
    if callable(show):
        show()
        sys.exit(getattr(error, "exit_code", 2))
    if os.environ.get("BRINK_TRACEBACK"):
        raise error
    print(f"brink: this is a bug of ours: {type(error).__name__}: {error}", file=sys.stderr)
    print(
        "Please report it with the crisis and the command; BRINK_TRACEBACK=1 shows where it happened.",
        file=sys.stderr,
    )
    sys.exit(3)
