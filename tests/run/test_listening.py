"""The socket that serving answers on."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from typing import Any

import httpx
import pytest

from dialboard.errors import CannotListen, UsageError
from dialboard.run.listening import SocketServer, listen


def test_port_zero_takes_a_free_one() -> None:
    with listen("127.0.0.1", 0) as first, listen("127.0.0.1", 0) as second:
        assert first.getsockname()[1] != second.getsockname()[1] > 0


def test_a_port_is_never_shared() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"^Port {port} of 127\.0\.0\.1 is in use by another program: stop it"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no such host", "203.0.113.1", "256.1.1.1"])
def test_a_host_that_is_not_ours_is_said_with_the_cure(host: str) -> None:
    with pytest.raises(UsageError, match="--host"):
        listen(host, 0)


def test_all_addresses_of_both_kinds() -> None:
    for host, family in (("0.0.0.0", socket.AF_INET), ("::", socket.AF_INET6), ("localhost", None)):
        with listen(host, 0) as found:
            assert family in (None, found.family)


def test_an_answer_in_two_pieces_does_not_wait_for_the_visitor() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def _app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        for word in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{word}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


def test_connections_wait_for_the_server_and_it_closes_the_socket() -> None:
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]

    async def story() -> str:
        async with httpx.AsyncClient(trust_env=False) as client:
            early = asyncio.create_task(client.get(f"http://127.0.0.1:{port}/early", timeout=10))
            server = SocketServer(_app, listening)
            serving = asyncio.create_task(server.serve())
            answer = await early
            server.stop()  # type: ignore[no-untyped-call]
            await serving
        return answer.text

    assert asyncio.run(story()) == "/early"
    assert listening.fileno() == -1
    with listen("127.0.0.1", port):
        pass


def test_a_sender_is_answered_while_hundreds_of_idle_connections_are_open() -> None:
    async def story() -> str:
        listening = listen("127.0.0.1", 0)
        host, port = listening.getsockname()
        server = SocketServer(_app, listening)
        serving = asyncio.create_task(server.serve())
        with contextlib.ExitStack() as idle:
            for _ in range(300):
                _, writer = await asyncio.open_connection(host, port)
                idle.callback(writer.close)
                writer.write(b"GET /idle HTTP/1.1\r\nHost: localhost\r\n\r\n")
            async with httpx.AsyncClient(trust_env=False) as client:
                answer = await client.get(f"http://{host}:{port}/sender", timeout=10)
        server.stop()  # type: ignore[no-untyped-call]
        await serving
        return answer.text

    assert asyncio.run(story()) == "/sender"


@pytest.mark.parametrize(("soft", "hard", "connections"), [(256, 1024, 768), (256, 100_000, 4096), (300, 300, 44)])
def test_as_many_connections_as_the_system_gives_files_for(soft: int, hard: int, connections: int) -> None:
    program = (
        "import resource; from dialboard.run.listening import _allow_connections;"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, min({hard}, resource.getrlimit(7)[1])));"
        "print(_allow_connections())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) == connections
