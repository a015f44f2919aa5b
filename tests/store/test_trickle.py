"""New bytes of the metric store's file go to the disk while they are written."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dialboard.store.duckdb import DuckStore
from dialboard.store.trickle import EVERY_S, Trickle
from tests.paths.running import wait_for


class Disk:
    """Counts how often it was asked to begin, and for which file."""

    def __init__(self) -> None:
        self.asked: list[Path] = []

    def __call__(self, file: int) -> bool:
        self.asked.append(Path(os.readlink(f"/proc/self/fd/{file}")))
        return True


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rows"
    path.write_bytes(b"rows")
    return path


def test_the_file_is_sent_on_as_long_as_it_is_written(file):
    disk = Disk()
    trickle = Trickle(file, disk)
    with trickle.writing():
        wait_for(lambda: len(disk.asked) >= 3, "it goes on")
    trickle.close()
    assert set(disk.asked) == {file}


def test_nothing_is_done_while_nothing_is_written(file):
    disk = Disk()
    trickle = Trickle(file, disk)
    threading.Event().wait(4 * EVERY_S)
    trickle.close()
    assert disk.asked == []


def test_closing_twice_or_amid_a_write_ends_it_and_its_descriptor(file):
    before = len(os.listdir("/proc/self/fd"))
    trickle = Trickle(file)
    with trickle.writing():
        trickle.close()
    trickle.close()
    assert len(os.listdir("/proc/self/fd")) == before
    assert not trickle._thread.is_alive()


def test_linux_takes_what_it_is_asked(file):
    """The real call, on a file with bytes that are not on the disk yet."""
    trickle = Trickle(file)
    assert trickle._begin
    file.write_bytes(os.urandom(1_000_000))
    assert trickle._begin(trickle._file)
    trickle.close()


def test_a_store_keeps_its_lock_while_its_file_is_sent_on(tmp_path):
    """Another process is refused; one that came in would ruin the file."""
    path = tmp_path / "rows.duckdb"
    store = DuckStore(path)
    with store._trickle.writing():
        threading.Event().wait(2 * EVERY_S)
    open_it = f"import duckdb; duckdb.connect({str(path)!r})"
    refused = subprocess.run([sys.executable, "-c", open_it], capture_output=True, text=True, timeout=60)
    store.close()
    assert refused.returncode != 0 and "lock" in refused.stderr
    subprocess.run([sys.executable, "-c", open_it], check=True, timeout=60)
