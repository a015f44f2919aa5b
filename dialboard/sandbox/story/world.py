"""Places, numbers and prices of the story. No number in it can belong to anybody.

North American numbers are 555-0100 to 555-0199, which are given to nobody; the others are the ranges that their
regulators keep for films (Ofcom's 07700 900xxx, ACMA's 0491 570 xxx).
"""

from typing import NamedTuple

from dialboard.sandbox.story.dice import pick


class Place(NamedTuple):
    area: str
    city: str
    state: str
    zip: str
    country: str = "US"


class Number(NamedTuple):
    """One of the account's numbers: each stands on one campaign's posters, pages or adverts."""

    number: str
    sid: str
    name: str
    share: float  # of incoming calls
    answered: float  # of incoming calls
    toll_free: bool = False


class Abroad(NamedTuple):
    country: str
    prefix: str
    digits: int
    minute: float  # dollars
    message: float


PLACES = (
    Place("415", "SAN FRANCISCO", "CA", "94105"),
    Place("510", "OAKLAND", "CA", "94612"),
    Place("213", "LOS ANGELES", "CA", "90012"),
    Place("619", "SAN DIEGO", "CA", "92101"),
    Place("212", "NEW YORK", "NY", "10001"),
    Place("718", "BROOKLYN", "NY", "11201"),
    Place("716", "BUFFALO", "NY", "14202"),
    Place("312", "CHICAGO", "IL", "60601"),
    Place("512", "AUSTIN", "TX", "78701"),
    Place("713", "HOUSTON", "TX", "77002"),
    Place("214", "DALLAS", "TX", "75201"),
    Place("206", "SEATTLE", "WA", "98101"),
    Place("303", "DENVER", "CO", "80202"),
    Place("602", "PHOENIX", "AZ", "85004"),
    Place("305", "MIAMI", "FL", "33130"),
    Place("407", "ORLANDO", "FL", "32801"),
    Place("404", "ATLANTA", "GA", "30303"),
    Place("617", "BOSTON", "MA", "02108"),
    Place("215", "PHILADELPHIA", "PA", "19103"),
    Place("313", "DETROIT", "MI", "48226"),
    Place("612", "MINNEAPOLIS", "MN", "55401"),
    Place("503", "PORTLAND", "OR", "97204"),
    Place("702", "LAS VEGAS", "NV", "89101"),
    Place("615", "NASHVILLE", "TN", "37203"),
    Place("919", "RALEIGH", "NC", "27601"),
    Place("504", "NEW ORLEANS", "LA", "70112"),
    Place("416", "TORONTO", "ON", "", "CA"),
    Place("604", "VANCOUVER", "BC", "", "CA"),
)
BY_AREA = {place.area: place for place in PLACES}

ABROAD = (
    Abroad("GB", "+447700900", 3, 0.0258, 0.0463),
    Abroad("AU", "+61491570", 3, 0.0655, 0.0515),
    Abroad("DE", "+4930231250", 2, 0.0164, 0.0850),
    Abroad("FR", "+3363998", 4, 0.0690, 0.0798),
    Abroad("IE", "+353201530", 3, 0.0490, 0.0760),
)

NUMBERS = (
    Number("+14155550100", "", "Website", 0.34, 0.90),
    Number("+18005550199", "", "National TV", 0.22, 0.82, toll_free=True),
    Number("+12125550142", "", "Google Ads New York", 0.17, 0.88),
    Number("+13125550117", "", "Direct mail Chicago", 0.12, 0.79),
    Number("+15125550163", "", "Radio Austin", 0.09, 0.71),
    Number("+14165550128", "", "Partner Toronto", 0.06, 0.85),
)
AGENTS = tuple(f"+1415555{line:04d}" for line in range(170, 182))
WHATSAPP = "whatsapp:+14155550100"

DOMESTIC_MINUTE = {False: 0.0085, True: 0.0220}  # incoming, by toll-free
OUTGOING_MINUTE = 0.0140
SEGMENT = 0.0083
PICTURE_IN, PICTURE_OUT = 0.0165, 0.0220
WHATSAPP_MESSAGE = 0.0050
CARRIER_FEE = 0.0030  # a segment sent to a US or Canadian carrier

_DOMESTIC = 0.965  # the rest of the customers are abroad
# Two thirds of all contacts come from one in eight customers.
_REGULARS = 0.125


def customer(which: float, who: float) -> str:
    """A customer's number by two fractions; some call again and again."""
    if which > _DOMESTIC:
        abroad = pick(ABROAD, (which - _DOMESTIC) / (1 - _DOMESTIC))
        return f"{abroad.prefix}{int(who * 10**abroad.digits):0{abroad.digits}d}"
    place = pick(PLACES, which / _DOMESTIC)
    line = who * 1.5 * _REGULARS if who < 2 / 3 else (who - 2 / 3) * 3
    return f"+1{place.area}5550{100 + int(line * 100):03d}"


def incoming_number(fraction: float) -> Number:
    for number in NUMBERS:
        fraction -= number.share
        if fraction < 0:
            return number
    return NUMBERS[0]


def place_of(number: str) -> Place | None:
    """Where the number is at home; None outside North America."""
    return BY_AREA.get(number[2:5]) if number.startswith("+1") else None


def abroad_of(number: str) -> Abroad | None:
    """None for a North American number."""
    if number.startswith("+1"):
        return None
    return next((abroad for abroad in ABROAD if number.startswith(abroad.prefix)), None)
