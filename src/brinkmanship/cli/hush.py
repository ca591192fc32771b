"""Imported by what starts worker processes: an interruption ends a worker without a word.

The process that was called hears it too, and says what there is to say.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)
