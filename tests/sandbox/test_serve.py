import signal
import subprocess
import sys
from typing import Any

import pytest

from dialboard.errors import NoAnswer
from dialboard.outbound.http import Client
from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox
from dialboard.sandbox.serve import running

PROGRAM = """
import asyncio, sys
from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox
from dialboard.sandbox.serve import free_port, serve
asyncio.run(serve(GoogleAnalyticsSandbox(), "127.0.0.1", free_port(), lambda base: print(base, flush=True)))
"""


def test_a_running_app_answers_at_its_address_and_nobody_does_afterwards():
    with running(GoogleAnalyticsSandbox()) as base, Client(allow_private=True) as client:
        assert client.get(f"{base}/counts").status == 200
    with Client(allow_private=True) as client, pytest.raises(NoAnswer):
        client.get(f"{base}/counts")


def test_two_apps_run_side_by_side():
    with (
        running(GoogleAnalyticsSandbox()) as first,
        running(GoogleAnalyticsSandbox()) as second,
        Client(allow_private=True) as client,
    ):
        client.post(f"{first}/mp/collect?measurement_id=G-1", b"{}")
        assert b'"received":1' in client.get(f"{first}/counts").body
        assert b'"received":0' in client.get(f"{second}/counts").body


def test_an_app_that_cannot_start_says_so():
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    with pytest.raises(RuntimeError, match="did not start"), running(broken):
        pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_cleanly(number):
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base = process.stdout.readline().strip()
        with Client(allow_private=True) as client:
            assert client.post(f"{base}/mp/collect", b"{}").status == 204
        process.send_signal(number)
        assert process.wait(10) == 0
