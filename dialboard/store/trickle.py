"""Sends a file's new bytes to the disk while they are written, not all at once when they have to be safe.

DuckDB writes some hundred megabytes at a checkpoint and then waits for the disk, and while the disk had those to do, a
commit of the journal waited 50 ms and more. At 8,000 events a second, beside a sync into a store of 5 million events,
the p99 of 6 s was above 60 ms in five stretches of 30, and with this in five of 90 (SQLite, two processors).
What is safe and when does not change: that is the writer's fsync, which only finds less to do.
"""

import contextlib
import ctypes
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

EVERY_S = 0.05
_WRITE = 2  # SYNC_FILE_RANGE_WRITE, without waiting: man 2 sync_file_range, read 2026-11-30


def _of_linux() -> Callable[[int], bool] | None:
    """What begins to write a file's bytes and says whether it could; None where the system has no such thing."""
    call = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if call is None:
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return lambda file: call(file, 0, 0, _WRITE) == 0  # a length of 0 reaches to the file's end


class Trickle:
    """Does nothing but while something is `writing`.

    Whoever has a lock on the file closes it before this: a process that closes any of its descriptors of a file loses
    all its locks on it (man 2 fcntl, read 2026-11-30).
    """

    def __init__(self, path: Path, begin: Callable[[int], bool] | None = None) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._begin = begin or _of_linux()
        self._busy, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="trickle", daemon=True)
        if self._begin:
            self._thread.start()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One at a time."""
        self._busy.set()
        try:
            yield
        finally:
            self._busy.clear()

    def close(self) -> None:
        if self._ended.is_set():
            return
        self._ended.set()
        self._busy.set()
        if self._begin:
            self._thread.join()
        os.close(self._file)

    def _run(self) -> None:
        assert self._begin
        while self._busy.wait() and not self._ended.wait(EVERY_S):
            self._begin(self._file)  # what it cannot do is left to the writer's fsync
