"""dialboard sync and query, against the sandbox that plays Twilio over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from dialboard.cli.sync import _Told
from dialboard.sandbox.serve import running
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import TwilioSandbox
from dialboard.sync.pull import Progress
from dialboard.twilio.resources import RESOURCES
from tests.cli.run import dialboard, ok, run_all


@pytest.fixture(scope="module")
def twilio():
    sandbox = TwilioSandbox(Story(7, datetime.now(UTC), calls=300, messages=200, days=20))
    with running(sandbox) as address:
        yield sandbox, address


@pytest.fixture(scope="module")
def data(tmp_path_factory, twilio):
    """Alice's account, connected; nothing is synced yet."""
    sandbox, address = twilio
    path = tmp_path_factory.mktemp("sync") / "data"
    (path.parent / "secret").write_text(sandbox.key_secret)
    ok("account", "create", "Alice", data=path)
    sids = ("--account-sid", sandbox.account_sid, "--key-sid", sandbox.key_sid)
    where = ("--key-secret-file", str(path.parent / "secret"), "--base-url", address)
    ok("connection", "add", "--account", "Alice", "--name", "Main", *sids, *where, data=path)
    return path


def day(back: int) -> str:
    return (datetime.now(UTC) - timedelta(days=back)).date().isoformat()


def test_a_range_that_was_asked_for_is_held_when_it_returns(data):
    done = ok("sync", "--connection", "main", "--resource", "calls", "--since", day(5), "--until", day(1), data=data)
    (calls,) = done["resources"]
    assert calls["name"] == "calls" and calls["rows"] > 0
    inside, outside = run_all(
        [
            ("query", "calls", "--account", "Alice", "--from", day(5), "--until", day(1), "--by", "day", "--json"),
            ("query", "calls", "--account", "Alice", "--from", day(9), "--until", day(5), "--by", "day", "--json"),
        ],
        data,
    )
    assert inside.json["gaps"] == [] and inside.json["total"] > 0
    assert [bucket["value"] for bucket in outside.json["buckets"]] == [None] * 4 and outside.json["gaps"]


def test_without_words_everything_comes_and_a_second_time_little(data):
    told = dialboard("sync", "--connection", "Main", data=data)
    assert told.code == 0 and told.err == ""
    assert [line.split(":")[0] for line in told.out.splitlines()] == list(RESOURCES)
    by_status = ok("query", "messages", "--account", "Alice", "--split", "status", data=data)
    assert by_status["gaps"] == [] and sum(one["value"] for one in by_status["totals"]) == by_status["total"] > 0
    readable = dialboard("query", "messages", "--account", "Alice", "--split", "status", data=data)
    assert readable.out.splitlines()[0].split() == ["STATUS", "VALUE"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--connection", "Mian"), 1, "'Main'"),
        (("--connection", "Main", "--resource", "cals"), 1, "'calls'"),
        (("--connection", "Main", "--since", "yesterday"), 2, "--since"),
        (("--connection", "Main", "--since", day(1), "--until", day(2)), 2, "--until"),
        (("--connection", "Main", "--since", day(-9)), 2, "future"),
    ],
)
def test_what_is_off_is_named(data, words, code, says):
    (done,) = run_all([("sync", *words)], data)
    assert (done.code, done.out) == (code, "") and says in done.err


def test_the_bar_and_the_lines_are_of_all_resources():
    told = _Told(list(RESOURCES.values())[:2], quiet=False)
    told._on_terminal = False
    told.progress(RESOURCES["calls"], Progress(seconds=10, seconds_done=5, rows=1200))
    assert told.bar() == "[########----------------------]  25%  1,200 records "
    assert told.line() == "calls 50% (1,200 records), messages 0% (0 records)"


def test_a_connection_may_be_named_with_its_account(data):
    words = ("--connection", "Main", "--account", "alice", "--resource", "calls", "--since", day(2), "--until", day(1))
    assert ok("sync", *words, data=data)["connection"].startswith("con_")
