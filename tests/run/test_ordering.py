"""Orders: taken one after the other, done or failed with a sentence, and done again after a kill."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dialboard.control import accounts, connections, destinations, orders
from dialboard.control.models import Order
from dialboard.deliver.outcomes import Outcomes, Result, migrate, open_outcomes
from dialboard.errors import DialboardError
from dialboard.run import ordering as module
from dialboard.run.ordering import Ordering
from dialboard.run.stop import Stop
from dialboard.shapes.delivery import State
from dialboard.shapes.event import Grant
from dialboard.shapes.ids import new_id
from dialboard.twilio.account import TwilioAccount
from tests.journal.conftest import event
from tests.paths.running import wait_for
from tests.run.conftest import Told


class Played:
    """In place of the syncs and the sample: notes what it is asked for, and fails when it should."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.error: Exception | None = None
        self.go_on = threading.Event()  # what a sync waits for
        self.go_on.set()

    def ask(self, connection: Any, wish: Any) -> None:
        self._note(connection.pk)
        assert self.go_on.wait(10)

    def add(self, order: Any) -> None:
        self._note("add")

    def remove(self, order: Any) -> None:
        self._note("remove")

    def _note(self, what: Any) -> None:
        self.asked.append(what)
        if self.error:
            raise self.error


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.fixture
def outcomes(tmp_path: Path) -> Iterator[Outcomes]:
    where = str(tmp_path / "deliveries.db")
    migrate(where)
    made = open_outcomes(where)
    yield made
    made.close()


@pytest.fixture
def ordering(clean: None, told: Told, outcomes: Outcomes, played: Played) -> Ordering:
    return Ordering(told.reader, outcomes, played, played)  # type: ignore[arg-type]


def done(ordering: Ordering, kind: str, account: Any, payload: dict[str, Any] | None = None) -> Order:
    """The order as it is once it was taken and tried."""
    orders.give(kind, account, payload)
    taken = orders.take()
    ordering._do(taken)
    return Order.objects.get(pk=taken.pk)


def test_a_sync_is_asked_for_and_done(ordering: Ordering, played: Played, alice: Any) -> None:
    twilio = TwilioAccount("AC" + "a" * 32, "SK" + "b" * 32, "secret")
    connection = connections.add(alice, twilio, name="Main")
    order = done(ordering, "sync", alice, {"connection": connection.pk})
    assert (order.state, order.problem) == ("done", "") and order.finished_at
    assert played.asked == [connection.pk]


@pytest.mark.parametrize(
    ("kind", "payload", "says"),
    [
        ("sync", {"connection": "con_gone"}, "The connection was removed meanwhile."),
        ("sync", {}, "The connection was removed meanwhile."),
        ("replay", {"destination": "dst_gone"}, "The destination was removed meanwhile."),
    ],
)
def test_what_is_gone_meanwhile_fails_with_a_sentence(
    ordering: Ordering, alice: Any, kind: str, payload: dict[str, Any], says: str
) -> None:
    order = done(ordering, kind, alice, payload)
    assert (order.state, order.problem) == ("failed", says)


def test_another_accounts_connection_is_not_there(ordering: Ordering, played: Played, alice: Any) -> None:
    charlie, _, _ = accounts.create("Charlie")
    twilio = TwilioAccount("AC" + "a" * 32, "SK" + "b" * 32, "secret")
    his = connections.add(charlie, twilio, name="His")
    assert done(ordering, "sync", alice, {"connection": his.pk}).state == "failed"
    assert played.asked == []


def test_a_failure_has_its_sentence_and_a_surprise_one_of_ours(
    ordering: Ordering, played: Played, caplog: pytest.LogCaptureFixture
) -> None:
    played.error = DialboardError("No port is free for the sandbox.")
    assert done(ordering, "sample_add", None).problem == "No port is free for the sandbox."
    played.error = ZeroDivisionError()
    assert "the server's log has it" in done(ordering, "sample_add", None).problem
    assert "ZeroDivisionError" in caplog.text


def test_an_order_that_our_end_interrupts_stays_ours_and_is_taken_again(ordering: Ordering, played: Played) -> None:
    played.error = CancelledError()
    assert done(ordering, "sample_add", None).state == "taken"
    assert orders.give_back() == 1 and orders.take() is not None


def test_what_a_killed_worker_had_taken_is_done_again(
    ordering: Ordering, played: Played, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(module, "POLL_S", 0.01)
    first = orders.give("sample_add", None)
    orders.take()
    second = orders.give("sample_remove", None)
    stop = Stop()
    thread = threading.Thread(target=_run, args=(ordering, stop))
    thread.start()
    try:
        wait_for(lambda: not orders.open_orders(), "both are done")
    finally:
        stop.set()
        thread.join(10)
    assert played.asked == ["add", "remove"]
    assert {Order.objects.get(pk=one.pk).state for one in (first, second)} == {"done"}
    assert caplog.text.count("An order is done.") == 2


def test_nobody_waits_for_the_sync_of_another(
    ordering: Ordering, played: Played, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_S", 0.01)
    twilio = TwilioAccount("AC" + "a" * 32, "SK" + "b" * 32, "secret")
    payload = {"connection": connections.add(alice, twilio, name="Main").pk}
    played.go_on.clear()
    sync, sample = orders.give("sync", alice, payload), orders.give("sample_add", None)
    stop = Stop()
    thread = threading.Thread(target=_run, args=(ordering, stop))
    thread.start()
    try:
        wait_for(lambda: Order.objects.get(pk=sample.pk).state == "done", "the sample is added")
        assert Order.objects.get(pk=sync.pk).state == "taken"
        played.go_on.set()
        wait_for(lambda: Order.objects.get(pk=sync.pk).state == "done", "the sync is done")
    finally:
        played.go_on.set()
        stop.set()
        thread.join(10)


def _run(ordering: Ordering, stop: Stop) -> None:
    from django.db import connections as databases

    ordering.run(stop)
    databases.close_all()


class Replayed:
    """An account with three events and a destination that none of them waited for."""

    def __init__(self, told: Told, account: Any) -> None:
        told.wait(told.journal.grant(Grant(new_id("grt"), account.pk, None)))
        for _ in range(3):
            told.wait(told.journal.append(event(account.pk, received_at=datetime.now(UTC))))
        settings = {"measurement_id": "G-AB12CD34EF"}
        self.destination = destinations.add(account, "google-analytics", settings=settings, secret="s", alias=None)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({}, [3, 2, 1]),
        ({"from_sequence": 2}, [3, 2]),
        ({"until_sequence": 3}, [2, 1]),
        ({"from_sequence": 2, "until_sequence": 3}, [2]),
        ({"from_sequence": None, "until_sequence": None}, [3, 2, 1]),
        ({"from_sequence": 9}, []),
    ],
)
def test_a_replay_makes_the_events_of_the_range_wait(
    ordering: Ordering, told: Told, outcomes: Outcomes, alice: Any, payload: dict[str, Any], expected: list[int]
) -> None:
    replayed = Replayed(told, alice)
    order = done(ordering, "replay", alice, {"destination": replayed.destination.pk, **payload})
    assert [one.sequence for one in outcomes.latest(alice.pk)] == expected
    assert order.state == "done"
    assert order.progress == f"{len(expected)} events wait for {replayed.destination.name} now."


def test_a_replay_twice_delivers_once(ordering: Ordering, told: Told, outcomes: Outcomes, alice: Any) -> None:
    payload = {"destination": Replayed(told, alice).destination.pk}
    done(ordering, "replay", alice, payload)
    assert done(ordering, "replay", alice, payload).progress.startswith("0 events")
    assert len(outcomes.latest(alice.pk)) == 3


def test_a_replay_says_what_it_leaves_alone(ordering: Ordering, told: Told, outcomes: Outcomes, alice: Any) -> None:
    to = Replayed(told, alice).destination.pk
    done(ordering, "replay", alice, {"destination": to, "until_sequence": 3})
    gone = [Result(destination=to, sequence=sequence, state=State.DELIVERED) for sequence in (1, 2)]
    outcomes.write([], gone, datetime.now(UTC))
    while outcomes.prune(to, datetime.now(UTC) + timedelta(days=1), 100):
        pass
    said = done(ordering, "replay", alice, {"destination": to}).progress
    assert said.startswith("1 events wait for") and "Those up to number 2 are left alone" in said
    assert "left alone" not in done(ordering, "replay", alice, {"destination": to, "from_sequence": 3}).progress


def test_a_replay_to_a_second_destination_of_one_property_counts_nothing_twice_there(
    ordering: Ordering, told: Told, outcomes: Outcomes, alice: Any
) -> None:
    first = Replayed(told, alice).destination
    second = destinations.add(alice, "google-analytics", settings=first.settings, secret="s", alias="UA-12345-1")
    done(ordering, "replay", alice, {"destination": first.pk, "until_sequence": 3})
    assert done(ordering, "replay", alice, {"destination": second.pk}).progress.startswith("1 events")
    went = {one.sequence: one.destination for one in outcomes.latest(alice.pk)}
    assert went == {1: first.pk, 2: first.pk, 3: second.pk}
