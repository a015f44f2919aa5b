"""The data folder: made, versioned, and brought up to this program.

version.json says {"version": 1, "program": ..., "fits": ...}. `version` grows when an older program could not read the
folder any more. `fits` sums up everything a migration depends on: while it is the same, nothing has to be looked at.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dialboard import __version__
from dialboard.config import Config, DataFolder
from dialboard.control import keys, setup, trouble
from dialboard.errors import DataFolderError, WrittenByNewer

VERSION = 1

_PREPARING = 7046029254386353132  # any number, as long as nobody else locks it

# What may lie in a folder that has no version.json yet: a first start that was killed left it.
OURS = (
    "keys",
    "control.db",
    "events.db",
    "deliveries.db",
    "rows.",
    "pages.",
    "prepare.lock",
    "run",
    "log",
    "lost+found",
)


def prepare(config: Config) -> None:
    """Makes the folder, its keys and every database, or brings them up to this program; then Django is set up.

    Idempotent and quick when there is nothing to do. Raises DataFolderError, with the cure.
    """
    _make(config.data)
    read_version(config.data)
    if not _fits(config):
        with _locked(config.data):
            if not _fits(config):  # another command may have done it meanwhile
                _bring_up(config)
    setup(config)


def _bring_up(config: Config) -> None:
    """1. check again, under the lock  2. keys  3. copy what an older program left  4. migrate  5. note that all fits.

    Killed in between, the next start does it all again: every step may be repeated.
    """
    noted = read_version(config.data)
    keys.make(config.data)
    setup(config)
    if noted and noted.get("program") != __version__:
        _copy_aside(config, str(noted.get("program", "unknown")))
    _migrate(config)
    for file in filter(Path.is_file, config.data.path.iterdir()):
        file.chmod(0o600)  # SQLite gives what it makes beside a file (-wal, -shm) the same rights
    keys.write(config.data.version, json.dumps({"version": VERSION, "program": __version__, "fits": _sum(config)}))


def _migrate(config: Config) -> None:
    from django.core.management import call_command

    from dialboard import journal
    from dialboard.deliver import outcomes

    with trouble.translated(config), _alone_on_the_server(config):
        call_command("migrate", verbosity=0, interactive=False)
        journal.migrate(config.journal)
        outcomes.migrate(config.outcomes)


@contextmanager
def _alone_on_the_server(config: Config) -> Iterator[None]:
    """One machine at a time: each has a data folder of its own, whose lock does not keep the others away. The lock ends
    with its connection, however this process ends."""
    from django.db import connection

    if config.control_url is None:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_PREPARING])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_PREPARING])


def read_version(folder: DataFolder) -> dict[str, Any] | None:
    """What version.json says; None when there is none. Raises DataFolderError for a newer or a damaged one."""
    try:
        noted = json.loads(folder.version.read_text())
        version = int(noted["version"])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataFolderError(
            f"{folder.version} cannot be read ({error.strerror}): run Dialboard as the user whose file it is."
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise DataFolderError(f"{folder.version} is damaged: restore a backup into an empty folder.") from error
    if version > VERSION:
        raise WrittenByNewer(
            f"The data folder {folder.path} is of version {version} and this Dialboard {__version__} reads up to"
            f" {VERSION}: upgrade Dialboard, or restore an older backup into an empty folder."
        )
    return dict(noted)


def _fits(config: Config) -> bool:
    noted = read_version(config.data)
    if noted is None or noted.get("fits") != _sum(config):
        return False
    # A file that is gone is made again; a database on a server is trusted to be where it was.
    embedded = (
        (config.control_url, config.data.control),
        (config.journal_url, config.data.events),
        (config.deliveries_url, config.data.deliveries),
    )
    files = [path for url, path in embedded if url is None]
    files += [config.data.keys / name for name in keys.ALL]
    return all(file.exists() for file in files)


def _sum(config: Config) -> str:
    migrations = sorted(path.name for path in (Path(__file__).parent / "migrations").glob("0*.py"))
    parts = [__version__, *migrations, config.control_url, config.journal_url, config.deliveries_url]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _make(folder: DataFolder) -> None:
    try:
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        strangers = _strangers(folder)
    except OSError as error:
        raise DataFolderError(_unusable(folder, error)) from error
    if strangers:
        raise DataFolderError(
            f"{folder.path} is no data folder of Dialboard, and not empty (it holds {strangers[0]!r}):"
            " give another --data."
        )
    if not os.access(folder.path, os.R_OK | os.W_OK | os.X_OK):
        raise DataFolderError(f"The data folder {folder.path} is not writable for this user: give another --data.")
    if folder.path.stat().st_uid == os.geteuid() and folder.path.stat().st_mode & 0o077:
        folder.path.chmod(0o700)


def _strangers(folder: DataFolder) -> list[str]:
    """Names that are not ours, in a folder without a version."""
    if folder.version.exists():
        return []
    return sorted(entry.name for entry in folder.path.iterdir() if not entry.name.startswith(OURS))


def _unusable(folder: DataFolder, error: OSError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"The data folder {folder.path} cannot be made: a file of that name is in the way. Give another --data."
    return f"The data folder {folder.path} cannot be used ({error.strerror}): give another --data."


@contextmanager
def _locked(folder: DataFolder) -> Iterator[None]:
    """One at a time: two first commands at once would both migrate."""
    try:
        file = (folder.path / "prepare.lock").open("w")
    except OSError as error:
        raise DataFolderError(_unusable(folder, error)) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _copy_aside(config: Config, program: str) -> None:
    """Copies every file of an older program into `before-upgrade-...`, in the folder itself.

    Raises DataFolderError while a server of the older program still runs.
    """
    from dialboard import store

    if store.is_serving(str(config.data.rows_socket)):
        raise DataFolderError(f"An older Dialboard still serves {config.data.path}: stop it before the upgrade.")
    from dialboard.control import backup

    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S")
    aside = config.data.path / f"before-upgrade-from-{program}-{stamp}"
    aside.mkdir(mode=0o700)
    backup.copy_databases(config, aside)
    backup.copy_rows_at_rest(config, aside)
