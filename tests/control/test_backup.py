import io
import json
import os
import sqlite3
import tarfile

import pytest

from dialboard import __version__
from dialboard.config import Config, DataFolder
from dialboard.control import backup
from dialboard.errors import DataFolderError
from tests.cli.run import ok, refused, run_all

PARTS = ["deliveries.db", "events.db", "control.db", "rows.duckdb", "version.json"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A data folder with one account and one secret, and its backup."""
    place = tmp_path_factory.mktemp("saved")
    ok("account", "create", "Alice", "--tokens", "7", data=place / "data")
    (place / "secret").write_text("ga-secret-5f2c9e1b7a\n")
    words = ("destination", "add", "--account", "Alice", "--kind", "google-analytics", "--alias", "UA-12345-1")
    ok(*words, "--measurement-id", "G-AB12CD34EF", "--api-secret-file", str(place / "secret"), data=place / "data")
    made = ok("backup", str(place / "b.tar"), "--with-keys", str(place / "k.tar"), data=place / "data")
    assert made["parts"] == PARTS and made["elsewhere"] == []
    return place


def config(path) -> Config:
    return Config(data=DataFolder(path))


def test_the_archive_is_for_its_owner_and_holds_no_key_and_no_secret(saved):
    content = (saved / "b.tar").read_bytes()
    key = (saved / "data" / "keys" / "secrets.key").read_bytes().strip()
    assert (saved / "b.tar").stat().st_mode & 0o777 == 0o600
    assert key not in content and b"ga-secret-5f2c9e1b7a" not in content
    assert key in (saved / "k.tar").read_bytes()


def test_it_comes_back_with_its_secrets_when_the_keys_do(saved, tmp_path):
    ok("restore", str(saved / "b.tar"), "--keys", str(saved / "k.tar"), data=tmp_path / "data")
    (account,) = ok("account", "list", data=tmp_path / "data")["accounts"]
    assert (account["name"], account["tokens"]) == ("Alice", 7)
    key = "keys/secrets.key"
    assert (tmp_path / "data" / key).read_text() == (saved / "data" / key).read_text()


@pytest.mark.parametrize(("file", "keys"), [("b.tar", "b.tar"), ("k.tar", "k.tar"), ("k.tar", "b.tar")])
def test_the_archive_and_that_of_its_keys_are_not_taken_for_each_other(saved, tmp_path, file, keys):
    said = refused(1, "restore", str(saved / file), "--keys", str(saved / keys), data=tmp_path / "data")
    assert "were the two files mixed up?" in said and not (tmp_path / "data").exists()


def test_without_the_keys_the_secrets_have_to_be_given_again(saved, tmp_path):
    ok("restore", str(saved / "b.tar"), data=tmp_path / "data")
    assert len(ok("destination", "list", "--account", "Alice", data=tmp_path / "data")["destinations"]) == 1
    assert "encrypted with a key that is not" in refused(1, "rotate-keys", data=tmp_path / "data")


def test_a_folder_that_holds_something_is_not_restored_into(saved, tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(DataFolderError, match="not empty"):
        backup.restore(config(tmp_path), saved / "b.tar")


def changed(archive, to, change):
    """A copy of the archive in which `change(name, content)` gives each file's new content, None to leave it out."""
    with tarfile.open(archive) as old, tarfile.open(to, "w") as new:
        for member in old:
            content = change(member.name, old.extractfile(member).read())
            if content is not None:
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
    return to


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda name, content: None if name == "events.db" else content, "events.db is missing"),
        (lambda name, content: content[:-1] + b"x" if name == "control.db" else content, "control.db is not what"),
        (lambda name, content: None if name == "manifest.json" else content, "no backup of Dialboard"),
        (
            lambda name, content: (
                json.dumps(json.loads(content) | {"version": 99}).encode() if name == "manifest.json" else content
            ),
            "newer than this one",
        ),
    ],
)
def test_a_damaged_or_newer_archive_is_refused_and_the_folder_stays_empty(saved, tmp_path, change, says):
    archive = changed(saved / "b.tar", tmp_path / "changed.tar", change)
    with pytest.raises(DataFolderError, match=says):
        backup.restore(config(tmp_path / "data"), archive)
    assert not (tmp_path / "data").exists() or not list((tmp_path / "data").iterdir())


@pytest.mark.parametrize("left", [0.3, 0.9])
def test_an_archive_that_is_cut_off_is_told_and_the_folder_stays_empty(saved, tmp_path, left):
    content = (saved / "b.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(content[: int(left * len(content))])
    with pytest.raises(DataFolderError, match=r"it is cut off\. Copy it again"):
        backup.restore(config(tmp_path / "data"), tmp_path / "cut.tar")
    assert not (tmp_path / "data").exists() or not list((tmp_path / "data").iterdir())


def test_names_that_are_not_ours_are_left_in_the_archive(saved, tmp_path):
    archive = tmp_path / "evil.tar"
    with tarfile.open(saved / "b.tar") as old, tarfile.open(archive, "w") as new:
        for member in old:
            new.addfile(member, old.extractfile(member))
        member = tarfile.TarInfo("../evil")
        member.size = 4
        new.addfile(member, io.BytesIO(b"evil"))
    ok("restore", str(archive), data=tmp_path / "data")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive at all" * 100])
def test_what_is_no_archive_is_told(tmp_path, content):
    (tmp_path / "x.tar").write_bytes(content)
    with pytest.raises(DataFolderError, match="no backup of Dialboard"):
        backup.restore(config(tmp_path / "data"), tmp_path / "x.tar")


def test_a_missing_archive_is_told(tmp_path):
    with pytest.raises(DataFolderError, match="no file"):
        backup.restore(config(tmp_path / "data"), tmp_path / "x.tar")


def test_a_backup_does_not_take_the_place_of_keys_nor_keys_that_of_a_backup(saved, tmp_path):
    (tmp_path / "d").mkdir()
    a, k, same = (str(tmp_path / name) for name in ("a.tar", "k.tar", "d/../a.tar"))
    commands = [("backup", a, "--with-keys", k), ("backup", k), ("backup", f"{a}2", "--with-keys", a)]
    made, over_keys, over_backup, twice, again = run_all(
        [*commands, ("backup", a, "--with-keys", same), commands[0]], saved / "data"
    )
    assert (made.code, again.code) == (0, 0)
    assert over_keys.code == 2 and "is no backup" in over_keys.err
    assert over_backup.code == 2 and "is no file of the keys" in over_backup.err
    assert twice.code == 2 and "another file" in twice.err


@pytest.mark.parametrize("manifest", ["[1]", '{"product": "dialboard"}', '{"product": "dialboard", "version": "x"}'])
def test_a_manifest_that_says_nothing_is_told(tmp_path, manifest):
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(manifest)
        archive.addfile(member, io.BytesIO(manifest.encode()))
    with pytest.raises(DataFolderError, match="damaged"):
        backup.restore(config(tmp_path / "data"), tmp_path / "x.tar")


def test_a_device_is_not_replaced(saved, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    [done] = run_all([("backup", str(tmp_path / "pipe"))], saved / "data")
    assert done.code == 2 and "is no file" in done.err
    assert (tmp_path / "pipe").is_fifo()


def test_an_earlier_backup_is_replaced_and_nothing_else_is(saved, tmp_path):
    (tmp_path / "thesis.odt").write_text("years of work")
    (tmp_path / "b.tar").write_bytes(b"")
    places = (tmp_path / "thesis.odt", saved / "data" / "b.tar", tmp_path / "no" / "b.tar", tmp_path / "b.tar")
    commands = [("backup", str(place)) for place in (*places, places[-1])]
    other, inside, nowhere, *replaced = run_all(commands, saved / "data")
    assert (other.code, inside.code, nowhere.code) == (2, 2, 2) and [one.code for one in replaced] == [0, 0]
    assert "is no backup" in other.err
    assert "inside the data folder" in inside.err
    assert "cannot be written" in nowhere.err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["b.tar", "thesis.odt"]


def test_a_damaged_database_is_not_passed_off_as_a_backup(tmp_path):
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute(
            "CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 5000)"
            " SELECT i, hex(randomblob(50)) FROM n"
        )
    database.close()
    content = bytearray((tmp_path / "x.db").read_bytes())
    content[8192:12288] = b"\xff" * 4096
    (tmp_path / "x.db").write_bytes(content)
    with pytest.raises(DataFolderError, match="damaged"):
        backup._check(tmp_path / "x.db")


def test_the_manifest_names_the_program(saved):
    assert backup._read_manifest(saved / "b.tar")["program"] == __version__
