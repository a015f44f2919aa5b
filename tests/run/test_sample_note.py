from pathlib import Path

import pytest

from dialboard.config import DataFolder
from dialboard.run import locks, sample_note


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path)


def test_there_is_none_at_first(data: DataFolder) -> None:
    assert sample_note.read(data) is None and not sample_note.is_there(data)
    sample_note.remove(data)  # does no harm


def test_the_world_keeps_its_beginning_when_it_is_noted_again(data: DataFolder) -> None:
    sample_note.put(data, "acc_1")
    first = sample_note.read(data)
    assert first and first.account == "acc_1" and first.began.utcoffset() is not None
    sample_note.put(data, "acc_1")
    assert sample_note.read(data) == first and sample_note.is_there(data)


def test_another_account_begins_another_world(data: DataFolder) -> None:
    sample_note.put(data, "acc_1")
    sample_note.put(data, "acc_2")
    note = sample_note.read(data)
    assert note and note.account == "acc_2"
    sample_note.remove(data)
    assert sample_note.read(data) is None


@pytest.mark.parametrize("text", ["", "{", '{"account": 1}', '{"account": "acc_1", "began": "yesterday"}', "\x00"])
def test_a_damaged_note_is_none(data: DataFolder, text: str) -> None:
    sample_note.put(data, "acc_1")
    (data.path / "run" / "sample.json").write_text(text)
    assert sample_note.read(data) is None


def test_it_is_played_while_the_demo_process_that_says_so_lives(data: DataFolder) -> None:
    assert not sample_note.is_played(data)
    with locks.held(locks.folder(data) / "demo.lock", "a test", holder="The demo is played by"):
        assert not sample_note.is_played(data)
        sample_note.say_played(data, True)
        assert sample_note.is_played(data)
        sample_note.say_played(data, False)
        assert not sample_note.is_played(data)
        sample_note.say_played(data, True)
    assert not sample_note.is_played(data), "it was killed"
