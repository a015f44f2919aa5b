"""Who may tell us something: the pair authId and authToken."""

import hashlib
import hmac

from dialboard.shapes.event import Sender, Snapshot

# Compared against when the authId is unknown, so that it takes as long as when it is known.
_NOBODY = Sender("", bytes(32))


def hash_token(auth_token: str) -> bytes:
    """The SHA-256 of the token, 32 bytes. A plain hash is enough: tokens are 32 random bytes, nobody guesses them."""
    return hashlib.sha256(auth_token.encode()).digest()


def find_account(snapshot: Snapshot, auth_id: str, auth_token: str) -> str | None:
    """The credential's account; None when it is unknown, revoked or the token is another. Compares in constant time."""
    sender = snapshot.senders.get(auth_id, _NOBODY)
    is_same = hmac.compare_digest(hash_token(auth_token), sender.token_hash)
    return sender.account if is_same and sender is not _NOBODY else None
