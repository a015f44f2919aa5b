"""Where events are durable before the sender hears "OK": a log with sequence numbers, and the balances.

`where` is the path of an SQLite file (embedded: one writing process) or a postgresql:// address (several may write).
"""

from dialboard.errors import UsageError
from dialboard.journal import sqlite
from dialboard.journal.door import Balance, Entry, Journal, Reader

__all__ = ["Balance", "Entry", "Journal", "Reader", "backup", "has_neighbour", "migrate", "open_journal", "open_reader"]


async def open_journal(where: str) -> Journal:
    """The writing side, migrated, ready to append. Raises JournalUnavailable when it cannot be opened and
    DataFolderError when a newer Dialboard has written it."""
    migrate(where)
    if _is_postgres(where):
        from dialboard.journal import postgres  # its two drivers take 0.1 s and 10 MB, and most installations need none

        return await postgres.PostgresJournal.open(where)
    return await sqlite.SqliteJournal.open(where)


def open_reader(where: str) -> Reader:
    """The reading side of a migrated journal; it never blocks the writer and may be shared by threads."""
    if _is_postgres(where):
        from dialboard.journal import postgres

        return postgres.PostgresReader(where)
    return sqlite.SqliteReader(where)


def migrate(where: str) -> None:
    """Makes the journal or brings it up to this program's schema. Idempotent, and quick when there is nothing to do."""
    if not _is_postgres(where):
        sqlite.migrate(where)
        return
    from dialboard.journal import postgres

    postgres.migrate(where)


def backup(where: str, to: str) -> None:
    """Writes a consistent copy to the new file `to`, while the journal is written. Embedded journal only."""
    if _is_postgres(where):
        raise UsageError("The journal is on PostgreSQL: back it up with pg_dump.")
    sqlite.backup(where, to)


def has_neighbour(where: str) -> bool:
    """Whether it is kept by a server that shares this machine with us, as far as the address tells."""
    if not _is_postgres(where):
        return False
    from dialboard.journal import postgres

    return postgres.is_local(where)


def _is_postgres(where: str) -> bool:
    return where.startswith(("postgresql://", "postgres://"))
