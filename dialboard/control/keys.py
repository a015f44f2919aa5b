"""The key files of a data folder: made once, 0600, outside every database.

keys/secrets.key    encrypts foreign secrets; one key a line, the newest first
keys/session.key    signs sessions and sign-in links
keys/visitors.key   turns what names a visitor into the number that a destination is told; never changed, for with
                    another key every visitor would be a new one
"""

import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet

from dialboard.config import DataFolder
from dialboard.errors import KeysLost

SECRETS, SESSION, VISITORS = "secrets.key", "session.key", "visitors.key"
ALL = (SECRETS, SESSION, VISITORS)


def make(folder: DataFolder) -> None:
    """Makes the keys that are not there yet. Call it under the folder's lock."""
    folder.keys.mkdir(mode=0o700, exist_ok=True)
    if not (folder.keys / SECRETS).exists():
        write(folder.keys / SECRETS, Fernet.generate_key().decode())
    for name in (SESSION, VISITORS):
        if not (folder.keys / name).exists():
            write(folder.keys / name, secrets.token_urlsafe(48))


def lost(folder: DataFolder) -> list[str]:
    """The names of the keys that a folder in use does not have; nothing for a folder that has yet to be prepared."""
    return [name for name in ALL if not (folder.keys / name).exists()] if folder.version.exists() else []


def write(path: Path, text: str) -> None:
    """Replaces the file at once, or leaves the old one: a key half written locks every secret away."""
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def visitor_key(folder: DataFolder, account: str) -> str:
    """The account's own key, so that nobody can tell that two accounts have the same visitor. "" when its file is away:
    then a destination makes do with what it has."""
    try:
        key = (folder.keys / VISITORS).read_bytes().strip()
    except OSError:
        return ""
    return hmac.new(key, account.encode(), "sha256").hexdigest()


def read_secret_keys(folder: DataFolder) -> list[bytes]:
    """The keys of foreign secrets, newest first. Raises KeysLost when the file is away or broken."""
    path = folder.keys / SECRETS
    try:
        keys = path.read_text().split()
    except OSError as error:
        raise KeysLost(
            f"The key of the stored secrets cannot be read from {path} ({error.strerror}): bring it back from a backup."
        ) from error
    if not keys:
        raise KeysLost(f"The key file {path} is empty: bring it back from a backup.")
    return [key.encode() for key in keys]
