"""A real PostgreSQL server for the tests: in a temporary folder, on a free port, gone when the tests are."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=60",
    "shared_buffers=64MB",
    "fsync=off",  # a killed server loses nothing by it, only a machine without power does
    "autovacuum=off",
)


class PostgresServer:
    """One server and its folder. Runs as the user postgres when the tests run as root, for it refuses root."""

    def __init__(self, settings: tuple[str, ...] = SETTINGS) -> None:
        self.binaries = find_binaries()
        self.settings = settings
        self.folder = Path(tempfile.mkdtemp(prefix="dialboard-postgres-"))
        self.data = self.folder / "data"
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        if _is_root():
            postgres = pwd.getpwnam("postgres")
            os.chown(self.folder, postgres.pw_uid, postgres.pw_gid)
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", "postgres", "--no-sync", "--locale=C", "-EUTF8")

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Returns when it answers."""
        deadline = time.monotonic() + 30
        while not self._is_started(deadline):
            time.sleep(0.1)

    def _is_started(self, deadline: float) -> bool:
        """False when it ended at once, as it does while children of a killed server still hold its memory."""
        options = [word for setting in self.settings for word in ("-c", setting)]
        command = [str(self.binaries / "postgres"), "-D", str(self.data), "-p", str(self.port), *options]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(_as_postgres(command), stdout=log, stderr=log, cwd=self.folder)
        while self._process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.05)
        if time.monotonic() < deadline:
            return False
        raise RuntimeError((self.folder / "server.log").read_text()[-2000:])

    def kill(self) -> None:
        """kill -9 of the server. Its children end when they notice; until then a new server refuses to start."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGINT)  # "fast": open connections are ended

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self) -> str:
        """The address of a fresh, empty database."""
        name = "test_" + secrets.token_hex(6)
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return self.url_of(name)

    def guard(self, name: str, password: str) -> None:
        """Makes a user who needs that password; everybody else comes in without one."""
        rules = self.data / "pg_hba.conf"
        rules.write_text(f"host all {name} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {name} LOGIN SUPERUSER PASSWORD '{password}'".encode())
            connection.execute("SELECT pg_reload_conf()")

    def _end(self, sign: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(sign)
            self._process.wait(30)
            self._process = None

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *words: str) -> None:
        command = _as_postgres([str(self.binaries / program), *words])
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")


def find_binaries() -> Path:
    """The folder of the newest server's programs. Skips the test when there is none; fails it in CI."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if folders:
        return folders[-1].parent
    if on_path := shutil.which("postgres"):
        return Path(on_path).resolve().parent
    missing("PostgreSQL is not installed (apt-get install postgresql)")


def missing(reason: str) -> NoReturn:
    """Skips the test with the reason; in CI, where everything has to run, fails it."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _is_root() -> bool:
    return os.geteuid() == 0


def _as_postgres(command: list[str]) -> list[str]:
    if not _is_root():
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """The server's maintenance database; make your own with `postgres_database`."""
    return postgres_server.url


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> str:
    """The address of a fresh, empty database on the session's server."""
    return postgres_server.new_database()


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A server for one test, which may stop, kill and start it."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()
