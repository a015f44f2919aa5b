"""One archive of a data folder, made while it serves, and the way back into an empty folder.

    manifest.json     what is in it, with a SHA-256 of each file
    deliveries.db     copied before events.db: a restored Dialboard may send an event again, but never skips one
    events.db         the journal
    control.db        what people decided
    rows.duckdb       rows and coverage
    version.json      the folder's version

The keys are apart and only where they are asked for: the archive alone reveals no secret of others. What rests on a
server (PostgreSQL, ClickHouse) has its own tools; the manifest names it under `elsewhere`.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from dialboard import __version__
from dialboard.config import Config, DataFolder
from dialboard.control import folder, keys
from dialboard.errors import DataFolderError, UsageError
from dialboard.store.door import Store

MANIFEST = "manifest.json"
PARTS = ("deliveries.db", "events.db", "control.db", "rows.duckdb", "version.json")
KEYS = keys.ALL


class Archive(Struct, frozen=True):
    """What a backup holds, and which parts rest on a server instead."""

    file: Path
    size: int  # bytes
    parts: list[str]
    elsewhere: list[str]


def write(config: Config, file: Path, store: Store | None, *, keys_file: Path | None = None) -> Archive:
    """Writes the archive, and the keys into their own one. `store` is the embedded one, None when rows are elsewhere.

    Raises UsageError when a file is in the way, DataFolderError when a copy is damaged or the disk is full.
    """
    if keys_file and keys_file.resolve() == file.resolve():
        raise UsageError("--with-keys: give another file than the archive's; the keys are kept apart.")
    _check_target(file, config.data, PARTS)
    if keys_file:
        _check_target(keys_file, config.data, KEYS)
    try:
        archive = _write(config, file, store)
        if keys_file:
            _pack(keys_file, [config.data.keys / name for name in KEYS], elsewhere=[])
    except OSError as error:
        raise DataFolderError(f"The backup could not be written ({error.strerror or error}).") from error
    return archive


def _write(config: Config, file: Path, store: Store | None) -> Archive:
    # Beside the archive and not in the system's temporary folder, which is often small and in memory.
    with tempfile.TemporaryDirectory(prefix=".dialboard-backup-", dir=file.absolute().parent) as place:
        copies = copy_databases(config, Path(place))
        if store is not None:
            store.backup(str(Path(place) / "rows.duckdb"))
            copies.append(Path(place) / "rows.duckdb")
        copies.append(Path(shutil.copy2(config.data.version, place)))
        elsewhere = [name for name in PARTS if name not in {copy.name for copy in copies}]
        _pack(file, copies, elsewhere)
    return Archive(file, file.stat().st_size, [copy.name for copy in copies], elsewhere)


def copy_databases(config: Config, place: Path) -> list[Path]:
    """Consistent, checked copies of the embedded databases but the rows, in the order that loses nothing."""
    from dialboard import journal
    from dialboard.deliver import outcomes

    def deliveries(to: str) -> None:
        opened = outcomes.open_outcomes(config.outcomes)
        try:
            opened.backup(to)
        finally:
            opened.close()

    embedded: list[tuple[str | None, str, Callable[[str], None]]] = [
        (config.deliveries_url, "deliveries.db", deliveries),
        (config.journal_url, "events.db", lambda to: journal.backup(config.journal, to)),
        (config.control_url, "control.db", _copy_control),
    ]
    copies = []
    for url, name, copy in embedded:
        if url is None and (config.data.path / name).exists():
            copy(str(place / name))
            _check(place / name)
            copies.append(place / name)
    return copies


def copy_rows_at_rest(config: Config, place: Path) -> None:
    """Copies the rows' files while no process has them open."""
    for file in config.data.path.glob(config.data.rows.name + "*"):
        shutil.copy2(file, place)


def restore(config: Config, file: Path, *, keys_file: Path | None = None) -> Archive:
    """Brings the archive back into an empty data folder, checks every file, and leaves the folder empty on failure.

    Raises DataFolderError for a folder that holds something, an archive of a newer version or a damaged one.
    """
    _check_empty(config.data)
    manifest = _read_manifest(file)
    _check_holds(file, manifest, PARTS)
    key_manifest = _read_manifest(keys_file) if keys_file else None
    if keys_file and key_manifest:
        _check_holds(keys_file, key_manifest, KEYS)
    config.data.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        # The version comes last: a folder without one was not restored to its end.
        _unpack(file, manifest, PARTS, config.data.path)
        if keys_file and key_manifest:
            config.data.keys.mkdir(mode=0o700)
            _unpack(keys_file, key_manifest, KEYS, config.data.keys)
        folder.prepare(config)
    except BaseException:
        _empty(config.data)
        raise
    return Archive(file, file.stat().st_size, list(manifest["files"]), list(manifest["elsewhere"]))


def _copy_control(to: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [to])


def _check(copy: Path) -> None:
    """Raises DataFolderError when SQLite finds the copy damaged. Through Django, which control has for a driver."""
    from django.db import connections
    from django.db.utils import DatabaseError, load_backend

    wanted = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(copy)}
    described = connections.configure_settings({"default": {}, "copy": wanted})["copy"]
    database = load_backend(described["ENGINE"]).DatabaseWrapper(described, "copy")
    try:
        with database.cursor() as cursor:
            cursor.execute("PRAGMA quick_check")
            found = cursor.fetchone()[0]
    except DatabaseError as error:
        found = str(error)
    finally:
        database.close()
    if found != "ok":
        raise DataFolderError(f"{copy.name} is damaged ({found}): bring it back from an earlier backup.")


def _check_target(file: Path, data: DataFolder, known: tuple[str, ...]) -> None:
    """An earlier one with the same in it and an empty file may be replaced; nothing else may."""
    if file.is_dir() or not file.absolute().parent.is_dir():
        raise UsageError(f"{file} cannot be written: give a file in a folder that is there.")
    if file.absolute().resolve().is_relative_to(data.path.resolve()):
        raise UsageError(f"{file} is inside the data folder: keep the backup elsewhere.")
    if file.exists() and not file.is_file():
        raise UsageError(f"{file} is no file but a device or a pipe: give a file in a folder that is there.")
    if file.exists() and file.stat().st_size and not _holds(file, known):
        what = "backup" if known is PARTS else "file of the keys"
        raise UsageError(f"{file} is there already and is no {what} of Dialboard: give another name.")


def _holds(file: Path, known: tuple[str, ...]) -> bool:
    try:
        _check_holds(file, _read_manifest(file), known)
    except DataFolderError:
        return False
    return True


def _pack(file: Path, parts: list[Path], elsewhere: list[str]) -> None:
    """Writes the archive under another name and renames it: a file of its name is whole."""
    partial = file.with_name(file.name + ".partial")
    manifest = {
        "product": "dialboard",
        "version": folder.VERSION,
        "program": __version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": {part.name: {"sha256": _sha256(part), "bytes": part.stat().st_size} for part in parts},
        "elsewhere": elsewhere,
    }
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            with tarfile.open(fileobj=out, mode="w") as archive:
                _add_text(archive, MANIFEST, json.dumps(manifest, indent=2))
                for part in parts:
                    archive.add(part, part.name, filter=_anonymous)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Who made the backup on which machine is nobody's business."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text.encode())
    member.mode = 0o600
    archive.addfile(member, io.BytesIO(text.encode()))


def _read_manifest(file: Path) -> dict[str, Any]:
    """Raises DataFolderError when it is no backup, or one of a newer version."""
    try:
        with tarfile.open(file, "r:") as archive:
            first = archive.next()
            content = archive.extractfile(first) if first and first.name == MANIFEST else None
            manifest = json.loads(content.read()) if content else {}
    except FileNotFoundError as error:
        raise DataFolderError(f"There is no file {file}.") from error
    except (OSError, tarfile.TarError, ValueError) as error:
        raise DataFolderError(f"{file} is no backup of Dialboard, or damaged.") from error
    if not isinstance(manifest, dict) or manifest.get("product") != "dialboard":
        raise DataFolderError(f"{file} is no backup of Dialboard, or damaged.")
    if not isinstance(manifest.get("version"), int) or not isinstance(manifest.get("files"), dict):
        raise DataFolderError(f"{file} is damaged: its manifest does not say what it holds.")
    if manifest["version"] > folder.VERSION:
        raise DataFolderError(
            f"{file} was written by Dialboard {manifest.get('program')}, which is newer than this one ({__version__}):"
            " upgrade Dialboard first."
        )
    return dict(manifest)


def _check_holds(file: Path, manifest: dict[str, Any], known: tuple[str, ...]) -> None:
    """The archive and the one of its keys look alike from outside."""
    if not any(name in manifest["files"] for name in known):
        there = ", ".join(manifest["files"]) or "nothing"
        raise DataFolderError(f"{file} holds {there} and none of {', '.join(known)}: were the two files mixed up?")


def _unpack(file: Path, manifest: dict[str, Any], known: tuple[str, ...], place: Path) -> None:
    """Only names that we know, whatever the archive holds; each must be what the manifest says it is."""
    with _whole(file), tarfile.open(file, "r:") as archive:
        for name in [name for name in known if name in manifest["files"]]:
            try:
                content = archive.extractfile(name)
            except KeyError:
                content = None
            if content is None:
                raise DataFolderError(f"{file} is damaged: {name} is missing.")
            with (place / name).open("xb") as out:
                os.chmod(out.fileno(), 0o600)
                shutil.copyfileobj(content, out, 1 << 20)
                out.flush()
                os.fsync(out.fileno())
            if _sha256(place / name) != manifest["files"][name]["sha256"]:
                raise DataFolderError(f"{file} is damaged: {name} is not what was backed up.")


@contextlib.contextmanager
def _whole(file: Path) -> Iterator[None]:
    """Says so when the archive ends before its end, as one does whose copy was broken off."""
    try:
        yield
    except tarfile.TarError as error:
        raise DataFolderError(f"{file} is damaged: it is cut off. Copy it again, or take another backup.") from error


def _check_empty(data: DataFolder) -> None:
    if data.path.is_dir() and any(entry.name != "lost+found" for entry in data.path.iterdir()):
        raise DataFolderError(f"{data.path} is not empty: restore into a new folder, and keep this one until it works.")
    if data.path.exists() and not data.path.is_dir():
        raise DataFolderError(f"{data.path} is a file: give another --data.")


def _empty(data: DataFolder) -> None:
    for entry in data.path.iterdir():
        if entry.name == "lost+found":
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
