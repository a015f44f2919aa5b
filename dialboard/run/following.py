"""Keeps serving up to date with what people decided: who may send, the tokens they were given, who is gone."""

import asyncio
import logging
import threading
from collections.abc import Coroutine
from typing import Any

from dialboard.config import DataFolder
from dialboard.journal import Journal
from dialboard.run import in_force
from dialboard.run.stop import Stop
from dialboard.run.trouble import Trouble
from dialboard.shapes.event import Snapshot

log = logging.getLogger(__name__)

POLL_S = 0.2  # a change is in force within a second; asking costs a tenth of a millisecond
RETRY_S = 1.0


class Following:
    """`snapshot` is replaced as a whole, so a request sees one number and nothing of the next. The control database is
    asked in a thread of its own, never in the event loop that answers senders."""

    def __init__(self, data: DataFolder, journal: Journal, loop: asyncio.AbstractEventLoop) -> None:
        self.snapshot = Snapshot(number=-1, senders={})
        self._data = data
        self._journal = journal
        self._loop = loop
        self._applied = 0  # the number up to which the journal knows of grants and removals
        self._thread: threading.Thread | None = None

    def catch_up(self) -> None:
        """1. grants, so that a new sender has tokens; the journal applies each once, however often it is told
        2. who may send: an account that is gone may not any more, so  3. its events go  4. last of all the number, so
        that a turn that failed is done again."""
        from dialboard.control import publish

        snapshot = publish.snapshot()
        for grant in publish.grants_after(self._applied):
            self._in_loop(self._journal.grant(grant))
        self.snapshot = Snapshot(number=self.snapshot.number, senders=snapshot.senders)
        for account in publish.removals_after(self._applied):
            self._in_loop(self._journal.forget(account))
        self._applied = snapshot.number
        self.snapshot = snapshot
        in_force.note(self._data, snapshot.number)

    def start(self, stop: Stop) -> None:
        self._thread = threading.Thread(target=self._follow, args=(stop,), name="following", daemon=True)
        self._thread.start()

    def join(self) -> None:
        if self._thread:
            self._thread.join(timeout=1.0)

    def _follow(self, stop: Stop) -> None:
        from django.db import close_old_connections

        from dialboard.control import publish

        trouble = Trouble(log, "What people decided cannot be read now.", "follow")
        while not stop.wait(POLL_S):
            try:
                close_old_connections()
                if publish.number() != self.snapshot.number:
                    self.catch_up()
                trouble.over()
            except (
                Exception
            ) as error:  # the database may be away for a while: senders known so far are served meanwhile
                trouble.note(error)
                stop.wait(RETRY_S)

    def _in_loop(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()
