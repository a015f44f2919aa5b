"""dialboard check: is everything as it has to be, and if not, what is the cure."""

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import click
from msgspec import Struct

from dialboard.cli import asked, running, shown
from dialboard.config import Config
from dialboard.errors import (
    DialboardError,
    KeysLost,
    NoAnswer,
    StoreError,
    TooManyRequests,
    WrittenByNewer,
    first_line,
)

LEAST_FREE = 1_000_000_000  # bytes; below it a day of a busy account may fill the disk
FULL = 64_000_000  # bytes; with less a store cannot even be opened to be read
CLOCK_S = 60  # a clock that is off by more puts events on the wrong minute; Twilio's signatures allow more


CLOCK_CURE = "Set the machine's clock, best by NTP: events and metrics go by it."
BACK = "restore a backup into an empty folder (`dialboard restore FILE --data DIR`)"
NEWER = f"Install the version of Dialboard that wrote it, or a newer one; or {BACK}."
KEYS_BACK = (
    "Stop Dialboard and bring the key files back: `tar -xf FILE -C {keys}`, with the file that `dialboard backup"
    " --with-keys` wrote."
)
AUTOGROUP = Path("/proc/sys/kernel/sched_autogroup_enabled")  # man 7 sched, read 2026-11-30
AUTOGROUP_CURE = (
    "Events are taken more evenly without: `sysctl kernel.sched_autogroup_enabled=0` (docs/how-to/grow.md says why and"
    " how to keep it)."
)
NEW_KEY = (
    "remove {keys}/secrets.key, which the next start makes anew, and give the secrets of connections and destinations"
    " again."
)
ROWS_BACK = (
    f"Stop Dialboard and {BACK}; or move rows.duckdb away: what Twilio still has is synced again, and tracker events"
    " are read anew."
)
MAKE_ROOM = "Make room on that disk first: what is kept there is whole, and all goes on when there is room."


class Check(Struct, frozen=True):
    """One thing that was looked at: what was found, and the cure when it is not all right."""

    name: str
    ok: bool
    found: str
    cure: str = ""


class ClockWentBack(DialboardError):
    """An event is of a time that has yet to come."""


class Failed(DialboardError):
    """Something is not as it has to be."""


@click.command()
def check() -> None:
    """Look at configuration, stores, clocks, credentials and free disk; name the cure of whatever is off."""
    found = list(_checks())
    bad = [one for one in found if not one.ok]
    items = [{"name": one.name, "ok": one.ok, "found": one.found, "cure": one.cure} for one in found]
    shown.show({"ok": not bad, "checks": items}, "\n".join(map(_line, found)))
    if bad:
        raise Failed(f"{len(bad)} of {len(found)} checks failed: {', '.join(one.name for one in bad)}.")


def _line(one: Check) -> str:
    cure = f"\n        {one.cure}" if one.cure else ""
    return f"{'ok    ' if one.ok else 'FAILED'}  {one.name}: {one.found}{cure}"


def _checks() -> Iterator[Check]:
    """In order: what follows needs what was before, so a configuration or a folder that is off ends it."""
    from dialboard.control import keys

    try:
        config = asked.config()
    except DialboardError as error:
        yield Check(
            "configuration", False, error.sentence, "Set it anew; docs/reference/settings.md has every setting."
        )
        return
    # A folder that cannot be used has no server, and its check comes next.
    address = running.address(config) if config.data.path.is_dir() else config.url
    yield Check("configuration", True, f"every setting can be used; the world reaches us at {address}")
    if lost := keys.lost(config.data):
        yield _lost_keys(config, lost)
        return
    try:
        asked.prepared()
    except DialboardError as error:
        found, _, cure = error.sentence.rpartition(": ")
        cure = NEWER if isinstance(error, WrittenByNewer) else cure[:1].upper() + cure[1:]
        yield Check("data folder", False, found or error.sentence, cure)
        return
    yield Check("data folder", True, f"{config.data.path} is prepared and writable")
    yield _free_disk(config)
    yield from _processors(config)
    looked = [_looked(name, look, config) for name, look in LOOKS]
    yield from looked
    if not looked[0].ok:  # which holds all that follows
        return
    yield from _connections(config)
    yield from _destinations(config)
    yield _clock()


def _looked(name: str, look: Callable[[Config], str], config: Config) -> Check:
    from django.db import Error as DatabaseError

    from dialboard.control import trouble

    try:
        return Check(name, True, look(config))
    except Exception as error:  # whatever a driver raises, the answer is the same: this store does not work
        if isinstance(error, DialboardError):
            found = error.sentence
        elif isinstance(error, DatabaseError):
            found = trouble.sentence(config, error)
        else:
            found = f"{type(error).__name__}: {first_line(error)}"
        return Check(name, False, found, _cure(config, error, _server_cure(config, name)))


def _server_cure(config: Config, name: str) -> str:
    """What to do about a server that keeps this; "" where the data folder does."""
    servers = {
        "control database": ("DIALBOARD_CONTROL_URL", config.control_url),
        "journal": ("DIALBOARD_JOURNAL_URL", config.journal_url),
        "deliveries": ("DIALBOARD_DELIVERIES_URL", config.deliveries_url),
        "metric store": ("DIALBOARD_STORE_URL", config.store_url),
    }
    setting, url = servers.get(name, ("", None))
    return f"See to the server of {setting}; all goes on when it answers again." if url else ""


def _cure(config: Config, error: Exception, otherwise: str = "") -> str:
    """What to do about an error of a store or a secret."""
    if isinstance(error, WrittenByNewer):
        return NEWER
    if isinstance(error, KeysLost):
        keys = config.data.keys
        return f"{KEYS_BACK.format(keys=keys)} If that is lost: {otherwise or NEW_KEY.format(keys=keys)}"
    if isinstance(error, ClockWentBack):
        return CLOCK_CURE
    if otherwise:
        return otherwise
    if shutil.disk_usage(config.data.path).free < FULL:
        return MAKE_ROOM
    if isinstance(error, StoreError):
        return ROWS_BACK
    return f"Stop Dialboard and {BACK}."


def _lost_keys(config: Config, names: list[str]) -> Check:
    """Nothing is repaired here: the next start makes new keys, and with them old secrets cannot be read."""
    cure = (
        f"{KEYS_BACK.format(keys=config.data.keys)} If that is lost, the next start makes new keys: secrets of"
        " connections and destinations have to be given again, everybody signs in again, and destinations take every"
        " visitor for a new one."
    )
    return Check(
        "keys", False, f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} not in {config.data.keys}", cure
    )


def _free_disk(config: Config) -> Check:
    usage = shutil.disk_usage(config.data.path)
    found = f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.1f} GB are free at {config.data.path}"
    low = usage.free < LEAST_FREE
    cure = "Make room or move the data folder to a larger disk: events are refused when it is full." if low else ""
    return Check("free disk", not low, found, cure)


def _processors(config: Config) -> Iterator[Check]:
    """Whether Linux lets PostgreSQL wait for our background on this machine: advice, which fails nothing."""
    from dialboard import journal

    if journal.has_neighbour(config.journal) and AUTOGROUP.exists() and AUTOGROUP.read_text() != "0\n":
        yield Check("processors", True, "shared by session with PostgreSQL, not by process", AUTOGROUP_CURE)


def _control(config: Config) -> str:
    from dialboard.control.models import Account

    return f"{Account.objects.count()} accounts"


def _keys(config: Config) -> str:
    from dialboard.control import secrets

    secrets.encrypt("anything")
    return f"the key files in {config.data.keys} can be used"


def _accounts() -> list[str]:
    """Nothing while the control database is away, which is named by itself: the others are looked at all the same."""
    from django.db import Error as DatabaseError

    from dialboard.control.models import Account

    try:
        return list(Account.objects.values_list("pk", flat=True))
    except DatabaseError:
        return []


def _journal(config: Config) -> str:
    from dialboard import journal

    accounts = _accounts()
    reader = journal.open_reader(config.journal)
    try:
        reader.last()
        count = sum(reader.balance(account).debited for account in accounts)
        newest = [entry.event.received_at for account in accounts for entry in reader.latest(account, 1)]
    finally:
        reader.close()
    if newest and max(newest) > datetime.now(UTC) + timedelta(seconds=CLOCK_S):
        raise ClockWentBack(
            f"The newest event is of {shown.instant(max(newest))}, which is not yet: the clock went back."
        )
    return f"{count:,} events"


def _deliveries(config: Config) -> str:
    from dialboard.deliver.outcomes import open_outcomes
    from dialboard.shapes.delivery import State

    outcomes = open_outcomes(config.outcomes, read_only=True)
    try:
        counted = [states for account in _accounts() for states in outcomes.counts(account).values()]
    finally:
        outcomes.close()
    sums = {state: sum(states.get(state, 0) for states in counted) for state in State}
    return ", ".join(f"{sums[state]:,} {state}" for state in State)


def _store(config: Config) -> str:
    from dialboard.cli.store import opened

    began = time.monotonic()
    with opened(config) as store:
        store.cursor("", "check")
    where = "the ClickHouse server" if config.store_url else str(config.data.rows)
    return f"{where} answers after {time.monotonic() - began:.1f} s"


LOOKS: tuple[tuple[str, Callable[[Config], str]], ...] = (
    ("control database", _control),
    ("keys", _keys),
    ("journal", _journal),
    ("deliveries", _deliveries),
    ("metric store", _store),
)


def _connections(config: Config) -> Iterator[Check]:
    """Each enabled connection: does Twilio accept its key now?"""
    from dialboard.control import connections
    from dialboard.control.models import Connection

    for row in Connection.objects.filter(enabled=True).select_related("account"):
        name = f"connection {row.account.name}/{row.name}"
        try:
            connections.check(connections.twilio_account(row))
        except TooManyRequests as error:
            yield Check(name, True, f"not known now: {error.sentence}")
        except DialboardError as error:
            connections.note_problem(row, error.sentence)
            yield Check(name, False, error.sentence, _cure(config, error, _connection_cure(error)))
        else:
            connections.note_problem(row, "")
            yield Check(name, True, "Twilio accepts its key")


def _connection_cure(error: DialboardError) -> str:
    if isinstance(error, KeysLost):
        return "remove the connection and add it again with its API Key Secret; its rows stay."
    if isinstance(error, NoAnswer):
        return "Look at this machine's network, name server and firewall; what is missing is fetched once it answers."
    return "If the key was deleted, make one in Twilio's Console and add it."


def _destinations(config: Config) -> Iterator[Check]:
    """Each enabled destination: are its settings whole and its secret readable? Nothing is sent."""
    from dialboard.control import destinations, publish
    from dialboard.control.models import Destination

    for row in Destination.objects.filter(enabled=True).select_related("account"):
        name = f"destination {row.account.name}/{row.name}"
        try:
            destinations.kind_of(row.kind).check(publish.in_the_clear(row))
        except DialboardError as error:
            lost = "remove the destination and add it again with its secret."
            settings = "Remove it and add it anew with the right settings."
            cure = _cure(config, error, lost if isinstance(error, KeysLost) else settings)
            yield Check(name, False, error.sentence, cure)
        else:
            yield Check(name, True, "its settings are whole")


def _clock() -> Check:
    """Ours against the world's: the Date of Twilio's answers, where there is a connection to ask."""
    from dialboard.control.models import Connection
    from dialboard.outbound.http import Client, Limits

    row = Connection.objects.filter(enabled=True).first()
    if row is None:
        return Check("clock", True, f"{shown.instant(datetime.now(UTC))}; there is no connection to compare it with")
    address = row.base_url or "https://api.twilio.com"
    try:
        with Client(allow_private=bool(row.base_url), limits=Limits(total_timeout_s=10)) as client:
            theirs = parsedate_to_datetime(client.get(address, cut=True).headers["date"])
    except (DialboardError, KeyError, ValueError):
        return Check("clock", True, f"{shown.instant(datetime.now(UTC))}; nobody answered to compare it with")
    off = abs((datetime.now(UTC) - theirs.astimezone(UTC)).total_seconds())
    cure = CLOCK_CURE if off > CLOCK_S else ""
    return Check("clock", off <= CLOCK_S, f"{off:.0f} s apart from {row.name}'s", cure)
