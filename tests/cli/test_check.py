"""`dialboard check` over a folder that is broken for real: it names what is off and a cure, and the cure works."""

import json
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dialboard.cli import check
from dialboard.cli.check import LOOKS, _connection_cure, _cure, _looked, _processors
from dialboard.config import Config
from dialboard.errors import BadCredentials, KeysLost, NoAnswer, StoreError
from tests.cli.run import dialboard, ok, refused

SECRET = "marker-secret-0815"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with a destination that has a secret, and beside it its backup and its keys."""
    place = tmp_path_factory.mktemp("check")
    (place / "secret").write_text(SECRET)
    words = ["--account", "Alice", "--kind", "google-analytics", "--measurement-id", "G-ABC1234567"]
    ok("account", "create", "Alice", data=place / "data")
    ok("destination", "add", *words, "--api-secret-file", str(place / "secret"), data=place / "data")
    ok("backup", str(place / "all.tar"), "--with-keys", str(place / "keys.tar"), data=place / "data")
    return place


@pytest.fixture
def data(whole, tmp_path):
    """A copy of it, to be broken."""
    return Path(shutil.copytree(whole / "data", tmp_path / "data", ignore=shutil.ignore_patterns("*.sock")))


def failed(data: Path) -> dict[str, dict[str, str]]:
    """The checks that failed, by their names."""
    done = dialboard("check", "--json", data=data)
    assert "Traceback" not in done.err and len(done.err.splitlines()) == (1 if done.code else 0), done.err
    found = {one["name"]: one for one in done.json["checks"] if not one["ok"]}
    assert bool(found) == bool(done.code)
    assert all(one["found"] and one["cure"] for one in found.values()), found
    return found


def bring_keys_back(whole: Path, data: Path) -> None:
    """As the cure says: tar -xf FILE -C DIR/keys."""
    with tarfile.open(whole / "keys.tar") as archive:
        archive.extractall(data / "keys", filter="data")


def test_a_whole_folder_has_nothing_to_cure(data):
    assert failed(data) == {}


@pytest.mark.parametrize("name", ["secrets.key", "session.key", "visitors.key"])
def test_a_lost_key_file_is_named_and_not_replaced(whole, data, name):
    (data / "keys" / name).unlink()
    (only,) = failed(data).values()
    assert only["name"] == "keys" and name in only["found"]
    assert f"tar -xf FILE -C {data}/keys" in only["cure"]
    assert not (data / "keys" / name).exists()
    bring_keys_back(whole, data)
    assert failed(data) == {}


def test_keys_that_were_made_anew_are_told_by_the_secrets_they_cannot_read(whole, data):
    shutil.rmtree(data / "keys")
    assert list(failed(data)) == ["keys"]
    ok("account", "list", data=data)  # makes new ones
    (only,) = failed(data).values()
    assert only["name"].startswith("destination Alice/") and "tar -xf FILE" in only["cure"]
    assert "add it again with its secret" in only["cure"]
    bring_keys_back(whole, data)
    assert failed(data) == {}


@pytest.mark.parametrize("content", ["", "no key"])
def test_a_damaged_key_file_is_cured_by_the_backup_or_by_a_new_one(whole, data, content):
    (data / "keys" / "secrets.key").write_text(content)
    keys, destination = failed(data).values()
    assert keys["name"] == "keys" and destination["name"].startswith("destination Alice/")
    assert f"remove {data}/keys/secrets.key" in keys["cure"]
    bring_keys_back(whole, data)
    assert failed(data) == {}


def test_a_folder_of_a_newer_version_asks_for_that_version_or_a_backup(data):
    (data / "version.json").write_text(json.dumps({"version": 99, "program": "9.9", "fits": ""}))
    (only,) = failed(data).values()
    assert only["name"] == "data folder" and "of version 99" in only["found"]
    assert only["cure"].startswith("Install the version of Dialboard that wrote it") and "restore" in only["cure"]


def test_deliveries_of_a_newer_version_ask_for_that_version(data):
    with sqlite3.connect(data / "deliveries.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    (only,) = failed(data).values()
    assert only["name"] == "deliveries" and only["cure"].startswith("Install the version of Dialboard that wrote it")


@pytest.mark.parametrize(
    ("file", "name"),
    [("version.json", "data folder"), ("control.db", "control database"), ("events.db", "journal"),
     ("deliveries.db", "deliveries"), ("rows.duckdb", "metric store")],
)  # fmt: skip
def test_a_damaged_file_is_the_only_thing_that_fails_and_a_backup_cures_it(whole, data, file, name):
    for beside in data.glob(f"{file}[-.]*"):
        beside.unlink()
    (data / file).write_text("no database and no JSON " * 50)
    (only,) = failed(data).values()
    assert only["name"] == name and "estore a backup into an empty folder" in only["cure"]
    shutil.rmtree(data)
    ok("restore", str(whole / "all.tar"), "--keys", str(whole / "keys.tar"), data=data)
    assert failed(data) == {}


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        (NoAnswer("away", sent=False), "Look at this machine's network"),
        (BadCredentials("no"), "If the key was deleted"),
        (KeysLost("lost"), "add it again with its API Key Secret"),
    ],
)
def test_the_cure_of_a_connection_is_that_of_its_trouble(error, cure):
    assert cure in _connection_cure(error)


def test_rows_that_are_moved_away_are_made_anew(data):
    (data / "rows.duckdb").write_text("no database " * 50)
    assert "move rows.duckdb away" in failed(data)["metric store"]["cure"]
    refused(1, "query", "tracked_events", "--account", "Alice", data=data)
    (data / "rows.duckdb").rename(data.parent / "rows.duckdb")
    assert failed(data) == {}


def a_file(path: Path) -> None:
    path.write_text("")


def a_strange_folder(path: Path) -> None:
    path.mkdir()
    (path / "holiday.jpg").write_text("")


@pytest.mark.parametrize("make", [a_file, a_strange_folder])
def test_a_folder_that_is_none_of_ours_asks_for_another(tmp_path, make: Callable[[Path], None]):
    make(tmp_path / "data")
    (only,) = failed(tmp_path / "data").values()
    assert only["name"] == "data folder" and only["cure"].endswith("ive another --data.")


def test_on_a_full_disk_nothing_is_to_be_thrown_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = Config.from_environ({"DIALBOARD_DATA": str(tmp_path)})
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    assert _cure(config, StoreError("no room")).startswith("Make room")


def test_a_server_that_is_away_is_what_to_see_to(tmp_path: Path) -> None:
    url = "postgresql://dialboard:pw@127.0.0.1:1/journal"
    config = Config.from_environ({"DIALBOARD_DATA": str(tmp_path), "DIALBOARD_JOURNAL_URL": url})
    found = _looked("journal", dict(LOOKS)["journal"], config)
    assert not found.ok and found.cure.startswith("See to the server of DIALBOARD_JOURNAL_URL")


def processors(monkeypatch, tmp_path, address: str | None, autogroup: str | None) -> list[tuple[bool, str]]:
    file = tmp_path / "sched_autogroup_enabled"
    if autogroup is not None:
        file.write_text(autogroup)
    monkeypatch.setattr(check, "AUTOGROUP", file)
    environ = {"DIALBOARD_DATA": str(tmp_path)} | ({"DIALBOARD_JOURNAL_URL": address} if address else {})
    return [(one.ok, one.cure) for one in _processors(Config.from_environ(environ))]


def test_a_postgresql_on_this_machine_gets_the_advice_to_share_processors_by_process(monkeypatch, tmp_path):
    [(ok, cure)] = processors(monkeypatch, tmp_path, "postgresql://localhost/journal", "1\n")
    assert ok and "sysctl kernel.sched_autogroup_enabled=0" in cure


@pytest.mark.parametrize(
    ("address", "autogroup"),
    [
        ("postgresql://localhost/j", "0\n"),
        ("postgresql://localhost/j", None),
        ("postgresql://db/j", "1\n"),
        (None, "1\n"),
    ],
    ids=["it is off", "this system has no such thing", "the server is elsewhere", "the journal is a file"],
)
def test_there_is_no_such_advice_where_it_would_change_nothing(monkeypatch, tmp_path, address, autogroup):
    assert processors(monkeypatch, tmp_path, address, autogroup) == []
