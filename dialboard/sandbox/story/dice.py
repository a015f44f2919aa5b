"""Chance that is always the same: bytes of a keyed hash, by the kind and number of a record."""

import hashlib
import struct
from collections.abc import Sequence
from math import exp
from statistics import NormalDist
from typing import NamedTuple, TypeVar

_UNPACK = struct.Struct("<8s12I").unpack
_INVERSE = NormalDist().inv_cdf
_SCALE = 2.0**-32

Item = TypeVar("Item")


class Throw(NamedTuple):
    """24 hex digits for a SID and twelve fractions of 0 <= x < 1."""

    sid: str
    fractions: list[float]


class Dice:
    def __init__(self, seed: int, kind: str) -> None:
        self._hash = hashlib.blake2b(key=f"dialboard/{seed}/{kind}".encode(), digest_size=60)
        self.mask = int.from_bytes(hashlib.blake2b(f"{seed}/{kind}".encode(), digest_size=4).digest(), "big")

    def throw(self, number: int) -> Throw:
        hash_ = self._hash.copy()
        hash_.update(b"%d" % number)
        digest = hash_.digest()
        _, *words = _UNPACK(digest[:56])
        return Throw(digest[-12:].hex(), [word * _SCALE for word in words])

    def chance(self, number: int) -> float:
        return self.throw(number).fractions[0]

    def sid(self, prefix: str, throw: Throw, number: int) -> str:
        """34 characters. The last eight hide the record's number, so that a SID alone finds its record."""
        return f"{prefix}{throw.sid}{number ^ self.mask:08x}"

    def number(self, sid: str) -> int | None:
        """The number of the record with that SID; None when it is not one of ours."""
        try:
            number = int(sid[-8:], 16) ^ self.mask
        except ValueError:
            return None
        return number if self.throw(number).sid == sid[2:-8] else None


def pick(items: Sequence[Item], fraction: float) -> Item:
    return items[int(fraction * len(items))]


def log_normal(fraction: float, median: float, sigma: float) -> float:
    return median * exp(sigma * _INVERSE(min(max(fraction, 1e-9), 1 - 1e-9)))
