"""What every store does, whichever engine holds it."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import structs

from dialboard.errors import StoreError
from dialboard.shapes.question import Aggregate, Aggregation, Bucket, Filter, Grain, Held
from dialboard.shapes.resource import Field, Kind, Resource
from dialboard.shapes.row import Row, Span
from dialboard.store.clickhouse import ClickHouseStore
from dialboard.store.door import Store
from dialboard.store.duckdb import DuckStore
from dialboard.store.remote import RemoteStore
from tests.store.conftest import Open
from tests.store.sample import ALICE, BEGIN, BOB, CALLS, END, OFFICE, SHOP, ask, batch, call

HOUR = timedelta(hours=1)
VERBS = sorted(name for name in vars(Store) if not name.startswith("_"))


def span(first: int, last: int) -> Span:
    """Hours since the beginning."""
    return Span(BEGIN + first * HOUR, BEGIN + last * HOUR)


def statuses(store: Store, account: str = ALICE) -> dict[str | None, object]:
    return {each.dimensions[0]: each.value for each in store.ask(ask(account=account, split=("status",)))}


@pytest.mark.parametrize("verb", VERBS)
def test_every_engine_has_a_verb_of_the_door_and_a_test_calls_it(verb: str) -> None:
    without = [one.__name__ for one in (DuckStore, ClickHouseStore, RemoteStore) if not hasattr(one, verb)]
    assert not without, f"the door has the verb {verb}, but {without} lack it"
    tests = (file.read_text() for file in Path(__file__).parent.glob("*.py"))
    assert any(f".{verb}(" in text for text in tests), f"no test in tests/store calls {verb}"


def test_no_engine_has_a_verb_that_the_door_lacks() -> None:
    engines = (DuckStore, ClickHouseStore, RemoteStore)
    more = {name for one in engines for name, value in vars(one).items() if callable(value) and name[0] != "_"}
    assert more <= set(VERBS), f"dialboard/store/door.py lacks {more - set(VERBS)}"


def test_a_row_put_again_replaces_itself(store: Store) -> None:
    store.put(batch(ALICE, [call(1, BEGIN, status="ringing"), call(2, BEGIN, status="busy")]))
    store.put(batch(ALICE, [call(1, BEGIN, status="completed")]))
    assert statuses(store) == {"completed": 1, "busy": 1}


def test_of_one_key_twice_in_a_batch_the_last_stays(store: Store) -> None:
    store.put(batch(ALICE, [call(1, BEGIN, status="ringing"), call(1, BEGIN, status="completed")]))
    assert statuses(store) == {"completed": 1}


def test_a_call_that_begins_later_is_still_one_row(store: Store) -> None:
    waiting = call(1, None, status="queued")
    begun = Row(waiting.key, {**waiting.values, "start_time": BEGIN + HOUR, "status": "completed"}, b"{}")
    store.put(batch(ALICE, [waiting]))
    assert statuses(store) == {}
    store.put(batch(ALICE, [begun]))
    assert statuses(store) == {"completed": 1}
    assert store.ask(ask(time="date_created")) == [Bucket(None, (), 1)]


def test_a_key_is_of_its_twilio_account(store: Store) -> None:
    store.put(batch(ALICE, [call(1, BEGIN)], OFFICE))
    store.put(batch(ALICE, [call(1, BEGIN)], SHOP))
    assert store.ask(ask()) == [Bucket(None, (), 2)]
    assert store.ask(ask(twilio_account=SHOP)) == [Bucket(None, (), 1)]


def test_a_batch_may_bring_nothing_but_coverage(store: Store) -> None:
    store.put(batch(ALICE, [], held=span(0, 1), cursor=("log", 7)))
    assert store.held(ALICE, "calls") == [Held(OFFICE, span(0, 1))]
    assert store.cursor(ALICE, "log") == 7


COVERAGE: list[tuple[list[Span], list[Span]]] = [
    ([], []),
    ([span(0, 1)], [span(0, 1)]),
    ([span(0, 1), span(1, 2)], [span(0, 2)]),
    ([span(1, 2), span(0, 1)], [span(0, 2)]),
    ([span(0, 1), span(2, 3)], [span(0, 1), span(2, 3)]),
    ([span(0, 1), span(2, 3), span(1, 2)], [span(0, 3)]),
    ([span(0, 4), span(1, 2)], [span(0, 4)]),
    ([span(1, 2), span(0, 4)], [span(0, 4)]),
    ([span(0, 2), span(1, 3), span(5, 6)], [span(0, 3), span(5, 6)]),
]


@pytest.mark.parametrize(("put", "held"), COVERAGE)
def test_held_spans_are_merged_where_they_touch(store: Store, put: list[Span], held: list[Span]) -> None:
    for each in put:
        store.put(batch(ALICE, [], held=each))
    assert [each.span for each in store.held(ALICE, "calls")] == held


def test_what_is_held_is_told_apart_by_twilio_account(store: Store) -> None:
    store.put(batch(ALICE, [], OFFICE, held=span(1, 2)))
    store.put(batch(ALICE, [], SHOP, held=span(0, 3)))
    assert store.held(ALICE, "calls") == [Held(SHOP, span(0, 3)), Held(OFFICE, span(1, 2))]
    assert store.held(ALICE, "calls", OFFICE) == [Held(OFFICE, span(1, 2))]
    assert store.held(ALICE, "calls", "AC_none") == []


@pytest.mark.parametrize("held", [span(2, 1), span(1, 1), Span(datetime(2026, 1, 1), datetime(2026, 1, 2))])  # noqa: DTZ001
def test_a_held_span_that_is_none_is_refused(store: Store, held: Span) -> None:
    with pytest.raises(StoreError, match="held span"):
        store.put(batch(ALICE, [call(1, BEGIN)], held=held))
    assert store.ask(ask()) == []


def test_a_cursor_is_0_at_first_and_then_what_was_put_last(store: Store) -> None:
    assert store.cursor(ALICE, "unheard") == 0
    store.put(batch(ALICE, [], cursor=("log", 5)))
    store.put(batch(ALICE, [], cursor=("log", 9)))
    store.put(batch(BOB, [], cursor=("log", 2)))
    assert (store.cursor(ALICE, "log"), store.cursor(BOB, "log"), store.cursor(ALICE, "other")) == (9, 2, 0)


def test_what_is_forgotten_is_gone_and_nothing_else(store: Store) -> None:
    for account in (ALICE, BOB):
        store.put(batch(account, [call(1, BEGIN, status="busy")], held=span(0, 1), cursor=("log", 1)))
    store.forget(ALICE)
    assert (statuses(store, ALICE), store.held(ALICE, "calls"), store.cursor(ALICE, "log")) == ({}, [], 0)
    assert (statuses(store, BOB), store.held(BOB, "calls"), store.cursor(BOB, "log")) == (
        {"busy": 1},
        [Held(OFFICE, span(0, 1))],
        1,
    )
    store.forget("acc_nobody")


def test_rows_come_back_as_they_were_put(store: Store) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
    values = {
        "status": "Zoë ☎ \\ \t \n '",
        "from": "+491",
        "country": None,
        "legs": 2,
        "duration": -(2**63),
        "mos": 4.25,
        "price": Decimal("0.00750000"),
        "currency": "",
        "forwarded": False,
    }
    row = call(1, at, **values)
    store.put(batch(ALICE, [row]))
    (found,) = store.rows(ALICE, "calls", time="start_time", span=Span(BEGIN, END))
    assert found == row.values
    assert {name: type(value) for name, value in found.items()} == {
        name: type(value) for name, value in row.values.items()
    }
    assert found["start_time"].tzinfo is UTC
    assert type(found["day"]) is date


def test_the_zone_of_the_machine_means_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        store.put(batch(ALICE, [call(1, BEGIN)], held=span(0, 1)))
        (found,) = store.rows(ALICE, "calls", time="start_time", span=span(0, 1))
        assert found["start_time"] == BEGIN
        assert found["date_created"] == BEGIN - timedelta(minutes=1)
        assert store.held(ALICE, "calls") == [Held(OFFICE, span(0, 1))]
        assert [each.at for each in store.ask(ask(by=Grain.HOUR))] == [BEGIN]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_rows_are_newest_first_and_come_in_pages(store: Store) -> None:
    store.put(batch(ALICE, [call(number, BEGIN + (number % 5) * HOUR) for number in range(12)]))

    def page(limit: int, offset: int) -> list[str]:
        found = store.rows(ALICE, "calls", time="start_time", span=span(0, 4), limit=limit, offset=offset)
        return [each["sid"] for each in found]

    everything = page(100, 0)
    wanted = sorted((number for number in range(12) if number % 5 < 4), key=lambda each: (each % 5, each), reverse=True)
    assert everything == [f"CA{number:06}" for number in wanted]
    assert [*page(4, 0), *page(4, 4), *page(4, 8)] == everything


def test_rows_are_asked_for_by_a_time(store: Store) -> None:
    with pytest.raises(StoreError, match="status is not a time"):
        store.rows(ALICE, "calls", time="status", span=span(0, 1))


def test_rows_can_be_filtered(store: Store) -> None:
    store.put(batch(ALICE, [call(number, BEGIN, duration=number) for number in range(5)]))
    where = [Filter("duration", "at_least", (3,))]
    found = store.rows(ALICE, "calls", time="start_time", span=span(0, 1), where=where)
    assert [each["duration"] for each in found] == [4, 3]


BAD_ROWS: list[tuple[Row, str]] = [
    (call(1, BEGIN, nope=1), "nope"),
    (call(1, BEGIN, duration=2**63), "duration"),
    (call(1, BEGIN, mos=float("nan")), "mos"),
    (call(1, BEGIN, _account=BOB), "_account"),
    (call(1, BEGIN, price=Decimal("10000000000")), "price"),
    (call(1, BEGIN, price=Decimal("NaN")), "price"),
    (Row("CA1", {"start_time": BEGIN}, b"{}"), "date_created"),
    (call(1, datetime(2026, 1, 1)), "with its zone"),  # noqa: DTZ001
    (call(1, BEGIN, duration="a while"), "duration"),
    (call(1, BEGIN, duration=1.5), "duration"),
    (call(1, BEGIN, duration=True), "duration"),
    (call(1, BEGIN, status=5), "status"),
    (call(1, BEGIN, price=True), "price"),
    (call(1, BEGIN, forwarded=1), "forwarded"),
    (call(1, BEGIN, day=BEGIN), "day"),
]


@pytest.mark.parametrize(("row", "sentence"), BAD_ROWS)
def test_a_batch_with_a_row_that_cannot_be_kept_leaves_nothing(store: Store, row: Row, sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence):
        store.put(batch(ALICE, [call(2, BEGIN), row], held=span(0, 1), cursor=("log", 1)))
    assert store.ask(ask()) == []
    assert store.held(ALICE, "calls") == []
    assert store.cursor(ALICE, "log") == 0


def test_money_is_kept_with_eight_places(store: Store) -> None:
    prices = [Decimal("0.123456785"), Decimal("1E-8"), Decimal("-0.0075")]
    store.put(batch(ALICE, [call(number, BEGIN + number * HOUR, price=each) for number, each in enumerate(prices)]))
    found = [each["price"] for each in store.rows(ALICE, "calls", time="start_time", span=span(0, 9))]
    assert [str(each) for each in found] == ["-0.00750000", "1E-8", "0.12345678"]


# Preparing


def test_an_unprepared_resource_is_refused_with_the_ones_there_are(store: Store) -> None:
    with pytest.raises(StoreError, match=r"No resource 'faxes'.*calls"):
        store.put(structs.replace(batch(ALICE, []), resource="faxes"))
    with pytest.raises(StoreError, match="No resource 'faxes'"):
        store.rows(ALICE, "faxes", time="at", span=span(0, 1))


def test_a_resource_may_get_another_field_and_keeps_its_rows(store: Store) -> None:
    first = _other("wider", Field("at", Kind.TIME, "at", ""))
    wider = _other("wider", Field("size", Kind.INTEGER, "size", ""), Field("at", Kind.TIME, "at", ""))
    store.prepare([first])
    store.put(structs.replace(batch(ALICE, [Row("1", {"at": BEGIN}, b"{}")]), resource="wider"))
    store.prepare([wider])
    store.prepare([wider])
    store.put(structs.replace(batch(ALICE, [Row("2", {"at": BEGIN, "size": 3}, b"{}")]), resource="wider"))
    question = ask(resource="wider", time="at", aggregate=Aggregate(Aggregation.SUM, "size"))
    assert store.ask(question) == [Bucket(None, (), 3)]
    assert store.ask(structs.replace(question, aggregate=Aggregate(Aggregation.COUNT))) == [Bucket(None, (), 2)]


def test_a_field_cannot_become_of_another_kind(store: Store) -> None:
    at = Field("at", Kind.TIME, "at", "")
    store.prepare([_other("changing", at, Field("size", Kind.INTEGER, "size", ""))])
    with pytest.raises(StoreError, match=r"changing\.size is kept as .* cannot become money"):
        store.prepare([_other("changing", at, Field("size", Kind.MONEY, "size", ""))])


def test_a_field_may_become_a_dimension(store: Store) -> None:
    at, text = Field("at", Kind.TIME, "at", ""), Field("name", Kind.TEXT, "name", "")
    store.prepare([_other("split", at, text)])
    store.prepare([_other("split", at, structs.replace(text, dimension=True))])
    store.put(structs.replace(batch(ALICE, [Row("1", {"at": BEGIN, "name": "x"}, b"{}")]), resource="split"))
    assert store.ask(ask(resource="split", time="at", split=("name",))) == [Bucket(None, ("x",), 1)]


BAD_RESOURCES = [
    (structs.replace(CALLS, name='x"; DROP TABLE coverage; --'), "cannot name a resource"),
    (structs.replace(CALLS, time="status"), "status.*not a field of the kind time"),
    (structs.replace(CALLS, created="nope"), "nope.*not a field"),
    (structs.replace(CALLS, fields=(*CALLS.fields, Field('a"b', Kind.TEXT, "a", ""))), "cannot name a field"),
    (structs.replace(CALLS, fields=(*CALLS.fields, Field("_key", Kind.TEXT, "a", ""))), "cannot name a field"),
    (structs.replace(CALLS, fields=(*CALLS.fields, CALLS.fields[0])), "names a field twice"),
]


@pytest.mark.parametrize(("resource", "sentence"), BAD_RESOURCES)
def test_a_resource_that_cannot_be_a_table_is_refused(store: Store, resource: Resource, sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence):
        store.prepare([resource])


def test_a_long_resource_name_may_have_slashes(store: Store) -> None:
    resource = _other("studio/v2/flow-executions", Field("at", Kind.TIME, "at", ""))
    store.prepare([resource])
    store.put(structs.replace(batch(ALICE, [Row("1", {"at": BEGIN}, b"{}")]), resource=resource.name))
    assert store.ask(ask(resource=resource.name, time="at")) == [Bucket(None, (), 1)]


def _other(name: str, *fields: Field) -> Resource:
    return Resource(
        name=name, title="", path="", records="", key=("id",), time="at", created="at", fields=tuple(fields)
    )


# Many at once


def test_readers_beside_a_writer_see_whole_batches_only(store: Store) -> None:
    size, batches = 200, 15
    done, seen, failures = threading.Event(), [], []

    def read() -> None:
        while not done.is_set():
            found = store.ask(ask())
            seen.append(found[0].value if found else 0)

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=guarded, args=(read,)) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for number in range(batches):
            # Of one month: ClickHouse writes a batch of two months in two steps.
            rows = [call(number * size + each, BEGIN + timedelta(days=1, minutes=each)) for each in range(size)]
            store.put(batch(ALICE, rows))
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not failures
    assert all(isinstance(each, int) and each % size == 0 for each in seen)
    assert store.ask(ask()) == [Bucket(None, (), size * batches)]


def test_several_writers_at_once_lose_nothing(store: Store) -> None:
    failures: list[BaseException] = []

    def write(first: int) -> None:
        try:
            for number in range(5):
                place = first * 5 + number
                store.put(batch(ALICE, [call(place, BEGIN)], held=span(place, place + 1)))
        except BaseException as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failures
    assert store.ask(ask()) == [Bucket(None, (), 20)]
    assert store.held(ALICE, "calls") == [Held(OFFICE, span(0, 20))]


@pytest.mark.clickhouse
def test_the_engines_give_the_same_answers(open_engine: Open) -> None:
    from tests.store.sample import AGGREGATES, random_calls

    stores = [open_engine("duckdb"), open_engine("clickhouse")]
    rows = random_calls(9, 600)
    for store in stores:
        store.put(batch(ALICE, rows))
    for aggregate in AGGREGATES:
        question = ask(aggregate=aggregate, by=Grain.WEEK, zone="Europe/Berlin", split=("country",))
        one, other = (store.ask(question) for store in stores)
        assert len(one) == len(other) > 50
        for a, b in zip(one, other, strict=True):
            assert (a.at, a.dimensions) == (b.at, b.dimensions)
            assert a.value == (pytest.approx(b.value, rel=1e-13) if isinstance(a.value, float) else b.value)
