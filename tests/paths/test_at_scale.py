"""Everything on servers: what people decided, the journal and deliveries on PostgreSQL, the rows on ClickHouse."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from dialboard.deliver.outcomes import open_outcomes
from dialboard.journal import open_reader
from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox
from dialboard.sandbox.serve import running
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import TwilioSandbox
from dialboard.shapes.tracker import EVENTS
from dialboard.store import open_store
from dialboard.twilio.resources import RESOURCES
from tests.cli.run import run_all
from tests.paths.browsing import Browser
from tests.paths.figures import FIGURES, Records, day_of
from tests.paths.running import Server, a_call, serving, wait_for
from tests.servers.clickhouse import fresh
from tests.servers.postgres import PostgresServer

pytestmark = [pytest.mark.postgres, pytest.mark.clickhouse]

NOW = datetime.now(UTC).replace(microsecond=0)
CALLS, MESSAGES, DAYS = 3_000, 800, 30
FIRST, LAST = (NOW - timedelta(days=DAYS - 2)).date(), (NOW - timedelta(days=2)).date()
STORY = Story(11, NOW, calls=CALLS, messages=MESSAGES, days=DAYS)
# A count, a sum of money, an average, a quantile, a ratio and a distinct count, of every list.
METRICS = (
    "calls", "call_cost", "average_call_duration", "call_duration_p90", "answer_rate", "unique_callers",
    "messages", "delivery_rate", "spend",
)  # fmt: skip


def settings_of(postgres: PostgresServer, clickhouse_url: str) -> dict[str, str]:
    """Each of the four in a database of its own."""
    return {
        "DIALBOARD_CONTROL_URL": postgres.new_database(),
        "DIALBOARD_JOURNAL_URL": postgres.new_database(),
        "DIALBOARD_DELIVERIES_URL": postgres.new_database(),
        "DIALBOARD_STORE_URL": fresh(clickhouse_url),
    }


class World:
    """A server with Alice's account, and what plays Google and Twilio."""

    def __init__(self, server: Server, settings: dict[str, str], google: str, twilio: str) -> None:
        self.server, self.settings, self.google, self.twilio = server, settings, google, twilio
        self.folder = server.data.parent
        self.auth = server.cli("account", "create", "alice", "--tokens", "20", "--zone", "UTC")
        (self.folder / "secret").write_text(TWILIO.key_secret)

    def commands(self, *commands: list[str]) -> list[Any]:
        """The documents of commands that have to work."""
        done = run_all([[*words, "--json"] for words in commands], self.server.data, **self.settings)
        assert all(one.code == 0 for one in done), [one.err for one in done]
        return [one.json for one in done]

    def connect(self) -> str:
        secret = str(self.folder / "secret")
        made = self.commands(
            ["destination", "add", "--account", "alice", "--kind", "google-analytics", "--alias", "UA-12345-1",
             "--measurement-id", "G-ALICEALICE", "--api-secret-file", secret,
             "--endpoint", f"{self.google}/mp/collect"],
            ["connection", "add", "--account", "alice", "--account-sid", TWILIO.account_sid,
             "--key-sid", TWILIO.key_sid, "--key-secret-file", secret, "--base-url", self.twilio],
        )  # fmt: skip
        return str(made[1]["connection"])

    def requests(self) -> list[dict[str, Any]]:
        """What Google was told."""
        return list(httpx.get(f"{self.google}/requests").json()["requests"])


TWILIO = TwilioSandbox(STORY, clock=lambda: NOW)


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer, clickhouse_url: str
) -> Iterator[World]:
    settings = settings_of(postgres_server, clickhouse_url)
    data = tmp_path_factory.mktemp("scale") / "data"
    with running(TWILIO) as twilio, running(GoogleAnalyticsSandbox()) as google:
        with serving(data, "--port", "0", **settings) as server:
            world = World(server, settings, google, twilio)
            connection = world.connect()
            world.commands(["sync", "--connection", connection, "--since", f"{FIRST}"])
            yield world


def raw_records() -> dict[str, Records]:
    days = range(STORY.first_day, NOW.date().toordinal() - date(1970, 1, 1).toordinal() + 1)
    return {
        "calls": [STORY.call_record(call, NOW) for call in STORY.all_calls(NOW)],
        "messages": [STORY.message_record(message, NOW) for message in STORY.all_messages(NOW)],
        "usage": [record for day in days for record in STORY.usage_records(day, NOW)],
    }


def figures() -> dict[str, float | None]:
    """Each metric worked out from the raw records."""
    raw = raw_records()

    def of(metric: str) -> float | None:
        resource, work_out = FIGURES[metric]
        day = [(day_of(resource, record, "UTC"), record) for record in raw[resource]]
        found = work_out([record for at, record in day if at and FIRST <= at < LAST])
        return None if found is None else float(found)

    return {metric: of(metric) for metric in METRICS}


def test_a_form_post_becomes_a_request_to_google(world: World) -> None:
    wait_for(lambda: world.server.track(**a_call(world.auth)).status_code == 200, "the new sender is known")
    [request] = wait_for(world.requests, "Google is told")
    assert "page_view" in [event["name"] for event in request["body"]["events"]]
    events, deliveries = world.commands(
        ["events", "list", "--account", "alice"], ["deliveries", "list", "--account", "alice"]
    )
    assert len(events["events"]) == len(deliveries["deliveries"]) == 1
    wait_for(lambda: tracked(world) == 1, "the event is a row")


def tracked(world: World) -> Any:
    today = datetime.now(UTC).date()
    words = ["--account", "alice", "--from", f"{today - timedelta(days=1)}", "--until", f"{today + timedelta(days=2)}"]
    return world.commands(["query", "tracked_events", *words])[0]["total"]


def test_metrics_give_the_figures_of_the_raw_records(world: World) -> None:
    words = ["--account", "alice", "--from", f"{FIRST}", "--until", f"{LAST}"]
    answers = world.commands(*[["query", metric, *words] for metric in METRICS])
    found = {answer["metric"]: float(answer["total"]) for answer in answers}
    assert found == pytest.approx(figures(), rel=1e-9)
    assert not any(answer["gaps"] for answer in answers)


def test_the_board_shows_the_same_figures(world: World) -> None:
    with Browser(world.server) as browser:
        [account] = world.commands(["account", "list"])[0]["accounts"]
        [board] = world.commands(["board", "list", "--account", "alice"])[0]["boards"]
        page = browser.get(f"/{account['id']}/boards/{board['id']}/")
        tiles = set(re.findall(rf"/{account['id']}/boards/{board['id']}/tiles/(til_\w+)", page.text))
        assert page.status_code == 200 and len(tiles) >= 12
        shown = {}
        for tile in tiles:
            address = f"/{account['id']}/boards/{board['id']}/tiles/{tile}"
            answer = browser.get(f"{address}.json?range=last_7_days").json()
            shown[answer["metric"]] = answer["total"]
        assert browser.get(address).status_code == 200
    asked = ["--account", "alice", "--range", "last_7_days"]
    told = world.commands(*[["query", metric, *asked] for metric in ("calls", "messages", "answer_rate")])
    assert {answer["metric"]: answer["total"] for answer in told}.items() <= shown.items()
    assert all(answer["total"] for answer in told)


def test_check_finds_everything_in_order(world: World) -> None:
    [found] = world.commands(["check"])
    assert found["ok"], found
    names = {one["name"]: one["found"] for one in found["checks"]}
    assert "the ClickHouse server answers" in names["metric store"]


def test_a_backup_names_what_it_does_not_hold(world: World) -> None:
    file = world.folder / "backup.tar"
    [made] = world.commands(["backup", str(file)])
    assert made["elsewhere"] == ["deliveries.db", "events.db", "control.db", "rows.duckdb"]
    assert made["parts"] == ["version.json"]
    [said] = run_all([["backup", str(file)]], world.server.data, **world.settings)
    assert "pg_dump" in said.out and "BACKUP" in said.out


def test_every_noun_of_the_command_line_works(world: World) -> None:
    secret = str(world.folder / "secret")
    made = world.commands(
        ["account", "create", "bob", "--tokens", "5", "--zone", "Europe/Berlin"],
        ["account", "grant", "bob", "--tokens", "5"],
        ["credential", "create", "--account", "bob", "--name", "the shop"],
        ["destination", "add", "--account", "bob", "--kind", "google-analytics", "--measurement-id", "G-BOBBOBBOB1",
         "--api-secret-file", secret],
        ["connection", "add", "--account", "bob", "--account-sid", TWILIO.account_sid, "--key-sid", TWILIO.key_sid,
         "--key-secret-file", secret, "--base-url", world.twilio],
        ["sign-in-link"],
        ["metric", "list"],
        ["resource", "list"],
        ["rotate-keys"],
    )  # fmt: skip
    replayed = world.commands(["destination", "list", "--account", "alice"])[0]["destinations"][0]["id"]
    credential, destination, connection = made[2]["authId"], made[3]["destination"], made[4]["connection"]
    lists = [
        ["credential", "list", "--account", "bob"],
        ["destination", "list", "--account", "bob"],
        ["connection", "list", "--account", "bob"],
        ["board", "list", "--account", "bob"],
        ["events", "list", "--account", "bob"],
        ["deliveries", "list", "--account", "bob", "--state", "dead"],
    ]
    lengths = [len(next(iter(one.values()))) for one in world.commands(*lists)]
    assert lengths == [2, 1, 1, 1, 0, 0]
    world.commands(
        ["sync", "--connection", connection, "--resource", "calls", "--since", f"{LAST}"],
        ["query", "calls", "--account", "bob", "--from", f"{LAST}", "--until", f"{LAST + timedelta(days=1)}"],
        ["deliveries", "replay", "--account", "alice", "--destination", replayed],
        ["credential", "revoke", credential],
        ["connection", "remove", connection],
        ["destination", "remove", destination],
    )
    [bob] = [one for one in world.commands(["account", "list"])[0]["accounts"] if one["name"] == "bob"]
    assert (bob["tokens"], bob["zone"]) == (10, "Europe/Berlin")


def test_sample_data_comes_and_goes_without_a_trace(world: World) -> None:
    with Browser(world.server) as browser:
        browser.submit(browser.get("/sample/"), "/sample/add")
        sample = wait_for(lambda: account_of(world, "Sample"), "the sample is made")
        wait_for(lambda: total(world, "spend", sample) and total(world, "calls", sample), "the sample is synced")
        wait_for(lambda: world.commands(["events", "list", "--account", sample])[0]["events"], "its events arrive")
        browser.submit(browser.get(f"/{sample}/"), f"/{sample}/sample/remove")
        wait_for(lambda: account_of(world, "Sample") is None, "the account is gone")
    reader = open_reader(world.settings["DIALBOARD_JOURNAL_URL"])
    outcomes = open_outcomes(world.settings["DIALBOARD_DELIVERIES_URL"], read_only=True)
    store = open_store(world.settings["DIALBOARD_STORE_URL"])
    try:
        wait_for(lambda: reader.count(sample) == 0 and not outcomes.counts(sample), "events and deliveries are gone")
        lists = [*RESOURCES, EVENTS.name]
        wait_for(lambda: not any(store.held(sample, one) for one in lists), "rows are gone")
    finally:
        for opened in (reader, outcomes, store):
            opened.close()


def account_of(world: World, name: str) -> Any:
    return next((one["id"] for one in world.commands(["account", "list"])[0]["accounts"] if one["name"] == name), None)


def total(world: World, metric: str, account: str) -> Any:
    return world.commands(["query", metric, "--account", account, "--range", "last_30_days"])[0]["total"]
