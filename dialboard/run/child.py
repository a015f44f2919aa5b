"""What every process of `dialboard serve` has in common: its lock, its logs, its end, its word to the supervisor."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from dialboard.config import Config
from dialboard.run import locks, logs
from dialboard.run.stop import Stop, end_when_closed, on_signals, when_closed

log = logging.getLogger(__name__)

PIPES = "DIALBOARD_SUPERVISOR"  # set by the supervisor for its children: the numbers of the files below
_ORPHANS_S = 5.0  # the processes of a killed supervisor end within 2 s

# Senders wait for serving, people for showing and storing, nobody for the others: so they come where processors are
# short. On two of them, beside a sync and two people who load boards, p99 of a sender was 150 ms with storing at 5
# instead of 15; where processors are to spare it changes nothing. SCHED_IDLE, the next step, gives a process a turn a
# second beside other programs that compute, and it may not leave it again: it took half a minute to stop.
_NICE = {"showing": 10, "storing": 15, "delivering": 15, "working": 19, "demo": 19}


class Pipes(Struct, frozen=True):
    """The files a child has from its supervisor."""

    leash: int  # closes when the supervisor ends
    word: int  # where the child says "prepared" and "ready"
    listening: int | None  # the socket that serving answers on


class Child:
    """One process of a role. `supervised` is None when it was started by hand with --role."""

    def __init__(self, role: str, config: Config, supervised: Pipes | None) -> None:
        self.role = role
        self.config = config
        self.supervised = supervised
        self.stop = Stop()

    def says(self, word: str) -> None:
        """Tells the supervisor, if there is one, and the log."""
        log.info("A process is %s.", word, extra={"action": word, "pid": os.getpid()})
        if self.supervised:
            os.write(self.supervised.word, f"{word}\n".encode())


@contextmanager
def started(role: str, config: Config) -> Iterator[Child]:
    """The frame of a role's process. Raises DataFolderError when another process has this role on the data folder."""
    logs.to_stderr(role)
    os.nice(_NICE.get(role, 0))
    child = Child(role, config, _pipes())
    os.environ.pop(PIPES, None)  # not for the processes that this one starts
    on_signals(child.stop)
    if child.supervised:
        when_closed(child.supervised.leash, child.stop)
    lock = locks.folder(config.data) / f"{role}.lock"
    holder = f"This data folder has a {role} process already; stop it first. It is"
    with locks.held(lock, f"process {os.getpid()}", wait_s=_ORPHANS_S, holder=holder):
        yield child
    log.info("A process ended.", extra={"action": "ended", "pid": os.getpid()})


def end_with_supervisor() -> None:
    """The first thing a child does; nothing where there is no supervisor."""
    if pipes := _pipes():
        end_when_closed(pipes.leash)


def _pipes() -> Pipes | None:
    text = os.environ.get(PIPES)
    if text is None:
        return None
    leash, word, listening = (int(number) for number in text.split(","))
    return Pipes(leash, word, None if listening < 0 else listening)
