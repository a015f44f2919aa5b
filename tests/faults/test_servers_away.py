"""PostgreSQL and ClickHouse go away and come back while everything runs."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from dialboard.deliver.outcomes import open_outcomes
from dialboard.journal import open_reader
from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox
from dialboard.sandbox.serve import running
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import Behaviour, TwilioSandbox
from dialboard.shapes.delivery import State
from tests.cli.run import dialboard, environment, started
from tests.faults.test_kill import Senders
from tests.paths.browsing import Browser
from tests.paths.figures import FIGURES, day_of
from tests.paths.running import Server, a_call, serving, wait_for
from tests.servers.clickhouse import ClickHouse, fresh
from tests.servers.postgres import PostgresServer

NOW = datetime.now(UTC).replace(microsecond=0)
TOKENS = 100_000
DAYS = 30
FIRST, LAST = (NOW - timedelta(days=DAYS - 2)).date(), (NOW - timedelta(days=2)).date()
PAGE_MS = 100.0  # the played Twilio is slow enough for ClickHouse to be killed amid the sync


@contextmanager
def telling(server: Server, auth: dict[str, str]) -> Iterator[Senders]:
    senders = Senders(server.url, auth)
    thread = threading.Thread(target=senders.run)
    thread.start()
    try:
        yield senders
    finally:
        senders.stop()
        thread.join()


def health(server: Server) -> int:
    return httpx.get(f"{server.url}/healthz", timeout=10).status_code


@pytest.mark.postgres
def test_postgresql_restarts_and_nothing_is_lost(tmp_path: Path, own_postgres: PostgresServer) -> None:
    names = ("CONTROL_URL", "JOURNAL_URL", "DELIVERIES_URL")
    settings = {f"DIALBOARD_{name}": own_postgres.new_database() for name in names}
    with running(GoogleAnalyticsSandbox()) as google, serving(tmp_path / "data", **settings) as server:
        auth = server.cli("account", "create", "alice", "--tokens", str(TOKENS))
        add_destination(server, google)
        with Browser(server) as browser:
            wait_for(lambda: server.track(**a_call(auth)).status_code == 200, "the sender is known")
            with telling(server, auth) as senders:
                wait_for(lambda: len(senders.acknowledged) > 50, "events arrive")
                own_postgres.stop()
                wait_for(lambda: health(server) == 503, "it says that it cannot take events")
                assert server.track(**a_call(auth)).status_code == 503
                assert browser.get("/").status_code == 503
                own_postgres.start()
                wait_for(lambda: health(server) == 200, "it takes events again")
                assert browser.get("/").status_code == 200
                before = len(senders.acknowledged)
                wait_for(lambda: len(senders.acknowledged) > before + 50, "events arrive again")
        events = check_journal(settings["DIALBOARD_JOURNAL_URL"], auth["account"], senders.acknowledged)
        wait_for(lambda: delivered(settings["DIALBOARD_DELIVERIES_URL"], auth["account"]) == events, "all is delivered")
        new = server.cli("account", "create", "bob", "--tokens", "1")
        wait_for(lambda: server.track(**a_call(new)).status_code == 200, "a new sender is known")


def add_destination(server: Server, google: str) -> None:
    secret = server.data.parent / "api-secret"
    secret.write_text("an-api-secret")
    server.cli(
        "destination", "add", "--account", "alice", "--kind", "google-analytics", "--alias", "UA-12345-1",
        "--measurement-id", "G-ALICEALICE", "--api-secret-file", str(secret), "--endpoint", f"{google}/mp/collect",
    )  # fmt: skip


def check_journal(journal: str, account: str, acknowledged: set[str]) -> int:
    """How many events there are."""
    reader = open_reader(journal)
    entries, balance = reader.latest(account), reader.balance(account)
    reader.close()
    there = [entry.event.path.rpartition("/")[2] for entry in entries]
    assert acknowledged <= set(there)
    assert len({entry.sequence for entry in entries}) == len(entries)
    assert (balance.debited, balance.tokens) == (len(entries), TOKENS - len(entries))
    return len(entries)


def delivered(deliveries: str, account: str) -> int:
    outcomes = open_outcomes(deliveries, read_only=True)
    try:
        return sum(states.get(State.DELIVERED, 0) for states in outcomes.counts(account).values())
    finally:
        outcomes.close()


@pytest.mark.clickhouse
def test_clickhouse_is_killed_amid_a_sync_and_nothing_is_counted_twice(
    tmp_path: Path, own_clickhouse: ClickHouse
) -> None:
    story = Story(5, NOW, calls=6_000, messages=300, days=DAYS)
    twilio = TwilioSandbox(story, clock=lambda: NOW, behaviour=Behaviour(latency_ms=PAGE_MS))
    settings = {"DIALBOARD_STORE_URL": fresh(own_clickhouse.url)}
    data = tmp_path / "data"
    with running(twilio) as url:
        connection = connect(data, twilio, url, settings)
        words = ["sync", "--connection", connection, "--since", f"{FIRST}", "--data", str(data)]
        command = [sys.executable, "-m", "dialboard", *words]
        with started(command, env=environment(**settings), stderr=subprocess.PIPE, text=True) as syncing:
            wait_for(lambda: twilio.counts.pages > 3, "the sync has begun")
            own_clickhouse.kill()
            said = syncing.communicate(timeout=30)[1]
        assert syncing.returncode == 1 and "Traceback" not in said
        assert "No ClickHouse answers" in said and "DIALBOARD_STORE_URL" in said
        own_clickhouse.start()
        again = dialboard(*words[:-2], data=data, **settings)
        assert again.code == 0, again.err
    calls = [
        (day_of("calls", one, "UTC"), one) for one in map(lambda c: story.call_record(c, NOW), story.all_calls(NOW))
    ]
    for metric in ("calls", "call_cost", "unique_callers"):
        expected = FIGURES[metric][1]([one for day, one in calls if day and FIRST <= day < LAST])
        assert float(total(data, metric, settings)) == pytest.approx(float(expected or 0)), metric


def connect(data: Path, twilio: TwilioSandbox, url: str, settings: dict[str, str]) -> str:
    (data.parent / "secret").write_text(twilio.key_secret)
    assert dialboard("account", "create", "alice", data=data, **settings).code == 0
    done = dialboard(
        "connection", "add", "--account", "alice", "--account-sid", twilio.account_sid, "--key-sid", twilio.key_sid,
        "--key-secret-file", str(data.parent / "secret"), "--base-url", url, "--json", data=data, **settings,
    )  # fmt: skip
    return str(done.json["connection"])


def total(data: Path, metric: str, settings: dict[str, str]) -> Any:
    words = ("query", metric, "--account", "alice", "--from", f"{FIRST}", "--until", f"{LAST}", "--json")
    answer = dialboard(*words, data=data, **settings).json
    assert answer["gaps"] == []
    return answer["total"]
