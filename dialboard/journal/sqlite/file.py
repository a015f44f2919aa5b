"""The file: how it is opened, migrated and copied."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from dialboard.errors import JournalUnavailable
from dialboard.journal.schema import Script, scripts_after

T = TypeVar("T")

BUSY_TIMEOUT_S = 10
# How far the WAL grows before it is copied into the file, in pages of 4 kB. A checkpoint costs two fsyncs and keeps
# the senders of one batch waiting: fewer and larger ones touch each page of the file less often.
CHECKPOINT_PAGES = 4_000
CACHE_KB = 32_000


def connect(path: str) -> sqlite3.Connection:
    """A connection that writes: durable at each commit, transactions by hand."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL, not NORMAL: in WAL mode NORMAL does not fsync a commit, and a power loss takes back what was acknowledged.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    return connection


def connect_to_read(path: str) -> sqlite3.Connection:
    """A connection that cannot change anything. Not opened with mode=ro: such a connection cannot make the WAL's index
    when no writer has the file open. Raises JournalUnavailable when the file is not there."""
    try:
        connection = sqlite3.connect(
            f"file:{_quoted(path)}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise JournalUnavailable(f"{path} cannot be opened: {error}.") from error
    return connection


def in_transaction(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    """What `work` gives, once it is durable."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        answer = work()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself after some errors
            connection.execute("ROLLBACK")
        raise
    return answer


def migrate(path: str) -> None:
    try:
        _create_private(path)
        with closing(connect(path)) as connection:
            for script in scripts_after(read_version(connection), "sqlite"):
                in_transaction(connection, lambda script=script: _run(connection, script))  # type: ignore[misc]
    except (sqlite3.Error, OSError) as error:
        raise JournalUnavailable(f"{path} cannot be opened: {error}.") from error


def backup(path: str, to: str) -> None:
    _create_private(to)
    with closing(connect_to_read(path)) as source, closing(sqlite3.connect(to)) as copy:
        # All pages in one step: in several, each commit of the writer would begin the copy again.
        source.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")


def read_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _run(connection: sqlite3.Connection, script: Script) -> None:
    if read_version(connection) >= script.number:  # another process was quicker
        return
    for statement in _statements(script.sql):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {script.number}")


def _statements(sql: str) -> list[str]:
    """One by one: executescript would commit our transaction first."""
    statements, begun = [], ""
    for line in sql.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            statements.append(begun)
            begun = ""
    return statements


def _create_private(path: str) -> None:
    """Callers' numbers are in it: only the owner may read it. SQLite gives its WAL the same rights."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
