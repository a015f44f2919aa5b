import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client as OfficialClient

from dialboard.errors import BadCredentials, OutsideRetention, Refused, Transient
from dialboard.outbound.http import Answer
from dialboard.shapes.row import Span
from dialboard.twilio.account import TwilioAccount
from dialboard.twilio.client import Client
from dialboard.twilio.page import Page
from dialboard.twilio.resources import RESOURCES
from tests.twilio.world import NOW, World

CALLS, MESSAGES, USAGE = RESOURCES["calls"], RESOURCES["messages"], RESOURCES["usage_daily"]
ALL = Span(NOW - timedelta(days=40), NOW)


async def at_once(seconds: float) -> None:
    """Stands for asyncio.sleep between tries: nothing is gained by waiting here."""


def walk(world: World, resource: Any = CALLS, span: Span = ALL, **options: Any) -> list[Page]:
    async def pages() -> list[Page]:
        async with Client(world.account, sleep=at_once, **options) as client:
            return [page async for page in client.pages(resource, span)]

    return asyncio.run(pages())


def sids(pages: list[Page]) -> list[str]:
    return [msgspec.json.decode(record)["sid"] for page in pages for record in page.records]


class ToTheSandbox(TwilioHttpClient):
    """The official package's client with its host replaced."""

    def __init__(self, base: str) -> None:
        super().__init__()
        assert self.session is not None
        self.session.trust_env = False
        self.base = base

    def request(self, method: str, url: str, *rest: Any, **options: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self.base), *rest, **options)


def official(world: World) -> OfficialClient:
    account = world.account
    return OfficialClient(
        account.key_sid, account.key_secret, account.account_sid, http_client=ToTheSandbox(world.base)
    )


def test_all_pages_are_read_newest_first_and_each_record_once(world: World) -> None:
    found = sids(walk(world))
    assert len(found) == len(set(found)) == 3000
    assert found == [call.sid for call in world.story.all_calls(NOW)][::-1]
    assert world.counts()["pages"] == 3


def test_the_official_package_finds_the_same_calls_and_messages(world: World) -> None:
    client = official(world)
    calls = [call.sid for call in client.calls.stream(start_time_after=ALL.from_, page_size=1000)]
    messages = [message.sid for message in client.messages.stream(date_sent_after=ALL.from_, page_size=1000)]
    assert calls == sids(walk(world))
    assert messages == sids(walk(world, MESSAGES))


def test_the_official_package_reads_the_sandbox_s_usage(world: World) -> None:
    records = official(world).usage.records.daily.list(start_date=(NOW - timedelta(days=3)).date(), page_size=1000)
    assert len(records) == len(walk(world, USAGE, Span(NOW - timedelta(days=3), NOW))[0].records) == 4 * 25
    assert {record.category for record in records} >= {"calls", "sms", "totalprice"}


def test_a_good_key_passes_the_check_although_it_may_not_read_accounts(world: World) -> None:
    Client(world.account).check()


def test_a_wrong_secret_is_explained_without_being_repeated(world: World) -> None:
    account = world.account
    wrong = TwilioAccount(account.account_sid, account.key_sid, "hunter2hunter2", world.base)
    with pytest.raises(BadCredentials, match="secret may be wrong") as error:
        Client(wrong).check()
    assert "hunter2" not in str(error.value) + repr(wrong)


def test_another_account_sid_is_explained(world: World) -> None:
    account = world.account
    other = TwilioAccount("AC" + "0" * 32, account.key_sid, account.key_secret, world.base)
    with pytest.raises(Refused, match="check the Account SID"):
        Client(other).check()


def test_nobody_listening_is_worth_another_try() -> None:
    account = TwilioAccount("AC" + "0" * 32, "SK" + "0" * 32, "secret", "http://127.0.0.1:1")
    with pytest.raises(Transient, match="could not be reached"):
        Client(account).check()


@pytest.mark.parametrize(
    "trouble", [{"every_500": 2}, {"every_503": 2}, {"every_401": 2}, {"every_429": 2, "retry_after_s": None}]
)
def test_passing_trouble_costs_no_record(world: World, trouble: dict[str, Any]) -> None:
    world.behave(**trouble)
    assert len(set(sids(walk(world)))) == 3000
    assert world.counts()["refused"] > 0


def test_a_lasting_outage_ends_the_walk_as_transient(world: World) -> None:
    world.behave(fail_next=1000)
    with pytest.raises(Transient, match="problem of its own"):
        walk(world)


def test_nothing_is_asked_inside_retry_after(world: World) -> None:
    world.behave(every_429=3, retry_after_s=1)
    assert len(set(sids(walk(world)))) == 3000
    counts = world.counts()
    assert counts["by_status"]["429"] >= 1
    assert counts["inside_retry_after"] == 0


def test_a_list_that_fails_at_full_size_is_read_in_smaller_pages(world: World) -> None:
    world.behave(page_size_max=300)
    pages = walk(world, USAGE)
    assert max(len(page.records) for page in pages) <= 300
    assert sum(len(page.records) for page in pages) == 31 * 25


def test_links_that_lead_in_a_circle_end_the_walk(world: World) -> None:
    world.behave(repeat_page=True)
    with pytest.raises(Refused, match="circle"):
        walk(world)
    assert world.counts()["pages"] <= 2


def test_a_start_before_the_retention_says_how_far_back_it_goes(world: World) -> None:
    with pytest.raises(OutsideRetention, match="400 days") as error:
        walk(world, MESSAGES, Span(NOW - timedelta(days=500), NOW))
    assert error.value.days == 400


def test_a_message_that_was_never_sent_is_in_no_window(world: World) -> None:
    found = set(sids(walk(world, MESSAGES)))
    unsent = {message.sid for message in world.story.all_messages(NOW) if message.sent_s is None}
    assert unsent and not unsent & found


def test_usage_is_asked_for_this_account_alone_and_by_whole_days(world: World) -> None:
    asked: list[str] = []

    class Spy:
        async def get(self, url: str, **options: Any) -> Answer:
            asked.append(url)
            return Answer(200, {}, b'{"usage_records": [], "next_page_uri": null}')

    walk(world, USAGE, Span(NOW - timedelta(days=2), NOW), http=Spy())
    query = asked[0].partition("?")[2].split("&")
    assert {"StartDate=2026-11-22", "EndDate=2026-11-24", "IncludeSubaccounts=false", "PageSize=1000"} == set(query)
