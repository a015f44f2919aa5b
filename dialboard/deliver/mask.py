"""Keeping personal data from destinations: telephone numbers, e-mail addresses, zip codes, texts of messages."""

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode

NUMBER = "[number]"
EMAIL = "[email]"
ZIP = "[zip]"

_SHORTEST_ZIP = 4  # characters; a shorter one would be found in every other path

# 7 or more digits after a plus, 10 to 15 in one run, the North American way of writing with separators, or 10 and more
# with separators that begin with 0, as most of the world writes a number at home. Letters may touch them. A Twilio SID
# is no number, whatever digits it holds.
_SID = r"(?<![A-Za-z0-9])[A-Z]{2}[0-9a-f]{32}(?![A-Za-z0-9])"
_NUMBERS = re.compile(
    rf"(?P<sid>{_SID})|(?<!\d)(?:\+\s?\d(?:[\s.\-/()]{{0,2}}\d){{6,14}}|\d{{10,15}}"
    r"|(?:1[\s.\-/])?\(?\d{3}\)?[\s.\-/]\s?\d{3}[\s.\-/]\d{4}"
    r"|\(?0\d(?:[\s.\-/()]{0,2}\d){8,12})(?!\d)"
)
_DEEPEST = 3  # times that an address within an address may be percent-encoded
_EMAILS = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")

# What Twilio puts into the address of a handler that it asks by GET: who called, what they wrote, where they live.
_PERSONAL = frozenset(
    "from to caller called callername forwardedfrom body zip fromzip tozip callerzip calledzip".split()
)


def mask(text: str) -> str:
    """The text with every telephone number and e-mail address replaced."""
    return _NUMBERS.sub(lambda found: found["sid"] or NUMBER, mask_email(text))


def mask_email(text: str) -> str:
    """The text with every e-mail address replaced; for names that may be our own telephone number."""
    return _EMAILS.sub(EMAIL, text)


def mask_zip(text: str | None, zip_code: str) -> str | None:
    """The text without that zip code, wherever a sender put it a second time; None for None."""
    letters = re.sub(r"[\s\-]", "", zip_code)
    if not text or len(letters) < _SHORTEST_ZIP:
        return text
    return re.sub(rf"(?:(?<![A-Za-z0-9])|(?<=%20)){_however_written(letters)}(?![A-Za-z0-9])", ZIP, text, flags=re.I)


def _however_written(letters: str) -> str:
    """A pattern of a zip code with and without spaces and hyphens; of a ZIP+4 the five digits alone as well."""
    between = r"(?:[\s+\-]|%20)?"
    if re.fullmatch(r"\d{9}", letters):
        return f"{letters[:5]}(?:{between}{letters[5:]})?"
    return between.join(map(re.escape, letters))


def mask_address(address: str) -> str:
    """The same for a path or a whole address, percent-encoded or not; personal parameters of Twilio are left out."""
    place, mark, query = address.partition("#")[0].partition("?")
    masked = quote(_mask_deep(unquote(place)), safe="/:[]()@!$&'*+,;=~")
    given = parse_qsl(query, keep_blank_values=True)
    pairs = [(name, _mask_deep(value)) for name, value in given if not _is_personal(name)]
    return masked + (f"?{urlencode(pairs, safe='[]/:')}" if mark and pairs else "")


def _mask_deep(text: str) -> str:
    """An address within an address is encoded again; it is left as it is where that hides nothing."""
    deep = text
    for _ in range(_DEEPEST):
        deep = unquote(deep)
    masked = mask(deep)
    return masked if masked != deep else text


def _is_personal(name: str) -> bool:
    return name.lower() in _PERSONAL or mask(name) != name
