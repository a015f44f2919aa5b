"""Explore with sample data: one click, a full board; another click, no trace."""

import time
from pathlib import Path
from typing import Any

from dialboard.deliver.outcomes import open_outcomes
from dialboard.journal import open_reader
from tests.cli.run import run_all
from tests.paths.browsing import Browser
from tests.paths.running import Server, is_running, serving, wait_for

SOON_S = 10.0  # from the click to a full board, on a machine that does nothing else
METRICS = ("calls", "answer_rate", "messages", "delivery_rate", "spend", "call_cost", "unique_callers")


def sample_account(server: Server) -> str | None:
    found = [one for one in server.cli("account", "list")["accounts"] if one["name"] == "Sample"]
    return str(found[0].get("id") or found[0].get("account")) if found else None


def is_full(server: Server, account: str) -> bool:
    """Whether every figure of the last 30 days is there, whole."""
    words = ("--account", account, "--range", "last_30_days", "--json")
    answers = [done.json for done in run_all([("query", metric, *words) for metric in METRICS], server.data)]
    return all(answer["total"] and not answer["gaps"] for answer in answers)


def events(server: Server, account: str) -> list[dict[str, Any]]:
    return list(server.cli("events", "list", "--account", account)["events"])


def test_one_click_fills_a_board_and_another_removes_it(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        with Browser(server) as browser:
            begun = time.monotonic()
            browser.submit(browser.get("/"), "/sample/add")
            wait_for(lambda: "A sync is done." in server.log, "the sample is synced")
            took_s = time.monotonic() - begun
            account = sample_account(server)
            assert account
            assert is_full(server, account)
            assert took_s < 2 * SOON_S, "the machine may be busy, but not that busy"
            assert browser.get("/sample/").url.path.startswith(f"/{account}/boards/")
            wait_for(lambda: events(server, account), "its handler tells the tracker")
            wait_for(
                lambda: server.cli("deliveries", "list", "--account", account, "--state", "delivered")["deliveries"],
                "Google is told",
            )

            demo = server.pid("demo")
            assert demo
            browser.submit(browser.get(f"/{account}/"), f"/{account}/sample/remove")
            wait_for(lambda: sample_account(server) is None, "the account is gone")
            wait_for(lambda: not is_running(demo), "nobody plays Twilio any more")
            wait_for(lambda: is_forgotten(server, account), "its events and deliveries are gone")
            assert browser.get(f"/{account}/").status_code == 404
    assert not rows_of(server.data, account)


def is_forgotten(server: Server, account: str) -> bool:
    reader = open_reader(str(server.data / "events.db"))
    outcomes = open_outcomes(str(server.data / "deliveries.db"), read_only=True)
    try:
        return reader.count(account) == 0 and not outcomes.counts(account)
    finally:
        outcomes.close()
        reader.close()


def rows_of(data: Path, account: str) -> list[object]:
    """What the metric store still holds of the account."""
    from dialboard.store.duckdb import DuckStore

    store = DuckStore(data / "rows.duckdb")
    try:
        return [held for name in ("calls", "messages", "usage_daily", "events") for held in store.held(account, name)]
    finally:
        store.close()


def test_a_server_started_with_demo_has_the_sample_also_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--port", "0", "--demo") as server:
        account = wait_for(lambda: sample_account(server), "the sample is made")
        wait_for(lambda: "A sync is done." in server.log, "the sample is synced")
    with serving(tmp_path / "data", "--port", "0", "--demo") as server:
        wait_for(lambda: server.pid("demo"), "Twilio is played again")
        assert sample_account(server) == account
        before = len(events(server, account))
        wait_for(lambda: len(events(server, account)) > before, "its handler goes on telling")
