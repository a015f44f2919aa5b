"""The sample as a visitor sees it, over the whole server: filled within seconds, gone without a trace."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from tests.paths.running import Server, wait_for


class Visitor:
    """The owner's browser."""

    def __init__(self, server: Server) -> None:
        self.browser = httpx.Client(base_url=server.url, follow_redirects=True, timeout=20)
        link = wait_for(lambda: re.search(r"^Sign in, once, with (\S+)$", server.log, re.MULTILINE), "the link")[1]
        self.post("/sign-in/link", self.browser.get(link).text)

    def post(self, path: str, page: str) -> httpx.Response:
        """Sends the form of that page."""
        hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|sesame)" value="([^"]+)"', page))
        answer = self.browser.post(path, data=hidden, headers={"origin": str(self.browser.base_url).rstrip("/")})
        assert answer.status_code == 200, answer.text
        return answer

    def get(self, path: str) -> httpx.Response:
        return self.browser.get(path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("demo") / "data"
    with Server(data, "--port", "0", "--demo", "--sign-in-link").start() as started:
        yield started
        started.stop()


@pytest.fixture(scope="module")
def visitor(server: Server) -> Iterator[Visitor]:
    made = Visitor(server)
    yield made
    made.browser.close()


def sample(server: Server) -> dict[str, Any]:
    """The sample account, once it is there."""

    def look() -> dict[str, Any] | None:
        accounts = server.cli("account", "list")["accounts"]
        return next((one for one in accounts if one["name"] == "Sample"), None)

    return wait_for(look, "the sample account is made")


def test_every_tile_of_the_overview_has_a_value_within_seconds(server: Server, visitor: Visitor) -> None:
    account = sample(server)["id"]
    [board] = set(re.findall(rf"/{account}/boards/\w+/", visitor.get(f"/{account}/").text))
    tiles = set(re.findall(rf"{board}tiles/\w+", visitor.get(board).text))
    assert len(tiles) == 12

    def empty() -> list[str]:
        answers = [visitor.get(f"{tile}.json").json() for tile in tiles]
        return [one["metric"] for one in answers if one["total"] is None and not one.get("totals")]

    wait_for(lambda: not empty(), f"every tile has a value, unlike {empty()}", within_s=10)


def test_its_events_arrive_and_are_delivered(server: Server, visitor: Visitor) -> None:
    account = sample(server)["id"]
    assert wait_for(lambda: server.cli("events", "list", "--account", "Sample")["events"], "events arrive")
    delivered = ("deliveries", "list", "--account", "Sample", "--state", "delivered")
    assert wait_for(lambda: server.cli(*delivered)["deliveries"], "Google gets them")
    page = visitor.get(f"/{account}/events/").text
    assert "You are looking at sample data." in page and f"/{account}/events/evt_" in page


def test_a_demo_that_is_killed_comes_back_and_tells_nothing_twice(server: Server) -> None:
    sample(server)
    log = "INFO A process is ready. role=demo"
    wait_for(lambda: log in server.log, "the demo runs")
    server.kill("demo")
    wait_for(lambda: server.log.count(log) == 2, "the demo is back")
    credential = wait_for(lambda: [one for one in credentials(server) if not one["revokedAt"]], "its credential")
    assert len(credential) == 1
    with closing(sqlite3.connect(server.data / "events.db")) as events:
        asked = "SELECT count(*), count(DISTINCT key), max(sequence) FROM events"
        count, keys, _ = wait_for(lambda: events.execute(asked).fetchone(), "events")
    assert count == keys
    told = [event["visitorId"] for event in server.cli("events", "list", "--account", "Sample")["events"]]
    assert len(told) == len(set(told))


def credentials(server: Server) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = server.cli("credential", "list", "--account", "Sample")["credentials"]
    return listed


def test_one_click_removes_it_without_a_trace(server: Server, visitor: Visitor) -> None:
    """The last of this module: the server is stopped to look into the files."""
    account = sample(server)["id"]
    visitor.post(f"/{account}/sample/remove", visitor.get(f"/{account}/").text)
    done = re.compile(r"INFO An order is done\. .*kind=sample_remove")
    wait_for(lambda: done.search(server.log), "the order is done")
    wait_for(lambda: server.pid("demo") is None, "the demo has ended")
    assert visitor.get(f"/{account}/").status_code == 404
    assert [one["name"] for one in server.cli("account", "list")["accounts"]] == ["My account"]
    server.stop()
    assert "Traceback" not in server.log and "ERROR" not in server.log
    found = {name: traces(server.data / name, account) for name in ("events.db", "deliveries.db", "control.db")}
    # What keeps the account's events from coming back has to name it.
    assert found == {"events.db": {}, "deliveries.db": {}, "control.db": {"control_removal": 1}}
    assert row_traces(server.data / "rows.duckdb", account) == {}
    assert not (server.data / "run" / "sample.json").exists()


def traces(path: Path, account: str) -> dict[str, int]:
    """By table, the rows with the account in any column."""
    with closing(sqlite3.connect(path)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    return holding(rows, account)


def row_traces(path: Path, account: str) -> dict[str, int]:
    with duckdb.connect(str(path), read_only=True) as database:
        names = [name for (name,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        rows = {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    return holding(rows, account)


def holding(rows: dict[str, list[Any]], account: str) -> dict[str, int]:
    counts = {name: sum(account in repr(row) for row in found) for name, found in rows.items()}
    return {name: count for name, count in counts.items() if count}
