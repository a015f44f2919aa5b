import sqlite3
import traceback
from collections.abc import Iterator
from datetime import timedelta

import pytest

from dialboard.deliver.outcomes import Outcomes, migrate, open_outcomes
from dialboard.deliver.statements import New, Result
from dialboard.errors import DataFolderError, Transient
from dialboard.shapes.delivery import Reason, State
from tests.deliver.cast import ALICE, BOB, NOON

LATER = NOON + timedelta(seconds=30)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def where(request, tmp_path) -> str:
    address = str(tmp_path / "deliveries.db")
    if request.param == "postgres":
        address = request.getfixturevalue("postgres_database")
    migrate(address)
    return address


@pytest.fixture
def outcomes(where) -> Iterator[Outcomes]:
    opened = open_outcomes(where)
    yield opened
    opened.close()


def new(sequence: int, destination: str = "dst_a", account: str = ALICE, received_at=NOON) -> New:
    return New(
        account=account, destination=destination, sequence=sequence, event=f"evt_{sequence}", received_at=received_at
    )


def result(sequence: int, state: State, destination: str = "dst_a", **more) -> Result:
    return Result(destination=destination, sequence=sequence, state=state, **more)


def due(outcomes: Outcomes, now=NOON, destination: str = "dst_a") -> list[int]:
    return [one.sequence for one in outcomes.due(destination, now, 100)]


def test_a_new_delivery_waits_and_is_due_at_once(outcomes):
    assert outcomes.admit([new(1)], NOON, cursor=("delivering", 1)) == 1
    (found,) = outcomes.due("dst_a", NOON, 10)
    assert (found.account, found.event, found.state, found.attempts) == (ALICE, "evt_1", State.WAITING, 0)
    assert (found.updated_at, found.next_try_at, found.reason, found.detail) == (NOON, NOON, None, "")
    assert outcomes.cursor("delivering") == 1


def test_a_cursor_is_0_at_first_and_moves_without_deliveries_too(outcomes):
    assert outcomes.cursor("delivering") == 0
    outcomes.admit([], NOON, cursor=("delivering", 41))
    outcomes.admit([], NOON, cursor=("delivering", 42))
    assert outcomes.cursor("delivering") == 42


def test_a_delivery_that_exists_stays_as_it_is_when_its_event_is_read_again(outcomes):
    outcomes.admit([new(1)], NOON)
    outcomes.write([], [result(1, State.DELIVERED)], NOON)
    assert outcomes.admit([new(1), new(2)], LATER) == 1
    assert due(outcomes) == [] and due(outcomes, LATER) == [2]


def test_rows_and_cursor_are_written_together_or_not_at_all(outcomes):
    broken = New(account=ALICE, destination="dst_a", sequence=2, event=None, received_at=NOON)  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"(?i)null"):
        outcomes.admit([new(1), broken], NOON, cursor=("delivering", 2))
    assert outcomes.cursor("delivering") == 0
    assert outcomes.latest(ALICE) == []


def test_what_is_being_sent_is_not_due(outcomes):
    outcomes.admit([new(1), new(2)], NOON)
    outcomes.write([("dst_a", 1)], [], NOON)
    assert due(outcomes) == [2]


def test_what_is_to_be_tried_later_is_due_later_and_its_attempts_are_counted(outcomes):
    outcomes.admit([new(1)], NOON)
    for attempt in (1, 2):
        outcomes.write([("dst_a", 1)], [], NOON)
        failed = result(1, State.WAITING, next_try_at=LATER, reason=Reason.SERVER_ERROR, detail="It answered 500.")
        outcomes.write([], [failed], NOON)
        assert outcomes.latest(ALICE)[0].attempts == attempt
    assert due(outcomes) == [] and due(outcomes, LATER) == [1]
    (found,) = outcomes.latest(ALICE)
    assert (found.reason, found.detail, found.next_try_at) == (Reason.SERVER_ERROR, "It answered 500.", LATER)


def test_the_longest_due_comes_first(outcomes):
    outcomes.admit([new(1)], LATER)
    outcomes.admit([new(3), new(2)], NOON)
    assert due(outcomes, LATER) == [2, 3, 1]
    assert [one.sequence for one in outcomes.due("dst_a", LATER, 2)] == [2, 3]


def test_each_destination_has_its_own_rows_of_an_event(outcomes):
    outcomes.admit([new(1, "dst_a"), new(1, "dst_b")], NOON)
    outcomes.write([], [result(1, State.DEAD, reason=Reason.REFUSED, tried=False)], NOON)
    assert due(outcomes) == [] and due(outcomes, destination="dst_b") == [1]
    assert outcomes.counts(ALICE) == {"dst_a": {State.DEAD: 1}, "dst_b": {State.WAITING: 1}}


def test_what_was_being_sent_when_the_program_ended_is_uncertain_and_tried_again(where):
    before = open_outcomes(where)
    before.admit([new(1), new(2)], NOON)
    before.write([("dst_a", 1)], [], NOON)
    before.close()
    after = open_outcomes(where)
    assert after.recover(LATER) == 1
    assert [(one.sequence, one.state) for one in after.due("dst_a", LATER, 10)] == [
        (2, State.WAITING),
        (1, State.UNCERTAIN),
    ]
    found = after.latest(ALICE, state=State.UNCERTAIN)[0]
    assert (found.attempts, found.reason) == (1, Reason.NO_ANSWER)
    assert "program ended" in found.detail
    assert after.recover(LATER) == 0
    after.close()


def test_a_destination_that_rather_loses_an_event_leaves_it_uncertain_for_good(outcomes):
    outcomes.admit([new(1), new(1, "dst_b")], NOON)
    outcomes.write([("dst_a", 1), ("dst_b", 1)], [], NOON)
    outcomes.recover(LATER, lambda destination: destination == "dst_b")
    assert due(outcomes, LATER) == [1]
    assert due(outcomes, LATER, "dst_b") == []
    assert outcomes.latest(ALICE, destination="dst_b")[0].next_try_at is None


def test_what_a_destination_no_longer_takes_ends_with_its_reason(outcomes):
    outcomes.admit([new(n, received_at=NOON) for n in (1, 2, 3, 4)] + [new(5, received_at=LATER)], NOON)
    outcomes.write([("dst_a", 4)], [], NOON)
    retried = {"next_try_at": NOON, "reason": Reason.SERVER_ERROR, "detail": "It answered 500."}
    outcomes.write([], [result(2, State.WAITING, **retried), result(3, State.UNCERTAIN, **retried)], NOON)
    assert outcomes.expire("dst_a", LATER, LATER) == 3
    found = {one.sequence: one for one in outcomes.latest(ALICE)}
    assert [(found[n].state, found[n].reason) for n in (1, 2, 3, 4, 5)] == [
        (State.DEAD, Reason.TOO_OLD),
        (State.DEAD, Reason.GAVE_UP),
        (State.UNCERTAIN, Reason.GAVE_UP),
        (State.WAITING, None),  # under way: what comes of it counts
        (State.WAITING, None),
    ]
    assert found[2].detail.endswith("It answered 500.")


def test_dead_deliveries_can_be_asked_for_again(outcomes):
    outcomes.admit([new(n) for n in (1, 2, 3, 4)], NOON)
    dead = {"reason": Reason.REFUSED, "detail": "no"}
    ended = [result(1, State.DEAD, **dead), result(2, State.DELIVERED), result(3, State.UNCERTAIN, **dead)]
    outcomes.write([], [*ended, result(4, State.DEAD, **dead)], NOON)
    assert outcomes.send_again("dst_a", 1, 4, LATER) == 2
    assert due(outcomes, LATER) == [1, 3]


def test_deliveries_are_listed_newest_first_page_by_page(outcomes):
    outcomes.admit([new(n, "dst_b" if n % 2 else "dst_a") for n in range(1, 8)] + [new(9, account=BOB)], NOON)
    assert [one.sequence for one in outcomes.latest(ALICE, limit=3)] == [7, 6, 5]
    assert [one.sequence for one in outcomes.latest(ALICE, limit=3, before=5)] == [4, 3, 2]
    assert [one.sequence for one in outcomes.latest(ALICE, destination="dst_a")] == [6, 4, 2]
    assert [one.sequence for one in outcomes.latest(ALICE, event="evt_3")] == [3]
    assert outcomes.latest(ALICE, state=State.DEAD) == []


def test_the_deliveries_of_events_are_found_and_an_event_without_any_has_an_empty_list(outcomes):
    outcomes.admit([new(1, "dst_b"), new(1, "dst_a"), new(2), new(3, account=BOB)], NOON)
    found = outcomes.of_events(ALICE, [1, 2, 3, 4])
    assert {number: [one.destination for one in rows] for number, rows in found.items()} == {
        1: ["dst_a", "dst_b"],
        2: ["dst_a"],
        3: [],
        4: [],
    }


def test_a_thousand_events_are_looked_up_at_once(outcomes):
    outcomes.admit([new(n) for n in range(1, 1201)], NOON)
    assert sum(len(rows) for rows in outcomes.of_events(ALICE, range(1, 1201)).values()) == 1200


def test_forgetting_an_account_leaves_the_others(outcomes):
    outcomes.admit([new(1), new(2, account=BOB)], NOON, cursor=("delivering", 2))
    outcomes.forget(ALICE)
    assert outcomes.latest(ALICE) == [] and len(outcomes.latest(BOB)) == 1
    outcomes.write([], [result(1, State.DELIVERED)], NOON)  # an answer that comes after it brings nothing back
    assert outcomes.latest(ALICE) == []


def test_only_one_process_delivers_at_a_time(where):
    first, second = open_outcomes(where), open_outcomes(where)
    assert first.claim() and first.claim()
    assert not second.claim()
    first.close()
    assert second.claim()
    second.close()


def test_a_reader_sees_what_is_written_and_cannot_write(where, outcomes):
    reader = open_outcomes(where, read_only=True)
    outcomes.admit([new(1)], NOON)
    assert len(reader.latest(ALICE)) == 1
    with pytest.raises(Exception, match=r"(?i)read.?only"):
        reader.admit([new(2)], NOON)
    reader.close()


def test_migrating_again_changes_nothing(where, outcomes):
    outcomes.admit([new(1)], NOON)
    migrate(where)
    assert len(outcomes.latest(ALICE)) == 1


def test_a_database_of_a_newer_version_is_refused(where, outcomes):
    with outcomes._database.transaction() as run:
        run("PRAGMA user_version = 99" if where.endswith(".db") else "UPDATE deliveries_version SET number = 99")
    for attempt in (migrate, open_outcomes):
        with pytest.raises(DataFolderError, match="newer version"):
            attempt(where)


@pytest.mark.postgres
def test_an_empty_database_has_to_be_prepared_first(postgres_database):
    with pytest.raises(DataFolderError, match="not prepared"):
        open_outcomes(postgres_database)


@pytest.mark.postgres
def test_the_address_of_a_database_is_in_no_error():
    password = "marker" + "-password"
    with pytest.raises(Transient) as error:
        open_outcomes(f"postgresql://alice:{password}@127.0.0.1:1/deliveries")
    assert password not in "".join(traceback.format_exception(error.value))


@pytest.mark.postgres
def test_a_lost_connection_is_made_again(postgres_database):
    migrate(postgres_database)
    outcomes = open_outcomes(postgres_database)
    assert outcomes.claim()
    killing = open_outcomes(postgres_database)
    killing._database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )
    with pytest.raises(Transient, match="does not answer"):
        outcomes.admit([new(1)], NOON)
    assert outcomes.admit([new(1)], NOON) == 1
    assert not killing.claim()
    outcomes.close()
    killing.close()


@pytest.mark.postgres
def test_a_database_that_vanishes_without_a_word_is_noticed_within_a_minute(postgres_database):
    migrate(postgres_database)
    outcomes = open_outcomes(postgres_database)
    given = outcomes._database._connection.info.get_parameters()
    idle, interval, count = (int(given[f"keepalives_{name}"]) for name in ("idle", "interval", "count"))
    assert idle + interval * count < 60
    outcomes.close()


@pytest.mark.postgres
def test_a_page_after_a_restart_of_the_database_is_answered_at_once(own_postgres):
    database = own_postgres.new_database()
    migrate(database)
    outcomes = open_outcomes(database, read_only=True)
    own_postgres.stop()
    own_postgres.start()
    assert outcomes.latest("acc_alice") == []
    outcomes.close()


def test_a_file_that_is_not_there_is_not_made_by_opening_it(tmp_path):
    with pytest.raises(DataFolderError, match=r"There is no deliveries\.db yet"):
        open_outcomes(str(tmp_path / "deliveries.db"))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_a_sentence(tmp_path):
    (tmp_path / "deliveries.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(DataFolderError, match=r"deliveries\.db is damaged"):
        open_outcomes(str(tmp_path / "deliveries.db"))


def test_a_commit_is_on_the_disk_when_it_returns(tmp_path):
    """FULL is 2: with WAL, NORMAL would lose the last commits to a power cut."""
    migrate(str(tmp_path / "deliveries.db"))
    outcomes = open_outcomes(str(tmp_path / "deliveries.db"))
    assert outcomes._database.query("PRAGMA synchronous") == [(2,)]
    assert outcomes._database.query("PRAGMA journal_mode") == [("wal",)]
    outcomes.close()


def test_a_backup_holds_everything_while_the_file_is_in_use(tmp_path):
    migrate(str(tmp_path / "deliveries.db"))
    outcomes = open_outcomes(str(tmp_path / "deliveries.db"))
    outcomes.admit([new(1)], NOON)
    outcomes.backup(str(tmp_path / "copy.db"))
    outcomes.close()
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM deliveries").fetchone() == (1,)
    copy.close()


DAY = timedelta(days=1)


def a_past(outcomes: Outcomes) -> None:
    """Events 1 to 6, a day apart; 1 and 5 are delivered, 2 is dead, 3 waits, 4 is uncertain, 6 is delivered today."""
    ends = {1: State.DELIVERED, 2: State.DEAD, 4: State.UNCERTAIN, 5: State.DELIVERED, 6: State.DELIVERED}
    for sequence in range(1, 7):
        at = NOON - (10 - sequence) * DAY
        outcomes.admit([new(sequence, received_at=at)], at, cursor=("delivering", sequence))
        if sequence in ends:
            outcomes.write([], [result(sequence, ends[sequence])], NOON if sequence == 6 else at)


def prune(outcomes: Outcomes, before, limit: int = 100, destination: str = "dst_a") -> list[int]:
    """What is left."""
    while outcomes.prune(destination, before, limit):
        pass
    return sorted(one.sequence for one in outcomes.latest(ALICE, destination=destination))


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_what_is_old_and_finished_is_removed_and_nothing_else(outcomes, limit):
    a_past(outcomes)
    assert prune(outcomes, NOON - 20 * DAY, limit) == [1, 2, 3, 4, 5, 6]
    assert prune(outcomes, NOON - 7.5 * DAY, limit) == [3, 4, 5, 6]
    assert prune(outcomes, NOON - DAY, limit) == [3, 4, 6], "what waits, what is uncertain, what was touched since"
    assert due(outcomes) == [3]
    assert outcomes.cursor("delivering") == 6


def test_a_batch_is_no_larger_than_it_may_be(outcomes):
    outcomes.admit([new(sequence) for sequence in range(1, 8)], NOON)
    outcomes.write([], [result(sequence, State.DELIVERED) for sequence in range(1, 8)], NOON)
    left = []
    while outcomes.prune("dst_a", NOON + DAY, 3):
        left.append(len(outcomes.latest(ALICE)))
    assert left == [7, 4, 4, 1, 1, 0]


def test_what_is_forgotten_is_not_admitted_again(outcomes):
    a_past(outcomes)
    assert outcomes.forgotten("dst_a") == 0
    prune(outcomes, NOON - 7.5 * DAY)
    assert outcomes.forgotten("dst_a") == 2
    again = [new(sequence) for sequence in range(1, 9)] + [new(1, "dst_b")]
    assert outcomes.admit(again, NOON) == 3, "7, 8 and the other destination's"
    assert sorted(one.sequence for one in outcomes.latest(ALICE, destination="dst_a")) == [3, 4, 5, 6, 7, 8]


def test_every_destination_with_a_delivery_is_known(outcomes):
    assert list(outcomes.destinations()) == []
    outcomes.admit([new(1, name) for name in ("dst_c", "dst_a", "dst_b")] + [new(2, "dst_a")], NOON)
    assert list(outcomes.destinations()) == ["dst_a", "dst_b", "dst_c"]
