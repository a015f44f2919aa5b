"""A real ClickHouse server on loopback, from the library that tools/clickhouse fetches."""

import contextlib
import ctypes
import os
import runpy
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

LIBRARY: Path = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "clickhouse"))["library"]()
PASSWORD = "a pass/word"  # must survive being part of an address
READY_S = 60

CONFIG = """<clickhouse>
    <logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
    <path>{folder}/data/</path>
    <tmp_path>{folder}/tmp/</tmp_path>
    <users_config>{folder}/users.xml</users_config>
    <listen_host>127.0.0.1</listen_host>
    <http_port>{port}</http_port>
    <mark_cache_size>67108864</mark_cache_size>
</clickhouse>
"""

USERS = """<clickhouse>
    <profiles><default><max_threads>2</max_threads></default></profiles>
    <quotas><default/></quotas>
    <users>
        <!-- clickhouse-local itself comes in as default and knows no password -->
        <default>
            <password/><networks><ip>::1</ip></networks><profile>default</profile><quota>default</quota>
        </default>
        <tester>
            <password>{password}</password><networks><ip>127.0.0.1</ip></networks>
            <profile>default</profile><quota>default</quota>
        </tester>
    </users>
</clickhouse>
"""

# clickhouse-local listens only while a question runs: this one never ends.
QUESTION = (
    "SYSTEM START LISTEN HTTP; "
    "SELECT sleepEachRow(3) FROM numbers(1000000000) FORMAT Null "
    "SETTINGS max_block_size=1, function_sleep_max_microseconds_per_block=0"
)


class ClickHouse:
    """A server in its own process. `kill` and `start` again: what was put is there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        password = PASSWORD.replace(" ", "%20").replace("/", "%2F")
        return f"clickhouse://tester:{password}@127.0.0.1:{self.port}"

    def start(self) -> None:
        config = self.folder / "config.xml"
        config.write_text(CONFIG.format(folder=self.folder, port=self.port))
        (self.folder / "users.xml").write_text(USERS.format(password=PASSWORD))
        with (self.folder / "stderr").open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, __file__, str(LIBRARY), str(config), str(self.folder / "data")],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        self._wait()

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _wait(self) -> None:
        assert self.process is not None
        until = time.monotonic() + READY_S
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError, urllib.error.URLError):
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=1) as answer:
                    if answer.status == 200:
                        return
            time.sleep(0.05)
        raise RuntimeError(f"ClickHouse did not start: {(self.folder / 'stderr').read_text()[-2000:]}")


def fresh(url: str) -> str:
    """The address of a database that is not there yet on the same server."""
    return f"{url}/test_{secrets.token_hex(6)}"


@contextlib.contextmanager
def started(folder: Path) -> Iterator[ClickHouse]:
    """Skips the test when there is no ClickHouse; fails it in CI."""
    if not LIBRARY.exists():
        reason = "there is no ClickHouse for the tests: run tools/clickhouse once"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    server = ClickHouse(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    with started(tmp_path_factory.mktemp("clickhouse")) as server:
        yield server


@pytest.fixture
def own_clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """A server for one test, which may kill and start it."""
    with started(tmp_path_factory.mktemp("clickhouse")) as server:
        yield server


@pytest.fixture(scope="session")
def clickhouse_url(clickhouse_server: ClickHouse) -> str:
    """`fresh(clickhouse_url)` is the address of an empty database."""
    return clickhouse_server.url


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _serve(library: str, config: str, folder: str) -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: a killed test run leaves no server behind
    words = ["clickhouse-local", "--config-file", config, "--path", folder, "--multiquery", "--query", QUESTION]
    arguments = (ctypes.c_char_p * len(words))(*(word.encode() for word in words))
    ctypes.CDLL(library).chdb_query_cmdline(len(words), arguments)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
