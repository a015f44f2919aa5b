"""Locks that end with the process that holds them."""

import fcntl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dialboard.config import DataFolder
from dialboard.errors import DataFolderError
from dialboard.run import locks
from tests.cli.run import started

_HOLD = """
import sys
from pathlib import Path
from dialboard.run import locks
with locks.held(Path(sys.argv[1]), "process 41 at http://127.0.0.1:8000", holder="Held by"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    path = locks.folder(DataFolder(tmp_path / "data"))
    assert path.is_dir() and path.stat().st_mode & 0o777 == 0o700
    assert locks.folder(DataFolder(tmp_path / "data")) == path


def test_the_second_hears_who_was_first_until_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "serve.lock"
    assert locks.is_free(path), "nobody has made it"
    with started([sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout and first.stdout.readline() == b"held\n"
        assert not locks.is_free(path)
        with (
            pytest.raises(DataFolderError, match=r"^It is held by: process 41 at http://127.0.0.1:8000$"),
            locks.held(path, "me", holder="It is held by"),
        ):
            raise AssertionError("both had it")
        first.kill()
        first.wait(10)
        with locks.held(path, "me", holder="It is held by"):
            assert path.read_text() == "me", "nothing of a longer note is left"
    assert locks.is_free(path)


def test_a_holder_may_say_something_else(tmp_path: Path) -> None:
    path = tmp_path / "serve.lock"
    with locks.held(path, "process 41 at port 0", holder="") as put_note:
        put_note("port 8123")
        assert path.read_text() == "port 8123"


def test_one_that_waits_gets_it_as_soon_as_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "sync.lock"
    waiting, got = threading.Event(), threading.Event()

    def wait() -> None:
        waiting.set()
        with locks.held(path, "second", wait_s=10, holder=""):
            got.set()

    thread = threading.Thread(target=wait)
    with locks.held(path, "first", holder=""):
        thread.start()
        assert waiting.wait(5) and not got.is_set()
    assert got.wait(5)
    thread.join(5)


def test_who_looks_is_not_taken_for_its_holder(tmp_path: Path) -> None:
    """Commands look whether a server runs, several times a second, and some at once."""
    path = tmp_path / "serve.lock"
    path.touch()
    with path.open() as somebody_else:
        fcntl.flock(somebody_else, fcntl.LOCK_SH)
        assert locks.is_free(path)
