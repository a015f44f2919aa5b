"""What every process of the server has in common."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialboard.config import Config, DataFolder
from dialboard.errors import DataFolderError
from dialboard.run import child as module
from dialboard.run import locks, logs
from dialboard.run.child import PIPES, started


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Config]:
    """The process of the tests keeps its own logs, signals and turn."""
    monkeypatch.setattr(logs, "to_stderr", lambda role: None)
    monkeypatch.setattr(module, "on_signals", lambda stop: None)
    monkeypatch.setattr(module, "_NICE", {})
    monkeypatch.delenv(PIPES, raising=False)
    yield Config(data=DataFolder(tmp_path / "data"))


def test_one_process_of_a_role_on_a_folder(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ORPHANS_S", 0.0)
    with started("working", config) as child:
        assert child.supervised is None
        assert not locks.is_free(config.data.path / "run" / "working.lock")
        with (
            pytest.raises(DataFolderError, match=rf"has a working process already.* process {os.getpid()}"),
            started("working", config),
        ):
            raise AssertionError("both had it")
        with started("delivering", config):
            pass


def test_a_child_hears_the_end_of_its_supervisor_and_says_when_it_is_ready(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    leash, hand = os.pipe()
    heard, word = os.pipe()
    monkeypatch.setenv(PIPES, f"{leash},{word},-1")
    monkeypatch.setattr("dialboard.run.stop.GRACE_S", 3600.0)
    with started("storing", config) as child:
        assert child.supervised and child.supervised.listening is None
        assert PIPES not in os.environ, "not for the processes that a child starts"
        child.says("ready")
        assert os.read(heard, 100) == b"ready\n"
        assert not child.stop.is_set()
        os.close(hand)
        assert child.stop.wait(5)
    for file in (leash, heard, word):
        os.close(file)
