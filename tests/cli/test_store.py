"""The metric store without a server: started for a command, shared between commands, and given up for a server."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from dialboard.cli.store import opened
from dialboard.config import Config, DataFolder
from dialboard.run import locks
from dialboard.store import is_serving
from dialboard.store.server import serve
from tests.cli.run import all_started, ok, started


@pytest.fixture
def config(tmp_path):
    (tmp_path / "data").mkdir(mode=0o700)
    return Config(data=DataFolder(tmp_path / "data"), store_memory="256MB")


def children_of_this_process() -> list[int]:
    """The storing processes that a test has started."""
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True)
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "dialboard.cli.storing" in line]


def until(condition, within_s=15.0):
    """Waits for the condition; fails when it does not come."""
    ends = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.02)


def test_it_answers_while_it_is_open_and_nobody_is_left_behind(config):
    with opened(config) as store:
        assert store.cursor("acc_1", "events") == 0
        assert is_serving(config.store)
    assert not is_serving(config.store)
    assert locks.is_free(locks.folder(config.data) / "storing.lock")


def test_several_may_be_open_and_the_first_one_to_go_takes_nothing_from_the_others(config):
    with opened(config) as first:
        entered = opened(config)
        second = entered.__enter__()
        assert first.cursor("acc_1", "events") == second.cursor("acc_1", "events") == 0
    assert second.cursor("acc_1", "events") == 0
    entered.__exit__(None, None, None)
    assert not is_serving(config.store)


def test_a_killed_storing_process_is_started_again(config):
    with opened(config) as store:
        (child,) = children_of_this_process()
        os.kill(child, signal.SIGKILL)
        assert store.cursor("acc_1", "events") == 0


def test_it_gives_way_to_a_server_and_the_command_goes_on_with_that_ones(config):
    folder = locks.folder(config.data)
    stop = threading.Event()

    def server() -> None:
        """As `dialboard serve` does it: its lock first, then its storing process, once the file is free."""
        with (
            locks.held(folder / "serve.lock", "process 1 at http://127.0.0.1:1", holder="a server"),
            locks.held(folder / "storing.lock", "the server's", wait_s=10, holder="a store"),
        ):
            serve(config.data.rows, config.store, memory="256MB", stop=stop)

    with opened(config) as store:
        assert store.cursor("acc_1", "events") == 0
        serving = threading.Thread(target=server)
        serving.start()
        until(lambda: (folder / "storing.lock").read_text() == "the server's" and is_serving(config.store))
        assert store.cursor("acc_1", "events") == 0
    assert is_serving(config.store), "the server's own goes on"
    stop.set()
    serving.join()


def test_it_ends_with_a_command_that_was_killed(config):
    code = (
        "import sys, time; from pathlib import Path; from dialboard.config import *\n"
        "from dialboard.cli.store import *\n"
        "with opened(Config(data=DataFolder(Path(sys.argv[1])))): print('open', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(config.data.path)]
    with started(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "open\n"
        os.kill(process.pid, signal.SIGKILL)
    until(lambda: not is_serving(config.store))


def test_questions_at_the_same_time_are_all_answered(tmp_path):
    data = tmp_path / "data"
    ok("account", "create", "Alice", data=data)
    command = [sys.executable, "-m", "dialboard", "query", "calls", "--account", "Alice", "--json", "--data", str(data)]
    with all_started([command] * 3, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as processes:
        answers = [one.communicate(timeout=60) for one in processes]
    assert [one.returncode for one in processes] == [0, 0, 0], answers
    assert len({out for out, _ in answers}) == 1 and {err for _, err in answers} == {""}
