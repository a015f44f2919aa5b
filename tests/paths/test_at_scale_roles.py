"""Each role by itself, without a supervisor: several collectors on machines of their own, one journal."""

import re
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from dialboard.deliver.outcomes import open_outcomes
from dialboard.journal import Entry, open_reader
from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox
from dialboard.sandbox.serve import running
from dialboard.shapes.delivery import State
from tests.cli.run import all_started, dialboard, environment, ok
from tests.paths.running import TRACKER, a_call, wait_for
from tests.servers.clickhouse import fresh

pytestmark = [pytest.mark.postgres, pytest.mark.clickhouse]

TOKENS = 1_000
EVENTS = 60  # of each sender
SENDERS = 4


class Role:
    """One process of `serve --role`, on a data folder that stands for its machine."""

    def __init__(self, role: str, data: Path, settings: dict[str, str]) -> None:
        self.role, self.data, self.settings = role, data, settings
        self.log_file = data.parent / f"{data.name}-{role}.log"
        words = ["serve", "--role", role, "--data", str(data), "--port", "0"]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dialboard", *words], stdout=log, stderr=log, env=environment(**settings)
            )

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def ready(self) -> "Role":
        def look() -> bool:
            assert self.process.poll() is None, self.log
            return "action=ready" in self.log

        wait_for(look, f"{self.role} is ready")
        return self

    @property
    def url(self) -> str:
        found = re.search(r"action=listening .*?address=(\S+)", self.log)
        assert found, self.log
        return found[1]

    def end(self) -> None:
        """kill -9 if it still runs."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(10) == 0, self.log
        assert "Traceback" not in self.log


class Machines:
    def __init__(self, folder: Path, settings: dict[str, str], stack: ExitStack) -> None:
        self.folder, self.settings, self._stack = folder, settings, stack
        ok("account", "list", data=folder / "first", **settings)

    def start(self, machine: str, role: str) -> Role:
        """Another machine has the keys of the first and nothing else."""
        data = self.folder / machine
        if not data.exists():
            data.mkdir()
            shutil.copytree(self.folder / "first" / "keys", data / "keys")
        started = Role(role, data, self.settings)
        self._stack.callback(started.end)
        return started

    def cli(self, *words: str) -> Any:
        return ok(*words, data=self.folder / "first", **self.settings)


@pytest.fixture
def machines(tmp_path: Path, postgres_database: str, clickhouse_url: str) -> Iterator[Machines]:
    """The three PostgreSQL addresses are one database."""
    names = ("CONTROL_URL", "JOURNAL_URL", "DELIVERIES_URL")
    settings = {f"DIALBOARD_{name}": postgres_database for name in names}
    settings["DIALBOARD_STORE_URL"] = fresh(clickhouse_url)
    with ExitStack() as stack:
        yield Machines(tmp_path, settings, stack)


@contextmanager
def told(collectors: list[str], auth: dict[str, str]) -> Iterator[Counter[int]]:
    """Senders that spread over the collectors; how often each status was heard, once they are done."""
    heard: Counter[int] = Counter()
    lock = threading.Lock()

    def send(sender: int) -> None:
        with httpx.Client(timeout=20) as client:
            for number in range(EVENTS):
                url = collectors[(sender + number) % len(collectors)]
                call = a_call(auth, visitorId=f"CA{sender}-{number}")
                # Every tenth is told to both: a sender that heard nothing asks the next collector.
                both = collectors if number % 10 == 0 else [url]
                for one in both:
                    key = {"idempotency-key": f"{sender}-{number}"}
                    status = client.post(f"{one}{TRACKER}", data=call, headers=key).status_code
                    with lock:
                        heard[status] += 1

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(SENDERS)]
    for thread in threads:
        thread.start()
    yield heard
    for thread in threads:
        thread.join()


def test_several_collectors_share_a_journal(machines: Machines) -> None:
    with running(GoogleAnalyticsSandbox(keep=10_000)) as google:
        auth = machines.cli("account", "create", "alice", "--tokens", str(TOKENS))
        secret = machines.folder / "secret"
        secret.write_text("an-api-secret")
        machines.cli(
            "destination", "add", "--account", "alice", "--kind", "google-analytics", "--alias", "UA-12345-1",
            "--measurement-id", "G-ALICEALICE", "--api-secret-file", str(secret), "--endpoint", f"{google}/mp/collect",
        )  # fmt: skip
        roles = [
            machines.start("first", "serving"),
            machines.start("second", "serving"),
            machines.start("third", "delivering"),
            machines.start("fourth", "working"),
        ]
        first, second, *_ = [role.ready() for role in roles]
        with told([first.url, second.url], auth) as heard:
            pass
        kept = EVENTS * SENDERS
        assert set(heard) == {200}
        check_journal(machines, auth["account"], kept)
        wait_for(lambda: delivered(machines, auth["account"]) == kept, "everything is delivered")
        assert len(visitors(google)) == kept == len(set(visitors(google))), "nothing is delivered twice"
        wait_for(lambda: tracked(machines) == kept, "everything is a row")
        successor = machines.start("fifth", "delivering").ready()
        for role in (roles.pop(2), *roles[1:]):
            role.stop()
        assert httpx.post(f"{first.url}{TRACKER}", data=a_call(auth)).status_code == 200
        wait_for(lambda: delivered(machines, auth["account"]) == kept + 1, "the one that waited delivers")
        assert len(visitors(google)) == kept + 1
        first.stop()
        successor.stop()


def check_journal(machines: Machines, account: str, kept: int) -> None:
    reader = open_reader(machines.settings["DIALBOARD_JOURNAL_URL"])
    entries: list[Entry] = reader.latest(account)
    balance = reader.balance(account)
    reader.close()
    assert len(entries) == len({entry.sequence for entry in entries}) == kept
    assert len({entry.event.id for entry in entries}) == kept
    assert (balance.tokens, balance.debited) == (TOKENS - kept, kept)


def delivered(machines: Machines, account: str) -> int:
    outcomes = open_outcomes(machines.settings["DIALBOARD_DELIVERIES_URL"], read_only=True)
    try:
        return sum(states.get(State.DELIVERED, 0) for states in outcomes.counts(account).values())
    finally:
        outcomes.close()


def visitors(google: str) -> list[str]:
    """By request, who was told of."""
    requests = httpx.get(f"{google}/requests", params={"limit": 10_000}).json()["requests"]
    return [str(request["body"]["client_id"]) for request in requests]


def tracked(machines: Machines) -> Any:
    return machines.cli("query", "tracked_events", "--account", "alice", "--range", "today")["total"]


def test_machines_that_start_at_once_prepare_the_servers_once(tmp_path: Path, postgres_database: str) -> None:
    names = ("CONTROL_URL", "JOURNAL_URL", "DELIVERIES_URL")
    settings = environment(**{f"DIALBOARD_{name}": postgres_database for name in names})
    command = [sys.executable, "-m", "dialboard", "account", "list", "--data"]
    commands = [[*command, str(tmp_path / machine)] for machine in ("first", "second", "third")]
    with all_started(commands, env=settings, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as processes:
        assert [one.communicate(timeout=60)[1] for one in processes] == [b"", b"", b""]


def test_storing_is_not_needed_with_clickhouse(machines: Machines) -> None:
    done = dialboard("serve", "--role", "storing", data=machines.folder / "first", **machines.settings)
    assert done.code == 2 and "DIALBOARD_STORE_URL" in done.err
