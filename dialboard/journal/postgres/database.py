"""How the database is reached and migrated."""

import psycopg
from psycopg.conninfo import conninfo_to_dict

from dialboard.errors import JournalUnavailable, first_line
from dialboard.journal.schema import scripts_after

CONNECT_TIMEOUT_S = 5
_MIGRATION_LOCK = 7046029254386353130  # any number, as long as nobody else takes it


def migrate(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            _migrate(connection)
    except psycopg.Error as error:
        raise away(error) from error


def _migrate(connection: psycopg.Connection) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_MIGRATION_LOCK])
    connection.execute("CREATE SCHEMA IF NOT EXISTS journal")
    connection.execute("CREATE TABLE IF NOT EXISTS journal.migrations (version int PRIMARY KEY)")
    found = connection.execute("SELECT coalesce(max(version), 0) FROM journal.migrations").fetchone()
    for script in scripts_after(found[0] if found else 0, "postgres"):
        connection.execute(script.sql.encode())
        connection.execute("INSERT INTO journal.migrations VALUES (%s)", [script.number])


def is_local(url: str) -> bool:
    """Whether the server, or one of several, is this machine. False of an address that cannot be used."""
    try:
        hosts = str(conninfo_to_dict(url).get("host") or "").split(",")
    except psycopg.Error:
        return False
    # A path, or nothing, is that of a socket; "@" begins one without a file.
    return any(host in ("", "localhost", "::1") or host.startswith(("/", "@", "127.")) for host in hosts)


def away(error: BaseException) -> JournalUnavailable:
    """The sentence for people. The driver's text may hold the address, but never the password."""
    reason = " ".join(first_line(error).removeprefix("connection failed: ").split()) or type(error).__name__
    return JournalUnavailable(
        f"The journal's PostgreSQL does not answer ({reason}): see to the server, or correct DIALBOARD_JOURNAL_URL."
    )
