"""Every route, as owner, as a member of another account and as nobody. A new route fails here until it is listed."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, get_resolver, reverse

from tests.web.conftest import People, Things

OPEN, PEOPLE, MEMBERS, OWNERS = "open", "people", "members", "owners"
GET, POST = "GET", "POST"

# name of the route -> who may enter, how it is asked
ROUTES = {
    "entry": (PEOPLE, GET),
    "sign-in": (OPEN, GET),
    "sign-in-link": (OPEN, GET),
    "sign-out": (OPEN, POST),
    "password": (PEOPLE, GET),
    "theme": (OPEN, POST),
    "sample-add": (PEOPLE, POST),
    "sample-waiting": (PEOPLE, GET),
    "home": (MEMBERS, GET),
    "sample-remove": (OWNERS, POST),
    "board": (MEMBERS, GET),
    "board-tile": (MEMBERS, GET),
    "board-tile-json": (MEMBERS, GET),
    "connections": (MEMBERS, GET),
    "connection-new": (OWNERS, GET),
    "connection": (MEMBERS, GET),
    "connection-sync": (OWNERS, POST),
    "connection-delete": (OWNERS, POST),
    "destinations": (MEMBERS, GET),
    "destination-new": (OWNERS, GET),
    "destination": (MEMBERS, GET),
    "destination-switch": (OWNERS, POST),
    "destination-replay": (OWNERS, POST),
    "destination-delete": (OWNERS, POST),
    "events": (MEMBERS, GET),
    "event": (MEMBERS, GET),
    "credentials": (MEMBERS, GET),
    "credential-revoke": (OWNERS, POST),
}
OF_ACCOUNTS = [name for name, (who, _) in ROUTES.items() if who in (MEMBERS, OWNERS)]


def _routes() -> Iterator[str]:
    for pattern in get_resolver().url_patterns:
        assert isinstance(pattern, URLPattern), "list the routes of an include here too"
        yield str(pattern.name)


def _address(name: str, things: Things) -> str:
    pattern = next(one for one in get_resolver().url_patterns if one.name == name)
    return reverse(name, kwargs={key: things.ids[key] for key in pattern.pattern.converters})


def _ask(browser, name: str, things: Things):
    address = _address(name, things)
    return browser.post(address) if ROUTES[name][1] == POST else browser.get(address)


def test_every_route_is_listed() -> None:
    assert set(_routes()) == set(ROUTES), "a route was added or removed: say in ROUTES who may enter"


@pytest.mark.parametrize("name", ROUTES)
def test_the_owner_enters(name: str, people: People, things: Things) -> None:
    status = _ask(people.alice, name, things).status_code
    # A link that nobody made is over; everything else is a page or leads on.
    assert status == 410 if name == "sign-in-link" else status in (200, 302)


@pytest.mark.parametrize("name", OF_ACCOUNTS)
def test_a_member_looks_and_only_owners_change(name: str, people: People, things: Things) -> None:
    status = _ask(people.bob, name, things).status_code
    assert status == (403 if ROUTES[name][0] == OWNERS else 200)


@pytest.mark.parametrize("name", OF_ACCOUNTS)
def test_a_member_of_another_account_finds_nothing(name: str, people: People, things: Things) -> None:
    answer = _ask(people.charlie, name, things)
    assert answer.status_code == 404
    assert "Northwind" not in answer.content.decode()


def test_a_thing_of_another_account_is_not_found_in_ones_own(people: People, things: Things) -> None:
    theirs = Things(ids={**things.ids, "account": people.other.pk})
    of_things = [name for name in OF_ACCOUNTS if _keys(name)]
    assert len(of_things) == 12
    assert {name: _ask(people.charlie, name, theirs).status_code for name in of_things} == dict.fromkeys(of_things, 404)


@pytest.mark.parametrize("name", [name for name, (who, _) in ROUTES.items() if who != OPEN])
def test_nobody_is_shown_the_way_to_sign_in(name: str, people: People, things: Things) -> None:
    answer = _ask(people.nobody, name, things)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in?next=/")


def test_a_part_of_a_page_asked_for_by_nobody_reloads_the_page(people: People, things: Things) -> None:
    answer = people.nobody.get(_address("events", things), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")


@pytest.mark.parametrize("name", [name for name, (_, how) in ROUTES.items() if how == POST and name.find("delete") < 0])
def test_what_changes_something_cannot_be_done_by_a_link(name: str, people: People, things: Things) -> None:
    assert people.alice.get(_address(name, things)).status_code == 405


@pytest.mark.parametrize("name", [name for name, (_, how) in ROUTES.items() if how != POST])
def test_the_head_of_a_page_is_that_of_the_page(name: str, people: People, things: Things) -> None:
    whole, head = (ask(_address(name, things)) for ask in (people.alice.get, people.alice.head))
    assert head.status_code == whole.status_code and head.headers["Content-Type"] == whole.headers["Content-Type"]
    assert head.content == b""


@pytest.mark.parametrize("name", [name for name, (_, how) in ROUTES.items() if how == POST])
def test_another_site_cannot_make_a_browser_change_something(name: str, people: People, things: Things) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    strict.cookies = people.alice.cookies
    answer = strict.post(_address(name, things))
    assert answer.status_code == 403
    assert "reload the page" in answer.content.decode()


def _keys(name: str) -> set[str]:
    pattern = next(one for one in get_resolver().url_patterns if one.name == name)
    return set(pattern.pattern.converters) - {"account"}
