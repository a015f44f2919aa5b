"""Keeping personal data from destinations: telephone numbers, e-mail addresses, zip codes, texts of messages.

Every function takes the zip code of the event, "" where there is none: none can be called without a thought of it.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode

NUMBER = "[number]"
EMAIL = "[email]"
ZIP = "[zip]"

_DEEPEST = 5  # times that a text within a text may be percent-encoded
_ENCODED = re.compile("%[0-9A-Fa-f]{2}")
_SHORTEST_ZIP = 3  # letters and digits: no country has shorter codes

# A Twilio SID or a UUID is neither a number nor a zip code, whatever digits it holds.
_UUID = "-".join(rf"[0-9A-Fa-f]{{{length}}}" for length in (8, 4, 4, 4, 12))
_SID = rf"(?P<sid>(?<![A-Za-z0-9])(?:[A-Z]{{2}}[0-9a-f]{{32}}|{_UUID})(?![A-Za-z0-9]))"
# Hyphens of any length, and what nobody sees: soft hyphens, blanks without width, marks of the writing direction.
_DASHES = r"\-\u00ad\u200b-\u2015\u202a-\u202e\u2060\u2212\ufeff"
_GAP = rf"[\s._/()+\u00b7{_DASHES}]{{0,3}}"  # between two digits of a number; a plus is a blank of a form

# What stands right behind a number counts as its part: otherwise half of a second one would be told.
_AFTER_PLUS = rf"\+{_GAP}\d(?:{_GAP}\d){{6,}}"  # 7 digits or more
_AT_HOME = rf"\(?0(?:\)\s?)?\d(?:{_GAP}\d){{8,}}"  # 10 digits or more from a 0 on, as most of the world writes it
_RUN = r"\d{10,15}"
_SPELLED = r"\d(?:[\s\-.,]\d){9,14}"  # digit by digit, as a handler has them said
_NORTH_AMERICAN = rf"(?:1{_GAP})?(?:\(\d{{3}}\)|\d{{3}}){_GAP}\d{{3}}{_GAP}\d{{4}}"

# 01.12.2026 and 2026/01/12 begin no number, nor does a part of them that begins with 0.
_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_TO = r"[./\-]"
_DATES = (
    rf"(?:{_DAY}{_TO}|(?<=\d\d{_TO})){_DAY}{_TO}(?:19|20)\d\d(?!\d)",
    rf"(?<=20\d\d{_TO}){_DAY}{_TO}{_DAY}(?!\d)",
    rf"(?<=20\d\d{_TO}\d\d{_TO}){_DAY}(?!\d)",
)

# Letters may touch a number.
_NUMBERS = re.compile(
    rf"{_SID}|{_AFTER_PLUS}(?!\d)"
    rf"|(?<!\d)(?:(?!{'|'.join(_DATES)}){_AT_HOME}|{_RUN}|{_NORTH_AMERICAN}|{_SPELLED})(?!\d)"
)

# In "n=+44-20-7946-0958" nobody encoded the plus: one that means a blank stands behind a letter, as in "order+1234567".
_BARE_PLUS = re.compile(r"(?:(?<![A-Za-z0-9])|(?<=%20))\+(?=\d)")

# Letters of any language, their accents written apart too. A word without an @ is matched as well, so that it is read
# once and not once for each of its letters.
_LETTER = r"\w\u0300-\u036f"
_BEFORE_AT = rf"[{_LETTER}.%+'\-]"
_EMAILS = re.compile(rf"(?P<email>{_BEFORE_AT}++@[{_LETTER}\-]+(?:\.[{_LETTER}\-]+)+)|{_BEFORE_AT}+")

# What Twilio puts into the address of a handler that it asks by GET: who called, what they wrote or said, where they
# live and are.
_PERSONAL = frozenset(
    "from to caller called callername forwardedfrom profilename waid addons stirpassporttoken calltoken "
    "body speechresult unstablespeechresult transcriptiontext "
    "zip fromzip tozip callerzip calledzip latitude longitude address".split()
)
# The same within an address within a text, alone or in the spellings from[0] and call[from].
_PERSONAL_PAIRS = re.compile(
    rf"(?<=[?&;])(?:\w*\[)?(?:{'|'.join(sorted(_PERSONAL))})(?:\[\w*\]|\])*=[^&#]*", re.IGNORECASE
)


def mask(text: str, zip_code: str) -> str:
    """The text with every telephone number, e-mail address and spelling of that zip code replaced."""
    return _below_encoding(text, lambda plain: _hide_zip(_hide_numbers(_hide_emails(plain)), zip_code))


def mask_name(text: str, zip_code: str) -> str:
    """The same, but telephone numbers stay: for names that may be our own."""
    return _below_encoding(text, lambda plain: _hide_zip(_hide_emails(plain), zip_code))


def mask_address(address: str, zip_code: str) -> str:
    """The same for a path or a whole address; personal parameters of Twilio are left out."""
    place, mark, query = address.partition("#")[0].partition("?")
    masked = quote(mask(unquote(place), zip_code), safe="/:[]()@!$&'*+,;=~")
    given = parse_qsl(_BARE_PLUS.sub("%2B", query), keep_blank_values=True)
    pairs = [(name, mask(value, zip_code)) for name, value in given if not _is_personal(name, zip_code)]
    return masked + (f"?{urlencode(pairs, safe='[]/:')}" if mark and pairs else "")


def _is_personal(name: str, zip_code: str) -> bool:
    words = re.split(r"[\[\].;\s]+", name.lower())  # from[0], call[from], and what "&amp;from" becomes
    is_place = name == "Label"  # what Twilio calls the place of a message; a "label" is the sender's own
    return is_place or not _PERSONAL.isdisjoint(words) or mask(name, zip_code) != name


def _below_encoding(text: str, hide: Callable[[str], str]) -> str:
    """The text as `hide` leaves it, decoded as deep as there is something to hide; as it is where there is nothing."""
    depths = [text]
    while len(depths) <= _DEEPEST and _ENCODED.search(depths[-1]):
        depths.append(unquote(_without_personal(depths[-1])))
    for plain in reversed(depths):  # a sender may also mean "50%6125550199" as it stands
        if (hidden := hide(_without_personal(plain))) != plain:
            return hidden
    return text


def _without_personal(text: str) -> str:
    return _PERSONAL_PAIRS.sub("", text) if "=" in text else text


def _hide_emails(text: str) -> str:
    return _EMAILS.sub(lambda found: EMAIL if found["email"] else found[0], text) if "@" in text else text


def _hide_numbers(text: str) -> str:
    return _NUMBERS.sub(lambda found: found["sid"] or NUMBER, text)


def _hide_zip(text: str, zip_code: str) -> str:
    letters = _zip_letters(zip_code)
    if len(letters) < _SHORTEST_ZIP or letters[:5] not in _only_letters(text):  # most texts: no pattern is made
        return text
    return _zip_pattern(letters).sub(lambda found: found["sid"] or ZIP, text)


def _only_letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


@lru_cache(1024)
def _zip_letters(zip_code: str) -> str:
    """The letters and digits of a zip code in lower case. Without the country or state beside it (CH-8001, 55401 US)
    and what a number's type left behind it (55401.0); "" for what has no digit: None, unknown."""
    letters = _only_letters(re.sub(r"\.0+$", "", unquote(zip_code).strip()))
    beside = re.fullmatch(r"[a-z]{1,3}(\d{3,})|(\d{5})[a-z]{2,3}", letters)
    letters = (beside[1] or beside[2]) if beside else letters
    return letters if re.search(r"\d", letters) else ""


@lru_cache(1024)
def _zip_pattern(letters: str) -> re.Pattern[str]:
    """Every spelling of a zip code. Letters may touch one of digits, but three characters must be a word of their own
    and no part of a version or price: they would be found in every other text."""
    if len(letters) == _SHORTEST_ZIP:
        spelled = rf"(?<![A-Za-z0-9])(?<!\d[.,])0{{0,2}}{letters}(?![A-Za-z0-9]|[.,]\d)"  # 00501 may come as 501
    elif letters.isdecimal():
        spelled = rf"(?<!\d){_zip_of_digits(letters)}(?!\d)"
    else:
        spelled = r"[\W_]{0,3}".join(letters)
        if len(letters) < 5:
            spelled = rf"(?<![A-Za-z0-9]){spelled}(?![A-Za-z0-9])"
    return re.compile(f"{_SID}|(?i:{spelled})")


def _zip_of_digits(digits: str) -> str:
    """With and without gaps; an American one also with the four digits that may follow it, ours or not."""
    gap = rf"[\s+_{_DASHES}]{{0,2}}"
    if len(digits) == 4:
        return f"0?{gap.join(digits)}"  # 02134 may come as 2134
    if len(digits) not in {5, 9}:
        return gap.join(digits)
    ours = rf"{gap}{gap.join(digits[5:])}|" if len(digits) == 9 else ""
    return rf"{gap.join(digits[:5])}(?:{ours}-?\d{{4}})?"
