"""The writing side of the record."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import takewhile

from dialboard.deliver.outcomes.reading import Reading
from dialboard.deliver.statements import (
    ADMIT,
    EXPIRE,
    FORGOTTEN,
    MOVE_CURSOR,
    OLDEST,
    PRUNE,
    SEND_AGAIN,
    SENDING,
    SETTLE,
    Key,
    New,
    Result,
    micros,
    new_row,
    result_row,
)
from dialboard.shapes.delivery import Reason, State


class Outcomes(Reading):
    """Reads too."""

    def claim(self) -> bool:
        """True when this process may deliver; False while another one does. Held until `close` or the end."""
        return self._database.claim()

    def admit(self, new: Iterable[New], now: datetime, *, cursor: tuple[str, int] | None = None) -> int:
        """Makes waiting rows and moves the cursor (name, sequence), in one transaction; a row that exists stays as it
        is. How many were made."""
        rows = [new_row(one, now) for one in new]
        with self._database.transaction() as run:
            made = run(ADMIT, rows)
            if cursor is not None:
                run(MOVE_CURSOR, [cursor])
        return made

    def write(self, sending: Sequence[Key], results: Sequence[Result], now: datetime) -> None:
        """Records in one transaction that these are about to be sent, and what came of those. Durable on return."""
        at = micros(now)
        with self._database.transaction() as run:
            run(SENDING, [(at, *key) for key in sending])
            run(SETTLE, [result_row(result, at) for result in results])

    def recover(self, now: datetime, is_at_most_once: Callable[[str], bool] = lambda destination: False) -> int:
        """For what was being sent when the program ended: uncertain, and tried again unless the destination rather
        loses an event than counts it twice. How many there were. Only right after `claim`."""
        found = self._database.query("SELECT destination, sequence FROM deliveries WHERE sending_at IS NOT NULL")
        detail = "The program ended while this was being sent: it may have arrived."
        self.write(
            [],
            [
                Result(
                    destination=destination,
                    sequence=sequence,
                    state=State.UNCERTAIN,
                    next_try_at=None if is_at_most_once(destination) else now,
                    reason=Reason.NO_ANSWER,
                    detail=detail,
                )
                for destination, sequence in found
            ],
            now,
        )
        return len(found)

    def expire(self, destination: str, received_before: datetime, now: datetime) -> int:
        """Ends what the destination no longer takes: too_old when never tried, gave_up when it was; what is uncertain
        stays uncertain. How many."""
        row = (micros(now), destination, micros(received_before))
        with self._database.transaction() as run:
            return run(EXPIRE, [row])

    def send_again(self, destination: str, from_sequence: int, until_sequence: int, now: datetime) -> int:
        """Makes dead deliveries, and uncertain ones that had ended, wait again. How many."""
        at = micros(now)
        with self._database.transaction() as run:
            return run(SEND_AGAIN, [(at, at, destination, from_sequence, until_sequence)])

    def forget(self, account: str) -> None:
        """Removes the account's rows; remove its events from the journal first, or they are delivered anew."""
        with self._database.transaction() as run:
            run("DELETE FROM deliveries WHERE account = ?", [(account,)])

    def prune(self, destination: str, finished_before: datetime, limit: int) -> int:
        """Removes what is delivered or dead, of events received before then and untouched since, oldest first; what
        waits or is uncertain stays. 0 when there is nothing more to do, else call it again.

        1. what is up to the number that is forgotten  2. when all of that is gone, the number moves on. In this order,
        so that no row is away whose number `admit` would still take: a replay would send that event a second time.
        """
        at, forgotten = micros(finished_before), self.forgotten(destination)
        with self._database.transaction() as run:
            if removed := run(PRUNE, [(destination, destination, forgotten, at, limit)]):
                return removed
        rows = self._database.query(OLDEST, (destination, forgotten, limit))
        old = [sequence for sequence, _ in takewhile(lambda row: row[1] < at, rows)]
        if old:
            with self._database.transaction() as run:
                run(MOVE_CURSOR, [(FORGOTTEN + destination, old[-1])])
        return len(old)
