"""Keeping personal data from destinations: telephone numbers, e-mail addresses, zip codes, texts of messages."""

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode

NUMBER = "[number]"
EMAIL = "[email]"
ZIP = "[zip]"

_SHORTEST_ZIP = 4  # characters; a shorter one would be found in every other path

# 10 to 15 digits in one run, 7 or more after a plus, or the North American way of writing with separators.
# A Twilio SID has longer runs of letters and digits around any digits it contains, so it is not touched.
_NUMBERS = re.compile(
    r"(?<![A-Za-z0-9_])(?:\+\s?\d(?:[\s.\-()]{0,2}\d){6,14}|\d{10,15}|(?:1[\s.\-])?\(?\d{3}\)?[\s.\-]\s?\d{3}[\s.\-]\d{4})"
    r"(?![A-Za-z0-9_])"
)
_EMAILS = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")

# What Twilio puts into the address of a handler that it asks by GET: who called, what they wrote, where they live.
_PERSONAL = frozenset(
    "from to caller called callername forwardedfrom body zip fromzip tozip callerzip calledzip".split()
)


def mask(text: str) -> str:
    """The text with every telephone number and e-mail address replaced."""
    return _NUMBERS.sub(NUMBER, mask_email(text))


def mask_email(text: str) -> str:
    """The text with every e-mail address replaced; for names that may be our own telephone number."""
    return _EMAILS.sub(EMAIL, text)


def mask_zip(text: str | None, zip_code: str) -> str | None:
    """The text without that zip code, wherever a sender put it a second time; None for None."""
    if not text or len(zip_code.strip()) < _SHORTEST_ZIP:
        return text
    return re.sub(rf"(?<![A-Za-z0-9]){re.escape(zip_code.strip())}(?![A-Za-z0-9])", ZIP, text)


def mask_address(address: str) -> str:
    """The same for a path or a whole address, percent-encoded or not; personal parameters of Twilio are left out."""
    place, mark, query = address.partition("#")[0].partition("?")
    masked = quote(mask(unquote(place)), safe="/:[]()@!$&'*+,;=~")
    pairs = [(name, mask(value)) for name, value in parse_qsl(query, keep_blank_values=True) if not _is_personal(name)]
    return masked + (f"?{urlencode(pairs, safe='[]/:')}" if mark and pairs else "")


def _is_personal(name: str) -> bool:
    return name.lower() in _PERSONAL or mask(name) != name
