"""The showing process: its pages, and how it ends."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvloop

from dialboard.run.showing import Pages
from tests.paths.running import Server, serving, wait_for
from tests.run.test_relaying import Answer, ask, shown


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("showing") / "data") as started:
        yield started


def test_only_its_user_may_ask_it(server: Server) -> None:
    assert (server.data / "pages.sock").stat().st_mode & 0o777 == 0o600


def test_a_page_that_nobody_foresaw_is_a_sentence_and_a_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(scope: dict[str, Any], receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    async def story() -> Answer:
        async with shown(tmp_path, broken) as (relay, _):
            first = await ask(relay)
            assert (await ask(relay)).status == 500  # on the same connection
            return first

    answer = asyncio.run(story())
    assert answer.status == 500 and b"the server's log has it" in answer.body
    assert "ZeroDivisionError" in caplog.text and b"ZeroDivisionError" not in answer.body


def test_a_page_for_which_nobody_waits_any_more_is_no_trouble(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        made = asyncio.Event()

        async def page(scope: dict[str, Any], receive: Any, send: Any) -> None:
            await asyncio.sleep(0.2)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"late", "more_body": True})
            await send({"type": "http.response.body", "body": b"r"})
            made.set()

        async with shown(tmp_path, page) as (relay, _):
            asking = asyncio.create_task(ask(relay))
            await asyncio.sleep(0.05)
            asking.cancel()
            await made.wait()

    uvloop.run(story())  # which refuses to write on a closed connection
    assert caplog.text == ""


def test_it_ends_when_the_pages_that_are_being_made_are_done_or_have_had_their_time(tmp_path: Path) -> None:
    async def story(page_s: float, within_s: float) -> bool:
        made = asyncio.Event()

        async def page(scope: dict[str, Any], receive: Any, send: Any) -> None:
            await asyncio.sleep(page_s)
            made.set()

        async with shown(tmp_path, page) as (relay, showing):
            asking = asyncio.create_task(ask(relay))
            await asyncio.sleep(0.05)
            await showing.pages.finish(within_s)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            return made.is_set()

    assert asyncio.run(story(0.2, 5.0))
    assert not asyncio.run(story(5.0, 0.1))
    asyncio.run(Pages(None).finish(5.0))  # type: ignore[arg-type]  # nothing is being made: at once


def test_a_page_is_shown_although_its_process_is_killed_while_it_makes_it(server: Server) -> None:
    pid = wait_for(lambda: server.pid("showing"), "showing runs")
    assert httpx.get(f"{server.url}/sign-in", timeout=20).status_code == 200
    os.kill(pid, signal.SIGSTOP)  # so that the page is under way for sure
    with httpx.Client(base_url=server.url, timeout=20) as visitor:
        import threading

        threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
        assert visitor.get("/sign-in").status_code == 200
    assert server.pid("showing") != pid


def test_events_are_taken_while_no_page_can_be_made(server: Server) -> None:
    pid = wait_for(lambda: server.pid("showing"), "showing runs")
    os.kill(pid, signal.SIGSTOP)
    try:
        assert httpx.get(f"{server.url}/healthz", timeout=5).status_code == 200
        assert httpx.get(f"{server.url}/2011-1-1/twilio-tracker", timeout=5).status_code == 401
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{server.url}/sign-in", timeout=0.3)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert httpx.get(f"{server.url}/sign-in", timeout=20).status_code == 200
