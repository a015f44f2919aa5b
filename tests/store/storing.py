"""A storing process of its own, as `dialboard serve` runs one."""

import signal
import subprocess
import sys
from pathlib import Path

from dialboard.store import socket_path
from dialboard.store.remote import RemoteStore

_SERVE = """
import sys
from dialboard.store.server import serve
serve(sys.argv[1], sys.argv[2], memory="512MB", ready=lambda: print("ready", flush=True))
"""


class Storing:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "rows.duckdb"
        self.socket = socket_path(folder)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "Storing":
        command = [sys.executable, "-c", _SERVE, str(self.file), str(self.socket)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "ready\n":
            self.end(signal.SIGKILL)
            raise AssertionError("the storing process did not start")
        return self

    def store(self, wait_s: float = 10.0) -> RemoteStore:
        return RemoteStore(self.socket, wait_s=wait_s)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """The exit code."""
        assert self.process is not None and self.process.stdout is not None
        self.process.send_signal(number)
        code = self.process.wait(20)
        self.process.stdout.close()
        self.process = None
        return code
