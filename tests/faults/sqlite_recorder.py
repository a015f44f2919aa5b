"""Run as a process of its own: appends events to a journal while every write and fsync of SQLite is recorded.

    python -m tests.faults.sqlite_recorder JOURNAL RECORD EVENTS [SYNCHRONOUS]

The journal's connections are the product's own, with its own settings; a SYNCHRONOUS given here overrules one of them.
The default VFS of the very libsqlite3 that Python uses gets our xOpen, which puts our xWrite, xTruncate and xSync in
front of the real ones. So it needs neither a compiler nor a tracer, and sees exactly what SQLite asks of the kernel.
"""

import asyncio
import ctypes
import sqlite3
import sys
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int64, c_void_p, cast
from pathlib import Path
from typing import Any

import msgspec

from dialboard.journal import open_journal
from dialboard.journal.sqlite import committer, file
from dialboard.shapes.event import Event, Grant, Kept
from tests.journal.conftest import event

# The names are plain addresses: SQLite keeps them, and what follows them in memory, for as long as the file is open.
OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
DELETE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
SYNC = CFUNCTYPE(c_int, c_void_p, c_int)

WORD = ctypes.sizeof(c_void_p)
# Where the function pointers stand in sqlite3_vfs and sqlite3_io_methods (sqlite.org/c3ref/vfs.html and
# io_methods.html, read 2026-11): the vfs begins with three ints (padded to two words), two pointers and a pointer.
VFS_OPEN, VFS_DELETE = 5 * WORD, 6 * WORD
IO_WRITE, IO_TRUNCATE, IO_SYNC = 3 * WORD, 4 * WORD, 5 * WORD
IO_SIZE = 19 * WORD  # iVersion and 18 functions, of which version 3 is the newest


class Operation(msgspec.Struct, array_like=True):
    kind: str  # write truncate sync delete answered
    path: str = ""
    offset: int = 0
    data: bytes = b""
    event: str = ""  # answered: the event that its sender now believes in


class Recorder:
    """Everything in the order in which it happened; answers too."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self._paths: dict[int, str] = {}
        self._kept_alive: list[Any] = []

    def install(self) -> None:
        library = ctypes.CDLL(_path_of_libsqlite())
        library.sqlite3_vfs_find.restype = c_void_p
        library.sqlite3_vfs_find.argtypes = [c_char_p]
        vfs = library.sqlite3_vfs_find(None)
        real_open, real_delete = OPEN(_word_at(vfs + VFS_OPEN)), DELETE(_word_at(vfs + VFS_DELETE))

        def opened(this: int, name: int | None, handle: int, flags: int, out: Any) -> int:
            answer = real_open(this, name, handle, flags, out)
            if answer == 0 and name:
                self._paths[handle] = ctypes.string_at(name).decode()
                self._replace_methods(handle)
            return int(answer)

        def deleted(this: int, name: int, sync_folder: int) -> int:
            answer = real_delete(this, name, sync_folder)
            if answer == 0:
                self.operations.append(Operation("delete", ctypes.string_at(name).decode()))
            return int(answer)

        self._put(vfs + VFS_OPEN, OPEN(opened))
        self._put(vfs + VFS_DELETE, DELETE(deleted))

    def _replace_methods(self, handle: int) -> None:
        """A copy of the file's table of methods, for the original is shared and may be read-only."""
        real = _word_at(handle)
        table = ctypes.create_string_buffer(ctypes.string_at(real, IO_SIZE), IO_SIZE)
        self._kept_alive.append(table)
        address = ctypes.addressof(table)
        write, truncate, sync = (
            WRITE(_word_at(real + IO_WRITE)),
            TRUNCATE(_word_at(real + IO_TRUNCATE)),
            SYNC(_word_at(real + IO_SYNC)),
        )

        def written(this: int, data: int, size: int, offset: int) -> int:
            self.operations.append(Operation("write", self._paths[this], offset, ctypes.string_at(data, size)))
            return int(write(this, data, size, offset))

        def truncated(this: int, size: int) -> int:
            self.operations.append(Operation("truncate", self._paths[this], size))
            return int(truncate(this, size))

        def synced(this: int, flags: int) -> int:
            answer = sync(this, flags)
            if answer == 0:
                self.operations.append(Operation("sync", self._paths[this]))
            return int(answer)

        self._put(address + IO_WRITE, WRITE(written))
        self._put(address + IO_TRUNCATE, TRUNCATE(truncated))
        self._put(address + IO_SYNC, SYNC(synced))
        ctypes.memmove(handle, ctypes.byref(c_void_p(address)), WORD)

    def _put(self, address: int, function: Any) -> None:
        self._kept_alive.append(function)
        ctypes.memmove(address, ctypes.byref(cast(function, c_void_p)), WORD)


def _word_at(address: int) -> int:
    return int(c_void_p.from_address(address).value or 0)


def _path_of_libsqlite() -> str:
    """The library that this process has loaded; Python's own module when SQLite is built into that."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        if "libsqlite3" in line:
            return line.split(maxsplit=5)[5]
    return sys.modules["_sqlite3"].__file__ or ""


async def append_and_record(journal_path: str, recorder: Recorder, count: int) -> None:
    journal = await open_journal(journal_path)
    await journal.grant(Grant("grt_first", "acc_alice", 10 * count))

    async def send(one: Event) -> None:
        if isinstance(await journal.append(one), Kept):
            recorder.operations.append(Operation("answered", event=one.id))

    async def sender(events: int) -> None:
        for _ in range(events):
            await send(event())

    await asyncio.gather(*(sender(count // 16) for _ in range(16)))
    # Not closed: closing would checkpoint and fsync, which no power loss waits for.


def overrule(synchronous: str) -> None:
    """Every connection that writes, the migrations' too, gets another setting than the product gives it."""

    def connect(path: str) -> sqlite3.Connection:
        connection = real_connect(path)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        return connection

    real_connect = file.connect
    file.connect = committer.connect = connect  # type: ignore[attr-defined]


def main() -> None:
    journal_path, record_path, count, *overruled = sys.argv[1:]
    file.CHECKPOINT_PAGES = 100  # many checkpoints in a short run
    for synchronous in overruled:
        overrule(synchronous)
    recorder = Recorder()
    recorder.install()
    asyncio.run(append_and_record(journal_path, recorder, int(count)))
    Path(record_path).write_bytes(msgspec.msgpack.encode(recorder.operations))


if __name__ == "__main__":
    main()
