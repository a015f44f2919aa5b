"""Several writers, a transaction that stays open, a server that goes away."""

import asyncio
import threading
from collections.abc import Callable

import psycopg
import pytest

from dialboard.errors import DataFolderError, JournalUnavailable
from dialboard.journal import Journal, migrate, open_journal, open_reader
from dialboard.journal.postgres import PostgresReader
from dialboard.shapes.event import Kept, NoTokens, Receipt, Repeat
from tests.journal.conftest import ALICE, BOB, event, grant
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.postgres

OPEN_APPEND = "SELECT (journal.append(%s, %s, %s, %s, %s))[1]"


def append_and_stay_open(url: str, account: str) -> tuple["psycopg.Connection[tuple[int]]", int]:
    """A writer in mid-transaction, and the number it has taken."""
    told = event(account)
    writer = psycopg.connect(url)
    values = [[told.account], [told.key], [told.id], [told.received_at], [b"never read"]]
    row = writer.execute(OPEN_APPEND, values).fetchone()
    assert row is not None
    return writer, row[0]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def test_a_reader_stops_before_the_oldest_open_writer(postgres_database: str) -> None:
    async def story() -> None:
        journal = await open_journal(postgres_database)
        reader = open_reader(postgres_database)
        await journal.grant(grant(None, ALICE))
        await journal.grant(grant(None, BOB))
        writer, lower = append_and_stay_open(postgres_database, BOB)
        higher = await journal.append(event(ALICE))
        assert isinstance(higher, Kept) and higher.sequence > lower
        assert reader.read(0, 10) == []  # the higher one is committed, the lower one is not
        assert reader.count(ALICE) == 1  # pages may show it
        writer.rollback()
        writer.close()
        assert [entry.sequence for entry in reader.read(0, 10)] == [higher.sequence]
        reader.close()
        await journal.close()

    asyncio.run(story())


def test_of_two_writers_the_one_with_the_lower_transaction_has_the_lower_numbers(postgres_database: str) -> None:
    """What the reader relies on: it sees transactions, and has to conclude on numbers."""
    migrate(postgres_database)

    async def write(url: str) -> None:
        journal = await open_journal(url)
        for _ in range(40):
            await asyncio.gather(*(journal.append(event(account)) for account in (ALICE, BOB)))
        await journal.close()

    async def story() -> None:
        journal = await open_journal(postgres_database)
        await journal.grant(grant(None, ALICE))
        await journal.grant(grant(None, BOB))
        await asyncio.gather(*(write(postgres_database) for _ in range(4)))
        await journal.close()

    asyncio.run(story())
    with psycopg.connect(postgres_database) as connection:
        rows = connection.execute("SELECT written_by::text::bigint FROM journal.events ORDER BY sequence").fetchall()
    transactions = [row[0] for row in rows]
    assert len(transactions) == 320 and transactions == sorted(transactions)


def test_several_writers_share_one_balance_and_one_set_of_keys(postgres_database: str) -> None:
    async def story() -> None:
        journals = [await open_journal(postgres_database) for _ in range(4)]
        await journals[0].grant(grant(100))
        receipts: list[Receipt] = await asyncio.gather(
            *(journal.append(event(key=f"order-{number}")) for number in range(150) for journal in journals)
        )
        kept = [receipt for receipt in receipts if isinstance(receipt, Kept)]
        repeats = [receipt for receipt in receipts if isinstance(receipt, Repeat)]
        assert len(kept) == 100
        assert {repeat.sequence for repeat in repeats} <= {one.sequence for one in kept}
        assert sum(isinstance(receipt, NoTokens) for receipt in receipts) == 600 - len(kept) - len(repeats)
        for journal in journals:
            await journal.close()

    asyncio.run(story())
    reader = open_reader(postgres_database)
    assert reader.balance(ALICE).debited == reader.count(ALICE) == 100
    reader.close()


def test_a_full_queue_refuses_at_once(postgres_database: str) -> None:
    from dialboard.journal.postgres import PostgresJournal

    async def story() -> None:
        migrate(postgres_database)
        journal = await PostgresJournal.open(postgres_database, queue_limit=10)
        await journal.grant(grant(None))
        waiting = [asyncio.ensure_future(journal.append(event())) for _ in range(10)]
        await asyncio.sleep(0)
        assert not journal.can_append()
        with pytest.raises(JournalUnavailable, match="Too many events"):
            await journal.append(event())
        await asyncio.gather(*waiting)
        assert journal.can_append()
        await journal.close()

    asyncio.run(story())


async def send_until(stopped: threading.Event, journal: Journal, kept: list[str]) -> int:
    """How often it was told to come again later."""
    refused = 0
    while not stopped.is_set():
        told = event()
        try:
            receipt = await journal.append(told)
        except JournalUnavailable:
            refused += 1
            await asyncio.sleep(0.01)
        else:
            assert isinstance(receipt, Kept)
            kept.append(told.id)
    return refused


def test_a_killed_server_loses_nothing_and_is_used_again_when_it_is_back(own_postgres: PostgresServer) -> None:
    async def story() -> None:
        url = own_postgres.new_database()
        journal = await open_journal(url)
        reader = open_reader(url)
        await journal.grant(grant(None))
        kept: list[str] = []
        stopped = threading.Event()
        senders = [asyncio.ensure_future(send_until(stopped, journal, kept)) for _ in range(16)]
        await until(lambda: len(kept) > 100)
        await asyncio.to_thread(own_postgres.kill)
        await until(lambda: not journal.can_append())
        with pytest.raises(JournalUnavailable, match="does not answer"):
            reader.read(0, 1)
        await asyncio.to_thread(own_postgres.start)
        await until(journal.can_append)
        before = len(kept)
        await until(lambda: len(kept) > before + 100)
        stopped.set()
        assert sum(await asyncio.gather(*senders)) > 0
        there = {entry.event.id for entry in reader.read(0, 1_000_000)}
        assert set(kept) <= there
        assert reader.balance(ALICE).debited == len(there)
        reader.close()
        await journal.close()

    asyncio.run(story())


def test_a_server_that_restarts_while_nobody_sends_is_used_again(own_postgres: PostgresServer) -> None:
    async def story() -> None:
        journal = await open_journal(own_postgres.new_database())
        await journal.grant(grant(None))
        await asyncio.to_thread(own_postgres.stop)
        await until(lambda: not journal.can_append())
        await asyncio.to_thread(own_postgres.start)
        await until(journal.can_append)
        assert isinstance(await journal.append(event()), Kept)
        await journal.close()

    asyncio.run(story())


def test_a_page_after_a_restart_of_the_server_is_answered_at_once(own_postgres: PostgresServer) -> None:
    url = own_postgres.new_database()
    migrate(url)
    reader = open_reader(url)
    assert reader.latest(ALICE) == []
    own_postgres.stop()
    own_postgres.start()
    assert reader.latest(ALICE) == []
    reader.close()


def test_a_server_that_vanishes_without_a_word_is_noticed_within_a_minute(postgres_database: str) -> None:
    migrate(postgres_database)
    reader = PostgresReader(postgres_database)
    reader.count(ALICE)
    assert reader._connection
    given = {name: int(value) for name, value in reader._connection.info.get_parameters().items() if value.isdigit()}
    assert given["keepalives_idle"] + given["keepalives_interval"] * given["keepalives_count"] < 60
    reader.close()


def test_a_sender_is_not_told_where_the_database_is(own_postgres: PostgresServer) -> None:
    async def story() -> None:
        journal = await open_journal(own_postgres.new_database())
        await journal.grant(grant(None))
        sending = [asyncio.ensure_future(journal.append(event(key=f"{n}"))) for n in range(3)]
        await asyncio.to_thread(own_postgres.kill)
        await until(lambda: not journal.can_append())
        for told in await asyncio.gather(*sending, journal.append(event(key="late")), return_exceptions=True):
            assert "127.0.0.1" not in str(told) and "DIALBOARD" not in str(told)
        await journal.close()

    asyncio.run(story())


def test_a_server_that_is_not_there_is_refused_with_a_sentence_and_no_password() -> None:
    with pytest.raises(JournalUnavailable, match="does not answer") as raised:
        migrate("postgresql://alice:marker-password@127.0.0.1:1/none")
    assert "marker-password" not in raised.value.sentence


def test_a_database_of_a_newer_dialboard_is_refused(postgres_database: str) -> None:
    migrate(postgres_database)
    with psycopg.connect(postgres_database) as connection:
        connection.execute("INSERT INTO journal.migrations VALUES (99)")
    with pytest.raises(DataFolderError, match="schema 99"):
        migrate(postgres_database)
