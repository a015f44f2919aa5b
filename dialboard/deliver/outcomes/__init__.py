"""The record of deliveries: deliveries.db on SQLite, or a PostgreSQL database.

A row is one event for one destination. `next_try_at` is set while something is still to be done; then only the
delivering process touches the row, which is the one that called `claim`. Other processes read, ask for a replay or
forget an account, all in short transactions.

Durability: every commit is fsynced, on SQLite too (WAL, synchronous FULL). With NORMAL a power loss could take back
"delivered", and the event would be counted a second time at the destination. Writes are grouped (see ledger.py), so
this costs a handful of fsyncs for hundreds of deliveries.
"""

from contextlib import closing
from pathlib import Path

from dialboard.deliver.outcomes.engine import Database
from dialboard.deliver.outcomes.writing import Outcomes
from dialboard.deliver.statements import New, Result

__all__ = ["New", "Outcomes", "Result", "migrate", "open_outcomes"]


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


def _connect(where: str, *, read_only: bool = False, create: bool = False) -> Database:
    if where.startswith(("postgresql://", "postgres://")):
        from dialboard.deliver.outcomes.postgres import Postgres

        return Postgres(where, read_only=read_only)
    from dialboard.deliver.outcomes.sqlite import Sqlite

    return Sqlite(Path(where), read_only=read_only, create=create)
