"""The embedded engine's own promises: one owner, one transaction, a version, a copy."""

import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from dialboard.errors import BadSetting, DataFolderError, StoreError
from dialboard.shapes.question import Bucket
from dialboard.shapes.row import Span
from dialboard.store.duckdb import DuckStore
from tests.store.sample import ALICE, BEGIN, CALLS, ask, batch, call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rows.duckdb"


def filled(file: Path) -> DuckStore:
    store = DuckStore(file)
    store.prepare([CALLS])
    store.put(batch(ALICE, [call(1, BEGIN)], held=Span(BEGIN, BEGIN + timedelta(hours=1)), cursor=("log", 1)))
    return store


def test_a_store_opened_again_knows_its_resources_and_rows(file: Path) -> None:
    filled(file).close()
    store = DuckStore(file)
    assert store.ask(ask()) == [Bucket(None, (), 1)]
    assert store.cursor(ALICE, "log") == 1
    store.close()


def test_only_its_user_may_read_the_file(file: Path) -> None:
    filled(file).close()
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_a_second_process_is_told_that_the_file_is_in_use(file: Path) -> None:
    store = filled(file)
    open_it = f"from dialboard.store.duckdb import DuckStore; DuckStore({str(file)!r})"
    done = subprocess.run([sys.executable, "-c", open_it], capture_output=True, text=True)
    store.close()
    assert "DataFolderError" in done.stderr
    assert "is in use by another process" in done.stderr


def test_a_file_of_a_newer_program_is_refused_and_left_alone(file: Path) -> None:
    filled(file).close()
    with duckdb.connect(str(file)) as connection:
        connection.execute("INSERT INTO layout VALUES (99)")
    before = file.read_bytes()
    with pytest.raises(DataFolderError, match="written by a newer program"):
        DuckStore(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all" * 500, b"x"])
def test_a_file_that_is_no_store_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(DataFolderError, match=r"rows\.duckdb"):
        DuckStore(file)
    assert file.read_bytes() == content


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match="nowhere"):
        DuckStore(tmp_path / "nowhere" / "rows.duckdb")


@pytest.mark.parametrize("memory", ["lots", "", "0GB", "1", "-1GB", "1GB'; --"])
def test_a_size_that_is_none_is_refused(file: Path, memory: str) -> None:
    with pytest.raises(BadSetting, match=r"DIALBOARD_STORE_MEMORY.*512MB"):
        DuckStore(file, memory=memory)
    assert not file.exists()


def test_a_reader_does_not_wait_for_a_writer(file: Path) -> None:
    store = filled(file)
    with store._writing() as cursor:
        cursor.execute("DELETE FROM rows_calls")
        assert store.ask(ask()) == [Bucket(None, (), 1)]
    assert store.ask(ask()) == []
    store.close()


def test_a_put_that_fails_in_the_middle_leaves_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(file)

    def fail(*words: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("dialboard.store.duckdb._move", fail)
    with pytest.raises(RuntimeError):
        store.put(batch(ALICE, [call(2, BEGIN)], held=Span(BEGIN, BEGIN + timedelta(hours=9)), cursor=("log", 2)))
    assert store.ask(ask()) == [Bucket(None, (), 1)]
    assert [each.span.until for each in store.held(ALICE, "calls")] == [BEGIN + timedelta(hours=1)]
    store.close()


def test_a_copy_is_a_store_of_its_own(file: Path, tmp_path: Path) -> None:
    store = filled(file)
    copy = tmp_path / "it's a copy.duckdb"
    store.backup(str(copy))
    store.put(batch(ALICE, [call(2, BEGIN)]))
    opened = DuckStore(copy)
    assert opened.ask(ask()) == [Bucket(None, (), 1)]
    assert [each.span.until for each in opened.held(ALICE, "calls")] == [BEGIN + timedelta(hours=1)]
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o600
    opened.close()
    store.close()


def test_a_copy_never_replaces_a_file(file: Path, tmp_path: Path) -> None:
    store = filled(file)
    (tmp_path / "there").write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        store.backup(str(tmp_path / "there"))
    with pytest.raises(StoreError):
        store.backup(str(tmp_path / "no" / "such" / "folder"))
    assert (tmp_path / "there").read_text() == "mine"
    store.close()


def test_a_question_of_too_many_cells_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialboard.store.question.MOST_CELLS", 5)
    store = filled(file)
    store.put(batch(ALICE, [call(number, BEGIN, status=str(number)) for number in range(9)]))
    with pytest.raises(StoreError, match="more than 5 cells"):
        store.ask(ask(split=("status",)))
    store.close()
