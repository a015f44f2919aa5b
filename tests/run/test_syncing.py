"""A connection is synced: pages become rows, killed runs go on where they were, and people can read what happened."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from dialboard.config import Config
from dialboard.control import accounts, connections
from dialboard.control.models import Connection, SyncRun
from dialboard.errors import BadCredentials, DataFolderError, StoreError
from dialboard.run import sync_log
from dialboard.run.syncing import Syncing, Wish, lock_of
from dialboard.shapes.row import Batch, Span
from dialboard.store.duckdb import DuckStore
from dialboard.sync.pace import Pace
from dialboard.twilio.account import TwilioAccount
from dialboard.twilio.resources import RESOURCES
from tests.twilio.world import World, served

CALLS = [RESOURCES["calls"]]


@pytest.fixture(scope="module")
def shared_world() -> Iterator[World]:
    made = World(calls=600, messages=100, days=20)
    made.now = datetime.now(UTC)
    with served(made) as world:
        yield world


@pytest.fixture
def world(shared_world: World) -> World:
    """The module's sandbox, behaving well and counting from zero."""
    shared_world.forget()
    return shared_world


@pytest.fixture
def connection(alice: Any, world: World) -> Connection:
    return connections.add(alice, world.account, name="Main")


Sync = Callable[..., Any]


@pytest.fixture
def sync(connection: Connection, store: DuckStore) -> Sync:
    """Runs it over calls unless told otherwise, into the store unless told into another."""

    def run(*, into: Any = None, now: datetime | None = None, **wish: Any) -> Any:
        syncing = Syncing(into or store, connection, Pace())
        return asyncio.run(syncing.run(Wish(**{"resources": CALLS, **wish}), now=now))

    return run


def runs() -> list[SyncRun]:
    """Oldest first."""
    return list(SyncRun.objects.order_by("id"))


def held(store: DuckStore, connection: Connection) -> list[Span]:
    return [one.span for one in store.held(connection.account_id, "calls", connection.account_sid)]


def calls_of(store: DuckStore, connection: Connection) -> list[dict[str, Any]]:
    span = Span(datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    return store.rows(connection.account_id, "calls", time="start_time", span=span, limit=10_000)


def rows_of(store: DuckStore, connection: Connection) -> int:
    return len(calls_of(store, connection))


def test_all_that_twilio_has_is_rows_and_a_line_in_the_log(
    sync: Sync, store: DuckStore, connection: Connection, world: World
) -> None:
    progress = sync()["calls"]
    assert rows_of(store, connection) == progress.rows > 500
    [span] = held(store, connection)
    assert (datetime.now(UTC) - span.until) < timedelta(minutes=1)
    [run] = runs()
    assert (run.rows, run.pages, run.problem) == (progress.rows, progress.pages, "")
    assert run.finished_at and run.resource == "calls" and run.span_until > run.span_from
    connection.refresh_from_db()
    assert connection.problem == "" and connection.checked_at


def test_every_resource_has_its_line(sync: Sync) -> None:
    done = sync(resources=list(RESOURCES.values()), since=datetime.now(UTC) - timedelta(days=3))
    assert {run.resource for run in runs()} == set(RESOURCES) == set(done)
    assert all(run.finished_at and not run.problem for run in runs())


def test_one_of_many_does_not_read_settled_days_again(sync: Sync, world: World) -> None:
    sync()
    world.forget()
    sync(often=True)
    often = world.counts()["records"]
    world.forget()
    sync()
    asked_for = world.counts()["records"]
    assert often < 20 < asked_for, "the trailing days are read again when a person asks"


def test_what_was_read_an_hour_ago_is_read_again(sync: Sync, world: World) -> None:
    sync()
    SyncRun.objects.update(started_at=timezone.now() - sync_log.FRESH_FOR - timedelta(minutes=1))
    world.forget()
    sync(often=True)
    assert world.counts()["records"] > 20


def test_after_a_long_break_every_record_is_as_twilio_has_it_now(
    sync: Sync, store: DuckStore, connection: Connection, world: World
) -> None:
    """Prices and statuses of the last days before the break came while nobody read."""
    now = datetime.now(UTC)
    world.now = now - timedelta(days=8)
    sync(now=world.now)
    world.now = now
    sync(now=now)
    stranger = connections.add(accounts.create("Charlie")[0], world.account)
    asyncio.run(Syncing(store, stranger, Pace()).run(Wish(CALLS), now=now))
    assert _records(store, connection) == _records(store, stranger)


def _records(store: DuckStore, connection: Connection) -> list[tuple[Any, ...]]:
    rows = calls_of(store, connection)
    return sorted((row["sid"], row["status"], row["duration"], row["price"]) for row in rows)


class Breaking:
    """A store that takes so many batches and then raises."""

    def __init__(self, store: DuckStore, after: int, error: BaseException) -> None:
        self._store, self._left, self._error = store, after, error

    def put(self, batch: Batch) -> None:
        if self._left == 0:
            raise self._error
        self._left -= 1
        self._store.put(batch)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_an_error_ends_the_line_with_its_sentence_and_the_next_goes_on(
    sync: Sync, store: DuckStore, connection: Connection, world: World
) -> None:
    with pytest.raises(StoreError, match=r"The disk is full\."):
        sync(into=Breaking(store, 3, StoreError("The disk is full.")))
    [run] = runs()
    assert run.problem == "The disk is full." and run.finished_at
    connection.refresh_from_db()
    assert connection.problem == "The disk is full."
    sync()
    assert len(held(store, connection)) == 1
    connection.refresh_from_db()
    assert connection.problem == ""


def test_a_killed_run_is_resumed_and_its_line_is_ended(
    sync: Sync, store: DuckStore, connection: Connection, world: World
) -> None:
    now = datetime.now(UTC)
    span = Span(now - timedelta(days=2), now)
    killed = sync_log.begin(connection, RESOURCES["calls"], span, often=False, now=now)
    read = Span(now - timedelta(days=1), now)
    killed.note(read, _progress(), 10, 0)  # and there it was killed
    line = sync_log.begin(connection, RESOURCES["calls"], span, often=False, now=now)
    assert line.fresh == [read]
    first, second = runs()
    assert first.problem == "It was killed; the next one goes on from there." and first.finished_at
    assert second.finished_at is None


def test_what_was_killed_long_ago_is_read_again(connection: Connection) -> None:
    now = datetime.now(UTC)
    span = Span(now - timedelta(days=2), now)
    sync_log.begin(connection, RESOURCES["calls"], span, often=False, now=now).note(span, _progress(), 10, 0)
    SyncRun.objects.update(started_at=now - sync_log.RESUME_WITHIN - timedelta(minutes=1))
    assert sync_log.begin(connection, RESOURCES["calls"], span, often=False, now=now).fresh == []
    assert runs()[0].finished_at


def test_lines_of_a_month_ago_are_forgotten(connection: Connection, world: World) -> None:
    now = datetime.now(UTC)
    span = Span(now - timedelta(days=2), now)
    old = sync_log.begin(connection, RESOURCES["calls"], span, often=False, now=now)
    old.note(span, _progress(), 10, 0)
    old.end(_progress(), 0, "")
    SyncRun.objects.update(started_at=now - sync_log.KEPT_FOR - timedelta(minutes=1))
    sync_log.begin(connection, RESOURCES["calls"], span, often=False, now=now)
    assert len(runs()) == 1


def test_what_just_happened_is_never_fresh_enough(connection: Connection) -> None:
    """A call of a minute ago may still be ringing."""
    now = datetime.now(UTC)
    span = Span(now - timedelta(days=2), now)
    line = sync_log.begin(connection, RESOURCES["calls"], span, often=False, now=now)
    line.note(span, _progress(), 10, 0)
    line.end(_progress(), 0, "")
    again = sync_log.begin(connection, RESOURCES["calls"], span, often=True, now=now)
    assert again.fresh == [Span(span.from_, now - sync_log.LIVELY)]


def test_another_resource_or_connection_is_not_touched(connection: Connection, alice: Any, world: World) -> None:
    now = datetime.now(UTC)
    span = Span(now - timedelta(days=2), now)
    other = connections.add(alice, world.account, name="Other")
    sync_log.begin(connection, RESOURCES["messages"], span, often=False, now=now)
    sync_log.begin(other, RESOURCES["calls"], span, often=False, now=now)
    assert sync_log.begin(connection, RESOURCES["calls"], span, often=True, now=now).fresh == []
    assert [run.problem for run in runs()] == ["", "", ""]


def _progress() -> Any:
    from dialboard.sync.pull import Progress

    return Progress(pages=1, rows=10)


def test_a_key_that_is_refused_is_noted_at_the_connection(
    alice: Any, world: World, store: DuckStore, connection: Connection
) -> None:
    wrong = TwilioAccount(world.account.account_sid, world.account.key_sid, "wrong", world.base)
    refused = connections.add(alice, wrong, name="Wrong")
    with pytest.raises(BadCredentials) as found:
        asyncio.run(Syncing(store, refused, Pace()).run(Wish()))
    refused.refresh_from_db()
    assert refused.problem == found.value.sentence
    assert all("does not accept these credentials" in run.problem and run.finished_at for run in runs())
    connection.refresh_from_db()
    assert connection.problem == "", "the other one is none the worse"


def test_one_sync_of_a_connection_at_a_time(config: Config, connection: Connection) -> None:
    with (
        lock_of(config, connection.pk),
        pytest.raises(DataFolderError, match=f"{connection.pk} is being synced already"),
        lock_of(config, connection.pk),
    ):
        raise AssertionError("both had it")
    with lock_of(config, connection.pk), lock_of(config, "con_another"):
        pass


def test_bodies_are_kept_only_where_that_is_wanted(alice: Any, world: World, store: DuckStore) -> None:
    wish = Wish([RESOURCES["messages"]], since=datetime.now(UTC) - timedelta(days=5))
    for keep in (False, True):
        one = connections.add(alice, world.account, name=f"Keeps {keep}", keep_bodies=keep)
        asyncio.run(Syncing(store, one, Pace()).run(wish))
        span = Span(datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
        [row, *_] = store.rows(one.account_id, "messages", time="date_created", span=span, limit=1)
        assert bool(row.get("body")) is keep or "body" not in row
