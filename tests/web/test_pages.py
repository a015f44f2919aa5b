"""What each page shows and what its buttons do."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from dialboard.config import Config
from dialboard.store.duckdb import DuckStore
from tests.web import world
from tests.web.conftest import People, Things


def _text(answer) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def _go(browser, name: str, *ids: str) -> str:
    return _text(browser.get(reverse(name, args=ids)))


def test_the_first_run_offers_two_ways(people: People) -> None:
    text = _go(people.alice, "home", people.account.pk)
    assert "Explore with sample data" in text and "Connect Twilio" in text


def test_the_entry_leads_to_the_only_account_and_lets_choose_between_several(people: People) -> None:
    from django.contrib.auth.models import User

    from dialboard.control import accounts, sign_in

    assert people.alice.get("/")["Location"] == reverse("home", args=[people.account.pk])
    second, _, _ = accounts.create("Eastwind")
    sign_in.join(second, User.objects.get(username="alice"))
    text = _text(people.alice.get("/"))
    assert "Northwind" in text and "Eastwind" in text and "Southwind" not in text


def test_home_says_how_yesterday_was_and_what_to_do_next(people: People, things: Things, store: DuckStore) -> None:
    now = datetime.now(UTC)
    world.fill_store(store, people.account.pk, now, days=40)
    text = _go(people.alice, "home", people.account.pk)
    assert "Yesterday: " in text and " answered" in text and "spent this month" in text
    assert "Open Overview" in text
    assert "What to do next" not in text  # all three steps are done


def test_a_member_sees_no_button_that_only_owners_may_press(people: People, things: Things) -> None:
    for name, ids in (("connection", ["connection"]), ("destination", ["destination"]), ("credentials", [])):
        text = _go(people.bob, name, people.account.pk, *(things.ids[one] for one in ids))
        assert not any(word in text for word in ("Sync now", "Switch off", "Disconnect", "Revoke", "Make a credential"))


def test_the_board_lays_its_tiles_out_before_their_figures_are_there(people: People, things: Things) -> None:
    text = _go(people.alice, "board", people.account.pk, things.ids["board"])
    assert text.count('aria-busy="true"') == people.account.boards.get().tiles.count()
    assert "x-0 y-2 w-8 h-4" in text


def test_the_period_and_the_comparison_are_in_the_address(people: People, things: Things) -> None:
    address = reverse("board", args=[people.account.pk, things.ids["board"]])
    text = _text(people.alice.get(address + "?range=last_7_days&compare=no"))
    assert "Last 7 days" in text
    assert "?range=last_7_days&amp;compare=no" in text
    assert "Compare with the period before" in text
    assert 'href="?range=last_7_days"' in text  # switches the comparison on again


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("range=fortnight", "There is no period called"),
        ("from=2026-13-01&to=2026-11-02", "From: "),
        ("from=2026-11-01", "To: is missing"),
        ("from=2026-11-05&to=2026-11-02", "Swap the two days"),
        ("from=0001-01-01&to=0001-01-02", "too far away"),
        ("from=2026-01-01&to=9999-12-31", "too far away"),
    ],
)
def test_a_period_that_does_not_exist_is_explained(query: str, says: str, people: People, things: Things) -> None:
    address = reverse("board", args=[people.account.pk, things.ids["board"]])
    assert says in _text(people.alice.get(f"{address}?{query}"))


def test_a_connection_says_what_is_here_and_how_the_syncs_went(
    people: People, things: Things, store: DuckStore
) -> None:
    from dialboard.control.models import SyncRun

    now = datetime.now(UTC)
    world.fill_store(store, people.account.pk, now, days=20)
    SyncRun.objects.create(
        connection_id=things.ids["connection"],
        resource="calls",
        span_from=now - timedelta(days=20),
        span_until=now,
        finished_at=now,
        pages=3,
        rows=2412,
        waits=2,
        problem="Twilio answered 403: the key may not read calls.",
    )
    text = _go(people.alice, "connection", people.account.pk, things.ids["connection"])
    assert "21 of the last 90 days are here in full" in text
    assert text.count('class="gap"') >= 3 * 69
    assert "2,412 rows on 3 pages, 2 waits because Twilio asked to slow down" in text
    assert "the key may not read calls" in text and "every 20s" in text
    SyncRun.objects.update(finished_at=None)
    assert "every 2s" in _go(people.alice, "connection", people.account.pk, things.ids["connection"])


def test_sync_now_gives_one_order_however_often_it_is_pressed(people: People, things: Things) -> None:
    address = reverse("connection-sync", args=[people.account.pk, things.ids["connection"]])
    for _ in range(3):
        people.alice.post(address)
    assert [order.payload for order in people.account.orders.all()] == [{"connection": things.ids["connection"]}]
    assert "Syncing." in _go(people.alice, "connection", people.account.pk, things.ids["connection"])


def test_disconnecting_asks_first(people: People, things: Things) -> None:
    address = reverse("connection-delete", args=[people.account.pk, things.ids["connection"]])
    assert "Disconnect Main?" in _text(people.alice.get(address))
    assert people.account.connections.exists()
    people.alice.post(address)
    assert not people.account.connections.exists()


def test_a_destination_counts_its_deliveries_and_explains_the_dead(
    people: People, things: Things, config: Config
) -> None:
    events = [world.make_event(people.account.pk, datetime.now(UTC), place) for place in range(6)]
    numbers = world.send_events(config, people.account, events)
    world.deliver_events(config, people.account, things.ids["destination"], events, numbers)
    text = _go(people.alice, "destination", people.account.pk, things.ids["destination"])
    assert text.count("Delivered") >= 4
    assert "The collector refused the request (403)" in text
    assert "The next try is due now." in text
    people.alice.post(reverse("destination-replay", args=[people.account.pk, things.ids["destination"]]))
    order = people.account.orders.get()
    assert (order.kind, order.payload) == ("replay", {"destination": things.ids["destination"]})


def test_what_no_destination_had_is_delivered_once_there_is_one(people: People, config: Config) -> None:
    from dialboard.control import destinations

    to = destinations.add(
        people.account, "google-analytics", settings={"measurement_id": "G-AB12CD34EF"}, secret="s3cret"
    )
    address = reverse("destination-replay", args=[people.account.pk, to.pk])
    assert "no event was told yet" in _text(people.alice.post(address, follow=True))
    assert not people.account.orders.exists()
    world.send_events(config, people.account, [world.make_event(people.account.pk, datetime.now(UTC), 0)])
    assert "never got" in _text(people.alice.post(address, follow=True))
    assert people.account.orders.get().kind == "replay"


def test_a_destination_is_switched_off_and_on_and_removed(people: People, things: Things) -> None:
    ids = [people.account.pk, things.ids["destination"]]
    for enabled in (False, True):
        people.alice.post(reverse("destination-switch", args=ids))
        assert people.account.destinations.get().enabled is enabled
    people.alice.post(reverse("destination-delete", args=ids))
    assert not people.account.destinations.exists()


def test_events_come_newest_first_with_what_became_of_them(people: People, things: Things, config: Config) -> None:
    events = [world.make_event(people.account.pk, datetime.now(UTC), place, gaid=gaid) for place, gaid in
              enumerate(["UA-12345-1", "UA-12345-1", "UA-12345-1", "UA-999-9"])]  # fmt: skip
    numbers = world.send_events(config, people.account, events)
    world.deliver_events(config, people.account, things.ids["destination"], events[:3], numbers[:3])
    text = _go(people.alice, "events", people.account.pk)
    assert [f'id="e{number}"' in text for number in numbers] == [True] * 4
    assert text.index(f"e{numbers[3]}") < text.index(f"e{numbers[0]}")
    assert "no destination" in text and "Dead: " in text and "Delivered: " in text
    assert "5 events kept" in text


def test_events_turn_pages_and_forgive_a_mistyped_one(people: People, config: Config) -> None:
    events = [world.make_event(people.account.pk, datetime.now(UTC), place) for place in range(53)]
    numbers = world.send_events(config, people.account, events)
    address = reverse("events", args=[people.account.pk])
    first = _text(people.alice.get(address))
    assert first.count('<tr id="e') == 50
    older = _text(people.alice.get(f"{address}?before={numbers[3]}"))
    assert older.count('<tr id="e') == 3
    assert _text(people.alice.get(f"{address}?before=nonsense")).count('<tr id="e') == 50


def test_an_event_shows_what_was_sent_empty_and_what_was_not_sent(
    people: People, things: Things, config: Config
) -> None:
    event = world.make_event(people.account.pk, datetime.now(UTC), 4, gaid="UA-999-9")
    world.send_events(config, people.account, [event])
    text = _go(people.alice, "event", people.account.pk, event.id)
    assert "sent empty" in text and "not sent" in text and "visitorId" in text
    assert "none has <code>UA-999-9</code> as its alias" in text


def test_what_became_of_a_very_old_event_is_said_to_be_unknown(people: People, things: Things, config: Config) -> None:
    event = world.make_event(people.account.pk, datetime.now(UTC) - timedelta(days=401), 4)
    world.send_events(config, people.account, [event])
    text = _go(people.alice, "event", people.account.pk, event.id)
    assert "the record of deliveries is kept for 400 days" in text and "came before there was" not in text
    assert "not known any more" in _go(people.alice, "events", people.account.pk)


@pytest.mark.parametrize(
    ("tokens", "says"),
    [(0, "refused with 402"), (250, "250 were given, 0 are used"), (None, "as many events as it likes")],
)
def test_the_balance_is_said_as_tokens_left(tokens: int | None, says: str, people: People, config: Config) -> None:
    world.send_events(config, people.account, [], tokens)
    assert says in _go(people.alice, "credentials", people.account.pk)


def test_a_revoked_credential_is_listed_apart(people: People, things: Things) -> None:
    address = reverse("credential-revoke", args=[people.account.pk, things.ids["credential"]])
    assert "first is revoked" in _text(people.alice.post(address, follow=True))
    assert "was revoked already" in _text(people.alice.post(address, follow=True))
    assert "Nobody may send events." in _go(people.alice, "credentials", people.account.pk)


def test_the_looks_are_kept_in_a_cookie_and_painted_first(people: People, things: Things) -> None:
    people.alice.post("/theme", {"looks": "dark", "next": "/"})
    assert '<html lang="en" data-theme="dark">' in _go(people.alice, "home", people.account.pk)
    people.alice.post("/theme", {"looks": "system", "next": "/"})
    assert '<html lang="en">' in _go(people.alice, "home", people.account.pk)


def test_the_theme_form_never_leads_to_another_site(people: People) -> None:
    assert people.nobody.post("/theme", {"looks": "dark", "next": "https://evil.example/"})["Location"] == "/"
