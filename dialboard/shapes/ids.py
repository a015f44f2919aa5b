"""Public ids: random, with a prefix that tells what they name."""

import secrets
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
