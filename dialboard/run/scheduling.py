"""Which connection is synced when: a new one at once, each of them every few minutes, and when somebody asks."""

import asyncio
import logging
import threading
import time
from concurrent.futures import CancelledError, Future
from typing import Any

from dialboard.config import Config
from dialboard.errors import BadCredentials, DataFolderError, DialboardError
from dialboard.run import locks, sample_note
from dialboard.run.stop import Stop
from dialboard.run.syncing import Syncing, Wish, lock_of
from dialboard.run.trouble import Trouble
from dialboard.store import Store
from dialboard.sync.pace import Paces

log = logging.getLogger(__name__)

EVERY_S = 300.0
AFTER_TROUBLE_S = 60.0
AFTER_REFUSAL_S = 3600.0  # a key that is not accepted; asking again soon would only look like an attack
LOOK_S = 0.5  # how soon a new connection is seen
BUSY_S = 5.0  # somebody at a terminal syncs it just now


class Scheduling:
    """Syncs run in one event loop of their own, so that all requests to a Twilio account share its pace."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="syncing", daemon=True)
        self._paces = Paces(locks.folder(config.data))
        self._running: dict[str, Future[None]] = {}
        self._due_s: dict[str, float] = {}
        self._ended = False
        self._lock = threading.Lock()

    def run(self, stop: Stop) -> None:
        """Until it has to end; then what runs is cut short, to be resumed by the next."""
        self._thread.start()
        trouble = Trouble(log, "Connections could not be looked at.", "schedule")
        while not stop.is_set():
            try:
                self._look()
                trouble.over()
            except Exception as error:
                trouble.note(error)
            stop.wait(LOOK_S)
        with self._lock:
            self._ended = True
        for connection in list(self._running):
            self.cancel(connection)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=1.0)
        if not self._thread.is_alive():
            self._loop.close()

    def ask(self, connection: Any, wish: Wish) -> None:
        """Syncs it now and returns when that is done. Raises what stood in the way, as a DialboardError; CancelledError
        when it was cut short because we have to end."""
        with self._lock:
            if self._ended:
                raise CancelledError
            running = self._running.get(connection.pk)
            if running is None or running.done():
                running = self._begin(connection, wish)
        running.result()

    def cancel(self, connection: str) -> None:
        """Ends its sync, if one runs, and returns when it has ended."""
        with self._lock:  # a look that knew the connection has begun its sync by now, and a later one does not find it
            running = self._running.pop(connection, None)
        if running and running.cancel():
            # The task ends in the loop a moment later; nothing of it is written once the loop has gone round.
            asyncio.run_coroutine_threadsafe(_rounds(), self._loop).result(timeout=5.0)

    def _look(self) -> None:
        from django.db import close_old_connections

        from dialboard.control.models import Connection

        close_old_connections()
        wanted = Connection.objects.filter(enabled=True).select_related("account")
        if not sample_note.is_played(self._config.data):
            wanted = wanted.exclude(account__is_sample=True)
        with self._lock:
            for connection in wanted:
                running = self._running.get(connection.pk)
                idle = running is None or running.done()
                if idle and time.monotonic() >= self._due_s.get(connection.pk, 0.0):
                    self._begin(connection, Wish(often=True))

    def _begin(self, connection: Any, wish: Wish) -> Future[None]:
        self._due_s[connection.pk] = time.monotonic() + EVERY_S
        running = asyncio.run_coroutine_threadsafe(self._sync(connection, wish), self._loop)
        self._running[connection.pk] = running
        return running

    async def _sync(self, connection: Any, wish: Wish) -> None:
        about: dict[str, object] = {"action": "sync", "connection": connection.pk}
        began_s = time.monotonic()
        try:
            with lock_of(self._config, connection.pk):
                pace = self._paces.of(connection.account_sid)
                pulled = await Syncing(self._store, connection, pace).run(wish)
        except DataFolderError:
            self._due_s[connection.pk] = time.monotonic() + BUSY_S
            raise
        except DialboardError as error:
            wait_s = AFTER_REFUSAL_S if isinstance(error, BadCredentials) else AFTER_TROUBLE_S
            self._due_s[connection.pk] = time.monotonic() + wait_s
            log.warning("A sync failed.", extra=about | {"problem": error.sentence})
            raise
        except Exception:
            self._due_s[connection.pk] = time.monotonic() + AFTER_TROUBLE_S
            log.exception("A sync failed.", extra=about)
            raise DialboardError("The sync failed for a reason nobody foresaw; the log has it.") from None
        rows = sum(one.rows for one in pulled.values())
        log.info("A sync is done.", extra=about | {"rows": rows, "seconds": time.monotonic() - began_s})


async def _rounds() -> None:
    """Lets cancelled tasks end: those that are cancelled, and what they wait for."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task() and task.cancelling()]
    await asyncio.gather(*others, return_exceptions=True)
