"""The record in a file."""

import fcntl
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from dialboard.deliver.outcomes.engine import MIGRATIONS, Run, check_version, statements
from dialboard.errors import DataFolderError, Transient


class Sqlite:
    def __init__(self, path: Path, *, read_only: bool, create: bool) -> None:
        if not create and not path.exists():
            raise DataFolderError(f"There is no {path.name} yet: start `dialboard serve` once, which makes it.")
        self._path = path
        self._read_only = read_only
        self._lock = threading.RLock()
        self._claimed: Any = None
        with self._translated():
            self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        # Not mode=ro for readers: a WAL database nobody has open can only be read by one who may make its files.
        connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=10)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", f"query_only = {int(self._read_only)}"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock, self._translated():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[Run]:
        with self._lock, self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._run
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has rolled it back already
                    self._connection.execute("ROLLBACK")
                raise

    def _run(self, sql: str, rows: Sequence[Sequence[Any]] = ((),)) -> int:
        return sum(self._connection.execute(sql, row).rowcount for row in rows)

    def claim(self) -> bool:
        file = self._claimed or open(f"{self._path}-delivering", "a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._claimed = file
        return True

    def migrate(self) -> None:
        with self.transaction() as run:
            version = self._version()
            if version > len(MIGRATIONS):
                check_version(version, self._path.name)
            for name in MIGRATIONS[version:]:
                for statement in statements(name):
                    run(statement)
            run(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def check(self) -> None:
        check_version(self._version(), self._path.name)

    def _version(self) -> int:
        return int(self.query("PRAGMA user_version")[0][0])

    def backup(self, path: str) -> None:
        with self._translated(), closing(sqlite3.connect(path)) as copy:
            self._connection.backup(copy)

    def close(self) -> None:
        self._connection.close()
        if self._claimed:
            self._claimed.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise Transient(f"{self._path.name} cannot be used now: {error}.") from error
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # a mistake of ours
                raise
            raise DataFolderError(f"{self._path.name} is damaged: {error}. Restore it from a backup.") from error
