"""Public ids: random, with a prefix that tells what they name."""

import itertools
import secrets
import time
from functools import lru_cache
from typing import Literal

# acc account · crd credential · con connection · dst destination · evt event · ord order · brd board
# til tile · grt grant of tokens · usr person
Prefix = Literal["acc", "crd", "con", "dst", "evt", "ord", "brd", "til", "grt", "usr"]

# Crockford's base 32 in lower case: no i, l, o, u, so an id survives being read aloud.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: Prefix) -> str:
    """A new id such as `acc_7k3v9q0x2m4n8p5r`: 16 characters, 80 random bits."""
    number = secrets.randbits(80)
    return prefix + "_" + "".join(_ALPHABET[(number >> shift) & 31] for shift in range(0, 80, 5))


_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_numbers = itertools.count(secrets.randbits(30))


def new_event_id() -> str:
    """A new id such as `evt_01jd9w3k4m7q2x8c` that sorts by its time: ten characters of milliseconds since 1970, six of
    a number that begins anywhere and goes up by one.

    Because they sort, the journal's index of event keys grows at its end: keeping an event touches a third of the pages
    that random ids would touch. Because the number only goes up, a process never gives the same id twice; two processes
    would have to meet in a millisecond and a number out of a thousand million.
    """
    number = next(_numbers)
    return (
        _moment(time.time_ns() // 1_000_000)
        + _PAIRS[number >> 20 & 1023]
        + _PAIRS[number >> 10 & 1023]
        + _PAIRS[number & 1023]
    )


@lru_cache(maxsize=1)
def _moment(ms: int) -> str:
    """The beginning of all ids of one millisecond."""
    return "evt_" + "".join([_PAIRS[ms >> shift & 1023] for shift in (40, 30, 20, 10, 0)])
