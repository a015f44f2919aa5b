"""`dialboard serve` and its processes: they start, come back, and leave nothing behind."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dialboard.run import locks
from tests.paths.running import Server, is_running, serving, wait_for
from tests.run.served import Begun

ROLES = ("serving", "showing", "storing", "delivering", "working")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("supervisor") / "data") as started:
        yield started


def is_healthy(server: Server) -> bool:
    try:
        return httpx.get(f"{server.url}/healthz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def ready_count(server: Server, role: str) -> int:
    return len(re.findall(rf"role={role} action=ready ", server.log))


def test_it_says_where_it_is_once_and_answers_there(server: Server) -> None:
    assert re.findall(r"^Dialboard is ready at (\S+)$", server.log, re.MULTILINE) == [server.url]
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    wait_for(lambda: all(ready_count(server, role) == 1 for role in ROLES), "every process is ready")
    assert len(server.children()) == len(ROLES)


def test_a_log_line_has_a_time_a_level_a_sentence_and_fields(server: Server) -> None:
    lines = [line for line in server.log.splitlines() if " INFO " in line]
    shape = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO [A-Z][^=]*\. role=\w+ ")
    assert lines and all(shape.match(line) for line in lines)


@pytest.mark.parametrize("role", ROLES)
def test_a_process_that_dies_is_started_again(server: Server, role: str) -> None:
    wait_for(lambda: all(ready_count(server, one) and server.pid(one) for one in ROLES), "every process is ready")
    before, others = server.pid(role), {other: server.pid(other) for other in ROLES if other != role}
    ready = ready_count(server, role)
    server.kill(role)
    wait_for(lambda: ready_count(server, role) == ready + 1, f"{role} is ready again")
    assert server.pid(role) not in (None, before)
    assert {other: server.pid(other) for other in others} == others, "nothing else was started again"
    assert is_healthy(server)


@pytest.mark.parametrize(
    ("role", "nice"), [("serving", 0), ("showing", 10), ("storing", 15), ("delivering", 15), ("working", 19)]
)
def test_what_no_sender_waits_for_gives_way(server: Server, role: str, nice: int) -> None:
    pid = wait_for(lambda: server.pid(role) or 0, f"{role} runs")
    wait_for(lambda: ready_count(server, role), f"{role} is ready")
    assert os.getpriority(os.PRIO_PROCESS, pid) - os.getpriority(os.PRIO_PROCESS, server.process.pid) == nice


def test_requests_wait_while_serving_is_started_again(server: Server) -> None:
    server.kill("serving")
    assert httpx.get(f"{server.url}/healthz", timeout=20).status_code == 200


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server that a test ends in its own way."""
    with Server(tmp_path / "data").start() as started:
        yield started
    wait_for(lambda: not started.children(), "its processes end", within_s=5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_within_ten_seconds(own: Server, number: signal.Signals) -> None:
    begun_s = time.monotonic()
    own.process.send_signal(number)
    assert own.process.wait(15) == 0
    assert time.monotonic() - begun_s < 10
    assert own.children() == []
    assert "Traceback" not in own.log and "did not stop in time" not in own.log
    assert own.log.splitlines()[-1].endswith("INFO Stopped. role=supervisor action=stopped")


def test_ctrl_c_at_a_terminal_while_it_starts_stops_it_too(tmp_path: Path) -> None:
    with Begun(tmp_path / "data") as server:
        wait_for(server.children, "the first process was started")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(15) == 0
    assert server.children() == [] and "Traceback" not in server.log


def test_a_second_ctrl_c_does_not_wait(own: Server) -> None:
    frozen = wait_for(lambda: own.pid("working"), "working runs")
    os.kill(frozen, signal.SIGSTOP)
    begun_s = time.monotonic()
    own.process.send_signal(signal.SIGINT)
    wait_for(lambda: "role=serving action=counted" in own.log, "serving has ended")
    own.process.send_signal(signal.SIGINT)
    assert own.process.wait(15) == 0
    assert time.monotonic() - begun_s < 5
    assert not is_running(frozen)


def test_the_processes_of_a_killed_supervisor_give_way_to_the_next(own: Server) -> None:
    wait_for(lambda: all(ready_count(own, role) for role in ROLES), "all are ready")
    children = own.children()
    own.kill_supervisor()
    with Server(own.data).start() as successor:
        assert not any(map(is_running, children)), "it waited for their files"
        assert is_healthy(successor)
        assert successor.stop() == 0


def test_the_processes_of_a_killed_supervisor_end_by_themselves(own: Server) -> None:
    wait_for(lambda: all(ready_count(own, role) for role in ROLES), "all are ready")
    own.kill_supervisor()
    wait_for(lambda: not own.children(), "its processes end", within_s=2)


def test_a_process_that_does_not_answer_sigterm_is_killed_in_time(own: Server) -> None:
    frozen = wait_for(lambda: own.pid("storing"), "storing runs")
    os.kill(frozen, signal.SIGSTOP)
    begun_s = time.monotonic()
    assert own.stop() == 0
    assert time.monotonic() - begun_s < 10
    assert not is_running(frozen) and "did not stop in time" in own.log


def test_a_folder_that_serving_cannot_use_ends_it_with_one_sentence(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "version.json").write_text('{"version": 99}')
    with Begun(data) as server:
        assert server.process.wait(20) == 1
    assert "Traceback" not in server.log
    assert len([line for line in server.log.splitlines() if "version 99" in line]) == 1, server.log
    assert server.children() == []


def test_the_lock_says_who_has_the_folder_and_where_it_answers(server: Server) -> None:
    lock = server.data / "run" / "serve.lock"
    assert lock.read_text() == f"process {server.process.pid} at {server.url}"
    assert not locks.is_free(lock)
