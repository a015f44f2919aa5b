"""A visitor's request goes to the showing process and its answer comes back, whatever happens to that process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from dialboard.run import relaying, upload
from dialboard.run.relaying import Relay
from dialboard.run.showing import Pages

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def scope(method: str = "GET", path: str = "/", **more: Any) -> dict[str, Any]:
    return {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": b"", "root_path": "", "scheme": "http", "server": ("127.0.0.1", "8000"),
        "client": ("192.0.2.7", "4711"), "headers": [(b"host", b"localhost")],
    } | more  # fmt: skip


class Answer:
    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    async def send(self, message: dict[str, Any]) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.messages[0]["headers"])

    @property
    def body(self) -> bytes:
        assert not self.messages[-1].get("more_body"), "the answer has no end"
        return b"".join(message["body"] for message in self.messages[1:])


async def ask(relay: Relay, asked: dict[str, Any] | None = None, body: bytes = b"") -> Answer:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    answer = Answer()
    await relay(asked or scope(), receive, answer.send)
    return answer


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Says what it was asked."""
    told = await receive()
    words = [scope["method"], scope["path"], scope["query_string"], scope["client"][0], scope["headers"], told["body"]]
    await send({"type": "http.response.start", "status": 201, "headers": [(b"x-page", b"echo")]})
    await send({"type": "http.response.body", "body": repr(words).encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b"."})


class Showing:
    """The other end: `connections` counts how many there were."""

    def __init__(self, path: Path, app: App) -> None:
        self.path, self.pages, self.connections = path, Pages(app), 0
        self.successor: Showing | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def begin(self) -> "Showing":
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._answer, path=self.path)
        return self

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        await self.pages.answer(reader, writer)

    def die(self) -> None:
        """As the kernel does for a process that was killed, and its successors as well."""
        if self.successor:
            self.successor.die()
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self.path.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def shown(folder: Path, app: App) -> AsyncIterator[tuple[Relay, Showing]]:
    showing = await Showing(folder / "pages.sock", app).begin()
    relay = Relay(showing.path)
    yield relay, showing
    relay.close()
    showing.die()


def test_a_request_and_its_answer_arrive_whole(tmp_path: Path) -> None:
    async def story() -> None:
        async with shown(tmp_path, echo) as (relay, _):
            asked = scope("POST", "/caf\u00e9/", query_string=b"a=\xff")
            answer = await ask(relay, asked, b"x" * 900_000)
            assert (answer.status, answer.headers[b"x-page"]) == (201, b"echo")
            expected = ["POST", "/caf\u00e9/", b"a=\xff", "192.0.2.7", [(b"host", b"localhost")], b"x" * 900_000]
            assert answer.body == repr(expected).encode() + b"."

    asyncio.run(story())


def test_one_after_the_other_they_share_a_connection_and_at_once_each_has_its_own(tmp_path: Path) -> None:
    async def story() -> None:
        async with shown(tmp_path, echo) as (relay, showing):
            for _ in range(5):
                assert (await ask(relay)).status == 201
            assert showing.connections == 1
            answers = await asyncio.gather(*(ask(relay) for _ in range(8)))
            assert [one.status for one in answers] == [201] * 8 and showing.connections == 8

    asyncio.run(story())


def test_more_visitors_than_there_are_turns_wait_for_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relaying, "AT_ONCE", 3)

    async def story() -> None:
        async with shown(tmp_path, echo) as (relay, showing):
            answers = await asyncio.gather(*(ask(relay) for _ in range(20)))
            assert [one.status for one in answers] == [201] * 20 and showing.connections == 3

    asyncio.run(story())


def test_a_process_that_is_being_started_is_waited_for(tmp_path: Path) -> None:
    async def story() -> None:
        relay = Relay(tmp_path / "pages.sock")
        waiting = asyncio.create_task(ask(relay))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        showing = await Showing(tmp_path / "pages.sock", echo).begin()
        assert (await waiting).status == 201
        relay.close()
        showing.die()

    asyncio.run(story())


def test_where_none_comes_the_visitor_hears_so_and_the_page_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "WAIT_S", 0.1)
    answer = asyncio.run(ask(Relay(tmp_path / "pages.sock")))
    assert (answer.status, answer.headers[b"retry-after"], answer.headers[b"refresh"]) == (503, b"2", b"2")
    assert b"started again by themselves" in answer.body and b"--role showing" in answer.body
    form = asyncio.run(ask(Relay(tmp_path / "pages.sock"), scope("POST")))
    assert (form.status, form.headers[b"retry-after"]) == (503, b"2")
    assert b"refresh" not in form.headers, "what was filled in would be gone"


def test_a_connection_that_a_dead_process_left_is_not_used_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with shown(tmp_path, echo) as (relay, showing):
            await asyncio.gather(*(ask(relay) for _ in range(5)))
            showing.die()
            showing.successor = await Showing(showing.path, echo).begin()
            # At once, when nobody has seen yet that the connections are closed.
            asked = [scope("POST"), scope("GET"), scope("POST"), scope("GET"), scope("HEAD")]
            answers = await asyncio.gather(*(ask(relay, one) for one in asked))
            assert [one.status for one in answers] == [201] * 5

    asyncio.run(story())


def dying(showing: list[Showing], after: bytes = b"") -> App:
    """The first request kills the process, after it has said so much; its successor answers."""

    async def page(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if not showing:
            return await echo(scope, receive, send)
        if after:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": after, "more_body": True})
            await asyncio.sleep(0.05)
        dead = showing.pop()
        dead.die()
        dead.successor = await Showing(dead.path, page).begin()

    return page


def test_a_page_whose_process_dies_is_asked_of_its_successor(tmp_path: Path) -> None:
    async def story() -> None:
        alive: list[Showing] = []
        async with shown(tmp_path, dying(alive)) as (relay, showing):
            alive.append(showing)
            answer = await ask(relay)
            assert answer.status == 201 and not alive

    asyncio.run(story())


def test_a_change_whose_process_dies_is_not_made_twice(tmp_path: Path) -> None:
    async def story() -> None:
        alive: list[Showing] = []
        async with shown(tmp_path, dying(alive)) as (relay, showing):
            alive.append(showing)
            answer = await ask(relay, scope("POST"), b"name=x")
            assert answer.status == 503 and b"Look whether your change is there" in answer.body

    asyncio.run(story())


def test_a_page_that_kills_every_process_is_given_up(tmp_path: Path) -> None:
    async def story() -> None:
        asked: list[str] = []

        async with shown(tmp_path, echo) as (relay, showing):
            last = showing

            async def deadly(scope: dict[str, Any], receive: Any, send: Any) -> None:
                nonlocal last
                asked.append(scope["path"])
                dead, last = last, Showing(showing.path, deadly)
                dead.successor = last
                for writer in dead._writers:
                    writer.transport.abort()
                dead._server.close()
                await last.begin()

            showing.pages = Pages(deadly)
            answer = await ask(relay)
            assert answer.status == 503 and b"Ask again" in answer.body
            assert len(asked) == relaying._TRIES

    asyncio.run(story())


@pytest.mark.parametrize("is_there", [True, False])
def test_a_stop_waits_for_a_page_a_moment_and_for_a_process_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    monkeypatch.setattr(relaying, "LAST_ANSWER_S", 0.2)

    async def page(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await asyncio.sleep(0.1 if scope["path"] == "/quick" else 60)
        await echo(scope, receive, send)

    async def never() -> Any:
        await asyncio.Event().wait()

    async def story() -> None:
        async with shown(tmp_path, page) as (relay, showing):
            if not is_there:
                showing.die()
            quick, hung = (asyncio.create_task(ask(relay, scope(path=path))) for path in ("/quick", "/hung"))
            trickling = asyncio.create_task(relay(scope("POST"), never, Answer().send))
            await asyncio.sleep(0.05)
            relay.stop()
            async with asyncio.timeout(1.0):
                assert (await quick).status == (201 if is_there else 503)
                assert (await hung).status == 503
                await trickling

    asyncio.run(story())


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    async def story() -> None:
        alive: list[Showing] = []
        async with shown(tmp_path, dying(alive, after=b"half a page")) as (relay, showing):
            alive.append(showing)
            with pytest.raises((OSError, asyncio.IncompleteReadError)):
                await ask(relay)

    asyncio.run(story())


def test_visitors_who_send_slowly_or_too_much_never_reach_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "SLOWEST_S", 0.05)

    async def never() -> Any:
        await asyncio.Event().wait()

    async def story() -> None:
        async with shown(tmp_path, echo) as (relay, showing):
            slow = Answer()
            await relay(scope("POST"), never, slow.send)
            assert slow.status == 408
            assert (await ask(relay, scope("POST"), b"a" * (upload.LARGEST + 1))).status == 413
            assert showing.connections == 0

    asyncio.run(story())


def test_a_visitor_who_goes_away_leaves_no_half_answer_for_the_next(tmp_path: Path) -> None:
    async def slow(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await asyncio.sleep(0.2 if scope["path"] == "/slow" else 0)
        await echo(scope, receive, send)

    async def story() -> None:
        async with shown(tmp_path, slow) as (relay, _):
            gone = asyncio.create_task(ask(relay, scope(path="/slow")))
            await asyncio.sleep(0.05)
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            answer = await ask(relay, scope(path="/next"))
            assert b"/next" in answer.body and b"/slow" not in answer.body

    asyncio.run(story())
