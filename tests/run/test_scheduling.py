"""Which connection is synced when, and what ends a sync."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from datetime import UTC, datetime
from typing import Any

import pytest

from dialboard.config import Config
from dialboard.control import accounts, connections
from dialboard.control.models import Connection, SyncRun
from dialboard.errors import BadCredentials, DataFolderError
from dialboard.run import sample_note
from dialboard.run import scheduling as module
from dialboard.run.scheduling import Scheduling
from dialboard.run.stop import Stop
from dialboard.run.syncing import Wish, lock_of
from dialboard.store.duckdb import DuckStore
from dialboard.twilio.account import TwilioAccount
from dialboard.twilio.resources import RESOURCES
from tests.paths.running import wait_for
from tests.twilio.world import World, served

CALLS = Wish([RESOURCES["calls"]])


@pytest.fixture(scope="module")
def shared_world() -> Iterator[World]:
    made = World(calls=600, messages=50, days=20)
    made.now = datetime.now(UTC)
    with served(made) as world:
        yield world


@pytest.fixture
def world(shared_world: World) -> World:
    shared_world.forget()
    return shared_world


class Scheduled:
    """A scheduling that runs, until the test says stop."""

    def __init__(self, config: Config, store: DuckStore) -> None:
        self.scheduling = Scheduling(config, store)
        self._stop = Stop()
        self._thread = threading.Thread(target=self.scheduling.run, args=(self._stop,))
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(15)
        assert not self._thread.is_alive()


@pytest.fixture
def scheduled(clean: None, config: Config, store: DuckStore) -> Iterator[Scheduled]:
    made = Scheduled(config, store)
    yield made
    made.stop()


@pytest.fixture
def scheduling(scheduled: Scheduled) -> Scheduling:
    return scheduled.scheduling


def finished(connection: Connection) -> int:
    return SyncRun.objects.filter(connection=connection).exclude(finished_at=None).count()


def begun(connection: Connection) -> bool:
    return SyncRun.objects.filter(connection=connection).exists()


def test_a_new_connection_is_seen_within_a_second_and_then_left_alone(
    scheduling: Scheduling, alice: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connections.add(alice, world.account, name="Main")
    wait_for(lambda: begun(connection), "its sync begins", within_s=2)
    wait_for(lambda: finished(connection) == len(RESOURCES), "it is synced")
    assert SyncRun.objects.count() == len(RESOURCES)
    monkeypatch.setattr(module, "EVERY_S", 0.0)
    scheduling._due_s.clear()
    wait_for(lambda: finished(connection) >= 2 * len(RESOURCES), "and again when it is due")


def test_a_connection_that_is_switched_off_is_left_alone(
    config: Config, store: DuckStore, alice: Any, world: World
) -> None:
    off, on = (connections.add(alice, world.account, name=name) for name in ("Off", "On"))
    Connection.objects.filter(pk=off.pk).update(enabled=False)
    scheduled = Scheduled(config, store)
    try:
        wait_for(lambda: finished(on) == len(RESOURCES), "the other one is synced")
    finally:
        scheduled.stop()
    assert not begun(off)


def test_the_sample_is_synced_once_it_is_played(
    config: Config, store: DuckStore, alice: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart its connection leads nowhere for a moment: a sync would fail and be told to everybody."""
    sample, on = accounts.create("Sample", is_sample=True)[0], connections.add(alice, world.account)
    of_sample = connections.add(sample, world.account)
    scheduled = Scheduled(config, store)
    try:
        wait_for(lambda: finished(on) == len(RESOURCES), "the other one is synced")
        assert not begun(of_sample)
        monkeypatch.setattr(sample_note, "is_played", lambda data: True)
        wait_for(lambda: finished(of_sample) == len(RESOURCES), "the sample is synced")
    finally:
        scheduled.stop()


def test_who_asks_waits_for_the_end_and_hears_what_stood_in_the_way(
    scheduling: Scheduling, alice: Any, world: World
) -> None:
    main = connections.add(alice, world.account, name="Main")
    scheduling.ask(main, CALLS)
    assert finished(main) >= 1
    wrong = TwilioAccount(world.account.account_sid, world.account.key_sid, "wrong", world.base)
    refused = connections.add(alice, wrong, name="Wrong")
    with pytest.raises(BadCredentials):
        scheduling.ask(refused, CALLS)
    left_s = scheduling._due_s[refused.pk] - time.monotonic()
    assert left_s > 3000, "a key that is refused is not tried again soon"


def test_who_asks_while_it_is_synced_at_a_terminal_is_told(
    scheduling: Scheduling, config: Config, alice: Any, world: World
) -> None:
    main = connections.add(alice, world.account, name="Main")
    with lock_of(config, main.pk, wait_s=10), pytest.raises(DataFolderError, match="being synced already"):
        scheduling.ask(main, CALLS)
    assert scheduling._due_s[main.pk] - time.monotonic() <= module.BUSY_S, "soon it is tried again"


def test_two_who_ask_at_once_share_one_sync(scheduling: Scheduling, alice: Any, world: World) -> None:
    world.behave(latency_ms=150)
    main = connections.add(alice, world.account, name="Main")
    both = [threading.Thread(target=scheduling.ask, args=(main, CALLS)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(20)
    assert SyncRun.objects.filter(connection=main, resource="calls").count() == 1


def test_a_sync_that_is_cancelled_writes_nothing_afterwards(
    scheduling: Scheduling, alice: Any, world: World, store: DuckStore
) -> None:
    world.behave(latency_ms=50)
    main = connections.add(alice, world.account, name="Main")
    wait_for(lambda: SyncRun.objects.filter(connection=main, pages__gt=0).exists(), "pages come")
    scheduling.cancel(main.pk)
    before = store.held(alice.pk, "calls")
    for run in SyncRun.objects.filter(connection=main):
        assert run.finished_at and (not run.problem or "the next one goes on from there" in run.problem)
    world.forget()
    assert world.counts()["requests"] == 0 and store.held(alice.pk, "calls") == before
    scheduling.cancel(main.pk)  # once more does no harm


def test_an_end_cuts_short_what_runs_and_the_next_goes_on(
    scheduled: Scheduled, config: Config, alice: Any, world: World, store: DuckStore
) -> None:
    world.behave(latency_ms=50)
    main = connections.add(alice, world.account, name="Main")
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            scheduled.scheduling.ask(main, CALLS)
        except (CancelledError, DataFolderError) as error:
            failures.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_for(lambda: SyncRun.objects.filter(connection=main, pages__gt=0).exists(), "pages come")
    scheduled.stop()
    asking.join(10)
    assert [type(error) for error in failures] == [CancelledError]
    with pytest.raises(CancelledError):  # an order that was taken at the last moment
        scheduled.scheduling.ask(main, CALLS)
    world.forget()
    successor = Scheduled(config, store)
    try:
        wait_for(lambda: finished(main) > len(RESOURCES), "the next one does the rest")
    finally:
        successor.stop()


def test_trouble_nobody_foresaw_is_logged_and_told_as_a_sentence(
    scheduling: Scheduling, alice: Any, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "Syncing", broken)
    main = connections.add(alice, world.account, name="Main")
    with pytest.raises(Exception, match="nobody foresaw"):
        scheduling.ask(main, CALLS)
    assert "A sync failed." in caplog.text
