"""The metric store as a command opens it: the server's storing process if one runs, else one of its own meanwhile."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from dialboard.cli.storing import TROUBLE
from dialboard.config import Config
from dialboard.errors import StoreError
from dialboard.run.program import program
from dialboard.store import Store, is_serving, open_store

LOOK_S = 0.2  # how often a command looks whether the storing process is still there
BEGIN_S = 0.02  # how often it looks at the one it has just started
WAIT_S = 30.0  # how long a verb waits for one: opening a large file after a crash takes seconds


@contextmanager
def opened(config: Config) -> Iterator[Store]:
    """The store, with every resource that we know prepared. Works while a server starts or stops meanwhile, and
    beside other commands; StoreUnreachable when no storing process can be started."""
    from dialboard.run.known import every_resource

    with _storing(config):
        store = open_store(config.store, wait_s=WAIT_S)
        try:
            store.prepare(every_resource())
            yield store
        finally:
            store.close()


@contextmanager
def _storing(config: Config) -> Iterator[None]:
    """Sees to it that a storing process answers as long as this lasts."""
    if config.store_url:
        yield
        return
    keeper = _Keeper(config)
    keeper.begin()
    thread = threading.Thread(target=keeper.keep, name="storing-keeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        keeper.stop()
        thread.join()
        keeper.end()


class _Keeper:
    """Starts a storing process when none answers: at first, and when the one in use ends, because a server stopped or
    another command did that had started it. RemoteStore asks the next one again, so nobody notices."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._done = threading.Event()
        self._child: subprocess.Popen[str] | None = None

    def begin(self) -> None:
        """Returns once one answers or is on its way. Raises StoreError, with its sentence, when it cannot own the file,
        which it will not however often it is started."""
        self.look()
        until_s = time.monotonic() + WAIT_S
        while self._child and not is_serving(self._config.store) and time.monotonic() < until_s:
            if self._child.poll() == TROUBLE:
                raise StoreError(" ".join(self._let_go().split()))
            if self._child.poll() is not None:  # another was first, and may have ended since
                self.look()
            time.sleep(BEGIN_S)

    def look(self) -> None:
        if self._child and self._child.poll() is not None:
            sys.stderr.write(self._let_go())
        if self._child is None and not is_serving(self._config.store):
            about = [str(self._config.data.path), self._config.store_memory]
            # Its standard input is its leash: it ends when we do, however we end.
            self._child = subprocess.Popen(
                [*program("dialboard.cli.storing"), *about],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )

    def keep(self) -> None:
        while not self._done.wait(LOOK_S):
            self.look()

    def end(self) -> None:
        """Call it after the last look."""
        if self._child:
            sys.stderr.write(self._let_go())

    def stop(self) -> None:
        self._done.set()

    def _let_go(self) -> str:
        """What it said: nothing, unless it could not go on."""
        assert self._child and self._child.stdin
        _, said = self._child.communicate()
        self._child = None
        return said
