"""The engine at scale: an ordinary ClickHouse server over HTTP, shared by any number of processes.

A record written again is a second line until ClickHouse merges them, so every question says FINAL. Nothing spans two
tables in one transaction here: rows go first, then what they cover, then how far the log is absorbed. A writer that
dies in between leaves rows that are not said to be held, and the same put again replaces them.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import msgspec
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError

from dialboard.errors import DataFolderError, StoreError, StoreUnreachable, first_line
from dialboard.shapes.question import Held
from dialboard.shapes.resource import Field, Resource
from dialboard.shapes.row import Batch, Span
from dialboard.store.coverage import checked, merged_held
from dialboard.store.dialect import ClickHouseDialect
from dialboard.store.engine import Engine, check_type
from dialboard.store.schema import statements
from dialboard.store.statement import Composed
from dialboard.store.table import ACCOUNT, CREATED, KEY, RECORD, TWILIO_ACCOUNT, VERSION, Table

LAYOUT = 1  # of our own tables; schema/clickhouse/ has a file for each step
MOST_MEMORY = 4 << 30  # bytes a question: a careless GROUP BY took 4.8 GB
MEMORY_LIMIT_EXCEEDED = 241  # ClickHouse's number for it
LET_IN_NOBODY = frozenset({192, 193, 194, 516})  # unknown user, wrong or missing password, failed authentication
CONNECT_TIMEOUT_S = 10
ANSWER_TIMEOUT_S = 120

# They log every connection that fails, whole addresses with what was asked, before the error is raised of which our
# sentence is made.
for _name in ("clickhouse_connect", "urllib3.connectionpool"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

_DIALECT = ClickHouseDialect()
_OWN_COLUMNS = {
    ACCOUNT: "String",
    TWILIO_ACCOUNT: "LowCardinality(String)",
    KEY: "String",
    CREATED: "DateTime64(6, 'UTC')",
    RECORD: "String CODEC(ZSTD)",
    VERSION: "Int64",
}
_DURABLE = "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"  # by default no write is ever fsynced
_WRITING = {
    "async_insert": 0,  # an acknowledged row is on disk, not in a buffer
    "max_partitions_per_insert_block": 0,  # a page of daily usage may touch many months
}
_TIME = "DateTime64(6, 'UTC')"
_LINES = {
    "resources": {"name": "String", "definition": "String", "version": "Int64"},
    "coverage": {
        "account": "String",
        "resource": "LowCardinality(String)",
        "twilio_account": "String",
        "from_at": _TIME,
        "until_at": _TIME,
    },
    "cursors": {"account": "String", "name": "String", "sequence": "Int64", "version": "Int64"},
}
# A sync that looks every quarter of an hour writes 35,000 lines a year: they are merged where they are. A line begins
# an island when it begins after all before it have ended.
_HELD = """
SELECT twilio_account, min(from_at), max(until_at)
FROM (
    SELECT twilio_account, from_at, until_at,
        sum(begins) OVER (PARTITION BY twilio_account ORDER BY from_at, until_at) AS island
    FROM (
        SELECT twilio_account, from_at, until_at, from_at > max(until_at) OVER (
            PARTITION BY twilio_account ORDER BY from_at, until_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS begins
        FROM coverage
        WHERE account = {p1:String} AND resource = {p2:String}
    )
)
GROUP BY twilio_account, island
"""
# A key never moves to another month (its creation time does not change), so months need not be compared.
_READING = {"do_not_merge_across_partitions_select_final": 1, "max_memory_usage": MOST_MEMORY}


class ClickHouseStore(Engine):
    """`url`: clickhouse://user:password@host:port/database (clickhouses:// for TLS); the database is made if missing.

    Raises StoreUnreachable when no server answers there, StoreError when it does not let us in.
    """

    dialect = _DIALECT

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = _Url(url)
        self._idle: list[Client] = []
        self._lock = threading.Lock()
        self._version = 0
        self._make_database()
        self._migrate()
        lines = self._fetch(Composed("SELECT definition FROM resources FINAL", []))
        self._load_tables(line[0] for line in lines)

    def prepare(self, resources: Sequence[Resource]) -> None:
        tables = [Table(resource) for resource in resources]
        with self._client() as client:
            for table in tables:
                _widen(client, table)
                definition = msgspec.json.encode(table.resource).decode()
                _add_line(client, "resources", [table.resource.name, definition, self._next_version()])
        self._add_tables(tables)

    def put(self, batch: Batch) -> None:
        table = self._table(batch.resource)
        tuples = table.tuples(batch, self._next_version(), zoned=True)
        held = checked(batch.held) if batch.held else None
        with self._client() as client:
            # The order matters: whoever dies in between may have rows that are not held, never the other way round.
            if tuples:
                self._insert(client, table, tuples)
            if held:
                line = [batch.account, batch.resource, batch.twilio_account, held.from_, held.until]
                _add_line(client, "coverage", line)
            if batch.cursor:
                _add_line(client, "cursors", [batch.account, *batch.cursor, self._next_version()])

    def held(self, account: str, resource: str, twilio_account: str | None = None) -> list[Held]:
        lines = self._fetch(Composed(_HELD, [account, resource]))
        spans = [(line[0], Span(_aware(line[1]), _aware(line[2]))) for line in lines]
        return merged_held(span for span in spans if twilio_account in (None, span[0]))

    def cursor(self, account: str, name: str) -> int:
        sql = "SELECT sequence FROM cursors FINAL WHERE account = {p1:String} AND name = {p2:String}"
        lines = self._fetch(Composed(sql, [account, name]))
        return int(lines[0][0]) if lines else 0

    def forget(self, account: str) -> None:
        owners = [("coverage", "account"), ("cursors", "account")]
        owners += [(table.name, ACCOUNT) for table in self._tables.values()]
        with self._client() as client:
            for name, owner in owners:
                table, where = _DIALECT.quote(name), f"WHERE {owner} = {{p1:String}}"
                # A deletion rewrites each part, which takes seconds even where there is nothing to delete.
                if client.query(f"SELECT 1 FROM {table} {where} LIMIT 1", {"p1": account}).result_rows:
                    # 2: waits until it is done, on every replica.
                    sql = f"ALTER TABLE {table} DELETE {where}"
                    client.command(sql, parameters={"p1": account}, settings={"mutations_sync": 2})

    def backup(self, path: str) -> None:
        raise StoreError("ClickHouse has its own tools for copies: see BACKUP in its manual.")

    def close(self) -> None:
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def _insert(self, client: Client, table: Table, tuples: Sequence[tuple[Any, ...]]) -> None:
        types = [_OWN_COLUMNS.get(name) or _type_of(table.fields[name]) for name in table.columns]
        client.insert(
            table.name,
            list(zip(*tuples, strict=True)),
            table.columns,
            column_type_names=[name.removesuffix(" CODEC(ZSTD)") for name in types],
            column_oriented=True,
            settings=_WRITING,
        )

    def _fetch(self, composed: Composed) -> Sequence[Sequence[Any]]:
        parameters = {f"p{place + 1}": _DIALECT.bound(value) for place, value in enumerate(composed.parameters)}
        with self._client() as client:
            return client.query(composed.sql, parameters=parameters, settings=_READING).result_rows

    @contextlib.contextmanager
    def _client(self) -> Iterator[Client]:
        """A client for this one use: a client serves one question at a time."""
        with _as_store_error(self._url):
            with self._lock:
                client = self._idle.pop() if self._idle else None
            client = client or self._url.connect(self._url.database)
            try:
                yield client
            finally:
                with self._lock:
                    self._idle.append(client)

    def _next_version(self) -> int:
        """Microseconds since 1970, and more than the last: of two writes of a record the later one stays."""
        with self._lock:
            self._version = max(self._version + 1, time.time_ns() // 1000)
            return self._version

    def _make_database(self) -> None:
        with _as_store_error(self._url), contextlib.closing(self._url.connect(None)) as client:
            client.command(f"CREATE DATABASE IF NOT EXISTS {_DIALECT.quote(self._url.database)}")

    def _migrate(self) -> None:
        with self._client() as client:
            client.command("CREATE TABLE IF NOT EXISTS layout (version Int32) ENGINE = MergeTree ORDER BY version")
            found = int(client.query("SELECT max(version) FROM layout").result_rows[0][0])
            if found > LAYOUT:
                raise DataFolderError(f"{self._url.database} was written by a newer program: install that version.")
            for version in range(found + 1, LAYOUT + 1):
                for statement in statements("clickhouse", version):
                    client.command(statement)
                client.insert("layout", [[version]], ["version"], settings=_WRITING)


class _Url:
    """The parts of the address. The password is never in a text."""

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise StoreError("The address of ClickHouse has a port that is not a number.") from error
        if parts.scheme not in ("clickhouse", "clickhouses") or not parts.hostname:
            raise StoreError("The address of ClickHouse must look like clickhouse://user:password@host:port/database.")
        self.secure = parts.scheme == "clickhouses"
        self.host = parts.hostname
        self.port = port or (8443 if self.secure else 8123)
        self.user = unquote(parts.username or "default")
        self.password = unquote(parts.password or "")
        self.database = unquote(parts.path.strip("/")) or "dialboard"

    def connect(self, database: str | None) -> Client:
        return clickhouse_connect.get_client(
            host=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            database=database or "default",
            secure=self.secure,
            autogenerate_session_id=False,
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=ANSWER_TIMEOUT_S,
        )


@contextlib.contextmanager
def _as_store_error(url: _Url) -> Iterator[None]:
    try:
        yield
    except ClickHouseError as error:
        code = getattr(error, "code", None)
        if code == MEMORY_LIMIT_EXCEEDED:
            raise StoreError("The question needs more memory than one may take: ask a shorter span.") from error
        if code in LET_IN_NOBODY:
            raise StoreError(
                f"ClickHouse at {url.host}:{url.port} does not know the user {url.user!r} with this password: correct"
                " DIALBOARD_STORE_URL."
            ) from error
        if isinstance(error, DatabaseError) and code is not None:
            raise StoreError(f"The metric store could not do it: {_said(error)}") from error
        raise StoreUnreachable(
            f"No ClickHouse answers at {url.host}:{url.port} ({_reason(error)}): see to the server, or correct"
            " DIALBOARD_STORE_URL."
        ) from error


def _said(error: BaseException) -> str:
    return first_line(error) or type(error).__name__


def _reason(error: BaseException) -> str:
    """What the network said first: the driver wraps it several times."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and inner.strerror:
            return inner.strerror
        # urllib3 keeps the cause as `reason` where it raises from nothing.
        cause = getattr(inner, "reason", None)
        inner = cause if isinstance(cause, BaseException) else inner.__cause__ or inner.__context__
    return _said(error)


def _aware(at: Any) -> Any:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _add_line(client: Client, table: str, line: list[Any]) -> None:
    # With the types told, the client need not ask the server for them before each insert.
    columns = _LINES[table]
    client.insert(table, [line], list(columns), column_type_names=list(columns.values()), settings=_WRITING)


# Tables


def _type_of(field: Field) -> str:
    return _DIALECT.type_of(field.kind, field.dimension)


def _widen(client: Client, table: Table) -> None:
    """Makes the table, or adds the columns of new fields; a field that left keeps its column."""
    name = _DIALECT.quote(table.name)
    wanted = _OWN_COLUMNS | {field.name: _type_of(field) for field in table.fields.values()}
    columns = [f"{_DIALECT.quote(column)} {wanted[column]}" for column in table.columns]
    client.command(
        f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(columns)}) "
        f"ENGINE = ReplacingMergeTree({VERSION}) PARTITION BY toYYYYMM({CREATED}) "
        f"ORDER BY ({ACCOUNT}, {CREATED}, {TWILIO_ACCOUNT}, {KEY}) {_DURABLE}"
    )
    present = {line[0]: line[1] for line in client.query(f"DESCRIBE TABLE {name}").result_rows}
    for field in table.fields.values():
        if field.name not in present:
            client.command(
                f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS {_DIALECT.quote(field.name)} {_type_of(field)}"
            )
        else:
            check_type(
                table, field, present[field.name], {_DIALECT.type_of(field.kind, each) for each in (True, False)}
            )
