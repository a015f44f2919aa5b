"""The statements of the record of deliveries, the same on SQLite and PostgreSQL, and how a row looks in Python."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from dialboard.shapes.delivery import Delivery, Reason, State

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

COLUMNS = "account, destination, sequence, event, state, attempts, updated_at, next_try_at, reason, detail"
OPEN = "next_try_at IS NOT NULL AND sending_at IS NULL"  # to be done, and not being done


class New(Struct, frozen=True, kw_only=True):
    """A delivery that is to be made."""

    account: str
    destination: str
    sequence: int
    event: str
    received_at: datetime


class Result(Struct, frozen=True, kw_only=True):
    """What came of one attempt, or of looking at a delivery once more. `tried` counts it as an attempt."""

    destination: str
    sequence: int
    state: State
    tried: bool = True
    next_try_at: datetime | None = None
    reason: Reason | None = None
    detail: str = ""


Key = tuple[str, int]  # (destination, sequence)


# The name of the cursor up to which a destination's record is not whole any more, before the destination's.
FORGOTTEN = "forgotten "
ADMIT = f"""
INSERT INTO deliveries
    (destination, sequence, account, event, received_at, state, attempts, updated_at, next_try_at, detail)
SELECT ?, ?, ?, ?, ?, 'waiting', 0, ?, ?, ''
WHERE NOT EXISTS (SELECT 1 FROM cursors WHERE name = '{FORGOTTEN}' || ? AND sequence >= ?)
ON CONFLICT DO NOTHING"""
MOVE_CURSOR = """
INSERT INTO cursors (name, sequence) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence"""
SENDING = "UPDATE deliveries SET sending_at = ? WHERE destination = ? AND sequence = ?"
SETTLE = """
UPDATE deliveries SET
    state = ?, attempts = attempts + ?, updated_at = ?, next_try_at = ?, sending_at = NULL, reason = ?, detail = ?
WHERE destination = ? AND sequence = ?"""
EXPIRE = f"""
UPDATE deliveries SET
    state = CASE WHEN state = 'uncertain' THEN state ELSE 'dead' END,
    reason = CASE WHEN attempts = 0 THEN 'too_old' ELSE 'gave_up' END,
    detail = CASE WHEN attempts = 0 THEN 'The event was already too old for this destination.'
                  ELSE 'It could not be delivered while the destination still took it. ' || detail END,
    updated_at = ?, next_try_at = NULL
WHERE destination = ? AND {OPEN} AND received_at < ?"""
SEND_AGAIN = """
UPDATE deliveries SET state = 'waiting', reason = NULL, updated_at = ?, next_try_at = ?, detail = 'Asked for again.'
WHERE destination = ? AND sequence >= ? AND sequence < ? AND state IN ('dead', 'uncertain') AND next_try_at IS NULL"""

OLDEST = "SELECT sequence, received_at FROM deliveries WHERE destination = ? AND sequence > ? ORDER BY sequence LIMIT ?"
PRUNE = """
DELETE FROM deliveries WHERE destination = ? AND sequence IN (
    SELECT sequence FROM deliveries
    WHERE destination = ? AND sequence <= ? AND state IN ('delivered', 'dead') AND next_try_at IS NULL
        AND sending_at IS NULL AND updated_at < ?
    ORDER BY sequence LIMIT ?)"""


def new_row(new: New, now: datetime) -> tuple[Any, ...]:
    received = micros(new.received_at)
    what = (new.destination, new.sequence, new.account, new.event, received, micros(now), micros(now))
    return (*what, new.destination, new.sequence)


def result_row(result: Result, at: int) -> tuple[Any, ...]:
    next_try_at = micros(result.next_try_at) if result.next_try_at else None
    reason = str(result.reason) if result.reason else None
    what = (str(result.state), int(result.tried), at, next_try_at, reason, result.detail[:500])
    return (*what, result.destination, result.sequence)


def delivery(row: Sequence[Any]) -> Delivery:
    account, destination, sequence, event, state, attempts, updated_at, next_try_at, reason, detail = row
    return Delivery(
        account=account,
        destination=destination,
        sequence=sequence,
        event=event,
        state=State(state),
        attempts=attempts,
        updated_at=time_of(updated_at),
        next_try_at=None if next_try_at is None else time_of(next_try_at),
        reason=Reason(reason) if reason else None,
        detail=detail,
    )


def micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def time_of(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
