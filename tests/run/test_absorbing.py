"""Tracker events become rows: each once, only of accounts that exist, and what is held is said."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dialboard.errors import StoreUnreachable
from dialboard.run import absorbing
from dialboard.run.absorbing import CURSOR, SETTLED, Absorbing
from dialboard.run.stop import Stop
from dialboard.shapes.event import Grant
from dialboard.shapes.ids import new_id
from dialboard.shapes.row import Batch, Span
from dialboard.store.duckdb import DuckStore
from tests.journal.conftest import event
from tests.paths.running import wait_for
from tests.run.conftest import Told

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
FOREVER = Span(LONG_AGO, datetime(2100, 1, 1, tzinfo=UTC))


class Absorbed:
    """A journal, a store and what reads the one into the other. `accounts` are known since LONG_AGO."""

    def __init__(self, told: Told, store: DuckStore) -> None:
        self.told, self.store = told, store
        self.alice, self.bob, self.charlie = (new_id("acc") for _ in range(3))
        self.accounts = {self.alice: LONG_AGO, self.bob: LONG_AGO}
        for account in (self.alice, self.bob, self.charlie):
            told.wait(told.journal.grant(Grant(new_id("grt"), account, None)))
        self.absorbing = self.another()

    def another(self, store: Any = None) -> Absorbing:
        """As a new process would begin."""
        return Absorbing(self.told.reader, store or self.store, lambda: dict(self.accounts))

    def tell(self, account: str, count: int = 1) -> list[str]:
        events = [event(account, received_at=datetime.now(UTC)) for _ in range(count)]
        for one in events:
            self.told.wait(self.told.journal.append(one))
        return [one.id for one in events]

    def rows(self, account: str) -> list[str]:
        """The ids of the account's events in the store."""
        found = self.store.rows(account, "events", time="received_at", span=FOREVER, limit=10_000)
        return [row["id"] for row in found]

    def held(self, account: str) -> list[Span]:
        return [one.span for one in self.store.held(account, "events")]


@pytest.fixture
def absorbed(told: Told, store: DuckStore) -> Absorbed:
    return Absorbed(told, store)


def test_each_account_gets_its_own_events(absorbed: Absorbed) -> None:
    alices, bobs = absorbed.tell(absorbed.alice, 2), absorbed.tell(absorbed.bob)
    assert absorbed.absorbing.absorb() is False, "that was all"
    assert sorted(absorbed.rows(absorbed.alice)) == sorted(alices)
    assert absorbed.rows(absorbed.bob) == bobs


def test_an_account_nobody_knows_is_left_out_and_holds_nothing_up(absorbed: Absorbed) -> None:
    absorbed.tell(absorbed.charlie)
    alices = absorbed.tell(absorbed.alice)
    absorbed.absorbing.absorb()
    assert absorbed.rows(absorbed.charlie) == [] and absorbed.held(absorbed.charlie) == []
    assert absorbed.rows(absorbed.alice) == alices


def test_it_goes_on_where_it_was_and_a_repeat_changes_nothing(absorbed: Absorbed) -> None:
    first = absorbed.tell(absorbed.alice, 3)
    absorbed.absorbing.absorb()
    assert absorbed.store.cursor("", CURSOR) == 3
    second = absorbed.tell(absorbed.alice)
    absorbed.another().absorb()
    assert absorbed.store.cursor("", CURSOR) == 4
    absorbed.store.forget("")  # as if it had been killed before the cursor was written
    assert absorbed.store.cursor("", CURSOR) == 0
    absorbed.another().absorb()
    assert sorted(absorbed.rows(absorbed.alice)) == sorted(first + second)


def test_a_long_journal_is_read_in_batches(absorbed: Absorbed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absorbing, "BATCH", 2)
    told = absorbed.tell(absorbed.alice, 5)
    assert [absorbed.absorbing.absorb() for _ in range(3)] == [True, True, False]
    assert sorted(absorbed.rows(absorbed.alice)) == sorted(told)


def test_only_what_is_settled_is_held(absorbed: Absorbed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absorbing, "BATCH", 2)
    absorbed.tell(absorbed.alice, 3)
    absorbed.absorbing.absorb()
    assert absorbed.held(absorbed.alice) == [], "there is more to read"
    before = datetime.now(UTC)
    absorbed.absorbing.absorb()
    [span] = absorbed.held(absorbed.alice)
    assert span.from_ == LONG_AGO
    assert before - SETTLED <= span.until <= datetime.now(UTC) - SETTLED
    assert absorbed.held(absorbed.bob)[0].from_ == LONG_AGO, "nothing was told, and that is known"


def test_an_account_is_held_since_it_exists(absorbed: Absorbed) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    absorbed.accounts[absorbed.bob] = yesterday
    absorbed.accounts[absorbed.charlie] = datetime.now(UTC)
    absorbed.absorbing.absorb()
    assert absorbed.held(absorbed.bob)[0].from_ == yesterday
    assert absorbed.held(absorbed.charlie) == [], "younger than what is settled"


def test_silence_is_not_written_down_every_time(absorbed: Absorbed) -> None:
    absorbed.absorbing.absorb()
    first = absorbed.held(absorbed.alice)
    absorbed.absorbing.absorb()
    assert absorbed.held(absorbed.alice) == first
    absorbed.tell(absorbed.alice)
    absorbed.absorbing.absorb()
    assert absorbed.held(absorbed.alice)[0].until > first[0].until


class Held:
    """A store whose next put waits until the test lets it go on."""

    def __init__(self, store: DuckStore) -> None:
        self._store = store
        self.begun, self.go = threading.Event(), threading.Event()

    def put(self, batch: Batch) -> None:
        self.begun.set()
        assert self.go.wait(10)
        self._store.put(batch)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_an_account_that_is_removed_meanwhile_gets_no_rows_afterwards(absorbed: Absorbed) -> None:
    absorbed.tell(absorbed.alice)
    slow = Held(absorbed.store)
    one = absorbed.another(slow)
    writing = threading.Thread(target=one.absorb)
    writing.start()
    assert slow.begun.wait(10)
    del absorbed.accounts[absorbed.alice]
    removal = threading.Thread(target=_forget, args=(one, absorbed))
    removal.start()
    slow.go.set()
    writing.join(10)
    removal.join(10)
    one.absorb()
    assert absorbed.rows(absorbed.alice) == [] and absorbed.held(absorbed.alice) == []


def _forget(one: Absorbing, absorbed: Absorbed) -> None:
    with one.lock:
        absorbed.store.forget(absorbed.alice)


class Away:
    """A store that answers from the third time on."""

    def __init__(self, store: DuckStore) -> None:
        self._store = store
        self.asked = 0

    def prepare(self, resources: Any) -> None:
        self.asked += 1
        if self.asked < 3:
            raise StoreUnreachable
        self._store.prepare(resources)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_a_store_that_comes_late_is_waited_for(
    absorbed: Absorbed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(absorbing, "POLL_S", 0.01)
    told, stop = absorbed.tell(absorbed.alice), Stop()
    thread = threading.Thread(target=absorbed.another(Away(absorbed.store)).run, args=(stop,))
    thread.start()
    try:
        assert wait_for(lambda: absorbed.rows(absorbed.alice), "the event is a row") == told
    finally:
        stop.set()
        thread.join(10)
    assert "Events could not be absorbed; they will be." in caplog.text


class Counting:
    """A store, and how often it is asked or written to."""

    def __init__(self, store: DuckStore) -> None:
        self._store = store
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        self.asked += 1
        return getattr(self._store, name)


def test_a_look_at_a_journal_without_news_asks_nobody_else(absorbed: Absorbed) -> None:
    store = Counting(absorbed.store)
    one = absorbed.another(store)
    assert one.look() is False
    looked = store.asked
    assert looked > 0
    assert [one.look() for _ in range(5)] == [False] * 5
    assert store.asked == looked
    told = absorbed.tell(absorbed.alice)
    one.look()
    assert absorbed.rows(absorbed.alice) == told


def test_the_last_event_is_held_as_soon_as_it_is_settled(absorbed: Absorbed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absorbing, "SETTLED", timedelta(seconds=0.2))
    absorbed.tell(absorbed.alice)
    told_at = absorbed.told.reader.latest(absorbed.alice, 1)[0].event.received_at
    absorbed.absorbing.look()

    def held() -> bool:
        absorbed.absorbing.look()
        return any(told_at < span.until for span in absorbed.held(absorbed.alice))

    wait_for(held, "it is held", within_s=absorbing.LOOK_EVERY_S / 2)
    assert not absorbed.absorbing._unheld


class Behind:
    """A journal whose last event is kept back, as an open transaction on PostgreSQL does."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self.keeps_back = True

    def read(self, after: int, limit: int) -> Any:
        found = self._reader.read(after, limit)
        return found[:-1] if self.keeps_back else found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)


def test_nothing_is_held_while_something_is_kept_back(absorbed: Absorbed) -> None:
    absorbed.tell(absorbed.alice, 2)
    reader = Behind(absorbed.told.reader)
    one = Absorbing(reader, absorbed.store, lambda: dict(absorbed.accounts))  # type: ignore[arg-type]
    one.look()
    assert len(absorbed.rows(absorbed.alice)) == 1 and absorbed.held(absorbed.alice) == []
    reader.keeps_back = False
    one.look()
    assert len(absorbed.rows(absorbed.alice)) == 2 and absorbed.held(absorbed.alice) != []
