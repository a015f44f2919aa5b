"""What holds for every page: a strict policy, nothing inline, the headers, and one heading."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from tests.web.conftest import People, Things
from tests.web.test_access import GET, MEMBERS, OWNERS, ROUTES

PAGES = [
    "home",
    "board",
    "board-tile",
    "connections",
    "connection-new",
    "connection",
    "connection-delete",
    "destinations",
    "destination-new",
    "destination",
    "destination-delete",
    "events",
    "event",
    "credentials",
]
INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


def _page(browser, name: str, things: Things):
    from django.urls import get_resolver

    pattern = next(one for one in get_resolver().url_patterns if one.name == name)
    return browser.get(reverse(name, kwargs={key: things.ids[key] for key in pattern.pattern.converters}))


def test_every_page_of_an_account_is_looked_at() -> None:
    shown = {name for name, (who, how) in ROUTES.items() if who in (MEMBERS, OWNERS) and how == GET}
    missing = shown - {"board-tile-json"} - set(PAGES)
    assert not missing, f"PAGES lacks {missing}"


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_inline(name: str, people: People, things: Things) -> None:
    text = _page(people.alice, name, things).content.decode()
    assert not (found := INLINE.search(text)), text[found.start() - 80 : found.end() + 40]


@pytest.mark.parametrize("name", [name for name in PAGES if name != "board-tile"])
def test_each_page_has_one_heading_and_one_main_part(name: str, people: People, things: Things) -> None:
    text = _page(people.alice, name, things).content.decode()
    assert text.count("<h1") == 1
    assert text.count("<main") == 1
    assert 'href="#main"' in text


@pytest.mark.parametrize("address", ["/sign-in", "/sign-in/link", "/nothing-here"])
def test_pages_without_an_account_are_clean_too(address: str, people: People) -> None:
    answer = people.nobody.get(address)
    assert not INLINE.search(answer.content.decode())
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_the_policy_is_strict(people: People) -> None:
    policy = dict(
        part.strip().split(" ", 1) for part in people.nobody.get("/sign-in")["Content-Security-Policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }


def test_pages_are_kept_by_no_cache_and_framed_by_nobody(people: People, things: Things) -> None:
    answer = _page(people.alice, "events", things)
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


def test_every_field_has_a_label_and_every_button_a_name(people: People, things: Things) -> None:
    for name in ("connection-new", "destination-new", "credentials"):
        text = _page(people.alice, name, things).content.decode()
        for field in re.findall(r'<input(?![^>]*type="(?:hidden|radio)")[^>]*\bid="([^"]+)"', text):
            assert f'for="{field}"' in text, f"{field} of {name}"
        for button in re.findall(r"<button[^>]*>.*?</button>", text, re.DOTALL):
            assert "aria-label" in button or re.sub(r"<[^>]+>", "", button).strip(), button


def test_a_broken_page_says_so_without_a_traceback(
    people: People, things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dialboard.web import data

    def broken() -> None:
        raise RuntimeError("secret detail of the program")

    monkeypatch.setattr(data, "reader", broken)
    people.alice.raise_request_exception = False
    answer = _page(people.alice, "events", things)
    text = answer.content.decode()
    assert answer.status_code == 500
    assert "Something broke on our side" in text
    assert "Traceback" not in text and "secret detail" not in text
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_an_absent_store_is_a_sentence(people: People, things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    from dialboard.errors import StoreUnreachable
    from dialboard.web import data

    def away() -> None:
        raise StoreUnreachable

    monkeypatch.setattr(data, "store", away)
    for name in ("home", "board", "connection"):
        assert _page(people.alice, name, things).status_code == 200
    tile = _page(people.alice, "board-tile", things)
    assert "No process answers for the metric store" in tile.content.decode()
    assert "Try again" in tile.content.decode()


def test_times_are_said_as_people_say_them() -> None:
    from dialboard.web.templatetags.words import since

    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    said = {
        "2026-11-24T11:59:40": "just now",
        "2026-11-24T11:56:00": "4 min ago",
        "2026-11-24T09:00:00": "3 h ago",
        "2026-11-21T12:00:00": "3 days ago",
        "2026-11-24T12:05:00": "in 5 min",
    }
    assert {at: since(datetime.fromisoformat(at + "+00:00"), now) for at in said} == said
