"""Each in a process of its own: one process has one data folder."""

import json
import os
import subprocess
import sys

import pytest

from dialboard.config import DataFolder
from dialboard.control import folder
from dialboard.errors import DataFolderError
from tests.cli.run import all_started, dialboard, environment, ok, refused


@pytest.fixture
def data(tmp_path):
    return tmp_path / "some" / "data"


def test_a_missing_folder_is_made_for_its_owner_only(data):
    assert ok("account", "list", data=data) == {"accounts": []}
    assert data.stat().st_mode & 0o777 == 0o700
    files = [file for file in data.rglob("*") if file.is_file()]
    assert {file.name for file in files} >= {"control.db", "events.db", "deliveries.db", "version.json", "secrets.key"}
    assert not [file for file in files if file.stat().st_mode & 0o077]


def test_an_empty_folder_that_is_there_is_prepared_too(tmp_path):
    assert ok("account", "list", data=tmp_path) == {"accounts": []}
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_commands_that_start_at_once_prepare_one_folder(data):
    words = [sys.executable, "-m", "dialboard", "account", "create", "--data", str(data)]
    with all_started([[*words, f"Account {number}"] for number in range(3)], stdout=subprocess.DEVNULL) as processes:
        assert [one.wait(60) for one in processes] == [0, 0, 0]
    assert len(ok("account", "list", data=data)["accounts"]) == 3


def test_a_start_that_was_killed_is_finished_by_the_next_one(data):
    ok("account", "create", "Alice", data=data)
    (data / "version.json").unlink()
    assert len(ok("account", "list", data=data)["accounts"]) == 1


def test_what_an_older_program_left_is_copied_before_it_is_migrated(data):
    ok("account", "create", "Alice", data=data)
    note = json.loads((data / "version.json").read_text())
    (data / "version.json").write_text(json.dumps(note | {"program": "0.0.9", "fits": "something else"}))
    assert len(ok("account", "list", data=data)["accounts"]) == 1
    (aside,) = data.glob("before-upgrade-from-0.0.9-*")
    assert {file.name for file in aside.iterdir()} >= {"control.db", "events.db", "deliveries.db"}
    assert json.loads((data / "version.json").read_text()) == note


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"version": 2}', "version 2.*reads up to 1.*upgrade"),
        ("", "damaged"),
        ("[]", "damaged"),
        ('{"version": "x"}', "damaged"),
    ],
)
def test_a_newer_or_damaged_folder_is_refused(tmp_path, content, says):
    (tmp_path / "version.json").write_text(content)
    with pytest.raises(DataFolderError, match=says):
        folder.read_version(DataFolder(tmp_path))


def test_a_newer_folder_is_left_as_it_is(tmp_path):
    (tmp_path / "version.json").write_text('{"version": 2}')
    assert "version 2" in refused(1, "account", "list", data=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["version.json"]


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.odt").write_text("years of work")
    assert "'thesis.odt'" in refused(1, "account", "list", data=tmp_path)


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "data").write_text("")
    assert "a file of that name is in the way" in refused(1, "account", "list", data=tmp_path / "data")
    assert "cannot be" in refused(1, "account", "list", data=tmp_path / "data" / "below")


def test_a_folder_that_is_not_writable_is_told(tmp_path):
    tmp_path.chmod(0o555)
    as_anybody: list[str] = []
    if os.geteuid() == 0:  # root may write anywhere: without that right, and in another's folder, it is like anybody
        os.chown(tmp_path, 65534, 65534)
        as_anybody = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
    command = [*as_anybody, sys.executable, "-m", "dialboard", "account", "list", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60)
    assert done.returncode == 1 and "not writable" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_place_where_nothing_can_be_made_is_told():
    assert "/proc/nothing" in refused(1, "account", "list", "--data", "/proc/nothing/here")


def test_the_second_start_has_nothing_to_migrate(data):
    ok("account", "list", data=data)
    before = (data / "version.json").stat().st_mtime_ns
    assert dialboard("account", "list", data=data).code == 0
    assert (data / "version.json").stat().st_mtime_ns == before
