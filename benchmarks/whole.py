"""The whole of `dialboard serve`, with its real processes, on a folder of its own.

In one run: its memory when idle; the tracker as fast as it goes; then the delays of senders at half of that rate,
alone, while two people load a board, and while a sync runs besides; and what people and sync get meanwhile.
The sandbox that plays Twilio, the people and the load take their share of this machine. The first two are niced, for
neither Twilio nor a browser runs on a customer's server. The people load as fast as it comes while only they are there;
beside the sync each looks at the board for a second before the next one. Where the machine stood still meanwhile
(machine.py) the delays are shown without those moments too. With --journal on this machine, do as docs/how-to/grow.md
says of a PostgreSQL on the same machine.

    python benchmarks/whole.py [--rows 200000] [--seconds 5] [--rate N] [--look 1] [--most 180] [--journal URL]
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from load import Load, drive
from machine import Watch, watching
from msgspec import Struct

from tests.cli.run import environment
from tests.paths.browsing import Browser
from tests.paths.running import TRACKER, Server, a_call, serving, wait_for

MEMORY_AIM_MB, ALONE_AIM_MS, BESIDE_AIM_MS = 500, 20, 50
IDLE_S = 10
CONNECTIONS = 64
PEOPLE = 2
NICE = 19  # of what only the benchmark needs on this machine: more than any process of Dialboard has
MAIN = "supervisor"


# ---- what the kernel knows of a process


def processes(server: Server) -> dict[str, int]:
    roles = {role: server.pid(role) for role in ("serving", "showing", "storing", "delivering", "working")}
    return {MAIN: server.process.pid} | {role: pid for role, pid in roles.items() if pid}


def kilobytes(pid: int, file: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/{file}").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show_memory(server: Server) -> None:
    """PSS counts what processes share once; RSS counts it in each of them."""
    found = {
        role: [kilobytes(pid, "smaps_rollup", name) / 1024 for name in ("Pss", "Rss")]
        for role, pid in processes(server).items()
    }
    pss, rss = (sum(each[which] for each in found.values()) for which in (0, 1))
    parts = "  ".join(f"{role} {each[0]:.0f}" for role, each in found.items())
    print(f"idle memory   {pss:.0f} MB PSS, {rss:.0f} MB RSS (aim {MEMORY_AIM_MB})  |  PSS: {parts}")


def forget_peaks(server: Server) -> None:
    for pid in processes(server).values():
        Path(f"/proc/{pid}/clear_refs").write_text("5")


# ---- the people


class Seen(Struct):
    """What one person loaded."""

    pages: int
    tiles: int
    seconds: float
    times_ms: list[float]


def look(cookies: dict[str, str], url: str, account: str, pause_s: float, stop: Event, seen: Any) -> None:
    """One person: the board with its tiles, again and again."""
    import httpx

    os.nice(NICE)
    pages, tiles, times, begun = 0, 0, [], time.perf_counter()
    with httpx.Client(base_url=url, cookies=cookies, follow_redirects=True, timeout=60) as http:
        home = http.get(f"/{account}/").raise_for_status().text
        [board, *_] = re.findall(rf"/{account}/boards/brd_[0-9a-z]{{16}}/", home)
        while not stop.is_set():
            began = time.perf_counter()
            page = http.get(board).raise_for_status().text
            times.append(1000 * (time.perf_counter() - began))
            pages += 1
            for tile in sorted(set(re.findall(r"tiles/til_[0-9a-z]{16}", page))):
                if not stop.is_set():
                    http.get(board + tile).raise_for_status()
                    tiles += 1
            stop.wait(pause_s)
    seen.put(Seen(pages, tiles, time.perf_counter() - begun, times))


@contextlib.contextmanager
def people(browser: Browser, server: Server, account: str, pause_s: float = 0) -> Iterator[list[Seen]]:
    """The list is filled when they have left."""
    stop, told, found = multiprocessing.Event(), multiprocessing.Queue(), []  # type: ignore[var-annotated]
    words = (dict(browser._http.cookies), server.url, account, pause_s, stop, told)
    looking = [multiprocessing.Process(target=look, args=words) for _ in range(PEOPLE)]
    for person in looking:
        person.start()
    try:
        yield found
        stop.set()
        found += [told.get(timeout=60) for _ in looking]
    finally:
        for person in looking:
            person.terminate()
            person.join()


def show_people(seen: list[Seen]) -> None:
    pages, tiles = (sum(getattr(one, name) / one.seconds for one in seen) for name in ("pages", "tiles"))
    times = sorted(one for person in seen for one in person.times_ms)
    print(
        f"{PEOPLE} people      {pages + tiles:.0f} answers/s: {pages:.1f} boards/s and {tiles:.0f} tiles/s"
        f"  |  a board's page p50 {times[len(times) // 2]:.0f} ms, longest {times[-1]:.0f} ms"
    )


# ---- the sync


@contextlib.contextmanager
def twilio(calls: int) -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "dialboard", "sandbox", "twilio", "--port", "0", "--json"]
    command += ["--calls", str(calls), "--messages", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, env=environment(), text=True, preexec_fn=lambda: os.nice(NICE) and None
    )
    try:
        assert process.stdout
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(20)


class Progress(Struct):
    rows: int
    seconds: float
    ended: bool


def warm_up(played: dict[str, str]) -> None:
    """The sandbox adds each day's usage up from its calls when it is first asked. For a million of them that takes a
    whole processor for 12 s and more, which Twilio would not take from us."""
    import httpx

    page = f"/2010-04-01/Accounts/{played['accountSid']}/Usage/Records/Daily.json?PageSize=1000&StartDate=-90days"
    with httpx.Client(base_url=played["url"], auth=(played["keySid"], played["keySecret"]), timeout=300) as http:
        while page:
            page = http.get(page).raise_for_status().json()["next_page_uri"]


def begin_sync(server: Server, account: str, played: dict[str, str]) -> None:
    """The working process sees a new connection and begins by itself."""
    secret = server.data.parent / "secret"
    secret.write_text(played["keySecret"])
    words = ["--account-sid", played["accountSid"], "--key-sid", played["keySid"], "--base-url", played["url"]]
    server.cli("connection", "add", "--account", account, *words, "--key-secret-file", str(secret))


def progress(server: Server) -> Progress:
    """What the sync of calls has read so far, as the control database has it."""
    with contextlib.closing(sqlite3.connect(f"file:{server.data / 'control.db'}?mode=ro", uri=True)) as control:
        found = control.execute(
            "SELECT rows, (julianday(coalesce(finished_at, 'now')) - julianday(started_at)) * 86400, finished_at "
            "FROM control_syncrun WHERE resource = 'calls' ORDER BY id LIMIT 1"
        ).fetchone()
    return Progress(found[0], found[1], found[2] is not None) if found else Progress(0, 0.0, False)


# ---- the senders


class Senders:
    def __init__(self, server: Server, auth: dict[str, str], seconds: float) -> None:
        self.port = int(urlsplit(server.url).port or 0)
        self.seconds = seconds
        told = urlencode(a_call(auth))
        self.request = f"GET {TRACKER}?{told} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

    def send(self, rate: float | None = None) -> Load:
        load = drive(self.port, self.request, connections=CONNECTIONS, seconds=self.seconds, rate=rate)
        if load.errors:
            sys.exit(f"{load.errors} answers were not 200.")
        return load


def show_senders(about: str, load: Load, watch: Watch, aim_ms: int | None = None) -> None:
    print(f"{about:13} {load.rate:,.0f} events/s  {load.delays(watch, aim_ms)}")


# ---- the run


def beside_sync(server: Server, browser: Browser, account: str, senders: Senders, rate: float, words: Any) -> None:
    loads: list[Load] = []
    with twilio(words.rows) as played:
        warm_up(played)
        forget_peaks(server)
        begun = {role: cpu_s(pid) for role, pid in processes(server).items()}
        begin_sync(server, account, played)
        wait_for(lambda: progress(server).rows, "the sync has begun")
        began = time.monotonic()
        with people(browser, server, account, words.look) as seen, watching() as watch:
            while not (now := progress(server)).ended and time.monotonic() - began < words.most:
                loads.append(senders.send(rate))
        took = time.monotonic() - began
    show_senders("beside both", Load.joined(loads), watch, BESIDE_AIM_MS)
    show_people(seen)
    print(
        f"sync          {now.rows:,} of {words.rows:,} calls in {now.seconds:.0f} s, queryable:"
        f" {now.rows / now.seconds:,.0f} rows/s{'' if now.ended else ' (stopped: --most)'}"
    )
    peaks = {role: kilobytes(pid, "status", "VmHWM") / 1024 for role, pid in processes(server).items()}
    shares = {role: (cpu_s(pid) - begun[role]) / took for role, pid in processes(server).items()}
    print("              " + "  ".join(f"{role} {peaks[role]:.0f} MB, {shares[role]:.2f} CPU" for role in peaks))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="calls that the sync reads")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=float, help="events a second instead of half of the highest rate")
    parser.add_argument("--look", type=float, default=1, help="seconds a person looks at a board beside the sync")
    parser.add_argument("--most", type=float, default=180, help="seconds after which the sync is not waited for")
    parser.add_argument("--journal", metavar="URL", help="an empty PostgreSQL database instead of a file")
    words = parser.parse_args()
    settings = {"DIALBOARD_JOURNAL_URL": words.journal} if words.journal else {}
    with (
        tempfile.TemporaryDirectory(prefix="dialboard-bench-") as folder,
        serving(Path(folder) / "data", **settings) as server,
    ):
        made = server.cli("account", "create", "Bench", "--unmetered")
        browser = Browser(server)
        time.sleep(IDLE_S)
        show_memory(server)
        senders = Senders(server, made, words.seconds)
        wait_for(lambda: server.track(**a_call(made)).status_code == 200, "the sender is known")
        with watching() as watch:
            top = senders.send()
        show_senders("top", top, watch)
        rate = words.rate or top.rate / 2
        with watching() as watch:
            alone = senders.send(rate)
        show_senders("alone", alone, watch, ALONE_AIM_MS)
        with people(browser, server, made["account"]) as seen, watching() as watch:
            beside = senders.send(rate)
        show_senders("beside people", beside, watch)
        show_people(seen)
        beside_sync(server, browser, made["account"], senders, rate, words)
        browser.close()


if __name__ == "__main__":
    main()
