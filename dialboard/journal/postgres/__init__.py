"""The journal at scale: PostgreSQL, several writing processes."""

from dialboard.journal.postgres.database import is_local, migrate
from dialboard.journal.postgres.reader import PostgresReader
from dialboard.journal.postgres.writer import PostgresJournal

__all__ = ["PostgresJournal", "PostgresReader", "is_local", "migrate"]
