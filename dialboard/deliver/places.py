"""Places as Twilio or a person writes them -> codes of ISO 3166."""

import re
from functools import cache
from importlib.resources import files

_REGION = re.compile(r"[A-Z0-9]{1,3}")

# How people call a country that the table calls otherwise.
_OTHER_NAMES = {
    "usa": "US", "u.s.": "US", "u.s.a.": "US", "united states of america": "US", "america": "US",
    "uk": "GB", "united kingdom": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB",
    "wales": "GB", "northern ireland": "GB", "south korea": "KR", "north korea": "KP", "holland": "NL",
    "the netherlands": "NL", "russian federation": "RU", "czechia": "CZ", "türkiye": "TR", "viet nam": "VN",
    "deutschland": "DE", "españa": "ES", "méxico": "MX", "brasil": "BR", "österreich": "AT", "schweiz": "CH",
}  # fmt: skip


def country_code(text: str | None) -> str | None:
    """ISO 3166-1 alpha-2 of a code or an English name, whatever its case; None when there is no such country."""
    name = " ".join((text or "").split())
    if name.upper() in _codes():
        return name.upper()
    return _names().get(name.lower())


def region_code(state: str | None, country: str | None) -> str | None:
    """ISO 3166-2 such as US-MN, from Twilio's state and an alpha-2 country; None where the state is a name or empty."""
    code = (state or "").strip().upper()
    if not country:
        return None
    code = code.removeprefix(f"{country}-")
    if country in {"US", "CA"}:
        return f"{country}-{code}" if len(code) == 2 and code.isalpha() and code.isascii() else None
    return f"{country}-{code}" if _REGION.fullmatch(code) else None


def city_name(text: str | None) -> str | None:
    """MINNEAPOLIS -> Minneapolis; a name that is not in capitals stays as it is. None when it is empty."""
    name = " ".join((text or "").split())
    if name != name.upper():
        return name
    return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), name).replace("'S", "'s") or None


@cache
def _codes() -> dict[str, str]:
    """Code -> English name, from the table that the time zone database ships."""
    text = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {code: name for code, name in lines}


@cache
def _names() -> dict[str, str]:
    names = {name.lower(): code for code, name in _codes().items()}
    plain = [name.partition(" (")[0] for name in names]  # "britain (uk)", but there are two Congos and two Koreas
    short = {name.partition(" (")[0]: code for name, code in names.items() if plain.count(name.partition(" (")[0]) == 1}
    return {**short, **names, **_OTHER_NAMES}
