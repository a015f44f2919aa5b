"""dialboard credential, destination and rotate-keys: what is made, listed, taken away."""

import pytest

from tests.cli.run import ok, run_all


@pytest.fixture
def data(tmp_path):
    ok("account", "create", "Alice", data=tmp_path / "data")
    (tmp_path / "secret").write_text("ga-secret-5f2c9e1b7a\n")
    return tmp_path / "data"


def test_a_credential_is_made_listed_and_revoked_by_its_name(data):
    made, listed, revoked, again, listed_again, free = run_all(
        [
            ("credential", "create", "--account", "Alice", "--name", "shop", "--json"),
            ("credential", "list", "--account", "Alice", "--json"),
            ("credential", "revoke", "shop", "--account", "Alice", "--json"),
            ("credential", "revoke", "shop", "--account", "Alice"),
            ("credential", "list", "--account", "Alice"),
            ("credential", "create", "--account", "Alice", "--name", "shop", "--json"),
        ],
        data,
    )
    assert made.json["authId"] in {one["authId"] for one in listed.json["credentials"]}
    assert made.json["authToken"] not in listed.out + listed_again.out
    assert revoked.json["credential"] == made.json["authId"]
    assert again.code == 1 and "revoked already" in again.err
    assert free.json["authId"] != made.json["authId"]


def test_a_destination_is_made_listed_and_removed_and_its_secret_is_shown_nowhere(data):
    words = ("--account", "Alice", "--kind", "google-analytics", "--measurement-id", "G-AB12CD34EF")
    secret = ("--api-secret-file", str(data.parent / "secret"), "--endpoint", "http://127.0.0.1:9/mp/collect")
    made, taken, listed, rotated, removed, empty = run_all(
        [
            ("destination", "add", *words, *secret, "--alias", "UA-12345-1", "--json"),
            ("destination", "add", *words, *secret, "--alias", "ua-12345-1"),
            ("destination", "list", "--account", "Alice", "--json"),
            ("rotate-keys", "--json"),
            ("destination", "remove", "google analytics 4 ua-12345-1", "--account", "Alice", "--json"),
            ("destination", "list", "--account", "Alice", "--json"),
        ],
        data,
    )
    assert made.json["destination"].startswith("dst_") and made.json["alias"] == "UA-12345-1"
    assert taken.code == 1 and "alias" in taken.err
    assert [one["id"] for one in listed.json["destinations"]] == [made.json["destination"]]
    assert rotated.json == {"secrets": 1}
    assert removed.json["destination"] == made.json["destination"] and empty.json == {"destinations": []}
    assert "ga-secret" not in made.out + listed.out
    kept = b"".join(file.read_bytes() for file in data.rglob("*") if file.is_file())
    assert b"ga-secret-5f2c9e1b7a" not in kept


def test_more_tokens_are_granted_and_told_before_a_server_applies_them(data):
    _, _, listed, unmetered, listed_again = run_all(
        [
            ("account", "grant", "Alice", "--tokens", "5"),
            ("account", "grant", "Alice", "--tokens", "6"),
            ("account", "list", "--json"),
            ("account", "grant", "Alice", "--unmetered"),
            ("account", "list", "--json"),
        ],
        data,
    )
    assert listed.json["accounts"][0]["tokens"] == 11
    assert "is unmetered" in unmetered.out and listed_again.json["accounts"][0]["unmetered"]


def test_a_link_signs_in_where_the_world_reaches_us(data):
    link = ok("sign-in-link", data=data, DIALBOARD_PUBLIC_URL="https://d.example.com")["link"]
    assert link.startswith("https://d.example.com/sign-in/link?sesame=")
