"""Ids of visitors for destinations that count people: always the same for the same visitor, telling nothing of them."""

import hashlib
import re
from datetime import datetime

_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
# What Google Analytics makes itself: a number of 31 bits, and when the visitor came, in Unix seconds. A telephone
# number with a period is none: a country's code is shorter, and what follows an area code is no time since 2001.
# In its cookie the same pair stands behind a version: GA1.1.1234567890.1700000000.
_CLIENT = re.compile(r"(?P<cookie>GA1\.\d(?:-\d)?\.)?(?P<id>(?P<number>[1-9]\d{3,9})\.1\d{9})", re.ASCII)
_NORTH_AMERICAN = re.compile(r"[2-9]\d{2}[2-9]\d{6}")


def client_id(visitor: str, key: str) -> str:
    """Two positive numbers joined by a period, as Google wants its client ids.

    A client id, or the value of a `_ga` cookie, passes through, so that a call joins the visit of its caller. Anything
    else is hashed under `key`: without it nobody can try telephone numbers until one fits. So is one in twenty of the
    client ids, those that may be a telephone number of area codes 201 to 214, unless the whole cookie was given.
    Source: developers.google.com/analytics/devguides/collection/protocol/ga4/reference, read 2026-11.
    """
    found = _CLIENT.fullmatch(visitor)
    if found and int(found["number"]) < 2**31 and (found["cookie"] or not _NORTH_AMERICAN.fullmatch(found["number"])):
        return found["id"]
    return f"{_number(visitor, key, 'who', 1, 2**31)}.{_number(visitor, key, 'since', 10**9, 2 * 10**9)}"


def session_id(visitor: str, key: str, at: datetime) -> str:
    """Ten digits that look like a time. A call or message is one session; another visitor has one a day (UTC)."""
    about = visitor if _SID.fullmatch(visitor) else f"{visitor} {at:%Y-%m-%d}"
    return str(_number(about, key, "session", 10**9, 2 * 10**9))


def _number(text: str, key: str, use: str, low: int, high: int) -> int:
    digest = hashlib.blake2b(text.encode(), key=_key(key), person=use.encode(), digest_size=8).digest()
    return low + int.from_bytes(digest, "big") % (high - low)


def _key(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=32).digest()
