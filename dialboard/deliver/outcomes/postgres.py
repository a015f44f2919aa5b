"""The record in a database on a server."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dialboard.deliver.outcomes.engine import MIGRATIONS, Run, check_version, statements
from dialboard.errors import DataFolderError, Transient, first_line

if TYPE_CHECKING:
    import psycopg

_CLAIM = 7_203_411_052  # the number of the advisory lock


class Postgres:
    def __init__(self, url: str, *, read_only: bool) -> None:
        self._url = url
        self._read_only = read_only
        self._lock = threading.RLock()
        self._claims = False
        with self._translated():
            self._connection = self._open()

    def _open(self) -> "psycopg.Connection[Any]":
        import psycopg  # 0.1 s, which an installation on SQLite does not need

        # A machine that vanishes says nothing: by itself the kernel waits two hours before it asks after it.
        connection = psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=10,
            keepalives_idle=20,
            keepalives_interval=5,
            keepalives_count=3,
        )
        connection.read_only = self._read_only
        return connection

    def _usable(self) -> "psycopg.Connection[Any]":
        if self._connection.closed:
            self._connection = self._open()
            if self._claims and not self._try_lock():
                raise Transient("Another process delivers now: this one has lost its connection to the database.")
        return self._connection

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        import psycopg

        with self._lock, self._translated():
            try:
                return self._usable().execute(_words(sql), values).fetchall()
            except psycopg.OperationalError:
                if not self._connection.closed:
                    raise
                # It ended since the last question, by a restart of the server, which is only noticed by asking.
                return self._usable().execute(_words(sql), values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[Run]:
        with self._lock, self._translated():
            with self._usable().transaction():
                yield self._run

    def _run(self, sql: str, rows: Sequence[Sequence[Any]] = ((),)) -> int:
        if not rows:
            return 0
        with self._connection.cursor() as cursor:
            cursor.executemany(_words(sql), rows)  # all of them in one round trip
            return cursor.rowcount

    def claim(self) -> bool:
        with self._lock, self._translated():
            self._claims = self._claims or self._try_lock()
            return self._claims

    def _try_lock(self) -> bool:
        # Bound to this connection: it is free as soon as the process is gone.
        found = self._connection.execute("SELECT pg_try_advisory_lock(%s)", (_CLAIM,)).fetchone()
        return bool(found and found[0])

    def migrate(self) -> None:
        with self.transaction() as run:
            run("CREATE TABLE IF NOT EXISTS deliveries_version (number INTEGER NOT NULL)")
            run("LOCK TABLE deliveries_version IN ACCESS EXCLUSIVE MODE")
            version = self._version()
            if version > len(MIGRATIONS):
                check_version(version, "The deliveries database")
            for name in MIGRATIONS[version:]:
                for statement in statements(name):
                    run(statement)
            run("DELETE FROM deliveries_version")
            run("INSERT INTO deliveries_version (number) VALUES (?)", [(len(MIGRATIONS),)])

    def check(self) -> None:
        exists = self.query("SELECT to_regclass('deliveries_version') IS NOT NULL")[0][0]
        check_version(self._version() if exists else 0, "The deliveries database")

    def _version(self) -> int:
        found = self.query("SELECT number FROM deliveries_version")
        return int(found[0][0]) if found else 0

    def backup(self, path: str) -> None:
        raise DataFolderError("Deliveries are in PostgreSQL: back them up with pg_dump.")

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            said = first_line(error)  # may hold the address, but never the password
        else:
            return
        reason = " ".join(said.removeprefix("connection failed: ").split()) or "no reason given"
        raise Transient(
            f"The deliveries' PostgreSQL does not answer ({reason}): see to the server, or correct"
            " DIALBOARD_DELIVERIES_URL."
        )


def _words(sql: str) -> Any:
    return sql.replace("?", "%s")
