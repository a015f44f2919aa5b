"""Locks on the data folder that end with the process that holds them, however it ends."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dialboard.config import DataFolder
from dialboard.errors import DataFolderError

_WAIT_S = 0.02  # between two tries for a lock


def folder(data: DataFolder) -> Path:
    """Where the locks, the sockets and the notes of running processes are; made when it is not there."""
    data.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    return data.run


def replace(data: DataFolder, name: str, content: bytes) -> None:
    """Puts a note of that name beside the locks; whoever reads it meanwhile finds the old one or the new one, whole."""
    partial = folder(data) / f"{name}.partial"
    partial.write_bytes(content)
    partial.replace(folder(data) / name)


@contextmanager
def held(path: Path, note: str, *, wait_s: float = 0, holder: str) -> Iterator[Callable[[str], None]]:
    """Holds the lock of that file; `note` says to others who has it. Gives a way to say something else.

    The kernel lets go of it when the process ends, a kill -9 included. Waits up to `wait_s` for another to let go, then
    raises DataFolderError with `holder` and what that other wrote.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _take(file, wait_s):
            raise DataFolderError(f"{holder}: {_note(file)}")
        _put_note(file, note)
        yield lambda text: _put_note(file, text)
    finally:
        os.close(file)


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock of that file now."""
    if not path.exists():
        return True
    file = os.open(path, os.O_RDWR)
    try:
        # Shared: of two who look at once neither takes the other for its holder.
        return _take(file, 0, fcntl.LOCK_SH)
    finally:
        os.close(file)


def _take(file: int, wait_s: float, kind: int = fcntl.LOCK_EX) -> bool:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_WAIT_S)


def _put_note(file: int, note: str) -> None:
    os.ftruncate(file, 0)
    os.pwrite(file, note.encode(), 0)


def _note(file: int) -> str:
    return os.pread(file, 500, 0).decode(errors="replace") or "another process"
