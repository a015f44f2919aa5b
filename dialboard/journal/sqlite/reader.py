"""The reading side of the SQLite file."""

import sqlite3
import threading
from collections.abc import Sequence
from datetime import datetime

from dialboard.errors import JournalUnavailable
from dialboard.journal.body import entry, micros
from dialboard.journal.door import Balance, Entry
from dialboard.journal.sqlite.file import connect_to_read


class SqliteReader:
    """Threads may share it: one question at a time. A number is visible only after its commit and there is one writer,
    so whatever is seen has nothing missing below it."""

    def __init__(self, path: str) -> None:
        self._connection = connect_to_read(path)
        self._lock = threading.Lock()

    def read(self, after: int, limit: int) -> list[Entry]:
        rows = self._rows(
            "SELECT sequence, body FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?", (after, limit)
        )
        return [entry(*row) for row in rows]

    def last(self) -> int:
        return int(self._rows("SELECT coalesce(max(sequence), 0) FROM events", ())[0][0])

    def latest(self, account: str, limit: int | None = None, before: int | None = None) -> list[Entry]:
        rows = self._rows(
            "SELECT sequence, body FROM events WHERE account = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?",
            (account, _HIGHEST if before is None else before, -1 if limit is None else limit),
        )
        return [entry(*row) for row in rows]

    def find(self, account: str, event_id: str) -> Entry | None:
        rows = self._rows(
            "SELECT sequence, body FROM events WHERE account = ?1 AND key = ?2 AND id = ?2 "
            "UNION ALL SELECT sequence, body FROM events WHERE id = ?2 AND id <> key AND account = ?1",
            (account, event_id),
        )
        return entry(*rows[0]) if rows else None

    def balance(self, account: str) -> Balance:
        rows = self._rows("SELECT tokens, unmetered, granted, debited FROM balances WHERE account = ?", (account,))
        if not rows:
            return Balance(0, False, 0, 0)
        tokens, unmetered, granted, debited = rows[0]
        return Balance(tokens, bool(unmetered), granted, debited)

    def is_granted(self, grant_id: str) -> bool:
        return bool(self._rows("SELECT 1 FROM grants WHERE id = ?", (grant_id,)))

    def count(self, account: str, since: datetime | None = None) -> int:
        sql, values = "SELECT count(*) FROM events WHERE account = ?", [account]
        if since is None:
            return int(self._rows(sql, values)[0][0])
        return int(self._rows(sql + " AND received_at >= ?", [*values, micros(since)])[0][0])

    def close(self) -> None:
        self._connection.close()

    def _rows(self, sql: str, values: Sequence[object]) -> list[tuple]:  # type: ignore[type-arg]
        try:
            with self._lock:
                return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise JournalUnavailable(f"The journal cannot be read: {error}.") from error


_HIGHEST = 2**63 - 1
