"""The committer thread when things go wrong: the disk is full, the queue is full, somebody reads for long."""

import asyncio
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from dialboard.errors import JournalUnavailable
from dialboard.journal import migrate, open_journal, open_reader
from dialboard.journal.sqlite import committer
from dialboard.journal.sqlite.committer import SqliteJournal
from dialboard.shapes.event import Kept, NoTokens
from tests.journal.conftest import ALICE, BOB, event, grant


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "events.db")


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    """No file of this process is written beyond `limit` bytes; the kernel then fails the write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def until(condition: object) -> None:
    async with asyncio.timeout(10):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.01)


def test_a_full_disk_refuses_events_and_recovers_by_itself(path: str, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        journal = await open_journal(path)
        await journal.grant(grant(100_000))
        kept = [await journal.append(event()) for _ in range(3)]
        with full_disk(4096):
            outcomes = await asyncio.gather(*(journal.append(event()) for _ in range(50)), return_exceptions=True)
            assert all(isinstance(outcome, JournalUnavailable) for outcome in outcomes)
            assert not journal.can_append()
            with pytest.raises(JournalUnavailable):
                await journal.append(event())
        await until(journal.can_append)  # nobody sent anything meanwhile
        kept.append(await journal.append(event()))
        assert all(isinstance(receipt, Kept) for receipt in kept)
        await journal.close()

    asyncio.run(story())
    reader = open_reader(path)
    assert reader.count(ALICE) == reader.balance(ALICE).debited == 4
    reader.close()
    assert "journal cannot write" in caplog.text and caplog.text.count("journal cannot write") == 1


def test_a_full_queue_refuses_at_once_and_takes_events_again_later(path: str) -> None:
    async def story() -> None:
        migrate(path)
        journal = await SqliteJournal.open(path, queue_limit=10)
        await journal.grant(grant(None))
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # holds the committer up, as a slow disk does
            first = asyncio.ensure_future(journal.append(event()))
            await asyncio.sleep(0)
            await until(lambda: not journal._waiting)
            waiting = [asyncio.ensure_future(journal.append(event())) for _ in range(10)]
            await asyncio.sleep(0)
            assert not journal.can_append()
            with pytest.raises(JournalUnavailable, match="Too many events"):
                await journal.append(event())
            other.execute("ROLLBACK")
        assert all(isinstance(receipt, Kept) for receipt in await asyncio.gather(first, *waiting))
        assert journal.can_append()
        await journal.close()

    asyncio.run(story())


def test_a_long_read_does_not_hold_the_committer_up(path: str) -> None:
    async def story() -> None:
        journal = await open_journal(path)
        await journal.grant(grant(None))
        await journal.append(event())
        with closing(sqlite3.connect(path, isolation_level=None)) as reading:
            reading.execute("BEGIN")
            assert reading.execute("SELECT count(*) FROM events").fetchone() == (1,)
            async with asyncio.timeout(5):
                await asyncio.gather(*(journal.append(event()) for _ in range(100)))
            assert reading.execute("SELECT count(*) FROM events").fetchone() == (1,)
        await journal.close()

    asyncio.run(story())


def test_a_mistake_of_ours_fails_one_batch_and_not_the_thread(
    path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    async def story() -> None:
        journal = await open_journal(path)
        await journal.grant(grant(None))
        with monkeypatch.context() as patched:
            patched.setattr(committer, "keep", broken)
            with pytest.raises(JournalUnavailable):
                await journal.append(event())
        assert isinstance(await journal.append(event()), Kept)
        await journal.close()

    asyncio.run(story())
    assert "journal batch failed" in caplog.text


def test_a_loop_that_ended_before_its_journal_leaves_the_events_there(path: str) -> None:
    async def story() -> SqliteJournal:
        journal = await SqliteJournal.open(path)
        await journal.grant(grant(None))
        asyncio.ensure_future(journal.append(event())).add_done_callback(lambda future: future.cancelled())
        await asyncio.sleep(0)
        return journal

    migrate(path)
    journal = asyncio.run(story())
    asyncio.run(journal.close())
    reader = open_reader(path)
    assert reader.count(ALICE) == 1
    reader.close()


def test_what_another_program_writes_into_the_file_makes_no_event_free_or_lost(path: str) -> None:
    """Nobody should; the committer remembers balances and numbers, and the tables tell it when that is wrong."""

    async def story() -> None:
        journal = await open_journal(path)
        await journal.grant(grant(10))
        assert await journal.append(event()) == Kept(1)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("INSERT INTO events VALUES (2, ?, 'key', 'evt_other', 0, x'')", (ALICE,))
            assert await journal.append(event()) == Kept(3)
            other.execute("UPDATE balances SET tokens = 1, granted = debited + 1")
            answers = await asyncio.gather(*(journal.append(event()) for _ in range(3)))
            assert answers == [Kept(4), NoTokens(), NoTokens()]
            assert other.execute("SELECT tokens, debited FROM balances").fetchone() == (0, 4)
            other.execute("DELETE FROM balances")
            await journal.grant(grant(5, account=BOB))
            assert await journal.append(event()) == NoTokens()
        await journal.close()

    asyncio.run(story())
