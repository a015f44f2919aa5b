"""What is ClickHouse's own: the address, two processes at once, a kill, a newer layout."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dialboard.errors import DataFolderError, StoreError, StoreUnreachable
from dialboard.shapes.question import Bucket, Held
from dialboard.shapes.row import Span
from dialboard.store import clickhouse, open_store
from dialboard.store.clickhouse import ClickHouseStore
from tests.servers.clickhouse import ClickHouse, fresh
from tests.store.sample import ALICE, BEGIN, CALLS, OFFICE, ask, batch, call

pytestmark = pytest.mark.clickhouse
DAY = Span(BEGIN, BEGIN + timedelta(days=1))


@pytest.fixture
def own_server(clickhouse_server: ClickHouse, tmp_path: Path) -> Iterator[ClickHouse]:
    """A server that the test may kill."""
    server = ClickHouse(tmp_path)
    server.start()
    yield server
    server.stop()


def test_two_processes_share_one_database(clickhouse_url: str) -> None:
    url = fresh(clickhouse_url)
    one = open_store(url)
    one.prepare([CALLS])
    one.put(batch(ALICE, [call(1, BEGIN)]))
    other = open_store(url)
    assert other.ask(ask()) == [Bucket(None, (), 1)]
    one.close()
    other.close()


def test_what_was_put_is_there_after_the_server_was_killed(own_server: ClickHouse) -> None:
    url = fresh(own_server.url)
    store = ClickHouseStore(url)
    store.prepare([CALLS])
    store.put(batch(ALICE, [call(number, BEGIN) for number in range(1000)], held=DAY, cursor=("log", 3)))
    own_server.kill()
    with pytest.raises(StoreUnreachable, match="No ClickHouse answers"):
        store.ask(ask())
    own_server.start()
    assert store.ask(ask()) == [Bucket(None, (), 1000)]
    assert store.held(ALICE, "calls") == [Held(OFFICE, DAY)]
    assert store.cursor(ALICE, "log") == 3
    store.close()


def test_rows_are_written_before_they_are_said_to_be_held(clickhouse_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ClickHouseStore(fresh(clickhouse_url))
    store.prepare([CALLS])

    def fail(*words: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(store, "_insert", fail)
    with pytest.raises(RuntimeError):
        store.put(batch(ALICE, [call(1, BEGIN)], held=DAY, cursor=("log", 3)))
    assert store.held(ALICE, "calls") == []
    assert store.cursor(ALICE, "log") == 0
    store.close()


def test_a_key_written_ten_times_is_counted_once_however_it_is_merged(clickhouse_url: str) -> None:
    store = ClickHouseStore(fresh(clickhouse_url))
    store.prepare([CALLS])
    for number in range(10):
        store.put(batch(ALICE, [call(1, BEGIN, duration=number)]))
    found = store.rows(ALICE, "calls", time="start_time", span=DAY)
    assert [each["duration"] for each in found] == [9]
    store.close()


def test_a_database_of_a_newer_program_is_refused(clickhouse_url: str) -> None:
    url = fresh(clickhouse_url)
    store = ClickHouseStore(url)
    with store._client() as client:
        client.insert("layout", [[99]], ["version"])
    store.close()
    with pytest.raises(DataFolderError, match="newer program"):
        ClickHouseStore(url)


def test_a_wrong_password_is_told_without_it(clickhouse_server: ClickHouse) -> None:
    with pytest.raises(StoreError, match="does not know the user 'tester' with this password") as caught:
        ClickHouseStore(f"clickhouse://tester:hunter2@127.0.0.1:{clickhouse_server.port}/x")
    assert "hunter2" not in str(caught.value)
    assert not isinstance(caught.value, StoreUnreachable)


def test_a_question_that_takes_too_much_memory_is_refused(clickhouse_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ClickHouseStore(fresh(clickhouse_url))
    store.prepare([CALLS])
    store.put(batch(ALICE, [call(number, BEGIN, status=str(number)) for number in range(20_000)]))
    monkeypatch.setitem(clickhouse._READING, "max_memory_usage", 1 << 20)
    with pytest.raises(StoreError, match="more memory"):
        store.ask(ask(split=("status",)))
    store.close()


def test_a_copy_is_clickhouses_own_business(clickhouse_url: str, tmp_path: Path) -> None:
    store = ClickHouseStore(fresh(clickhouse_url))
    with pytest.raises(StoreError, match="BACKUP"):
        store.backup(str(tmp_path / "copy"))
    store.close()


@pytest.mark.parametrize("url", ["clickhouse://", "clickhouse://u:p@/x", "clickhouse://h:port/x", "http://h/x"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="address of ClickHouse"):
        ClickHouseStore(url)
