import itertools
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from dialboard.deliver.delivering import Delivering
from dialboard.deliver.outcomes import Outcomes, migrate, open_outcomes
from dialboard.deliver.pace import Pace
from dialboard.deliver.replay import replay
from dialboard.outbound.http import Client, Limits
from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox
from dialboard.sandbox.serve import running
from dialboard.shapes.delivery import Delivery, Destination, Reason, State
from tests.deliver.cast import ALICE, BOB, SECRET, Journal, a_destination, an_event

PACE = Pace(first_wait_s=0.01, longest_wait_s=0.05, first_pause_s=0.02, longest_pause_s=0.1, grace_s=1.0)
QUICK = Limits(connect_timeout_s=0.5, read_timeout_s=0.4, total_timeout_s=0.8)


class Google:
    """The sandbox with its behaviour at hand."""

    def __init__(self, base: str, app: GoogleAnalyticsSandbox) -> None:
        self.base, self.app = base, app
        self.endpoint = f"{base}/mp/collect"

    def behave(self, **behaviour: Any) -> None:
        with Client(allow_private=True) as client:
            assert client.post(f"{self.base}/behave", json.dumps(behaviour).encode()).status == 204

    def got(self, destination: str = "dst_a", answered: int | None = None) -> Counter[str]:
        """How often each client was answered so (any way: None) at the destination."""
        stream = a_destination(destination).settings["measurement_id"]
        found = [one for one in self.app.requests if one.measurement_id == stream and answered in (None, one.answered)]
        return Counter(msgspec.json.decode(one.body)["client_id"] for one in found)

    def destination(self, name: str = "dst_a", **changes: Any) -> Destination:
        return a_destination(name, self.endpoint, **changes)


@pytest.fixture
def google() -> Iterator[Google]:
    app = GoogleAnalyticsSandbox()
    with running(app) as base:
        yield Google(base, app)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def either(request, tmp_path) -> Iterator[Outcomes]:
    where = str(tmp_path / "deliveries.db")
    if request.param == "postgres":
        where = request.getfixturevalue("postgres_database")
    migrate(where)
    opened = open_outcomes(where)
    yield opened
    opened.close()


@pytest.fixture
def outcomes(tmp_path) -> Iterator[Outcomes]:
    migrate(str(tmp_path / "deliveries.db"))
    opened = open_outcomes(str(tmp_path / "deliveries.db"))
    yield opened
    opened.close()


def events(count: int, **changes: Any) -> Journal:
    return Journal([an_event(number, **changes) for number in range(1, count + 1)])


def delivering(journal: Journal, outcomes: Outcomes, *destinations: Destination, **more: Any) -> Delivering:
    return Delivering(journal, outcomes, lambda: list(destinations), **{"pace": PACE, "limits": QUICK} | more)


@contextmanager
def going(process: Delivering) -> Iterator[None]:
    """`run` in a thread, as its process runs it."""
    stop = threading.Event()
    thread = threading.Thread(target=process.run, args=(stop, 0.01))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()


def until(condition: Any, within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def states(outcomes: Outcomes, destination: str = "dst_a") -> Counter[State]:
    return Counter(one.state for one in outcomes.latest(ALICE, destination=destination))


def finished(outcomes: Outcomes, count: int, destination: str = "dst_a") -> bool:
    found = outcomes.latest(ALICE, destination=destination)
    return len(found) == count and all(one.next_try_at is None for one in found)


def only(outcomes: Outcomes) -> Delivery:
    (found,) = outcomes.latest(ALICE)
    return found


def tried(outcomes: Outcomes) -> bool:
    return any(one.attempts for one in outcomes.latest(ALICE))


def deliver(process: Delivering, so: Any) -> None:
    """As a process of its own would, until it is so."""
    with going(process):
        until(so)


def test_every_event_is_delivered_once_and_recorded(google, either):
    deliver(delivering(events(300), either, google.destination()), lambda: finished(either, 300))
    assert states(either) == {State.DELIVERED: 300}
    assert sorted(google.got().values()) == [1] * 300
    assert {(one.attempts, one.reason, one.detail) for one in either.latest(ALICE)} == {(1, None, "")}
    assert either.cursor("delivering") == 300


def test_what_was_delivered_is_not_delivered_again_after_a_restart(google, either):
    journal = events(20)
    for count in range(20, 24):
        deliver(delivering(journal, either, google.destination()), lambda count=count: finished(either, count))
        journal.append(an_event(count + 1))
    assert google.got().total() == 23


def test_scripted_answers_bring_every_event_to_its_right_end(google, either):
    """Each destination answers every event by its own script, as RudderStack tests its router: nothing is delivered
    twice, nothing is lost, and every end has its reason."""
    count, patient = 50, msgspec.structs.replace(PACE, breaker_failures=10_000)
    scripts = {
        "dst_ok": [],
        "dst_slow": [500, 500, 204],
        "dst_no": [400],
        "dst_half": [500, 400],
        "dst_busy": [429, 503, 500, 204],
        "dst_broken": [{"close": True}, 204],
    }
    destinations = [google.destination(name) for name in scripts]
    for one in destinations:
        if scripts[one.id]:
            google.behave(script=scripts[one.id], per_client=True, measurement_id=one.settings["measurement_id"])
    with going(delivering(events(count), either, *destinations, pace=patient)):
        until(lambda: all(finished(either, count, name) for name in scripts), 60)

    def ends(name: str) -> set[tuple[State, Reason | None, int]]:
        return {(one.state, one.reason, one.attempts) for one in either.latest(ALICE, destination=name)}

    assert ends("dst_ok") == {(State.DELIVERED, None, 1)}
    assert ends("dst_slow") == {(State.DELIVERED, None, 3)}
    assert ends("dst_no") == {(State.DEAD, Reason.REFUSED, 1)}
    assert ends("dst_half") == {(State.DEAD, Reason.REFUSED, 2)}
    assert ends("dst_busy") == {(State.DELIVERED, None, 4)}
    assert ends("dst_broken") == {(State.DELIVERED, None, 2)}
    for name in ("dst_ok", "dst_slow", "dst_busy", "dst_broken"):
        assert sorted(google.got(name, answered=204).values()) == [1] * count
    assert google.got("dst_no", answered=204) == google.got("dst_half", answered=204) == {}


def test_a_destination_that_hangs_slows_no_other(google, outcomes):
    google.behave(delay_s=20, times=None, measurement_id="G-DSTHANGS")
    slow = Limits(read_timeout_s=5.0, total_timeout_s=5.0)
    both = [google.destination("dst_hangs"), google.destination("dst_well")]
    with going(delivering(events(400), outcomes, *both, limits=slow)):
        began = time.monotonic()
        until(lambda: states(outcomes, "dst_well") == {State.DELIVERED: 400})
        assert time.monotonic() - began < 4
        assert State.DELIVERED not in states(outcomes, "dst_hangs")


def test_a_dead_destination_is_left_in_peace_and_is_served_when_it_is_back(google, outcomes):
    google.behave(status=500, times=40, measurement_id="G-DSTDEAD")
    pace = Pace(first_wait_s=0.01, longest_wait_s=0.02, first_pause_s=0.2, longest_pause_s=0.2, breaker_failures=5)
    with going(delivering(events(100), outcomes, google.destination("dst_dead"), pace=pace)):
        until(lambda: google.got("dst_dead").total() >= 5)
        time.sleep(0.5)
        asked = google.got("dst_dead").total()
        assert asked <= 5 + pace.workers + 8, "only probes while it is dead"
        until(lambda: states(outcomes, "dst_dead") == {State.DELIVERED: 100}, 30)


def test_a_destination_that_asks_for_time_gets_it(google, outcomes):
    """One 429 with Retry-After stops its lane, and the delivery waits as long as asked."""
    with _retry_after(30) as (endpoint, asked):
        process = delivering(events(50), outcomes, a_destination(endpoint=endpoint), pace=Pace(workers=1))
        deliver(process, lambda: tried(outcomes))
    assert len(asked) == 1
    waiting = [one for one in outcomes.latest(ALICE) if one.attempts]
    assert [(one.state, one.reason) for one in waiting] == [(State.WAITING, Reason.SERVER_ERROR)]
    assert waiting[0].next_try_at is not None and waiting[0].next_try_at - datetime.now(UTC) > timedelta(seconds=20)


def test_a_timeout_after_the_body_is_uncertain_and_tried_again(google, outcomes):
    google.behave(delay_s=2)
    pace = msgspec.structs.replace(PACE, first_wait_s=0.5, longest_wait_s=0.5)
    with going(delivering(events(1), outcomes, google.destination(), pace=pace)):
        until(lambda: states(outcomes) == {State.UNCERTAIN: 1})
        until(lambda: states(outcomes) == {State.DELIVERED: 1})
    assert only(outcomes).attempts == 2
    assert google.got().total() == 2


def test_at_most_once_leaves_it_uncertain(google, outcomes):
    google.behave(delay_s=2)
    process = delivering(events(1), outcomes, google.destination(at_most_once=True))
    with going(process):
        until(lambda: finished(outcomes, 1))
    assert (only(outcomes).state, only(outcomes).reason) == (State.UNCERTAIN, Reason.NO_ANSWER)
    assert google.got().total() == 1


def test_a_refused_connection_has_not_arrived_and_waits(outcomes):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = delivering(events(1), outcomes, a_destination(endpoint=f"http://127.0.0.1:{port}/"), pace=Pace())
    deliver(process, lambda: tried(outcomes))
    assert (only(outcomes).state, only(outcomes).reason) == (State.WAITING, Reason.UNREACHABLE)
    assert "refused the connection" in only(outcomes).detail


def test_an_address_inside_is_not_asked_unless_the_operator_gave_it(google, outcomes):
    destination = google.destination(private_address_allowed=False)
    deliver(delivering(events(1), outcomes, destination, pace=Pace()), lambda: tried(outcomes))
    assert (only(outcomes).state, only(outcomes).reason) == (State.WAITING, Reason.UNREACHABLE)
    assert google.got().total() == 0


def test_an_event_that_is_too_old_is_never_sent(google, outcomes):
    journal = events(3, received_at=datetime.now(UTC) - timedelta(hours=71, seconds=1))
    journal.append(an_event(9, received_at=datetime.now(UTC) - timedelta(hours=70)))
    deliver(delivering(journal, outcomes, google.destination()), lambda: finished(outcomes, 4))
    assert states(outcomes) == {State.DEAD: 3, State.DELIVERED: 1}
    assert {one.reason for one in outcomes.latest(ALICE, state=State.DEAD)} == {Reason.TOO_OLD}
    assert google.got().total() == 1


def test_what_fails_until_the_deadline_is_given_up(google, outcomes):
    google.behave(status=500, times=None)
    clock = itertools.chain([timedelta(0)] * 40, itertools.repeat(timedelta(hours=72)))
    process = delivering(events(1), outcomes, google.destination(), now=lambda: datetime.now(UTC) + next(clock))
    with going(process):
        until(lambda: finished(outcomes, 1))
    assert (only(outcomes).state, only(outcomes).reason) == (State.DEAD, Reason.GAVE_UP)
    assert "71 hours" in only(outcomes).detail or "still took it" in only(outcomes).detail


def test_what_cannot_be_said_is_invalid_and_costs_no_request(google, outcomes):
    destination = google.destination(settings={"endpoint": google.endpoint}, alias=None)
    deliver(delivering(events(1), outcomes, destination), lambda: finished(outcomes, 1))
    assert (only(outcomes).state, only(outcomes).reason, only(outcomes).attempts) == (State.DEAD, Reason.INVALID, 0)
    assert google.app.requests == []


def test_events_before_a_destination_began_and_of_others_are_not_its(google, outcomes):
    journal = Journal([an_event(1), an_event(2), an_event(3, account=BOB), an_event(4, gaid="UA-9-9"), an_event(5)])
    deliver(delivering(journal, outcomes, google.destination(since=1)), lambda: finished(outcomes, 2))
    assert outcomes.cursor("delivering") == 5
    assert sorted(one.sequence for one in outcomes.latest(ALICE)) == [2, 5]
    assert outcomes.latest(BOB) == []


def test_an_event_that_no_destination_took_can_be_delivered_later(google, outcomes):
    journal = events(5)
    deliver(delivering(journal, outcomes), lambda: outcomes.cursor("delivering") == 5)
    assert outcomes.latest(ALICE) == []
    assert replay(journal, outcomes, google.destination(), 2, 5, datetime.now(UTC)) == 3
    deliver(delivering(journal, outcomes, google.destination()), lambda: states(outcomes) == {State.DELIVERED: 3})


def test_a_replay_asked_for_while_it_runs_is_noticed(google, outcomes):
    journal = events(5)
    deliver(delivering(journal, outcomes), lambda: outcomes.cursor("delivering") == 5)
    with going(delivering(journal, outcomes, google.destination())):
        replay(journal, outcomes, google.destination(), 1, 6, datetime.now(UTC))
        until(lambda: states(outcomes) == {State.DELIVERED: 5})


def test_a_destination_that_was_just_added_gets_the_very_next_event(google, outcomes):
    journal, destinations = Journal(), []
    process = Delivering(journal, outcomes, lambda: list(destinations), pace=PACE)
    with going(process):
        for number in range(1, 6):
            time.sleep(0.03)
            destinations.append(google.destination(f"dst_{number}"))
            journal.append(an_event(number))
            until(lambda number=number: states(outcomes, f"dst_{number}") == {State.DELIVERED: 1}, 3)
    assert len(outcomes.latest(ALICE)) == 15


def test_a_destination_that_is_switched_off_keeps_what_waits_until_it_is_on_again(google, outcomes):
    google.behave(status=500, times=None)
    journal, on = events(20), [google.destination()]
    process = Delivering(journal, outcomes, lambda: list(on), pace=PACE)
    with going(process):
        until(lambda: google.got().total() > 0)
        on.clear()
        time.sleep(1.2)  # a destination is off within a second
        asked = google.got().total()
        time.sleep(0.3)
        assert google.got().total() == asked
        with Client(allow_private=True) as client:
            client.post(f"{google.base}/forget", b"")
        on.append(google.destination())
        until(lambda: states(outcomes) == {State.DELIVERED: 20})


def test_an_event_whose_account_was_forgotten_is_buried(google, outcomes):
    journal = events(3)
    deliver(delivering(journal, outcomes), lambda: outcomes.cursor("delivering") == 3)
    replay(journal, outcomes, google.destination(), 1, 4, datetime.now(UTC))
    del journal.entries[1]
    deliver(delivering(journal, outcomes, google.destination()), lambda: finished(outcomes, 3))
    assert states(outcomes) == {State.DELIVERED: 2, State.DEAD: 1}
    assert outcomes.latest(ALICE, state=State.DEAD)[0].reason is Reason.INVALID


def test_a_kind_that_is_unknown_waits_for_a_version_that_knows_it(google, outcomes):
    pigeon = google.destination("dst_pigeon", kind="carrier-pigeon")
    deliver(delivering(events(2), outcomes, pigeon, google.destination()), lambda: finished(outcomes, 2))
    assert states(outcomes, "dst_pigeon") == {State.WAITING: 2}
    assert states(outcomes) == {State.DELIVERED: 2}


def test_a_mistake_in_one_event_does_not_stop_the_others(google, outcomes):
    journal = events(3)
    journal.append(an_event(9, title="\ud800"))  # no text: a half of a character
    with going(delivering(journal, outcomes, google.destination())):
        until(lambda: states(outcomes) == {State.DELIVERED: 3, State.WAITING: 1})
        until(lambda: any(one.attempts > 1 for one in outcomes.latest(ALICE, state=State.WAITING)))


def test_a_turn_that_fails_is_done_again(google, outcomes):
    broken = iter([RuntimeError("the database is away")])

    def destinations() -> list[Destination]:
        for error in broken:
            raise error
        return [google.destination()]

    with going(Delivering(events(2), outcomes, destinations, pace=PACE)):
        until(lambda: states(outcomes) == {State.DELIVERED: 2})


def test_a_second_process_waits_until_the_first_is_gone(google, either, request):
    where = either._database._path if hasattr(either._database, "_path") else either._database._url
    second = open_outcomes(str(where))
    assert second.claim()
    with going(delivering(events(1), either, google.destination())):
        time.sleep(0.1)
        assert google.got().total() == 0
        second.close()
        until(lambda: states(either) == {State.DELIVERED: 1})


@pytest.mark.postgres
def test_a_database_that_goes_away_and_comes_back_loses_nothing_and_doubles_nothing(google, own_postgres):
    where = own_postgres.new_database()
    migrate(where)
    opened, count = open_outcomes(where), 600
    google.behave(delay_s=0.02, times=None)
    with going(delivering(events(count), opened, google.destination())):
        until(lambda: google.got().total() > 50)
        own_postgres.kill()
        own_postgres.start()
        until(lambda: google.got().total() >= count, 40)
    watching = open_outcomes(where)
    assert states(watching) == {State.DELIVERED: count}
    assert sorted(google.got().values()) == [1] * count
    watching.close()
    opened.close()


def test_stopping_ends_what_is_under_way_and_loses_nothing(google, outcomes):
    google.behave(delay_s=0.2, times=None)
    journal = events(200)
    process = delivering(journal, outcomes, google.destination())
    with going(process):
        until(lambda: google.got().total() > 20)
    sent, recorded = google.got().total(), states(outcomes)
    assert recorded[State.DELIVERED] == sent
    assert recorded[State.WAITING] == 200 - sent


def test_stopping_does_not_wait_for_one_that_hangs(google, outcomes):
    google.behave(delay_s=30, times=None)
    pace = Pace(grace_s=0.2)
    with going(delivering(events(5), outcomes, google.destination(), pace=pace, limits=Limits())):
        until(lambda: google.got().total() == 5)
        began = time.monotonic()
    assert time.monotonic() - began < 3
    assert outcomes.recover(datetime.now(UTC)) == 5
    assert states(outcomes) == {State.UNCERTAIN: 5}


PROGRAM = """
import sys, threading
from tests.deliver.cast import Journal, a_destination, an_event
from dialboard.deliver.delivering import Delivering
from dialboard.deliver.outcomes import open_outcomes
where, endpoint, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
journal = Journal([an_event(number) for number in range(1, count + 1)])
Delivering(journal, open_outcomes(where), lambda: [a_destination(endpoint=endpoint)]).run(threading.Event())
"""


def test_killed_at_random_moments_it_loses_nothing_and_doubles_only_what_it_says(google, tmp_path):
    """A double is possible only for a delivery that was on the wire at a kill, and each of those was recorded."""
    where, count, kills = str(tmp_path / "deliveries.db"), 1500, 4
    migrate(where)
    google.behave(delay_s=0.02, times=None)
    watching = open_outcomes(where, read_only=True)
    under_way = 0
    for kill in range(1, kills + 1):
        goal = google.got().total() + 150 + 37 * kill
        with subprocess.Popen([sys.executable, "-c", PROGRAM, where, google.endpoint, str(count)]) as process:
            try:
                until(lambda goal=goal: google.got().total() >= goal, 30)
            finally:
                os.kill(process.pid, signal.SIGKILL)
        found = watching._database.query("SELECT count(*) FROM deliveries WHERE sending_at IS NOT NULL")
        under_way += found[0][0]
    assert under_way > 0, "no kill fell into a delivery"
    outcomes = open_outcomes(where)
    with going(delivering(events(count), outcomes, google.destination())):
        until(lambda: states(outcomes) == {State.DELIVERED: count}, 60)
    sent = google.got()
    assert len(sent) == count, "lost"
    assert sent.total() - count <= under_way
    attempts = sum(one.attempts for one in outcomes.latest(ALICE))
    assert sent.total() <= attempts, "every request was recorded before it left"
    outcomes.close()
    watching.close()


def test_the_secret_is_in_no_log_no_record_and_no_error(google, outcomes, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    scripts = {"dst_a": [500, 400], "dst_b": [{"close": True}, 302], "dst_c": [{"delay_s": 2}, 429, 403]}
    for name, script in scripts.items():
        google.behave(script=script, per_client=True, measurement_id=a_destination(name).settings["measurement_id"])
    destinations = [google.destination(name) for name in scripts]
    destinations.append(a_destination("dst_d", f"http://127.0.0.1:1/?x={SECRET}"))
    with going(delivering(events(3), outcomes, *destinations)):
        until(lambda: all(finished(outcomes, 3, name) for name in scripts))
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    texts = caplog.text + "".join(str(record.__dict__) for record in caplog.records) + repr(destinations)
    assert {one.state for one in outcomes.latest(ALICE, destination="dst_c")} == {State.DEAD}
    assert len(files) > 1000 and SECRET.encode() not in files
    assert SECRET not in texts + "".join(map(repr, outcomes.latest(ALICE)))


@contextmanager
def _retry_after(seconds: int) -> Iterator[tuple[str, list[Any]]]:
    asked: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("none")
        asked.append(scope["path"])
        headers = [(b"retry-after", str(seconds).encode())]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    with running(app) as base:
        yield f"{base}/mp/collect", asked


def test_a_record_that_is_old_is_removed_and_a_replay_does_not_double_it(google, either):
    journal, clock = events(5), [timedelta(0)]
    process = delivering(
        journal, either, google.destination(), now=lambda: datetime.now(UTC) + clock[0], keep=timedelta(days=400)
    )
    deliver(process, lambda: finished(either, 5))
    clock[0] = timedelta(days=401)
    later = delivering(journal, either, now=lambda: datetime.now(UTC) + clock[0], keep=timedelta(days=400))
    deliver(later, lambda: either.latest(ALICE) == [])
    assert replay(journal, either, google.destination(), 1, 6, datetime.now(UTC)) == 0
    journal.append(an_event(6))
    assert replay(journal, either, google.destination(), 1, 7, datetime.now(UTC)) == 1
    assert google.got().total() == 5


def test_without_an_age_the_record_is_kept(google, outcomes):
    journal = events(2)
    deliver(delivering(journal, outcomes, google.destination()), lambda: finished(outcomes, 2))
    later = delivering(journal, outcomes, google.destination(), now=lambda: datetime.now(UTC) + timedelta(days=4000))
    journal.append(an_event(3))
    deliver(later, lambda: outcomes.cursor("delivering") == 3)
    assert len(outcomes.latest(ALICE)) == 3
