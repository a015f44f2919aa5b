"""The metric store as a command opens it: the server's storing process if one runs, else one of its own meanwhile."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dialboard.config import Config
from dialboard.store import Store, is_serving, open_store

LOOK_S = 0.2  # how often a command looks whether the storing process is still there
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
    keeper.look()
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
        self._child: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        if self._child and self._child.poll() is not None:
            self._let_go()
        if self._child is None and not is_serving(self._config.store):
            about = [str(self._config.data.path), self._config.store_memory]
            # Its standard input is its leash: it ends when we do, however we end.
            self._child = subprocess.Popen(
                [sys.executable, "-m", "dialboard.cli.storing", *about],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
            )

    def keep(self) -> None:
        while not self._done.wait(LOOK_S):
            self.look()

    def end(self) -> None:
        """Call it after the last look."""
        if self._child:
            self._let_go()

    def stop(self) -> None:
        self._done.set()

    def _let_go(self) -> None:
        assert self._child and self._child.stdin
        self._child.stdin.close()
        self._child.wait()
        self._child = None
