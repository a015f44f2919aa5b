"""The embedded engine: one DuckDB file, owned by one process, written by one thread at a time, read by any number.

No primary key: DuckDB's index of 34-letter keys would take more memory than the store may have. An upsert deletes by
key within the batch's own range of creation times, which the row groups' smallest and largest values find at once.
"""

import contextlib
import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import msgspec

from dialboard.errors import BadSetting, DataFolderError, StoreError, first_line
from dialboard.shapes.question import Held
from dialboard.shapes.resource import Resource
from dialboard.shapes.row import Batch, Span
from dialboard.store.coverage import checked, merged, merged_held
from dialboard.store.dialect import DuckDialect
from dialboard.store.engine import Engine, check_type
from dialboard.store.schema import statements
from dialboard.store.statement import Composed
from dialboard.store.table import ACCOUNT, CREATED, KEY, RECORD, TWILIO_ACCOUNT, VERSION, Table
from dialboard.store.trickle import Trickle

LAYOUT = 1  # of our own tables; schema/duckdb/ has a file for each step
CHECKPOINT_AT = "64MB"  # of log: a checkpoint is a pause for the writer, and replaying a log delays the next start
CLOSE_WAIT_S = 5.0
_SIZE = re.compile(r"[1-9][0-9]{0,8} ?[KMGT]i?B", re.IGNORECASE)

_DIALECT = DuckDialect()
_OWN_COLUMNS = {
    ACCOUNT: "VARCHAR NOT NULL",
    TWILIO_ACCOUNT: "VARCHAR NOT NULL",
    KEY: "VARCHAR NOT NULL",
    CREATED: "TIMESTAMP NOT NULL",
    RECORD: "VARCHAR NOT NULL",
    VERSION: "BIGINT NOT NULL",
}


class DuckStore(Engine):
    """`memory` is the most that DuckDB takes, as it writes sizes ("1GB"); what does not fit goes to disk.

    Raises DataFolderError when the file is another process's, a newer program's, or not writable; BadSetting for a size
    that is none.
    """

    dialect = _DIALECT

    def __init__(self, path: str | Path, *, memory: str = "1GB", threads: int | None = None) -> None:
        super().__init__()
        self.path = Path(path)
        self._write = threading.Lock()
        self._connection = _open(self.path, memory, threads or min(os.cpu_count() or 1, 8))
        self._trickle = Trickle(self.path)
        try:
            self._migrate()
            lines = self._fetch(Composed("SELECT definition FROM resources", []))
            self._load_tables(line[0] for line in lines)
        except BaseException:
            self._close()
            raise

    def prepare(self, resources: Sequence[Resource]) -> None:
        tables = [Table(resource) for resource in resources]
        with self._writing() as cursor:
            for table in tables:
                _widen(cursor, table)
        self._add_tables(tables)

    def put(self, batch: Batch) -> None:
        table = self._table(batch.resource)
        tuples = table.tuples(batch, time.time_ns() // 1000, zoned=False)
        with self._writing() as cursor:
            if tuples:
                _replace(cursor, table, batch, tuples)
            if batch.held:
                _hold(cursor, batch, checked(batch.held))
            if batch.cursor:
                _move(cursor, batch.account, *batch.cursor)

    def held(self, account: str, resource: str, twilio_account: str | None = None) -> list[Held]:
        sql = "SELECT twilio_account, from_at, until_at FROM coverage WHERE account = $1 AND resource = $2"
        lines = self._fetch(Composed(sql, [account, resource]))
        spans = [(line[0], _span(line[1], line[2])) for line in lines if twilio_account in (None, line[0])]
        return merged_held(spans)

    def cursor(self, account: str, name: str) -> int:
        sql = "SELECT sequence FROM cursors WHERE account = $1 AND name = $2"
        lines = self._fetch(Composed(sql, [account, name]))
        return int(lines[0][0]) if lines else 0

    def forget(self, account: str) -> None:
        with self._writing() as cursor:
            for table in self._tables.values():
                cursor.execute(f"DELETE FROM {_DIALECT.quote(table.name)} WHERE {ACCOUNT} = $1", [account])
            for name in ("coverage", "cursors"):
                cursor.execute(f"DELETE FROM {name} WHERE account = $1", [account])
        # So that what is forgotten leaves the log too, and its room is used again.
        with self._alone() as cursor, contextlib.suppress(duckdb.Error):
            cursor.execute("CHECKPOINT")

    def backup(self, path: str) -> None:
        """The copy is one moment of the store; writing goes on meanwhile."""
        if os.path.exists(path):
            raise StoreError(f"{path} exists already: name a new file for the copy.")
        name = f"copy_{time.monotonic_ns()}"
        with self._reading() as cursor:
            cursor.execute(f"ATTACH {_literal(path)} AS {name}")
            try:
                cursor.execute(f"COPY FROM DATABASE {_DIALECT.quote(_database(cursor))} TO {name}")
                cursor.execute(f"CHECKPOINT {name}")
            finally:
                cursor.execute(f"DETACH {name}")
        os.chmod(path, 0o600)

    def close(self) -> None:
        """Waits for a put that runs, but not for ever: one that is cut off leaves nothing behind."""
        waited = self._write.acquire(timeout=CLOSE_WAIT_S)
        self._close()
        if waited:
            self._write.release()

    def _close(self) -> None:
        self._connection.close()
        self._trickle.close()

    def _fetch(self, composed: Composed) -> list[tuple[Any, ...]]:
        with self._reading() as cursor:
            return cursor.execute(composed.sql, [_DIALECT.bound(value) for value in composed.parameters]).fetchall()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        # A cursor for each question: it has its own transaction, so it neither waits for a writer nor sees half of it.
        with _as_store_error(), contextlib.closing(self._connection.cursor()) as cursor:
            yield cursor

    @contextlib.contextmanager
    def _alone(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._write, self._trickle.writing(), self._reading() as cursor:
            yield cursor

    @contextlib.contextmanager
    def _writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._alone() as cursor:
            cursor.begin()
            try:
                yield cursor
                cursor.commit()
            except BaseException:
                with contextlib.suppress(duckdb.Error):  # a failed commit has already rolled back
                    cursor.rollback()
                raise

    def _migrate(self) -> None:
        with self._writing() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS layout (version INTEGER NOT NULL)")
            line = cursor.execute("SELECT max(version) FROM layout").fetchone()
            found = (line[0] if line else None) or 0
            if found > LAYOUT:
                _refuse_newer(self.path)
            for version in range(found + 1, LAYOUT + 1):
                for statement in statements("duckdb", version):
                    cursor.execute(statement)
                cursor.execute("INSERT INTO layout VALUES ($1)", [version])


def _open(path: Path, memory: str, threads: int) -> duckdb.DuckDBPyConnection:
    if not _SIZE.fullmatch(memory):
        raise BadSetting("DIALBOARD_STORE_MEMORY", memory, "a size such as 512MB or 2GB")
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "threads": threads,
        "preserve_insertion_order": "false",
        "checkpoint_threshold": CHECKPOINT_AT,
        # Nothing is ever fetched or loaded from outside.
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    try:
        connection = duckdb.connect(str(path), config=settings)
    except duckdb.Error as error:
        raise _cannot_open(path, error) from error
    os.chmod(path, 0o600)
    return connection


def _cannot_open(path: Path, error: duckdb.Error) -> DataFolderError:
    text = str(error)
    if "lock" in text.lower():
        return DataFolderError(f"{path} is in use by another process: stop it, or ask it through its socket.")
    if "version" in text.lower():
        return DataFolderError(f"{path} was written by a newer program: install that version or a newer one.")
    return DataFolderError(f"{path} cannot be opened: {first_line(error)}")


def _refuse_newer(path: Path) -> NoReturn:
    raise DataFolderError(f"{path} was written by a newer program: install that version or a newer one.")


@contextlib.contextmanager
def _as_store_error() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise StoreError(
            "The question needs more memory than the store may take: ask a shorter span, "
            "or raise DIALBOARD_STORE_MEMORY."
        ) from error
    except duckdb.Error as error:
        raise StoreError(f"The metric store could not do it: {first_line(error)}") from error


def _database(cursor: duckdb.DuckDBPyConnection) -> str:
    line = cursor.execute("SELECT current_database()").fetchone()
    assert line is not None
    return str(line[0])


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# Tables


def _widen(cursor: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Makes the table, or adds the columns of new fields; a field that left keeps its column."""
    wanted = _OWN_COLUMNS | {name: _DIALECT.type_of(each.kind, each.dimension) for name, each in table.fields.items()}
    name = _DIALECT.quote(table.name)
    columns = [f"{_DIALECT.quote(column)} {wanted[column]}" for column in table.columns]
    cursor.execute(f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(columns)})")
    present = {line[0]: line[1] for line in cursor.execute(f"DESCRIBE {name}").fetchall()}
    for field in table.fields.values():
        if field.name not in present:
            cursor.execute(f"ALTER TABLE {name} ADD COLUMN {_DIALECT.quote(field.name)} {wanted[field.name]}")
        else:
            check_type(table, field, present[field.name], [wanted[field.name]])
    definition = msgspec.json.encode(table.resource).decode()
    cursor.execute("DELETE FROM resources WHERE name = $1", [table.resource.name])
    cursor.execute("INSERT INTO resources VALUES ($1, $2)", [table.resource.name, definition])


def _replace(cursor: duckdb.DuckDBPyConnection, table: Table, batch: Batch, tuples: Sequence[tuple[Any, ...]]) -> None:
    created = [each[3] for each in tuples]
    cursor.execute(
        f"DELETE FROM {_DIALECT.quote(table.name)} WHERE {ACCOUNT} = $1 AND {TWILIO_ACCOUNT} = $2 "
        f"AND {CREATED} BETWEEN $3 AND $4 AND {KEY} IN (SELECT unnest(CAST($5 AS VARCHAR[])))",
        [batch.account, batch.twilio_account, min(created), max(created), [each[2] for each in tuples]],
    )
    # The appender takes 1,000 rows of 27 fields in 10 ms; executemany takes 8 s for them.
    appender = cursor.appender(table.name, columns=table.columns)
    appender.append_rows(tuples)
    appender.flush()


# Coverage and cursors


def _hold(cursor: duckdb.DuckDBPyConnection, batch: Batch, span: Span) -> None:
    where = "WHERE account = $1 AND twilio_account = $2 AND resource = $3 AND from_at <= $4 AND until_at >= $5"
    owner = [batch.account, batch.twilio_account, batch.resource]
    touched = [*owner, _DIALECT.bound(span.until), _DIALECT.bound(span.from_)]
    lines = cursor.execute(f"SELECT from_at, until_at FROM coverage {where}", touched).fetchall()
    (whole,) = merged([span, *(_span(*line) for line in lines)])
    cursor.execute(f"DELETE FROM coverage {where}", touched)
    ends = [_DIALECT.bound(whole.from_), _DIALECT.bound(whole.until)]
    cursor.execute("INSERT INTO coverage VALUES ($1, $2, $3, $4, $5)", [*owner, *ends])


def _move(cursor: duckdb.DuckDBPyConnection, account: str, name: str, sequence: int) -> None:
    cursor.execute("DELETE FROM cursors WHERE account = $1 AND name = $2", [account, name])
    cursor.execute("INSERT INTO cursors VALUES ($1, $2, $3)", [account, name, sequence])


def _span(from_at: datetime, until_at: datetime) -> Span:
    return Span(from_at.replace(tzinfo=UTC), until_at.replace(tzinfo=UTC))
