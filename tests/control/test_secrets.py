import pytest

from dialboard.control import connections, keys, publish, secrets
from dialboard.errors import DataFolderError

MARKER = "marker-5f2c9e1b7a"


@pytest.fixture
def key_file(config):
    """The key file, put back as it was."""
    path = config.data.keys / keys.SECRETS
    before = path.read_text()
    yield path
    keys.write(path, before.strip())


def test_a_secret_comes_back_and_is_not_in_what_is_kept():
    assert MARKER not in secrets.encrypt(MARKER) and secrets.decrypt(secrets.encrypt(MARKER)) == MARKER


def test_nothing_stays_nothing():
    assert secrets.encrypt("") == "" and secrets.decrypt("") == ""


def test_the_key_file_is_for_its_owner_only(config, key_file):
    assert key_file.stat().st_mode & 0o777 == 0o600 and config.data.keys.stat().st_mode & 0o777 == 0o700


def test_no_secret_is_in_the_bytes_of_the_data_folder(config, alice):
    from dialboard.control import credentials, destinations

    _, auth_token = credentials.create(alice, "shop")
    destinations.add(alice, "google-analytics", settings={"measurement_id": "G-AB12CD34EF"}, secret=MARKER)
    connections.add(alice, connections.described("AC" + "a" * 32, "SK" + "b" * 32, MARKER))
    kept = b"".join(file.read_bytes() for file in config.data.path.rglob("*") if file.is_file())
    assert MARKER.encode() not in kept and auth_token.encode() not in kept


def test_a_rotation_keeps_every_secret_and_forgets_the_old_key(ga4, alice, key_file):
    row = connections.add(alice, connections.described("AC" + "a" * 32, "SK" + "b" * 32, MARKER))
    before = key_file.read_text()
    assert secrets.rotate() == 2
    row.refresh_from_db()
    assert key_file.read_text() != before and len(key_file.read_text().split()) == 1
    assert secrets.decrypt(row.secret_encrypted) == MARKER
    assert [one.secret for one in publish.destinations()] == ["ga-secret"]


@pytest.mark.parametrize(
    ("content", "says"), [(None, "cannot be read"), ("", "is empty"), ("no key", "is damaged"), ("OTHER", "with a key")]
)
def test_a_lost_key_is_told_with_the_cure(key_file, content, says):
    encrypted = secrets.encrypt(MARKER)
    if content is None:
        key_file.unlink()
    else:
        key_file.write_text("4" * 43 + "=" if content == "OTHER" else content)
    with pytest.raises(DataFolderError, match=f"{says}.*backup"):
        secrets.decrypt(encrypted)


def test_a_destination_whose_key_is_lost_waits_and_holds_up_no_other(ga4, key_file, caplog):
    key_file.write_text("4" * 43 + "=")
    assert publish.destinations() == []
    assert "waits for its key" in caplog.text
