"""What the committer writes: events, which debit their accounts, grants, and the end of an account."""

import sqlite3
import time
from collections.abc import Sequence
from functools import cache

from msgspec import Struct

from dialboard.journal.body import encode, micros
from dialboard.journal.sqlite.file import in_transaction
from dialboard.shapes.event import Event, Grant, Kept, NoTokens, Receipt, Repeat

FORGET_AT_ONCE = 2_000  # events a transaction, so that senders do not wait long behind it

_COLUMNS = 6
_ROWS = 64  # at most in one INSERT
_NO_TOKENS = NoTokens()


class Ledger(Struct):
    """What the next transaction need not read again, for nobody else writes the file. A mistaken one does no harm: the
    constraints of the tables refuse the transaction then, and it is done again with an empty one."""

    next_number: int = 0  # 0: not known
    left: dict[str, float] = {}  # tokens by account; infinity when unmetered


def keep(connection: sqlite3.Connection, events: Sequence[Event], ledger: Ledger, look_up: bool) -> list[Receipt]:
    """One receipt an event, in order: earlier requests get the last tokens. All or nothing is written, in a transaction
    of its own where none is open; when it raises, the ledger is void.

    `look_up` False trusts that an event whose key is its own id is new; when it is not, the insert raises
    IntegrityError and it has to be done again with True.
    """
    number = first = ledger.next_number or _next_number(connection)
    kept: dict[tuple[str, str], int] = {}
    receipts: list[Receipt] = []
    values: list[object] = []
    for event in events:
        account, key = event.account, event.key
        is_looked_up = look_up or key != event.id
        before = (kept.get((account, key)) or _find(connection, account, key)) if is_looked_up else None
        if before is not None:
            receipts.append(Repeat(before))
        elif not _spend(connection, ledger, account):
            receipts.append(_NO_TOKENS)
        else:
            if is_looked_up:
                kept[account, key] = number
            receipts.append(Kept(number))
            values += (number, account, key, event.id, micros(event.received_at), encode(event))
            number += 1
    if number > first:
        _insert(connection, values)
    ledger.next_number = number
    return receipts


def _next_number(connection: sqlite3.Connection) -> int:
    """AUTOINCREMENT's own memory: it is higher than every number ever used, deleted ones included."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return found[0] + 1 if found else 1


def _find(connection: sqlite3.Connection, account: str, key: str) -> int | None:
    found = connection.execute("SELECT sequence FROM events WHERE account = ? AND key = ?", (account, key)).fetchone()
    return found[0] if found else None


def _spend(connection: sqlite3.Connection, ledger: Ledger, account: str) -> bool:
    """False when no token is left."""
    left = ledger.left.get(account)
    if left is None:
        left = _read_left(connection, account)
    ledger.left[account] = left - 1 if left >= 1 else left
    return left >= 1


def _read_left(connection: sqlite3.Connection, account: str) -> float:
    found = connection.execute("SELECT tokens, unmetered FROM balances WHERE account = ?", (account,)).fetchone()
    if found is None:
        return 0
    return float("inf") if found[1] else int(found[0])


@cache
def _insert_of(rows: int) -> str:
    return "INSERT INTO events (sequence, account, key, id, received_at, body) VALUES " + ", ".join(
        ["(?, ?, ?, ?, ?, ?)"] * rows
    )


def _insert(connection: sqlite3.Connection, values: list[object]) -> None:
    """In as few statements as can be: each step of one hands the interpreter over to another thread and waits to get it
    back. One alone is a transaction by itself. SQLite's own cache of statements holds the 64 sizes."""
    size = _ROWS * _COLUMNS
    if len(values) > size and not connection.in_transaction:
        return in_transaction(connection, lambda: _insert(connection, values))
    for at in range(0, len(values), size):
        part = values[at : at + size]
        connection.execute(_insert_of(len(part) // _COLUMNS), part)


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
