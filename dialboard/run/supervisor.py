"""`dialboard serve`: starts the processes, starts a dead one again, and stops all of them.

A child has nothing in memory that must survive, so the cure for any trouble is to start it again. All of them hold one
end of a pipe from here; when this process is killed the kernel closes the other end and they stop by themselves.
"""

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dialboard.config import Config
from dialboard.errors import DataFolderError
from dialboard.run import locks, logs, sample_note
from dialboard.run.child import PIPES
from dialboard.run.listening import listen

log = logging.getLogger(__name__)

# How long each may take to stop, in the order in which they stop: first nothing new is acknowledged, then nothing new
# is written, and the store goes last. Together less than 10 s.
STOPPING_S = {"serving": 2.5, "showing": 1.0, "demo": 1.0, "working": 2.0, "delivering": 1.5, "storing": 1.5}
_STEADY_S = 10.0  # a child that lived so long is started again at once
_LONGEST_BACKOFF_S = 10.0
_ORPHANS_S = 5.0  # the children of a killed supervisor end within 2 s
_NOTE_POLL_S = 0.1
_GLANCE_S = 0.2  # a command that looks whether a server runs has the lock for a moment


class Process:
    """One child and its restarts. Without `try_again` it is not started again before it was ready once."""

    def __init__(
        self, role: str, command: list[str], environ: dict[str, str], files: tuple[int, int], *, try_again: bool
    ) -> None:
        self.role = role
        self._try_again = try_again
        self._command = command
        self._environ = environ
        self._leash, self._listening = files
        self._process: asyncio.subprocess.Process | None = None
        self._wanted = True
        self._said: dict[str, asyncio.Event] = {word: asyncio.Event() for word in ("prepared", "ready")}
        self._task: asyncio.Task[None] = asyncio.create_task(self._keep_running())
        self.first_end: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def said(self, word: str) -> None:
        """Returns once the child has said so, or has ended before it could."""
        waiting = asyncio.create_task(self._said[word].wait())
        either: set[asyncio.Future[Any]] = {waiting, self.first_end}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def stop(self, within_s: float) -> None:
        """SIGTERM, and SIGKILL when it takes longer."""
        self._wanted = False
        self._signal(signal.SIGTERM)
        if self._process is None:
            self._task.cancel()
        _, pending = await asyncio.wait({self._task}, timeout=within_s)
        if pending:
            log.warning("A process did not stop in time.", extra={"action": "kill", "role": self.role})
            self.kill()
            await asyncio.wait({self._task})

    def kill(self) -> None:
        self._wanted = False
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(number)

    async def _keep_running(self) -> None:
        backoff_s = 0.0
        while self._wanted:
            began = time.monotonic()
            code = await self._run_once()
            if not self.first_end.done():
                self.first_end.set_result(code)
            if not self._wanted or not (self._said["ready"].is_set() or self._try_again):
                return
            lived_s = time.monotonic() - began
            backoff_s = 0.0 if lived_s > _STEADY_S else min(backoff_s, _LONGEST_BACKOFF_S)
            about = {"action": "restart", "role": self.role, "code": code, "lived_s": lived_s, "wait_s": backoff_s}
            log.warning("A process died and is started again.", extra=about)
            await asyncio.sleep(backoff_s)
            backoff_s = max(0.25, backoff_s * 2)

    async def _run_once(self) -> int:
        """Its exit code; negative when a signal ended it."""
        ours, theirs = os.pipe()
        files = [self._leash, theirs] + ([self._listening] if self._listening >= 0 else [])
        environ = self._environ | {PIPES: f"{self._leash},{theirs},{self._listening}"}
        # A group of its own: Ctrl-C at a terminal reaches the supervisor, which stops them in order.
        self._process = await asyncio.create_subprocess_exec(
            *self._command, env=environ, pass_fds=files, stdin=asyncio.subprocess.DEVNULL, process_group=0
        )
        os.close(theirs)
        log.info("A process was started.", extra={"action": "start", "role": self.role, "child": self._process.pid})
        listener = asyncio.create_task(self._listen(ours))
        code = await self._process.wait()
        await listener
        self._process = None
        return code

    async def _listen(self, pipe: int) -> None:
        """Reads what the child says until it ends."""
        reader = asyncio.StreamReader()
        with open(pipe, "rb", buffering=0) as file:
            transport, _ = await asyncio.get_running_loop().connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(reader), file
            )
            while line := (await reader.readline()).decode().strip():
                if event := self._said.get(line):
                    event.set()
            transport.close()


class Supervisor:
    def __init__(self, config: Config, program: list[str], socket_: socket.socket, leash: int) -> None:
        self._config = config
        self._program = program
        self._socket = socket_
        self._leash = leash
        self._processes: dict[str, Process] = {}
        self._stopping = asyncio.Event()
        self._hurry = False

    async def run(self, on_ready: Callable[[], None]) -> int:
        """The exit code, once everything has stopped."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal)
        starting = asyncio.create_task(self._start(on_ready))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        code = starting.result() if starting.done() else 0
        if code == 0:
            sample = asyncio.create_task(self._follow_sample_note())
            await stopping
            sample.cancel()
        starting.cancel()
        stopping.cancel()
        await self._stop_all()
        return code

    async def _start(self, on_ready: Callable[[], None]) -> int:
        """0 when all were started, else the exit code of the first, which prepares the data folder for all."""
        serving = self._begin("serving")
        await serving.said("prepared")
        if self._config.store_url is None:
            self._begin("storing")
        showing = self._begin("showing")
        await serving.said("ready")
        if serving.first_end.done():
            return serving.first_end.result() or 1
        self._begin("delivering")
        self._begin("working")
        await showing.said("ready")
        on_ready()
        return 0

    def _begin(self, role: str) -> Process:
        command = [*self._program, "serve", "--role", role]
        listening = self._socket.fileno() if role == "serving" else -1
        files = (self._leash, listening)
        # When serving cannot start, nothing can: its sentence should be the last.
        process = Process(role, command, environment(self._config), files, try_again=role != "serving")
        self._processes[role] = process
        return process

    async def _follow_sample_note(self) -> None:
        """The demo process runs while the note in the data folder says that there is a sample account."""
        while True:
            wanted = sample_note.is_there(self._config.data)
            if wanted and "demo" not in self._processes:
                self._begin("demo")
            elif not wanted and "demo" in self._processes:
                await self._processes["demo"].stop(STOPPING_S["demo"])
                del self._processes["demo"]
            await asyncio.sleep(_NOTE_POLL_S)

    def _on_signal(self) -> None:
        if self._stopping.is_set():
            log.warning("Stopping the hard way.", extra={"action": "hurry"})
            self._hurry = True
            for process in self._processes.values():
                process.kill()
        self._stopping.set()

    async def _stop_all(self) -> None:
        until_s = time.monotonic()
        for role, within_s in STOPPING_S.items():
            until_s += within_s  # what the ones before did not need is left to the next
            if process := self._processes.get(role):
                await process.stop(0.2 if self._hurry else until_s - time.monotonic())
        log.info("Stopped.", extra={"action": "stopped"})


def supervise(config: Config, program: list[str], on_ready: Callable[[Config], None]) -> int:
    """The exit code, once everything has stopped. `program` starts dialboard: the interpreter and what follows.

    Raises DataFolderError when another supervisor has the data folder or it cannot be made, CannotListen when the port
    is taken.
    """
    logs.to_stderr("supervisor")
    try:
        folder = locks.folder(config.data)
    except OSError as error:
        raise DataFolderError(f"The data folder {config.data.path} cannot be made: {error.strerror}.") from error
    holder = f"Dialboard serves {config.data.path} already; stop it first (kill its process) or choose another --data"
    with locks.held(folder / "serve.lock", _note(config), wait_s=_GLANCE_S, holder=holder) as put_note:
        _await_orphans(folder)
        with listen(config.host, config.port) as socket_:
            config = config.with_(port=socket_.getsockname()[1])
            put_note(_note(config))  # commands look there for the port, which was a free one perhaps
            leash, hand = os.pipe()  # `hand` closes when this process ends, and every child sees it at `leash`
            code = asyncio.run(Supervisor(config, program, socket_, leash).run(lambda: on_ready(config)))
            os.close(hand)
            os.close(leash)
            return code


def _note(config: Config) -> str:
    return f"process {os.getpid()} at {config.url}"


def environment(config: Config) -> dict[str, str]:
    """The environment in which a child reads the same settings as we have, words of the command included."""
    said = {
        "DATA": str(config.data.path),
        "HOST": config.host,
        "PORT": str(config.port),
        "PUBLIC_URL": config.public_url or "",
        "TRUSTED_PROXIES": ",".join(config.trusted_proxies),
    }
    kept = {name: value for name, value in os.environ.items() if name not in {f"DIALBOARD_{key}_FILE" for key in said}}
    return kept | {f"DIALBOARD_{key}": value for key, value in said.items()}


def _await_orphans(folder: Path) -> None:
    """Waits for the children of a supervisor that was killed, so that their files and the port are free."""
    until = time.monotonic() + _ORPHANS_S
    while time.monotonic() < until and not all(locks.is_free(path) for path in folder.glob("*ing.lock")):
        time.sleep(0.05)
