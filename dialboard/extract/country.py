"""Telephone numbers -> countries."""

from functools import lru_cache

import phonenumbers

# A number under these codes belongs to one of several countries by its first digits; all others have one country.
_SHARED = {code for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items() if len(regions) > 1}
_NORTH_AMERICA = 1


def country_of(number: str) -> str | None:
    """`US` for `+14155550100`; None when no country has such a number. By the number, not by where the person is."""
    # In North America the area code decides, so 800 answers serve every caller.
    return _by_area(number[:5]) if number.startswith("+1") and len(number) >= 8 else _by_number(number)


@lru_cache(maxsize=2048)
def _by_area(prefix: str) -> str | None:
    # 234-5678 is a number that every area may have; the real rest may be one that is not given out (555-0100).
    return _by_number.__wrapped__(prefix + "2345678")


@lru_cache(maxsize=200_000)
def _by_number(number: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    code = parsed.country_code or 0
    if code in _SHARED and (region := phonenumbers.region_code_for_number(parsed)):
        return str(region)
    if code == _NORTH_AMERICA:
        return None
    region = phonenumbers.region_code_for_country_code(code)
    return None if region in {"ZZ", "001"} else str(region)
