"""A real Chromium against the real pages, served on a port of the system's choice."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from playwright.sync_api import Page

from dialboard.config import Config
from dialboard.store.duckdb import DuckStore
from tests.browser.chromium import chromium
from tests.web import world
from tests.web.conftest import People, Things, config, doors, people, quick_passwords, store, things

__all__ = ["config", "doors", "people", "quick_passwords", "store", "things"]


class Threaded(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, *args: Any) -> None:
        pass


@dataclass
class Live:
    """The address, a filled account and its board."""

    url: str
    account: str
    board: str
    session: str
    people: People
    now: datetime
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def live(people: People, things: Things, store: DuckStore, config: Config) -> Iterator[Live]:
    from django.core.wsgi import get_wsgi_application

    now = datetime.now(UTC)
    world.fill_store(store, people.account.pk, now, days=70)
    events = [world.make_event(people.account.pk, now - timedelta(minutes=place), place) for place in range(6)]
    numbers = world.send_events(config, people.account, events)
    world.deliver_events(config, people.account, things.ids["destination"], events, numbers)
    server = Threaded(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    session = people.alice.cookies["dialboard_session"].value
    url = f"http://127.0.0.1:{server.server_port}"
    yield Live(url, people.account.pk, things.ids["board"], session, people, now)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread, which Django would take for async code. For this folder only:
        # the tests of others run loops of their own.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with chromium() as found:
            yield found


@pytest.fixture
def open_page(browser: Any, live: Live) -> Iterator[Any]:
    """Opens an address as Alice; at the end no page may have logged an error or broken the content policy."""
    with ExitStack() as contexts:

        def open_(path: str, *, width: int = 1440, dark: bool = False, signed_in: bool = True, **more: Any) -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", **more
            )
            contexts.callback(context.close)
            if signed_in:
                context.add_cookies([{"name": "dialboard_session", "value": live.session, "url": live.url}])
            page = context.new_page()
            page.on("console", lambda said: _note(live, said.type, said.text))
            page.on("pageerror", lambda error: live.complaints.append(str(error)))
            page.set_default_timeout(20_000)
            page.goto(live.url + path)
            return page

        yield open_
        assert live.complaints == []


def _note(live: Live, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        live.complaints.append(text)
