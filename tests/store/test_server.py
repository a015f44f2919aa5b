"""The storing process: who may ask it, how it ends, and what its clients see of a restart or a kill."""

import contextlib
import os
import random
import signal
import socket
import stat
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dialboard.errors import StoreError, StoreUnreachable
from dialboard.shapes.question import Bucket, Held
from dialboard.shapes.row import Batch, Span
from dialboard.store import is_serving, open_store
from dialboard.store.duckdb import DuckStore
from dialboard.store.remote import RemoteStore
from tests.store.sample import ALICE, BEGIN, CALLS, OFFICE, ask, batch, call
from tests.store.storing import Storing

MINUTE = timedelta(minutes=1)


@pytest.fixture
def storing(tmp_path: Path) -> Iterator[Storing]:
    found = Storing(tmp_path).start()
    yield found
    if found.process:
        found.end(signal.SIGKILL)


@pytest.fixture
def store(storing: Storing) -> Iterator[RemoteStore]:
    found = storing.store()
    found.prepare([CALLS])
    yield found
    found.close()


def test_only_its_user_may_speak_to_it(storing: Storing) -> None:
    assert stat.S_IMODE(os.stat(storing.socket).st_mode) == 0o600


def test_it_ends_cleanly_and_takes_its_socket_away(storing: Storing, store: RemoteStore) -> None:
    store.put(batch(ALICE, [call(1, BEGIN)]))
    began = time.monotonic()
    assert storing.end() == 0
    assert time.monotonic() - began < 5
    assert not storing.socket.exists()
    assert not is_serving(str(storing.socket))


def test_a_put_that_runs_when_it_is_stopped_is_finished_and_answered(storing: Storing, store: RemoteStore) -> None:
    rows = [call(number, BEGIN + number * MINUTE) for number in range(20_000)]
    failures: list[StoreError] = []

    def put() -> None:
        with contextlib.closing(storing.store(wait_s=0)) as mine:  # 0: it is not asked again
            try:
                mine.put(batch(ALICE, rows))
            except StoreError as error:
                failures.append(error)

    writer = threading.Thread(target=put)
    writer.start()
    _until_busy(storing)
    assert storing.end() == 0
    writer.join()
    assert not failures
    found = DuckStore(storing.file)
    assert found.ask(ask()) == [Bucket(None, (), len(rows))]
    found.close()


def _until_busy(storing: Storing) -> None:
    """Until the process has worked 60 ms on what it was sent: by then it has read it and is far from done."""
    assert storing.process is not None
    path = Path(f"/proc/{storing.process.pid}/stat")
    first = int(path.read_text().split()[13])
    deadline = time.monotonic() + 5
    while int(path.read_text().split()[13]) < first + 6 and time.monotonic() < deadline:
        time.sleep(0.005)


def test_clients_go_on_after_a_restart(storing: Storing, store: RemoteStore) -> None:
    store.put(batch(ALICE, [call(1, BEGIN)]))
    storing.end()
    storing.start()
    assert store.ask(ask()) == [Bucket(None, (), 1)]


def test_a_client_waits_for_a_process_that_comes_up_late(storing: Storing, store: RemoteStore) -> None:
    storing.end()
    later = threading.Timer(0.3, storing.start)
    later.start()
    assert store.ask(ask()) == []
    later.join()


def test_nobody_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "rows.sock"), wait_s=0)
    with pytest.raises(StoreUnreachable, match="start `dialboard serve`"):
        store.cursor(ALICE, "log")


def test_a_socket_left_by_a_killed_process_is_replaced(storing: Storing, store: RemoteStore) -> None:
    store.put(batch(ALICE, [call(1, BEGIN)]))
    storing.end(signal.SIGKILL)
    assert storing.socket.exists()
    storing.start()
    assert store.ask(ask()) == [Bucket(None, (), 1)]


def test_a_relative_path_of_a_copy_is_the_clients_own(
    storing: Storing, store: RemoteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    store.backup("copy.duckdb")
    assert (tmp_path / "here" / "copy.duckdb").exists()
    with pytest.raises(StoreError, match="exists already"):
        store.backup("copy.duckdb")


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\2{}", b"\xff\xff\xff\xff", b"\0\0\0\x09abc"])
def test_noise_on_the_socket_hurts_nobody_else(storing: Storing, store: RemoteStore, noise: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(storing.socket))
        stranger.sendall(noise)
        stranger.shutdown(socket.SHUT_WR)
        stranger.settimeout(5)
        with contextlib.suppress(ConnectionResetError):  # it hangs up without reading the rest
            while stranger.recv(1000):
                pass
    assert store.ask(ask()) == []


def test_many_clients_are_answered_at_once(storing: Storing, store: RemoteStore) -> None:
    store.put(batch(ALICE, [call(number, BEGIN) for number in range(100)]))
    answers: list[object] = []

    def read() -> None:
        mine = storing.store()
        answers.extend(each.value for _ in range(5) for each in mine.ask(ask()))
        mine.close()

    readers = [threading.Thread(target=read) for _ in range(12)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert answers == [100] * 60


ROWS_A_BATCH = 400


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_in_the_middle_of_a_put_leaves_rows_coverage_and_cursor_in_step(tmp_path: Path, seed: int) -> None:
    storing = Storing(tmp_path).start()
    store = storing.store(wait_s=0)
    store.prepare([CALLS])
    batches = [_numbered(number) for number in range(150)]
    acknowledged, putting, killed_inside = 0, False, []

    def kill() -> None:
        killed_inside.append(putting)
        storing.end(signal.SIGKILL)

    killer = threading.Timer(random.Random(seed).uniform(0.05, 0.3), kill)
    killer.start()
    with pytest.raises(StoreUnreachable):
        for each in batches:
            putting = True
            store.put(each)
            putting, acknowledged = False, acknowledged + 1
    killer.join()
    assert killed_inside == [True], "the kill fell between two puts"
    found = DuckStore(storing.file)
    kept = found.cursor(ALICE, "log")
    assert kept in (acknowledged, acknowledged + 1)
    assert sum(each.value for each in found.ask(ask(time="date_created"))) == kept * ROWS_A_BATCH
    assert found.held(ALICE, "calls") == ([Held(OFFICE, Span(BEGIN, BEGIN + kept * MINUTE))] if kept else [])
    found.close()


def _numbered(number: int) -> Batch:
    """The batch of that number: its rows, its minute held, the cursor after it."""
    first = number * ROWS_A_BATCH
    rows = [call(first + each, BEGIN + number * MINUTE + MINUTE, country="DE") for each in range(ROWS_A_BATCH)]
    held = Span(BEGIN + number * MINUTE, BEGIN + (number + 1) * MINUTE)
    return batch(ALICE, rows, held=held, cursor=("log", number + 1))
