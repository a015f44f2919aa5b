"""dialboard connection, against the sandbox that plays Twilio over HTTP."""

from datetime import UTC, datetime

import pytest

from dialboard.sandbox.serve import running
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import TwilioSandbox
from tests.cli.run import dialboard, ok, refused


@pytest.fixture(scope="module")
def twilio():
    """The sandbox and its address."""
    sandbox = TwilioSandbox(Story(7, datetime.now(UTC), calls=50, messages=50, days=10))
    with running(sandbox) as address:
        yield sandbox, address


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("connection") / "data"
    ok("account", "create", "Alice & Co", data=path)
    return path


def words(twilio, secret_file, key_sid=None):
    sandbox, address = twilio
    sids = ("--account-sid", sandbox.account_sid, "--key-sid", key_sid or sandbox.key_sid)
    where = ("--key-secret-file", str(secret_file), "--base-url", address)
    return ("connection", "add", "--account", "Alice & Co", *sids, *where)


@pytest.fixture
def secret(twilio, tmp_path):
    (tmp_path / "secret").write_text(twilio[0].key_secret + "\n")
    return tmp_path / "secret"


def test_a_key_that_twilio_accepts_is_connected_listed_checked_and_removed(twilio, data, secret):
    made = ok(*words(twilio, secret), data=data)
    assert made["connection"].startswith("con_") and made["name"] == "Alice & Co"
    (listed,) = ok("connection", "list", "--account", "Alice & Co", data=data)["connections"]
    assert listed["id"] == made["connection"] and listed["checkedAt"] and not listed["problem"]
    checks = {one["name"]: one for one in ok("check", data=data)["checks"]}
    assert checks["connection Alice & Co/Alice & Co"]["ok"] and checks["clock"]["ok"]
    ok("connection", "remove", "alice & co", data=data)
    assert ok("connection", "list", "--account", "Alice & Co", data=data) == {"connections": []}


def test_the_secret_may_come_from_standard_input(twilio, data):
    done = dialboard(*words(twilio, "-"), "--name", "piped", "--json", data=data, stdin=twilio[0].key_secret)
    assert done.code == 0 and done.json["name"] == "piped"


def test_a_key_that_twilio_refuses_is_not_kept(twilio, data, tmp_path):
    (tmp_path / "secret").write_text("wrong-secret-5f2c9e1b7a")
    sentence = refused(1, *words(twilio, tmp_path / "secret"), "--name", "refused", data=data)
    assert "wrong-secret" not in sentence
    listed = ok("connection", "list", "--account", "Alice & Co", data=data)["connections"]
    assert "refused" not in {one["name"] for one in listed}


@pytest.mark.parametrize(
    ("content", "says"), [("", "is empty"), ("two words", "nothing else"), ("x" * 5000, "nothing else")]
)
def test_a_secret_file_with_something_else_in_it_is_refused(twilio, data, tmp_path, content, says):
    (tmp_path / "secret").write_text(content)
    assert says in refused(2, *words(twilio, tmp_path / "secret"), data=data)


def test_nobody_at_the_other_end_is_one_sentence(twilio, data, secret):
    told = [word if not word.startswith("http://") else "http://127.0.0.1:1" for word in words(twilio, secret)]
    refused(1, *told, data=data)


def test_a_check_that_fails_names_the_cure_and_is_an_error(tmp_path):
    ok("account", "create", "Alice", data=tmp_path)
    (tmp_path / "keys" / "secrets.key").write_text("")
    done = dialboard("check", "--json", data=tmp_path)
    failed = [one for one in done.json["checks"] if not one["ok"]]
    assert done.code == 1 and failed and all(one["cure"] for one in failed)
    assert len(done.err.splitlines()) == 1 and "failed" in done.err
