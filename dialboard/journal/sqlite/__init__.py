"""The embedded journal: one SQLite file, one writing process, any number that read."""

from dialboard.journal.sqlite.committer import SqliteJournal
from dialboard.journal.sqlite.file import backup, migrate
from dialboard.journal.sqlite.reader import SqliteReader

__all__ = ["SqliteJournal", "SqliteReader", "backup", "migrate"]
