"""An answer about events that holds all of them: what a command waits for before it asks the store."""

import time
from datetime import datetime

from dialboard.config import Config
from dialboard.journal import Entry, open_reader
from dialboard.run import locks
from dialboard.run.absorbing import CURSOR, Absorbing, accounts
from dialboard.shapes.tracker import EVENTS
from dialboard.store import Store

PATIENCE_S = 30.0  # a working process that is far behind; what it has not read is a gap then, and said to be
LOOK_S = 0.05


def make_current(config: Config, store: Store, account: str, until: datetime) -> None:
    """Returns once every event of the account that was kept by now is a row, and is held as far as it came before
    `until`. The working process of this folder absorbs them if there is one, and it is waited for `PATIENCE_S` at the
    most; while there is none, this does it."""
    reader = open_reader(config.journal)
    try:
        newest = next(iter(reader.latest(account, 1)), None)
        absorbing = Absorbing(reader, store, accounts)
        patient_until = time.monotonic() + PATIENCE_S
        if not _somebody_absorbs(config):
            _absorb_all(absorbing)  # also where nothing is new: that nothing was told while no server ran is known
        while newest and not _is_current(store, newest, until) and time.monotonic() < patient_until:
            time.sleep(LOOK_S)
            if not _somebody_absorbs(config):
                _absorb_all(absorbing)
    finally:
        reader.close()


def _somebody_absorbs(config: Config) -> bool:
    return not locks.is_free(locks.folder(config.data) / "working.lock")


def _absorb_all(absorbing: Absorbing) -> None:
    """However much it is."""
    while absorbing.look():
        pass


def _is_current(store: Store, newest: Entry, until: datetime) -> bool:
    if store.cursor("", CURSOR) < newest.sequence:
        return False
    at, account = newest.event.received_at, newest.event.account
    return any(at < one.span.until or until <= one.span.until for one in store.held(account, EVENTS.name))
