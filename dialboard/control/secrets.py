"""Foreign secrets (API keys of Twilio and of destinations), encrypted with a key that lies outside every database."""

from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.db import transaction

from dialboard.control import active_config, keys
from dialboard.errors import KeysLost


def encrypt(secret: str) -> str:
    """The text that may rest in a database. An empty secret stays empty."""
    return _cipher().encrypt(secret.encode()).decode() if secret else ""


def decrypt(encrypted: str) -> str:
    """The secret in the clear. Raises KeysLost when it was encrypted with a key that is not here."""
    if not encrypted:
        return ""
    with _key_needed():
        return _cipher().decrypt(encrypted.encode()).decode()


def rotate() -> int:
    """Encrypts every secret anew with a new key and forgets the old ones; returns how many there were.

    1. put the new key in front of the old ones, so that from here on both are read
    2. encrypt all secrets anew, in one transaction
    3. forget the old keys; a crash before leaves more keys than needed and nothing unreadable
    """
    folder = active_config().data
    path = folder.keys / keys.SECRETS
    new = Fernet.generate_key()
    keys.write(path, b"\n".join([new, *keys.read_secret_keys(folder)]).decode())
    count = _encrypt_all_anew()
    keys.write(path, new.decode())
    return count


def _encrypt_all_anew() -> int:
    from dialboard.control.models import Connection, Destination

    cipher = _cipher()
    count = 0
    with transaction.atomic():
        for model in (Connection, Destination):
            for row in model.objects.exclude(secret_encrypted="").select_for_update():
                with _key_needed():
                    row.secret_encrypted = cipher.rotate(row.secret_encrypted.encode()).decode()
                row.save(update_fields=["secret_encrypted"])
                count += 1
    return count


@contextmanager
def _key_needed() -> Iterator[None]:
    try:
        yield
    except InvalidToken as error:
        path = active_config().data.keys / keys.SECRETS
        raise KeysLost(
            f"A stored secret was encrypted with a key that is not in {path}: bring that file back from a backup,"
            " or give the secret again."
        ) from error


def _cipher() -> MultiFernet:
    # Read each time: 0.1 ms, and a running process follows a rotation at once.
    try:
        return MultiFernet([Fernet(key) for key in keys.read_secret_keys(active_config().data)])
    except ValueError as error:
        path = active_config().data.keys / keys.SECRETS
        raise KeysLost(f"The key file {path} is damaged: bring it back from a backup.") from error
