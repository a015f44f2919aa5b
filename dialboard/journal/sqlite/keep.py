"""What a transaction of the committer does: keep events and debit them, apply a grant, forget an account."""

import sqlite3
import time
from collections.abc import Sequence

from msgspec import Struct

from dialboard.journal.body import encode, micros
from dialboard.shapes.event import Event, Grant, Kept, NoTokens, Receipt, Repeat

FORGET_AT_ONCE = 2_000  # events a transaction, so that senders do not wait long behind it

_COLUMNS = 6
# Rows of one INSERT. Each step of a statement hands the interpreter over to another thread and waits to get it back,
# so a batch of 37 in three statements (16 + 16 + 4 + 1) is much cheaper than in 37.
_ROWS = (64, 16, 4, 1)
_INSERTS = {
    rows: "INSERT INTO events (sequence, account, key, id, received_at, body) VALUES "
    + ", ".join(["(?, ?, ?, ?, ?, ?)"] * rows)
    for rows in _ROWS
}
_NO_TOKENS = NoTokens()


class _Purse(Struct):
    """What an account can still spend in this transaction, and has spent."""

    left: float  # infinity when unmetered
    spent: int = 0


def keep(connection: sqlite3.Connection, events: Sequence[Event], look_up: bool) -> list[Receipt]:
    """One receipt an event, in order: earlier requests get the last tokens.

    `look_up` False trusts that an event whose key is its own id is new; when it is not, the insert raises
    IntegrityError and the transaction has to be done again with True.
    """
    number = first = _next_number(connection)
    purses: dict[str, _Purse] = {}
    kept: dict[tuple[str, str], int] = {}
    receipts: list[Receipt] = []
    values: list[object] = []
    for event in events:
        account, key = event.account, event.key
        before = kept.get((account, key))
        if before is None and (look_up or key != event.id):
            before = _find(connection, account, key)
        if before is not None:
            receipts.append(Repeat(before))
            continue
        purse = purses.get(account)
        if purse is None:
            purse = purses[account] = _read_purse(connection, account)
        if purse.spent >= purse.left:
            receipts.append(_NO_TOKENS)
            continue
        purse.spent += 1
        kept[account, key] = number
        receipts.append(Kept(number))
        values += (number, account, key, event.id, micros(event.received_at), encode(event))
        number += 1
    if number > first:
        _insert(connection, values)
        _debit(connection, purses)
    return receipts


def _next_number(connection: sqlite3.Connection) -> int:
    """AUTOINCREMENT's own memory: it is higher than every number ever used, deleted ones included."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return found[0] + 1 if found else 1


def _find(connection: sqlite3.Connection, account: str, key: str) -> int | None:
    found = connection.execute("SELECT sequence FROM events WHERE account = ? AND key = ?", (account, key)).fetchone()
    return found[0] if found else None


def _read_purse(connection: sqlite3.Connection, account: str) -> _Purse:
    found = connection.execute("SELECT tokens, unmetered FROM balances WHERE account = ?", (account,)).fetchone()
    if found is None:
        return _Purse(0)
    return _Purse(float("inf") if found[1] else found[0])


def _insert(connection: sqlite3.Connection, values: list[object]) -> None:
    at = 0
    for rows in _ROWS:
        size = rows * _COLUMNS
        while len(values) - at >= size:
            connection.execute(_INSERTS[rows], values[at : at + size])
            at += size


def _debit(connection: sqlite3.Connection, purses: dict[str, _Purse]) -> None:
    """Once an account; the table's CHECK refuses a balance below zero whatever we counted."""
    for account, purse in purses.items():
        if purse.spent:
            connection.execute(
                "UPDATE balances SET tokens = tokens - ?1, debited = debited + ?1 WHERE account = ?2",
                (purse.spent, account),
            )


def apply(connection: sqlite3.Connection, grant: Grant) -> None:
    """Adds the grant's tokens; does nothing when a grant of that id was applied before."""
    added = connection.execute(
        "INSERT INTO grants (id, account, tokens, applied_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (grant.id, grant.account, grant.tokens, time.time_ns() // 1_000),
    )
    if added.rowcount:
        connection.execute(
            "INSERT INTO balances (account, tokens, granted, debited, unmetered) VALUES (?1, ?2, ?2, 0, ?3) "
            "ON CONFLICT DO UPDATE SET tokens = tokens + ?2, granted = granted + ?2, unmetered = max(unmetered, ?3)",
            (grant.account, grant.tokens or 0, grant.tokens is None),
        )


def forget_some(connection: sqlite3.Connection, account: str) -> bool:
    """Whether something of the account is left. Its balance goes first, so that nothing new is kept meanwhile."""
    connection.execute("DELETE FROM balances WHERE account = ?", (account,))
    connection.execute("DELETE FROM grants WHERE account = ?", (account,))
    gone = connection.execute(
        "DELETE FROM events WHERE sequence IN (SELECT sequence FROM events WHERE account = ? LIMIT ?)",
        (account, FORGET_AT_ONCE),
    )
    return gone.rowcount == FORGET_AT_ONCE
