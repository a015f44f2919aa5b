"""The file of the embedded journal."""

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from dialboard.errors import DataFolderError, JournalUnavailable
from dialboard.journal import backup, migrate, open_journal, open_reader
from dialboard.journal.sqlite.file import connect
from tests.journal.conftest import ALICE, event, grant


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "events.db")


def test_every_commit_is_fsynced(path: str) -> None:
    migrate(path)
    with closing(connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_only_its_owner_may_read_it(path: str) -> None:
    migrate(path)
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


def test_a_file_of_a_newer_dialboard_is_refused(path: str) -> None:
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(DataFolderError, match="schema 99"):
        migrate(path)


def test_a_file_that_is_not_a_database_is_refused_with_a_sentence(path: str) -> None:
    Path(path).write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(JournalUnavailable, match=r"events\.db cannot be opened"):
        migrate(path)


def test_a_folder_that_is_not_there_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(JournalUnavailable, match="cannot be opened"):
        migrate(str(tmp_path / "none" / "events.db"))
    with pytest.raises(JournalUnavailable, match="cannot be opened"):
        open_reader(str(tmp_path / "none.db"))


def test_a_path_with_signs_that_mean_something_in_an_address_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "100% ?a=b #c"
    folder.mkdir()
    migrate(str(folder / "events.db"))
    open_reader(str(folder / "events.db")).close()
    assert [file.name for file in folder.iterdir()] == ["events.db"]


def test_a_reader_cannot_write(path: str) -> None:
    migrate(path)
    reader = open_reader(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM events")  # type: ignore[attr-defined]
    reader.close()


def test_the_balance_cannot_fall_below_zero_whoever_writes_it(path: str) -> None:
    migrate(path)
    with closing(connect(path)) as connection:
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("INSERT INTO balances VALUES ('acc_alice', -1, 0, 1, 0)")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("INSERT INTO balances VALUES ('acc_alice', 5, 4, 0, 0)")


def test_an_event_is_paid_for_whoever_writes_it(path: str) -> None:
    migrate(path)
    with closing(connect(path)) as connection:
        insert = "INSERT INTO events (account, key, id, received_at, body) VALUES ('acc_alice', ?1, ?1, 0, x'')"
        with pytest.raises(sqlite3.IntegrityError, match="no balance"):
            connection.execute(insert, ("evt_1",))
        connection.execute("INSERT INTO balances VALUES ('acc_alice', 1, 1, 0, 0)")
        connection.execute(insert, ("evt_1",))
        assert connection.execute("SELECT tokens, debited FROM balances").fetchone() == (0, 1)
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(insert, ("evt_2",))
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (1,)


def test_a_backup_while_events_arrive_is_a_whole_journal(path: str, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.db")

    async def story() -> None:
        journal = await open_journal(path)
        await journal.grant(grant(10_000))
        await asyncio.gather(*(journal.append(event()) for _ in range(500)))
        arriving = [asyncio.ensure_future(journal.append(event())) for _ in range(2_000)]
        await asyncio.to_thread(backup, path, copy)
        await asyncio.gather(*arriving)
        await journal.close()

    asyncio.run(story())
    reader = open_reader(copy)
    assert reader.count(ALICE) >= 500
    assert reader.balance(ALICE).debited == reader.count(ALICE) == len(reader.read(0, 10_000))
    reader.close()
    assert stat.S_IMODE(Path(copy).stat().st_mode) == 0o600
