"""The record of deliveries: deliveries.db on SQLite, or a PostgreSQL database.

A row is one event for one destination. `next_try_at` is set while something is still to be done; then only the
delivering process touches the row, which is the one that called `claim`. Other processes read, ask for a replay or
forget an account, all in short transactions.

Durability: every commit is fsynced, on SQLite too (WAL, synchronous FULL). With NORMAL a power loss could take back
"delivered", and the event would be counted a second time at the destination. Writes are grouped (see ledger.py), so
this costs a handful of fsyncs for hundreds of deliveries.
"""

import fcntl
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dialboard.deliver.statements import (
    ADMIT,
    COLUMNS,
    EXPIRE,
    MOVE_CURSOR,
    OPEN,
    SEND_AGAIN,
    SENDING,
    SETTLE,
    Key,
    New,
    Result,
    delivery,
    micros,
    new_row,
    result_row,
)
from dialboard.errors import DataFolderError, Transient, WrittenByNewer
from dialboard.shapes.delivery import Delivery, Reason, State

if TYPE_CHECKING:
    import psycopg

_CLAIM = 7_203_411_052  # the number of the advisory lock on PostgreSQL
_MIGRATIONS = ("001.sql",)


class Outcomes:
    """Safe to share between threads: one statement or transaction at a time."""

    def __init__(self, database: "_Database") -> None:
        self._database = database

    def claim(self) -> bool:
        """True when this process may deliver; False while another one does. Held until `close` or the end."""
        return self._database.claim()

    def cursor(self, name: str) -> int:
        """How far that consumer has read the journal; 0 at first."""
        found = self._database.query("SELECT sequence FROM cursors WHERE name = ?", (name,))
        return int(found[0][0]) if found else 0

    def admit(self, new: Iterable[New], now: datetime, *, cursor: tuple[str, int] | None = None) -> int:
        """Makes waiting rows and moves the cursor (name, sequence), in one transaction; a row that exists stays as it
        is. How many were made."""
        rows = [new_row(one, now) for one in new]
        with self._database.transaction() as run:
            made = run(ADMIT, rows)
            if cursor is not None:
                run(MOVE_CURSOR, [cursor])
        return made

    def due(self, destination: str, now: datetime, limit: int) -> list[Delivery]:
        """What is to be sent now and is not being sent, longest due first."""
        sql = f"SELECT {COLUMNS} FROM deliveries WHERE destination = ? AND {OPEN} AND next_try_at <= ? "
        return self._deliveries(sql + "ORDER BY next_try_at, sequence LIMIT ?", (destination, micros(now), limit))

    def write(self, sending: Sequence[Key], results: Sequence[Result], now: datetime) -> None:
        """Records in one transaction that these are about to be sent, and what came of those. Durable on return."""
        at = micros(now)
        with self._database.transaction() as run:
            run(SENDING, [(at, *key) for key in sending])
            run(SETTLE, [result_row(result, at) for result in results])

    def recover(self, now: datetime, is_at_most_once: Callable[[str], bool] = lambda destination: False) -> int:
        """For what was being sent when the program ended: uncertain, and tried again unless the destination rather
        loses an event than counts it twice. How many there were. Only right after `claim`."""
        found = self._database.query("SELECT destination, sequence FROM deliveries WHERE sending_at IS NOT NULL")
        detail = "The program ended while this was being sent: it may have arrived."
        self.write(
            [],
            [
                Result(
                    destination=destination,
                    sequence=sequence,
                    state=State.UNCERTAIN,
                    next_try_at=None if is_at_most_once(destination) else now,
                    reason=Reason.NO_ANSWER,
                    detail=detail,
                )
                for destination, sequence in found
            ],
            now,
        )
        return len(found)

    def expire(self, destination: str, received_before: datetime, now: datetime) -> int:
        """Ends what the destination no longer takes: too_old when never tried, gave_up when it was; what is uncertain
        stays uncertain. How many."""
        row = (micros(now), destination, micros(received_before))
        with self._database.transaction() as run:
            return run(EXPIRE, [row])

    def send_again(self, destination: str, from_sequence: int, until_sequence: int, now: datetime) -> int:
        """Makes dead deliveries, and uncertain ones that had ended, wait again. How many."""
        at = micros(now)
        with self._database.transaction() as run:
            return run(SEND_AGAIN, [(at, at, destination, from_sequence, until_sequence)])

    def latest(
        self,
        account: str,
        *,
        state: State | None = None,
        destination: str | None = None,
        event: str | None = None,
        limit: int | None = None,
        before: int | None = None,
    ) -> list[Delivery]:
        """The account's deliveries, newest event first; `before` is a sequence, for the next page."""
        wanted = {"state = ?": state, "destination = ?": destination, "event = ?": event, "sequence < ?": before}
        given = {clause: value for clause, value in wanted.items() if value is not None}
        sql = " AND ".join([f"SELECT {COLUMNS} FROM deliveries WHERE account = ?", *given])
        values: list[Any] = [
            account,
            *(str(value) if clause == "state = ?" else value for clause, value in given.items()),
        ]
        sql += " ORDER BY sequence DESC, destination"
        return self._deliveries(sql + (f" LIMIT {int(limit)}" if limit is not None else ""), values)

    def of_events(self, account: str, sequences: Sequence[int]) -> dict[int, list[Delivery]]:
        """The deliveries of those events; an empty list for an event that no destination took."""
        found: dict[int, list[Delivery]] = {sequence: [] for sequence in sequences}
        for start in range(0, len(sequences), 500):
            part = sequences[start : start + 500]
            marks = ", ".join("?" * len(part))
            sql = f"SELECT {COLUMNS} FROM deliveries WHERE account = ? AND sequence IN ({marks}) ORDER BY destination"
            for one in self._deliveries(sql, (account, *part)):
                found[one.sequence].append(one)
        return found

    def counts(self, account: str) -> dict[str, dict[State, int]]:
        """How many deliveries each destination has in each state; nothing for a destination that has none."""
        sql = "SELECT destination, state, count(*) FROM deliveries WHERE account = ? GROUP BY destination, state"
        found: dict[str, dict[State, int]] = {}
        for destination, state, count in self._database.query(sql, (account,)):
            found.setdefault(destination, {})[State(state)] = int(count)
        return found

    def forget(self, account: str) -> None:
        """Removes the account's rows; remove its events from the journal first, or they are delivered anew."""
        with self._database.transaction() as run:
            run("DELETE FROM deliveries WHERE account = ?", [(account,)])

    def backup(self, path: str) -> None:
        """Writes a consistent copy to a new file (SQLite); DataFolderError on PostgreSQL, which has its own tools."""
        self._database.backup(path)

    def close(self) -> None:
        self._database.close()

    def _deliveries(self, sql: str, values: Sequence[Any]) -> list[Delivery]:
        return [delivery(row) for row in self._database.query(sql, values)]


def migrate(where: str) -> None:
    """Makes the file or the tables, or brings them up to this version. `where` is a path or a postgresql:// address.
    DataFolderError when they were written by a newer version."""
    with closing(_connect(where, create=True)) as database:
        database.migrate()


def open_outcomes(where: str, *, read_only: bool = False) -> Outcomes:
    """Opens what `migrate` made. DataFolderError when it is not there or of another version."""
    database = _connect(where, read_only=read_only)
    try:
        database.check()
    except BaseException:
        database.close()
        raise
    return Outcomes(database)


# The two engines. Statements are written with "?" and mean the same on both.


class Run(Protocol):
    """Runs a statement for each row of values, in the transaction it belongs to; how many rows it changed."""

    def __call__(self, sql: str, rows: Sequence[Sequence[Any]] = ((),)) -> int: ...


class _Database(Protocol):
    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Any]: ...
    def transaction(self) -> AbstractContextManager[Run]: ...
    def claim(self) -> bool: ...
    def migrate(self) -> None: ...
    def check(self) -> None: ...
    def backup(self, path: str) -> None: ...
    def close(self) -> None: ...


def _connect(where: str, *, read_only: bool = False, create: bool = False) -> _Database:
    if where.startswith(("postgresql://", "postgres://")):
        return _Postgres(where, read_only=read_only)
    return _Sqlite(Path(where), read_only=read_only, create=create)


def _check_version(found: int, what: str) -> None:
    if found > len(_MIGRATIONS):
        raise WrittenByNewer(f"{what} was written by a newer version of Dialboard: use that version or newer.")
    if found < len(_MIGRATIONS):
        raise DataFolderError(f"{what} is not prepared for this version of Dialboard: start it with `dialboard serve`.")


def _statements(name: str) -> list[str]:
    text = (files("dialboard.deliver") / "schema" / name).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.strip().startswith("--")]
    return [statement for statement in "\n".join(lines).split(";") if statement.strip()]


class _Sqlite:
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
            if version > len(_MIGRATIONS):
                _check_version(version, self._path.name)
            for name in _MIGRATIONS[version:]:
                for statement in _statements(name):
                    run(statement)
            run(f"PRAGMA user_version = {len(_MIGRATIONS)}")

    def check(self) -> None:
        _check_version(self._version(), self._path.name)

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


class _Postgres:
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
            if version > len(_MIGRATIONS):
                _check_version(version, "The deliveries database")
            for name in _MIGRATIONS[version:]:
                for statement in _statements(name):
                    run(statement)
            run("DELETE FROM deliveries_version")
            run("INSERT INTO deliveries_version (number) VALUES (?)", [(len(_MIGRATIONS),)])

    def check(self) -> None:
        exists = self.query("SELECT to_regclass('deliveries_version') IS NOT NULL")[0][0]
        _check_version(self._version() if exists else 0, "The deliveries database")

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
            lines = str(error).strip().splitlines()  # may hold the address, but never the password
        else:
            return
        reason = " ".join(lines[0].removeprefix("connection failed: ").split()) if lines else "no reason given"
        raise Transient(
            f"The deliveries' PostgreSQL does not answer ({reason}): see to the server, or correct"
            " DIALBOARD_DELIVERIES_URL."
        )


def _words(sql: str) -> Any:
    return sql.replace("?", "%s")
