"""When a process has to end: on SIGTERM, on SIGINT, or when its supervisor is gone."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import NoReturn

log = logging.getLogger(__name__)

GRACE_S = 1.2  # after the supervisor's end: all are gone within 2 s, for a successor waits for our files


class Stop(threading.Event):
    """Set once. A loop waits on it instead of sleeping; whoever cannot wait on it gives a call to `then`."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: list[Callable[[], None]] = []

    def set(self) -> None:
        if self.is_set():  # a second Ctrl-C, or a signal beside the supervisor's: what the calls end is gone already
            return
        super().set()
        for call in self._calls:
            call()

    def then(self, call: Callable[[], None]) -> None:
        """Calls it when the process has to end; from a signal handler or another thread, so it must be quick."""
        self._calls.append(call)
        if self.is_set():
            call()


def on_signals(stop: Stop) -> None:
    """SIGTERM and SIGINT set it. Python runs handlers in the main thread, which must not block without end in C."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def leave(code: int = 0) -> NoReturn:
    """Ends a process in which granian has served or pages were made, once everything of ours is closed.

    Its threads outlive the server. One that asks for Python while the interpreter takes itself apart panics, and on a
    busy machine that was one end in three: a Rust backtrace on stderr, and now and then an abort.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def when_closed(pipe: int, stop: Stop) -> None:
    """Sets it when the other end of the pipe closes, which the kernel does for a process that was killed."""

    def watch() -> None:
        _until_closed(pipe)
        log.warning("The supervisor is gone.", extra={"action": "orphaned"})
        stop.set()

    threading.Thread(target=watch, name="supervisor-watch", daemon=True).start()


def end_when_closed(pipe: int) -> None:
    """Ends this process the hard way when it has not ended by itself in time after the other end closed. Every room on
    the path survives a kill. To be called before anything large is imported: that takes longer than the grace on a busy
    machine, and a successor waits for our files."""

    def watch() -> None:
        _until_closed(pipe)
        time.sleep(GRACE_S)
        os._exit(1)

    threading.Thread(target=watch, name="orphan-watch", daemon=True).start()


def _until_closed(pipe: int) -> None:
    while os.read(pipe, 1):
        pass
