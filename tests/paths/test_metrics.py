"""The whole way of a figure: an account is connected, synced and asked; answers and board show what records give."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dialboard.measure.library import METRICS
from dialboard.sandbox.serve import running
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import TwilioSandbox
from tests.browser.chromium import chromium
from tests.cli.run import dialboard, run_all
from tests.paths import overview
from tests.paths.figures import FIGURES, Record, Records, day_of
from tests.paths.running import Server, a_call, serving, wait_for

CALLS, MESSAGES, DAYS = 100_000, 4_000, 60
ZONE = "America/New_York"
NOW = datetime.now(UTC).replace(microsecond=0)
FIRST, LAST = (NOW - timedelta(days=DAYS - 2)).date(), (NOW - timedelta(days=4)).date()
TOLD = 30


class World:
    """A server with Alice's account, a played Twilio that stands still at NOW, and every record there is, by list and
    day of the account's zone."""

    def __init__(self, server: Server, records: dict[str, dict[date, Records]]) -> None:
        self.server = server
        self.records = records

    def asked(self, metric: str, *words: str) -> dict[str, Any]:
        return dict(self.server.cli("query", metric, "--account", "alice", *words))


def raw_records(story: Story) -> dict[str, Records]:
    days = range(story.first_day, NOW.date().toordinal() - date(1970, 1, 1).toordinal() + 1)
    return {
        "calls": [story.call_record(call, NOW) for call in story.all_calls(NOW)],
        "messages": [story.message_record(message, NOW) for message in story.all_messages(NOW)],
        "usage": [record for day in days for record in story.usage_records(day, NOW)],
    }


def by_day(resource: str, records: Records) -> dict[date, Records]:
    days: dict[date, Records] = defaultdict(list)
    for record in records:
        if day := day_of(resource, record, ZONE):
            days[day].append(record)
    return days


def tell(server: Server, auth: dict[str, str]) -> list[Record]:
    """Some visitors come back."""
    told = [
        {"visitorId": f"CA{number % 20:032}", "at": datetime.now(UTC), "campaign": f"Campaign {number % 3}"}
        for number in range(TOLD)
    ]
    wait_for(lambda: server.track(**a_call(auth, gaid="")).status_code == 400, "the new sender is known")
    for record in told:
        answer = server.track(**a_call(auth, visitorId=record["visitorId"], **{"c.name": record["campaign"]}))
        assert answer.status_code == 200, answer.text
    return told


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("metrics")
    story = Story(7, NOW, calls=CALLS, messages=MESSAGES, days=DAYS)
    twilio = TwilioSandbox(story, clock=lambda: NOW)
    with running(twilio) as url, serving(folder / "data") as server:
        auth = server.cli("account", "create", "alice", "--unmetered", "--zone", ZONE)
        told = tell(server, auth)
        (folder / "secret").write_text(twilio.key_secret)
        connected = server.cli(
            "connection", "add", "--account", "alice", "--account-sid", twilio.account_sid,
            "--key-sid", twilio.key_sid, "--key-secret-file", str(folder / "secret"), "--base-url", url,
        )  # fmt: skip
        sync(server, connected["connection"])
        raw = raw_records(story) | {"events": told}
        assert len(raw["calls"]) == CALLS
        yield World(server, {resource: by_day(resource, records) for resource, records in raw.items()})


def sync(server: Server, connection: str) -> None:
    """The command returns when all of it is held, whichever process fetched it."""
    words = ("sync", "--connection", connection, "--since", FIRST.isoformat(), "--json")
    done = dialboard(*words, data=server.data)
    assert done.code == 0, done.err


def span_of(resource: str) -> tuple[date, date]:
    """From included, until excluded."""
    today = datetime.now(UTC).date()
    return (today - timedelta(days=1), today + timedelta(days=2)) if resource == "events" else (FIRST, LAST)


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days)]


def same(found: Any, expected: Any) -> bool:
    if found is None or expected is None:
        return found is expected
    if isinstance(expected, Decimal):
        return Decimal(str(found)) == expected
    return found == pytest.approx(expected, rel=1e-9)


def test_every_shipped_metric_has_a_figure_to_be_compared_with() -> None:
    assert set(FIGURES) == set(METRICS), "work the new metric out in figures.py"


@pytest.fixture(scope="module")
def answers(world: World) -> dict[str, dict[str, Any]]:
    """What `dialboard query` gives for each metric, by day."""
    spans = {metric: span_of(resource) for metric, (resource, _) in FIGURES.items()}
    commands = [
        ("query", metric, "--account", "alice", "--from", f"{first}", "--until", f"{last}", "--by", "day", "--json")
        for metric, (first, last) in spans.items()
    ]
    return dict(zip(spans, (done.json for done in run_all(commands, world.server.data)), strict=True))


@pytest.mark.parametrize("metric", sorted(FIGURES))
def test_a_metric_gives_the_figure_that_the_raw_records_give(
    world: World, answers: dict[str, dict[str, Any]], metric: str
) -> None:
    resource, work_out = FIGURES[metric]
    first, last = span_of(resource)
    records = world.records[resource]
    expected = work_out([record for day in days_between(first, last) for record in records[day]])
    answer = answers[metric]
    assert same(answer["total"], expected)
    assert answer["gaps"] == [] or resource == "events"
    found = {date.fromisoformat(bucket["at"]): bucket["value"] for bucket in answer["buckets"]}
    wrong = {
        day: (found.get(day), work_out(records[day]))
        for day in days_between(first, last)
        if records[day] and not same(found.get(day), work_out(records[day]))
    }
    assert not wrong, "the first of each pair is ours"


def test_the_parts_of_a_split_are_those_of_the_raw_records(world: World) -> None:
    records = [record for day in days_between(FIRST, LAST) for record in world.records["messages"][day]]
    expected: dict[str, int] = defaultdict(int)
    for record in records:
        expected[record["status"]] += 1
    answer = world.asked("messages", "--from", f"{FIRST}", "--until", f"{LAST}", "--split", "status")
    assert {one["dimensions"]["status"]: one["value"] for one in answer["totals"]} == expected


@pytest.fixture(scope="module")
def boards(world: World) -> dict[str, dict[str, overview.Shown]]:
    """What a browser shows of the Overview board: of the days of Twilio's lists, and of those of the events."""
    link = world.server.cli("sign-in-link")["link"]
    with chromium() as browser, browser.new_page(viewport={"width": 1440, "height": 900}) as page:
        overview.sign_in(page, link)
        spans = {resource: span_of(resource) for resource in ("calls", "events")}
        return {
            resource: overview.open_overview(page, first, last - timedelta(days=1))
            for resource, (first, last) in spans.items()
        }


@pytest.mark.chromium
def test_the_board_has_the_tiles_whose_figures_are_compared(boards: dict[str, dict[str, overview.Shown]]) -> None:
    assert set(boards["calls"]) == {tile.title for tile in overview.TILES}, "say in overview.py what the board shows"


@pytest.mark.chromium
@pytest.mark.parametrize("tile", overview.TILES, ids=lambda tile: tile.title)
def test_a_tile_shows_in_a_browser_what_the_raw_records_give(
    world: World, boards: dict[str, dict[str, overview.Shown]], tile: overview.Tile
) -> None:
    resource, _ = FIGURES[tile.metric]
    # The board of Twilio's lists is of days on which nobody told anything.
    for of_days in {"calls", resource} & set(boards):
        days = {day: world.records[resource][day] for day in days_between(*span_of(of_days))}
        shown, expected = boards[of_days][tile.title], overview.expected(tile, days)
        assert shown == expected
        assert list(shown.rows.values()) == list(expected.rows.values()), "in another order"
