"""The reading side of the record: any number, in any process."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from dialboard.deliver.outcomes.engine import Database
from dialboard.deliver.statements import COLUMNS, FORGOTTEN, OPEN, delivery, micros
from dialboard.shapes.delivery import Delivery, State


class Reading:
    """Safe to share between threads: one statement or transaction at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cursor(self, name: str) -> int:
        """How far that consumer has read the journal; 0 at first."""
        found = self._database.query("SELECT sequence FROM cursors WHERE name = ?", (name,))
        return int(found[0][0]) if found else 0

    def due(self, destination: str, now: datetime, limit: int) -> list[Delivery]:
        """What is to be sent now and is not being sent, longest due first."""
        sql = f"SELECT {COLUMNS} FROM deliveries WHERE destination = ? AND {OPEN} AND next_try_at <= ? "
        return self._deliveries(sql + "ORDER BY next_try_at, sequence LIMIT ?", (destination, micros(now), limit))

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

    def destinations(self) -> Iterator[str]:
        """Every destination that has a delivery, removed ones too. One step in the index for each, however many
        deliveries there are."""
        name = ""
        while found := self._database.query("SELECT min(destination) FROM deliveries WHERE destination > ?", (name,)):
            name = found[0][0]
            if name is None:
                return
            yield str(name)

    def forgotten(self, destination: str) -> int:
        """Up to that number of the journal the record of the destination is not whole any more; 0 at first."""
        return self.cursor(FORGOTTEN + destination)

    def backup(self, path: str) -> None:
        """Writes a consistent copy to a new file (SQLite); DataFolderError on PostgreSQL, which has its own tools."""
        self._database.backup(path)

    def close(self) -> None:
        self._database.close()

    def _deliveries(self, sql: str, values: Sequence[Any]) -> list[Delivery]:
        return [delivery(row) for row in self._database.query(sql, values)]
