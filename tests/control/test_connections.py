import time
from datetime import UTC, datetime

import pytest

from dialboard.control import connections
from dialboard.control.models import Connection
from dialboard.errors import AlreadyExists, BadCredentials, TooManyRequests, UsageError
from dialboard.sandbox.serve import running
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import Behaviour, TwilioSandbox

AC, SK = "AC" + "a" * 32, "SK" + "b" * 32


def test_the_secret_rests_encrypted_and_comes_back_for_the_client(alice):
    row = connections.add(alice, connections.described(AC, SK, "tw-secret", "http://127.0.0.1:1"))
    assert "tw-secret" not in repr(list(Connection.objects.values()))
    twilio = connections.twilio_account(row)
    assert (twilio.account_sid, twilio.key_sid, twilio.key_secret) == (AC, SK, "tw-secret")
    assert "tw-secret" not in repr(twilio)


def test_blanks_from_the_clipboard_are_dropped():
    assert connections.described(f" {AC}\n", f"{SK} ", " tw-secret\n").key_secret == "tw-secret"


@pytest.mark.parametrize(
    ("account_sid", "key_sid", "secret", "says"),
    [
        ("", SK, "s", "Account SID"),
        (SK, SK, "s", "Account SID"),
        (AC[:-1], SK, "s", "Account SID"),
        (AC, "", "s", "API Key SID"),
        (AC, AC, "s", "begins with AC"),
        (AC, SK, "", "Secret is empty"),
        (AC, SK, "two words", "blanks"),
    ],
)
def test_the_value_that_is_off_is_named(account_sid, key_sid, secret, says):
    with pytest.raises(UsageError, match=says):
        connections.described(account_sid, key_sid, secret)


def test_a_connection_is_called_like_its_account_and_the_next_one_has_a_number(alice):
    twilio = connections.described(AC, SK, "s")
    assert [connections.add(alice, twilio).name for _ in range(3)] == ["Alice & Co", "Alice & Co 2", "Alice & Co 3"]
    with pytest.raises(AlreadyExists):
        connections.add(alice, twilio, name="alice & CO")


def test_a_problem_is_noted_until_twilio_accepts_the_key_again(alice):
    row = connections.add(alice, connections.described(AC, SK, "s"))
    connections.note_problem(row, "Twilio does not know this key.")
    row.refresh_from_db()
    assert row.problem
    connections.note_problem(row, "")
    row.refresh_from_db()
    assert not row.problem


def test_a_key_is_checked_with_twilio():
    sandbox = TwilioSandbox(Story(7, datetime.now(UTC), calls=5, messages=5, days=2))
    with running(sandbox) as address:
        connections.check(connections.described(sandbox.account_sid, sandbox.key_sid, sandbox.key_secret, address))
        with pytest.raises(BadCredentials):
            connections.check(connections.described(sandbox.account_sid, sandbox.key_sid, "wrong", address))


def test_a_key_is_not_checked_while_twilio_wants_no_request():
    story = Story(8, datetime.now(UTC), calls=5, messages=5, days=2)
    sandbox = TwilioSandbox(story, behaviour=Behaviour(every_429=1, retry_after_s=1.0))
    with running(sandbox) as address:
        twilio = connections.described(sandbox.account_sid, sandbox.key_sid, sandbox.key_secret, address)
        for says in ("fewer requests", "for another 1 s"):
            with pytest.raises(TooManyRequests, match=says):
                connections.check(twilio)
        assert sandbox.counts.requests == 1
        time.sleep(1.1)
        sandbox.behaviour.every_429 = 0
        connections.check(twilio)
    assert sandbox.counts.inside_retry_after == 0
