"""A real `dialboard serve` on a folder of its own, and what tests ask of it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.cli.run import environment, ok

T = TypeVar("T")

TRACKER = "/2011-1-1/twilio-tracker"
PATIENCE_S = 30.0  # on a machine that is busy with other things


def wait_for(look: Callable[[], T], what: str, within_s: float = PATIENCE_S) -> T:
    """What `look` gives as soon as it is true; an assertion that names what did not happen otherwise."""
    until = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < until, f"did not happen within {within_s:.0f} s: {what}"
        time.sleep(0.02)
    return found


class Server:
    """`log` is everything its processes wrote to stderr and stdout."""

    def __init__(self, data: Path, *words: str, **environ: str) -> None:
        self.data = data
        self.log_file = data.parent / f"{data.name}.log"
        self._words = words or ("--port", "0")
        self._settings = environ
        self.url = ""

    def start(self) -> "Server":
        """Returns once it says that it is ready."""
        begun_at = self.log_file.stat().st_size if self.log_file.exists() else 0
        command = [sys.executable, "-m", "dialboard", "serve", "--data", str(self.data), *self._words]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment(**self._settings))

        def address() -> str | None:
            assert self.process.poll() is None, self.log
            found = re.search(r"^Dialboard is ready at (\S+)$", self.log[begun_at:], re.MULTILINE)
            return found and found[1]

        try:
            self.url = wait_for(address, "the server is ready") or ""
        except BaseException:
            self.end()
            raise
        return self

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def end(self) -> None:
        """kill -9 of what still runs. Its processes end by themselves when their supervisor is gone."""
        self.process.kill()
        self.process.wait(10)

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def pid(self, role: str) -> int | None:
        """The process of that role now; None while there is none."""
        for line in reversed(self.log.splitlines()):
            if f"action=start role={role} " in line or (f"role={role}" in line and "action=start " in line):
                found = re.search(r"\bchild=(\d+)", line)
                return int(found[1]) if found and is_running(int(found[1])) else None
        return None

    def children(self) -> list[int]:
        found = {int(pid) for pid in re.findall(r"\bchild=(\d+)", self.log)}
        return [pid for pid in found if is_running(pid)]

    def kill(self, role: str) -> None:
        """kill -9 of the process of that role, as soon as it has one."""
        os.kill(wait_for(lambda: self.pid(role) or 0, f"{role} runs"), signal.SIGKILL)

    def kill_supervisor(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """The exit code after a SIGTERM."""
        self.process.terminate()
        return self.process.wait(15)

    def cli(self, *words: str) -> Any:
        """The document of a command that has to work, beside the server."""
        return ok(*words, data=self.data, **self._settings)

    def track(self, **parameters: str) -> httpx.Response:
        """A form POST to the tracker."""
        return httpx.post(f"{self.url}{TRACKER}", data=parameters, timeout=20)


@contextlib.contextmanager
def serving(data: Path, *words: str, **environ: str) -> Iterator[Server]:
    """A running server, which has to stop cleanly in the end."""
    with Server(data, *words, **environ).start() as server:
        yield server
        assert server.stop() == 0, server.log


def is_running(pid: int) -> bool:
    """False for one that ended and waits for its parent, too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def a_call(auth: dict[str, str], **changes: str) -> dict[str, str]:
    """What a handler tells of an incoming call."""
    return {
        "authId": auth["authId"],
        "authToken": auth["authToken"],
        "gaid": "UA-12345-1",
        "zip": "55401",
        "hostname": "handler.example.com",
        "path": "/voice",
        "visitorId": "CA0123456789abcdef0123456789abcdef",
        "title": "Main line",
        "city": "MINNEAPOLIS",
        "state": "MN",
        "country": "US",
        "c.name": "+16125550123",
        "c.source": "Twilio",
        "c.medium": "Phone",
        **changes,
    }
