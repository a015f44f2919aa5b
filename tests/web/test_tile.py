"""A tile: its figure, its change, its table and its gaps; fetched again only when something changed."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from dialboard.measure.answer import answer
from dialboard.measure.library import METRICS
from dialboard.measure.period import named
from dialboard.shapes.row import Batch, Row, Span
from dialboard.store.duckdb import DuckStore
from tests.web import world
from tests.web.conftest import People, Things


@pytest.fixture
def filled(people: People, things: Things, store: DuckStore) -> datetime:
    now = datetime.now(UTC)
    world.fill_store(store, people.account.pk, now, days=70)
    return now


def _tile(people: People, metric: str, kind: str) -> str:
    tile = people.account.boards.get().tiles.filter(metric=metric, kind=kind).first()
    return reverse("board-tile", args=[people.account.pk, tile.board_id, tile.pk])


def _text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_the_figure_is_the_metrics_own(people: People, filled: datetime, store: DuckStore) -> None:
    series = answer(
        store, METRICS["calls"], account=people.account.pk, period=named("past_30_days", "UTC", filled), now=filled
    )
    assert f'<span class="figure">{series.total:,}</span>' in _text(people.alice.get(_tile(people, "calls", "number")))


def test_a_change_has_an_arrow_a_word_and_a_colour(people: People, filled: datetime) -> None:
    text = _text(people.alice.get(_tile(people, "calls", "number")))
    chip = re.search(r'<span class="chip (good|bad)">(.*?)</span></span>', text)
    assert chip and "<svg" in chip[2]
    assert re.search(r"(up|down) [\d.,]+\s%, which is (not )?good", chip[2])
    assert "in the 30 days before" in text


def test_without_a_comparison_there_is_no_chip(people: People, filled: datetime) -> None:
    assert 'class="chip' not in _text(people.alice.get(_tile(people, "calls", "number") + "?compare=no"))


def test_a_chart_has_its_values_in_a_table_of_which_the_script_draws(people: People, filled: datetime) -> None:
    text = _text(people.alice.get(_tile(people, "calls", "area") + "?range=last_7_days"))
    values = re.findall(r'data-at="([\d-]+)"><th scope="row">([^<]+)</th><td class="number" data-value="(\d+)">', text)
    assert len(values) == 7
    total = sum(int(value) for _, _, value in values)
    assert f'<span class="head-figure">{total:,}</span>' in text
    assert values[-1][0] == (filled - timedelta(days=1)).date().isoformat()


def test_a_split_is_drawn_in_the_order_of_size_with_its_parts(people: People, filled: datetime) -> None:
    text = _text(people.alice.get(_tile(people, "calls", "breakdown")))
    assert [text.index(word) for word in ("Completed", "No answer", "Busy")] == sorted(
        text.index(word) for word in ("Completed", "No answer", "Busy")
    )
    assert 'width="100.0%"' in text


def test_a_part_says_of_what_it_is_one_and_its_shares_are_of_that(people: People, filled: datetime) -> None:
    spent = re.search(r'class="figure">(\$[\d,.]+)<', _text(people.alice.get(_tile(people, "spend", "number"))))
    text = _text(people.alice.get(_tile(people, "spend_by_category", "breakdown")))
    assert spent and f">of {spent[1]}</span>" in text
    shares = [float(part) for part in re.findall(r'class="number part">([\d.]+)\s%', text)]
    assert len(shares) == 3 and 90 < sum(shares) < 99
    assert ">of " not in _text(people.alice.get(_tile(people, "calls", "breakdown")))


def test_error_codes_are_said_in_words(people: People, filled: datetime) -> None:
    assert "30003 Unreachable handset" in _text(people.alice.get(_tile(people, "messages_failed", "breakdown")))


def test_nothing_held_is_said_and_no_zero_is_shown(people: People, things: Things) -> None:
    for kind in ("number", "area", "breakdown"):
        text = _text(people.alice.get(_tile(people, "calls", kind)))
        assert "Nothing of this period is here yet." in text
        assert ">0<" not in text


def test_a_hole_in_the_past_is_named_by_its_days(people: People, things: Things, store: DuckStore) -> None:
    now = datetime.now(UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for begin, end in ((40, 20), (10, 0)):
        held = Span(today - timedelta(days=begin), today - timedelta(days=end))
        store.put(Batch(account=people.account.pk, twilio_account=world.TWILIO, resource="calls", rows=[], held=held))
    text = _text(people.alice.get(_tile(people, "calls", "area") + "?range=last_30_days"))
    first, last = today - timedelta(days=20), today - timedelta(days=11)
    assert f"{first.day}" in text and f"{last.day} {last:%b %Y} is not here yet; the figures are of the rest." in text
    assert 'class="chip' not in text  # two periods of different completeness are not compared


def _a_second_later() -> None:
    """What a board's tiles share of how new the figures are is forgotten."""
    from dialboard.web import freshness

    freshness._found.clear()


def test_an_event_that_is_not_in_the_store_yet_is_waited_for(people: People, filled: datetime) -> None:
    address = _tile(people, "calls", "number")
    etag = people.alice.get(address)["ETag"]
    _a_second_later()
    assert people.alice.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_several_currencies_are_shown_beside_each_other(people: People, filled: datetime, store: DuckStore) -> None:
    day = (filled - timedelta(days=2)).date()
    values = {"category": "totalprice", "day": day, "price": Decimal(1), "currency": "EUR", "account_sid": world.TWILIO}
    row = Row("eur", values, b"{}")
    store.put(Batch(account=people.account.pk, twilio_account=world.TWILIO, resource="usage_daily", rows=[row]))
    text = _text(people.alice.get(_tile(people, "spend", "number")))
    assert re.search(r"<p>\$[\d,.]+ and €1.00: several currencies are not added up.</p>", text) and "Spend" in text
    assert "Try again" not in text
    home = _text(people.alice.get(reverse("home", args=[people.account.pk])))
    assert "Yesterday: " in home and "This month's spend is in several currencies." in html.unescape(home)


def test_of_nothing_a_chart_with_parts_draws_a_line_on_nought(people: People, store: DuckStore) -> None:
    now = datetime.now(UTC)
    span = Span(now - timedelta(days=40), now)
    store.put(Batch(account=people.account.pk, twilio_account=world.TWILIO, resource="messages", rows=[], held=span))
    text = _text(people.alice.get(_tile(people, "messages", "bar") + "?range=last_7_days&compare=no"))
    assert '<span class="head-figure">0</span>' in text and text.count('data-value="0"') == 7


def test_a_tile_that_did_not_change_is_not_sent_again(
    people: People, filled: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dialboard.control.models import SyncRun

    address = _tile(people, "calls", "number")
    monkeypatch.setattr("dialboard.web.freshness._SETTLES", timedelta(0))  # the newest event is a moment old
    first = people.alice.get(address)
    etag = first["ETag"]
    assert json.dumps(etag) in first.content.decode().replace("&quot;", '"')
    again = people.alice.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert people.alice.get(address + "?range=today", headers={"If-None-Match": etag}).status_code == 200
    SyncRun.objects.create(
        connection=people.account.connections.get(),
        resource="calls",
        span_from=filled - timedelta(days=1),
        span_until=filled,
        finished_at=filled,
    )
    _a_second_later()
    assert people.alice.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_a_tile_looks_again_every_few_seconds_while_data_arrives(people: People, things: Things) -> None:
    from dialboard.control import orders

    address = _tile(people, "calls", "number")
    people.account.connections.update(created_at=datetime.now(UTC) - timedelta(hours=1))  # else its first sync is due
    assert 'hx-trigger="every 15s"' in _text(people.alice.get(address))  # an event came a moment ago
    orders.give("sync", people.account, {"connection": things.ids["connection"]})
    _a_second_later()
    assert 'hx-trigger="every 3s"' in _text(people.alice.get(address))


def test_the_data_of_a_tile_is_the_document_of_the_query_command(people: People, filled: datetime) -> None:
    answer_ = people.alice.get(_tile(people, "calls", "area") + ".json?range=last_7_days&compare=no")
    assert answer_["Content-Type"] == "application/json"
    document = json.loads(answer_.content)
    assert document["metric"] == "calls" and document["by"] == "day"
    assert sum(bucket["value"] for bucket in document["buckets"]) == document["total"]


def test_a_page_asked_for_whole_has_the_tiles_in_it(people: People, filled: datetime) -> None:
    board = reverse("board", args=[people.account.pk, people.account.boards.get().pk])
    assert 'class="figure"' not in _text(people.alice.get(board))
    whole = _text(people.alice.get(board + "?whole=yes"))
    assert whole.count('class="figure"') == 4 and whole.count("<chart-tile") == 3 and "skeleton" not in whole
    assert whole.count('<span class="narrow"><svg') == 3, "for a phone without scripts"
