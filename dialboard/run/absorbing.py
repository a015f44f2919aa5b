"""Tracker events become rows: the journal is read as a log, and how far is written with the rows."""

import logging
import threading
import time
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
BATCH = 5_000  # entries of the journal at once: a thousand cost a third more processor each, and five take 0.15 s
LOOK_EVERY_S = 5.0  # at the accounts and the cursor, while nothing new is in the journal
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
        self._said: dict[str, datetime] = {}  # by account: until when it was said to be held
        self._unheld: dict[str, datetime] = {}  # by account: its last event that is a row, and not yet said to be held
        self._read = -1  # the journal's number up to which it was read
        self._look_at_s = 0.0
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
                busy = self.look()
                trouble.over()
            except Exception as error:
                trouble.note(error)
                busy = False
            if not busy:
                stop.wait(POLL_S)

    def look(self) -> bool:
        """As `absorb`, but while there is nothing new and nothing to say it asks the journal for a number, no more."""
        if self._reader.last() <= self._read and time.monotonic() < self._look_at_s:
            return False
        more = self.absorb()
        self._look_at_s = time.monotonic() + (SETTLED.total_seconds() if self._unheld else LOOK_EVERY_S)
        return more

    def absorb(self) -> bool:
        """Whether there may be more at once. A kill in between repeats the batch, which changes nothing: rows have
        the event's id as key."""
        with self.lock:
            as_of = datetime.now(UTC)
            accounts = self._accounts()
            last, begin = self._reader.last(), self._store.cursor("", CURSOR)
            entries = self._reader.read(begin, BATCH)
            read = entries[-1].sequence if entries else begin
            # Not always after less than a batch: on PostgreSQL an open transaction of anybody keeps events back.
            everything = read >= last
            self._note_unheld(entries, accounts)
            rows = _rows(entries, accounts)
            for account in accounts:
                until = as_of - SETTLED if everything else None
                self._write(account, accounts[account], rows.get(account, []), until)
            if entries:
                self._store.put(_batch("", [], None, cursor=(CURSOR, read)))
            self._read = read
            return len(entries) == BATCH

    def _note_unheld(self, entries: Iterable[Entry], accounts: Begins) -> None:
        for entry in entries:
            account, at = entry.event.account, entry.event.received_at
            self._unheld[account] = max(at, self._unheld.get(account, at))
        self._unheld = {account: at for account, at in self._unheld.items() if account in accounts}

    def _write(self, account: str, begin: datetime, rows: list[Row], until: datetime | None) -> None:
        held = Span(begin, until) if until and until > begin and self._is_news(account, begin, rows, until) else None
        if rows or held:
            self._store.put(_batch(account, rows, held))
        if held:
            self._said[account] = held.until
            if self._unheld.get(account, held.until) < held.until:
                del self._unheld[account]

    def _is_news(self, account: str, begin: datetime, rows: list[Row], until: datetime) -> bool:
        """Whether to say that everything is held until then: with rows, once it is so for the last of them, and now and
        then."""
        if rows or self._unheld.get(account, until) < until:
            return True
        return (until - self._said.get(account, begin)).total_seconds() >= SAY_HELD_EVERY_S


def accounts() -> dict[str, datetime]:
    """Every account with the time since which it exists."""
    from django.db import close_old_connections

    from dialboard.control.models import Account

    close_old_connections()
    return dict(Account.objects.values_list("id", "created_at"))


def _rows(entries: Iterable[Entry], accounts: Begins) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for entry in entries:
        if entry.event.account in accounts:
            rows[entry.event.account].append(event_row(entry.sequence, entry.event))
    return rows


def _batch(account: str, rows: list[Row], held: Span | None, cursor: tuple[str, int] | None = None) -> Batch:
    return Batch(account=account, twilio_account="", resource=EVENTS.name, rows=rows, held=held, cursor=cursor)
