"""The reading side on PostgreSQL."""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg

from dialboard.journal.body import entry
from dialboard.journal.door import Balance, Entry
from dialboard.journal.postgres.database import CONNECT_TIMEOUT_S, away

# A lower number may commit after a higher one. Rows of transactions below the oldest one that is still open have
# nothing missing below them (see journal.append for why); the others come with a later read. That oldest transaction
# may be anybody's on this server, so a transaction left open for hours holds deliveries up for hours.
_SETTLED = "written_by < pg_snapshot_xmin(pg_current_snapshot())"


class PostgresReader:
    """Threads may share it: one question at a time. Connects again after the server was away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def read(self, after: int, limit: int) -> list[Entry]:
        rows = self._rows(
            f"SELECT sequence, body FROM journal.events WHERE sequence > %s AND {_SETTLED} ORDER BY sequence LIMIT %s",
            (after, limit),
        )
        return [entry(*row) for row in rows]

    def last(self) -> int:
        return int(self._rows("SELECT coalesce(max(sequence), 0) FROM journal.events", ())[0][0])

    def latest(self, account: str, limit: int | None = None, before: int | None = None) -> list[Entry]:
        rows = self._rows(
            "SELECT sequence, body FROM journal.events WHERE account = %s AND sequence < %s "
            "ORDER BY sequence DESC LIMIT %s",
            (account, _HIGHEST if before is None else before, limit),
        )
        return [entry(*row) for row in rows]

    def find(self, account: str, event_id: str) -> Entry | None:
        rows = self._rows(
            "SELECT sequence, body FROM journal.events WHERE account = %(account)s AND key = %(id)s AND id = %(id)s "
            "UNION ALL SELECT sequence, body FROM journal.events "
            "WHERE id = %(id)s AND id <> key AND account = %(account)s",
            {"account": account, "id": event_id},
        )
        return entry(*rows[0]) if rows else None

    def balance(self, account: str) -> Balance:
        rows = self._rows(
            "SELECT tokens, unmetered, granted, debited FROM journal.balances WHERE account = %s", (account,)
        )
        return Balance(*rows[0]) if rows else Balance(0, False, 0, 0)

    def is_granted(self, grant_id: str) -> bool:
        return bool(self._rows("SELECT 1 FROM journal.grants WHERE id = %s", (grant_id,)))

    def count(self, account: str, since: datetime | None = None) -> int:
        rows = self._rows(
            "SELECT count(*) FROM journal.events "
            "WHERE account = %s AND received_at >= coalesce(%s::timestamptz, '-infinity')",
            (account, since),
        )
        return int(rows[0][0])

    def close(self) -> None:
        with self._lock:
            self._hang_up()

    def _rows(self, sql: str, values: Sequence[object] | dict[str, object]) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._asked(sql, values)
            except psycopg.OperationalError as error:
                self._hang_up()
                raise away(error) from error

    def _asked(self, sql: str, values: Sequence[object] | dict[str, object]) -> list[tuple[Any, ...]]:
        """A connection that ended since the last question, by a restart of the server, is only noticed by asking."""
        is_old = self._connection is not None
        try:
            return self._connected().execute(sql.encode(), values).fetchall()
        except psycopg.OperationalError:
            if not is_old:
                raise
            self._hang_up()
            return self._connected().execute(sql.encode(), values).fetchall()

    def _connected(self) -> "psycopg.Connection[tuple[Any, ...]]":
        if self._connection is None or self._connection.closed:
            # A machine that vanishes says nothing: by itself the kernel waits two hours before it asks after it.
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_S,
                keepalives_idle=20,
                keepalives_interval=5,
                keepalives_count=3,
            )
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


_HIGHEST = 2**63 - 1
