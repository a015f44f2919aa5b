"""The lists that the sandbox's Twilio answers: filters, order and keyset pages as the 2010-04-01 API has them."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from dialboard.sandbox.story import Call, Message, Story
from dialboard.sandbox.story.rhythm import DAY_S, day_of
from dialboard.shapes.times import read_time

Item = Call | Message
_FAR = 2**40


class Trouble(Exception):
    """An answer in Twilio's form of an error."""

    def __init__(self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})


class Page(Struct, frozen=True):
    """`token` is that of the next page; None at the end."""

    records: list[dict[str, Any]]
    token: str | None


class Window(Struct, frozen=True):
    """Seconds, both included: Twilio means "on or after" by > and "before or at" by <."""

    low_s: int = -_FAR
    high_s: int = _FAR

    @property
    def is_open(self) -> bool:
        return self == Window()


def calls(story: Story, now: datetime, asked: Mapping[str, str], size: int) -> Page:
    started, ended = read_window(asked, "StartTime"), read_window(asked, "EndTime")
    now_s = int(now.timestamp())
    exact = {name: asked[name] for name in ("To", "From", "ParentCallSid", "Status") if asked.get(name)}

    def passes(call: Item) -> bool:
        assert isinstance(call, Call)
        if not started.low_s <= call.created_s <= started.high_s:
            return False
        if not ended.is_open and not (call.ended_s <= now_s and ended.low_s <= call.ended_s <= ended.high_s):
            return False
        return not exact or _is(story.call_record(call, now), exact)

    after = _after(asked, story.call_at)
    newest_first = _newest_first(story.calls_of, story, now_s, started, after)
    found, token = _cut(filter(passes, newest_first), size)
    return Page([story.call_record(call, now) for call in found if isinstance(call, Call)], token)


def messages(story: Story, now: datetime, asked: Mapping[str, str], size: int) -> Page:
    sent = read_window(asked, "DateSent")
    now_s = int(now.timestamp())
    exact = {name: asked[name] for name in ("To", "From") if asked.get(name)}

    def passes(message: Item) -> bool:
        assert isinstance(message, Message)
        sent_s = message.sent_s
        # A message that is not sent yet, or never, is in no window.
        if not sent.is_open and (sent_s is None or sent_s > now_s or not sent.low_s <= sent_s <= sent.high_s):
            return False
        return not exact or _is({"To": message.to, "From": message.from_}, exact)

    after = _after(asked, story.message_at)
    newest_first = _newest_first(story.messages_of, story, now_s, sent, after)
    found, token = _cut(filter(passes, newest_first), size)
    return Page([story.message_record(message, now) for message in found if isinstance(message, Message)], token)


def usage(story: Story, now: datetime, asked: Mapping[str, str], size: int) -> Page:
    """Newest day first, categories in the order of their names."""
    today = day_of(int(now.timestamp()))
    last = min(_usage_day(asked.get("EndDate"), today, today), today)
    first = max(_usage_day(asked.get("StartDate"), today, story.first_day), story.first_day)
    category = asked.get("Category")
    done = asked.get("PageToken", "PA0/")[2:].partition("/")
    day, skip = (int(done[0]), int(done[2])) if done[2] else (last, 0)
    records: list[dict[str, Any]] = []
    while day >= first:
        of_day = [r for r in story.usage_records(day, now) if category in (None, "", r["category"])]
        room = size - len(records)
        records += of_day[skip : skip + room]
        if skip + room < len(of_day):
            return Page(records, f"PA{day}/{skip + room}")
        day, skip = day - 1, 0
    return Page(records, None)


def _is(record: Mapping[str, Any], exact: Mapping[str, str]) -> bool:
    names = {"To": "to", "From": "from", "ParentCallSid": "parent_call_sid", "Status": "status"}
    return all(record.get(name, record.get(names[name])) == value for name, value in exact.items())


def _after(asked: Mapping[str, str], find: Callable[[str], Item | None]) -> Item | None:
    """The last record of the page before; None at the beginning."""
    token = asked.get("PageToken")
    if token is None:
        if asked.get("Page", "0") != "0":
            raise Trouble(400, 70002, "Paged requests must include a PageToken")
        return None
    item = find(token[2:]) if token.startswith("PA") else None
    if item is None:
        raise Trouble(400, 20001, "Invalid PageToken")
    return item


def _newest_first(
    items_of: Callable[[int], list[Any]], story: Story, now_s: int, window: Window, after: Item | None
) -> Iterator[Item]:
    """Everything that exists and may lie in the window, by time of creation."""
    last = min(now_s, window.high_s, after.created_s if after else _FAR)
    # A message may be sent on the day after its creation.
    first = max(day_of(max(window.low_s, 0)) - 1, story.first_day)
    for day in range(day_of(last), first - 1, -1):
        items = items_of(day)
        until = bisect_left(items, (now_s + 1, 0), key=_key)
        if after:
            until = min(until, bisect_left(items, _key(after), key=_key))
        yield from reversed(items[:until])


def _key(item: Item) -> tuple[int, int]:
    return item.created_s, item.number


def _cut(items: Iterator[Item], size: int) -> tuple[list[Item], str | None]:
    """A page of them, and the token of the next if there is more."""
    found: list[Item] = []
    for item in items:
        if len(found) == size:
            return found, f"PA{found[-1].sid}"
        found.append(item)
    return found, None


def read_window(asked: Mapping[str, str], name: str) -> Window:
    """From NAME, NAME> and NAME<. With NAME alone it is that whole UTC day; it wins over the others."""
    if asked.get(name):
        begin = _instant(asked[name], name)
        return Window(begin // DAY_S * DAY_S, begin // DAY_S * DAY_S + DAY_S - 1)
    low, high = asked.get(name + ">"), asked.get(name + "<")
    return Window(_instant(low, name) if low else -_FAR, _instant(high, name) if high else _FAR)


def _instant(text: str, name: str) -> int:
    at = read_time(text)
    if at is None:
        raise Trouble(400, 20001, f"Invalid date value '{text}' for {name}")
    return int(at.timestamp())


def _usage_day(text: str | None, today: int, otherwise: int) -> int:
    """Days since 1970 of a date or of an offset such as -30days."""
    if not text:
        return otherwise
    if text.endswith("days") and text[:-4].lstrip("+-").isdecimal():
        return today + int(text[:-4])
    try:
        return (date.fromisoformat(text) - date(1970, 1, 1)).days
    except ValueError:
        raise Trouble(400, 20001, f"Invalid date value '{text}'") from None


def envelope(path: str, asked: Mapping[str, str], key: str, page: Page, size: int) -> dict[str, Any]:
    """The answer of style A: the records under their key, and links relative to the host."""
    number = int(asked.get("Page", "0")) if asked.get("Page", "0").isdecimal() else 0
    filters = {name: value for name, value in asked.items() if name not in ("Page", "PageToken", "PageSize")}

    def link(number: int, token: str | None) -> str:
        paging = {"PageSize": str(size), "Page": str(number), **({"PageToken": token} if token else {})}
        return f"{path}?{urlencode({**filters, **paging})}"

    return {
        "first_page_uri": link(0, None),
        "end": number * size + max(len(page.records) - 1, 0),
        "previous_page_uri": None,
        key: page.records,
        "uri": link(number, asked.get("PageToken")),
        "page_size": size,
        "start": number * size,
        "next_page_uri": link(number + 1, page.token) if page.token else None,
        "page": number,
    }


def check_retention(asked: Mapping[str, str], now: datetime, days: int) -> None:
    """Messages refuse a start before their retention, rather than answer less."""
    window = read_window(asked, "DateSent")
    if -_FAR < window.low_s < int(now.astimezone(UTC).timestamp()) - days * DAY_S:
        raise Trouble(
            400,
            20004,
            f"Date range specified in query is partially or entirely outside of retention window of {days} days",
        )
