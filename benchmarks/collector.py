"""How many events a second are durable before the sender hears OK.

As a ratio to an ASGI application that answers fixed bytes on the same server, asked in turns in the same run: absolute
figures say more about the machine. Of all pairs the median counts; the lowest and the highest beside it tell how far to
trust it. Then the delays at half of the highest rate, and those of the fixed bytes at the same one.

Each sender waits for its answer before it asks again, so a commit holds at most as many events as there are senders:
about 25 with 64 connections, 70 with 256, and what a commit costs whatever it holds is shared by so many.

    python benchmarks/collector.py [--seconds 5] [--pairs 5] [--connections 64 256] [--journal sqlite postgres] [--post]
"""

import argparse
import asyncio
import contextlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

import uvloop
from load import drive
from machine import watching
from msgspec import Struct

from dialboard.collect.app import TRACKER, Collector
from dialboard.collect.credentials import hash_token
from dialboard.journal import open_journal, open_reader
from dialboard.run.listening import SocketServer, listen
from dialboard.run.serving import put_senders_first
from dialboard.shapes.event import Grant, Sender, Snapshot
from dialboard.shapes.ids import new_id

AIMS = {"sqlite": 0.40, "postgres": 0.30}

FIELDS = urlencode(
    {
        "authId": "crd_7k3v9q0x2m4n8p5r",
        "authToken": "2vR9dK1xQ0s8LwZbT5yH3nJ7mC4pG6fA_eU-iOqXkSM",
        "gaid": "UA-12345-1",
        "zip": "55401",
        "hostname": "twilio.example.com",
        "path": "/voice",
        "visitorId": "CA0123456789abcdef0123456789abcdef",
        "title": "Incoming call",
        "userAgent": "TwilioProxy/1.1",
        "city": "MINNEAPOLIS",
        "state": "MN",
        "country": "US",
        "c.name": "+16125551234",
        "c.source": "Twilio",
        "c.medium": "Phone",
    }
)
SENDERS = {"crd_7k3v9q0x2m4n8p5r": Sender("acc_bench", hash_token("2vR9dK1xQ0s8LwZbT5yH3nJ7mC4pG6fA_eU-iOqXkSM"))}


class Measured(Struct):
    rate: float
    p50_ms: float
    p99_ms: float


# ---- the servers, each in a process of its own


async def serve(where: str, port: int) -> None:
    """`where` is "fixed" or a journal."""
    journal = None if where == "fixed" else await open_journal(where)
    if journal is not None:
        await journal.grant(Grant(new_id("grt"), "acc_bench", 1_000_000_000))
    snapshot = Snapshot(1, SENDERS)
    app: Any = Collector(journal, lambda: snapshot) if journal else answer_fixed_bytes
    server = SocketServer(app, listen("127.0.0.1", port))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    put_senders_first()  # as serving does
    await server.serve()
    if journal is not None:
        await journal.close()


FIXED_BODY = b'{"status":"OK","statusCode":200,"errors":[]}'
FIXED_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(FIXED_BODY)).encode()),
        (b"cache-control", b"no-store"),
    ],
}


async def answer_fixed_bytes(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send(FIXED_START)
        await send({"type": "http.response.body", "body": FIXED_BODY})


class Running(Struct):
    process: subprocess.Popen[bytes]
    port: int

    def rss_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


@contextlib.contextmanager
def running(where: str) -> Iterator[Running]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, "--serve", where, "--port", str(port)])
    try:
        _wait_until_it_listens(port, process)
        yield Running(process, port)
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        if process.poll() is not None:
            sys.exit("The server ended before it listened.")
        time.sleep(0.05)
    sys.exit("The server does not listen.")


# ---- the load


def request_bytes(post: bool) -> bytes:
    if not post:
        return f"GET {TRACKER}?{FIELDS} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    return (
        f"POST {TRACKER} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(FIELDS)}\r\n\r\n{FIELDS}"
    ).encode()


def measure(port: int, connections: int, words: argparse.Namespace) -> Measured:
    """With wrk where it is installed and GET is asked; else with the load generator beside this file."""
    if shutil.which("wrk") and not words.post:
        return _measure_with_wrk(port, connections, words)
    load = drive(port, request_bytes(words.post), connections=connections, seconds=words.seconds)
    if load.errors:
        sys.exit(f"{load.errors} answers were not 200.")
    return Measured(load.rate, load.quantile(0.5), load.quantile(0.99))


def _measure_with_wrk(port: int, connections: int, words: argparse.Namespace) -> Measured:
    url = f"http://127.0.0.1:{port}{TRACKER}?{FIELDS}"
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{words.seconds}s", "--latency", url],
        capture_output=True,
        text=True,
        check=True,
    )
    if "Non-2xx" in done.stdout:
        sys.exit(done.stdout)
    return Measured(
        float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1]),  # type: ignore[index]
        _milliseconds(re.search(r"^ +50% +(\S+)", done.stdout, re.MULTILINE)[1]),  # type: ignore[index]
        _milliseconds(re.search(r"^ +99% +(\S+)", done.stdout, re.MULTILINE)[1]),  # type: ignore[index]
    )


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


# ---- the comparison


def compare(name: str, where: str, connections: int, words: argparse.Namespace) -> None:
    with running("fixed") as fixed, running(where) as collector:
        pairs = [
            (measure(fixed.port, connections, words), measure(collector.port, connections, words))
            for _ in range(words.pairs)
        ]
        ratios = [ours.rate / theirs.rate for theirs, ours in pairs]
        top = statistics.median(ours.rate for _, ours in pairs)
        ours = sorted((ours for _, ours in pairs), key=lambda one: one.rate)[len(pairs) // 2]
        fixed_top = statistics.median(theirs.rate for theirs, _ in pairs)
        print(
            f"{name:8} {connections:4} connections {top:8,.0f} events/s  fixed bytes {fixed_top:8,.0f}/s"
            f"  ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}; aim {AIMS[name]:.2f})"
            f"  p50 {ours.p50_ms:.1f} ms  p99 {ours.p99_ms:.1f} ms  |  RSS {collector.rss_mb():.0f} MB",
            flush=True,
        )
        for who, port in (("collector", collector.port), ("fixed bytes", fixed.port)):
            show_delays(who, port, connections, top / 2, words)
    _check(where)


def show_delays(who: str, port: int, connections: int, rate: float, words: argparse.Namespace) -> None:
    with watching() as watch:
        load = drive(port, request_bytes(words.post), connections=connections, seconds=words.seconds, rate=rate)
    if load.errors:
        sys.exit(f"{load.errors} answers were not 200.")
    print(f"  {who:11} at {load.rate:,.0f}/s: {load.delays(watch)}", flush=True)


def _check(where: str) -> None:
    """What was answered OK is there, and the ledger adds up."""
    reader = open_reader(where)
    balance = reader.balance("acc_bench")
    if balance.debited != reader.count("acc_bench") or balance.tokens != balance.granted - balance.debited:
        sys.exit(f"The ledger does not add up: {balance}.")
    reader.close()


@contextlib.contextmanager
def a_place_for(journal: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="dialboard-bench-") as folder:
        if journal == "sqlite":
            yield str(Path(folder) / "events.db")
            return
        from tests.servers.postgres import PostgresServer

        server = PostgresServer(("listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=256MB"))
        try:
            server.start()
            yield server.new_database()
        finally:
            server.remove()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--journal", nargs="+", choices=list(AIMS), default=list(AIMS))
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--connections", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--post", action="store_true", help="send forms instead of query strings")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.serve:
        uvloop.run(serve(words.serve, words.port))
        return
    for journal in words.journal:
        for connections in words.connections:
            with a_place_for(journal) as where:
                compare(journal, where, connections, words)


if __name__ == "__main__":
    main()
