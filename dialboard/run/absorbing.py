"""Tracker events become rows: the journal is read as a log, and how far is written with the rows."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from dialboard.extract.typed import event_row
from dialboard.journal import Entry, Reader
from dialboard.run.stop import Stop
from dialboard.run.trouble import Trouble
from dialboard.shapes.row import Batch, Row, Span
from dialboard.shapes.tracker import EVENTS
from dialboard.store import Store

log = logging.getLogger(__name__)

POLL_S = 0.5  # how long an event may wait before it is on a board
BATCH = 1_000  # entries of the journal at once
SAY_HELD_EVERY_S = 20.0  # for accounts of which nothing arrived
# An event has its time before it is durable: what is older than this was read, or is being refused.
SETTLED = timedelta(seconds=2)
CURSOR = "events"

Begins = dict[str, datetime]  # by account: since when its events would have been kept


class Absorbing:
    """`accounts` gives every account with the time since which it exists; an event of another is left out."""

    def __init__(self, reader: Reader, store: Store, accounts: Callable[[], Begins]) -> None:
        self._reader = reader
        self._store = store
        self._accounts = accounts
        self._said: dict[str, datetime] = {}
        # Held while rows are written, so that an account that is being removed gets no rows afterwards.
        self.lock = threading.Lock()

    def run(self, stop: Stop) -> None:
        """Until it has to end; after trouble it goes on where it was."""
        prepared = False
        trouble = Trouble(log, "Events could not be absorbed; they will be.", "absorb")
        while not stop.is_set():
            try:
                if not prepared:  # the storing process may be away for longer than anybody waits
                    self._store.prepare([EVENTS])
                    prepared = True
                busy = self.absorb()
                trouble.over()
            except Exception as error:
                trouble.note(error)
                busy = False
            if not busy:
                stop.wait(POLL_S)

    def absorb(self) -> bool:
        """Whether there may be more at once. A kill in between repeats the batch, which changes nothing: rows have
        the event's id as key."""
        with self.lock:
            as_of = datetime.now(UTC)
            accounts = self._accounts()
            entries = self._reader.read(self._store.cursor("", CURSOR), BATCH)
            everything = len(entries) < BATCH
            rows = _rows(entries, accounts)
            for account in accounts:
                until = as_of - SETTLED if everything else None
                self._write(account, accounts[account], rows.get(account, []), until)
            if entries:
                self._store.put(_batch("", [], None, cursor=(CURSOR, entries[-1].sequence)))
            return not everything

    def _write(self, account: str, begin: datetime, rows: list[Row], until: datetime | None) -> None:
        said = self._said.get(account, begin)
        news = until is not None and (bool(rows) or (until - said).total_seconds() >= SAY_HELD_EVERY_S)
        held = Span(begin, until) if news and until is not None and until > begin else None
        if rows or held:
            self._store.put(_batch(account, rows, held))
        if held:
            self._said[account] = held.until


def _rows(entries: Iterable[Entry], accounts: Begins) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for entry in entries:
        if entry.event.account in accounts:
            rows[entry.event.account].append(event_row(entry.sequence, entry.event))
    return rows


def _batch(account: str, rows: list[Row], held: Span | None, cursor: tuple[str, int] | None = None) -> Batch:
    return Batch(account=account, twilio_account="", resource=EVENTS.name, rows=rows, held=held, cursor=cursor)
