"""Money, and how a value looks with its unit.

Money is Decimal with 8 places inside (a segment costs 0.0079, a second of a call less). People see:

    counts       12,480        12.5k when there is little room
    %            96.2 %        never 100.0 % for 99.97: it gets the places it needs
    seconds      4 min 32 s
    currency     $184.20       5,420.00 USD with the code; below 0.10 with four places, as prices of one message are
    nothing      —

Halves are rounded away from zero, as people do it. The minus is the sign, not the hyphen; between number and unit is a
no-break space.
"""

from decimal import ROUND_HALF_UP, Decimal

from dialboard.shapes.series import Number

PLACES = Decimal("0.00000001")
NOTHING = "—"
GAP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

# Signs that name one currency to most readers; all others are written with their code.
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$"}
# Currencies whose smallest coin is not a hundredth. Source: ISO 4217, six-group.com, read 2026-11.
_COIN_PLACES = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "ISK": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3, "JOD": 3}
_COMPACT = ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k"))
_SINGULAR = {"people": "person", "%": "%"}


def round_money(amount: Decimal) -> Decimal:
    """The amount with 8 places, halves away from zero."""
    return amount.quantize(PLACES, ROUND_HALF_UP)


def looks(
    value: Number | None,
    unit: str,
    currency: str | None = None,
    compact: bool = False,
    *,
    named: bool = False,
    code: bool = False,
    signed: bool = False,
) -> str:
    """The value as people read it; "—" when there is none.

    `named` adds the unit's word to a count (12,480 calls, 1 call); `code` writes the currency's code, not its sign;
    `signed` puts a plus before what is above zero.
    """
    if value is None:
        return NOTHING
    exact = Decimal(str(value))
    text = _size(abs(exact), unit, currency, compact, code)
    if named and unit not in _UNITS:
        text += GAP + unit_word(unit, exact)
    return _sign(exact, text, signed) + text


def unit_word(unit: str, value: Number) -> str:
    """The unit of that many: 1 call, 2 calls."""
    if value != 1:
        return unit
    return _SINGULAR.get(unit, unit.removesuffix("s"))


def _sign(exact: Decimal, text: str, signed: bool) -> str:
    if not any(digit in text for digit in "123456789"):
        return ""  # rounded away: there is no minus nought
    return MINUS if exact < 0 else "+" if signed and exact > 0 else ""


def _size(size: Decimal, unit: str, currency: str | None, compact: bool, code: bool) -> str:
    if unit == "currency":
        return _amount(size, currency, compact, code)
    if unit in _UNITS:
        return _UNITS[unit](size, compact)
    return _count(size, compact)


def _amount(size: Decimal, currency: str | None, compact: bool, code: bool) -> str:
    sign = None if code else _SIGNS.get(currency or "")
    number = _shortened(size) if compact and size >= 1000 else _places(size, _amount_places(size, currency))
    if sign:
        return sign + number
    return f"{number}{GAP}{currency}" if currency else number


def _amount_places(size: Decimal, currency: str | None) -> int:
    coin = _COIN_PLACES.get(currency or "", 2)
    return 4 if coin and 0 < size < Decimal("0.1") else coin


def _count(size: Decimal, compact: bool) -> str:
    if compact and size >= 1000:
        return _shortened(size)
    if size == size.to_integral_value() or size >= 1000:
        return _places(size, 0)
    return _without_zeros(_places(size, 1 if size >= 10 else 2))


def _percent(size: Decimal, compact: bool) -> str:
    if size in (0, 100) or size >= 1000:
        return _places(size, 0) + GAP + "%"
    for places in (1, 2, 3):
        text = _places(size, places)
        if Decimal(text) not in (0, 100):
            return text + GAP + "%"
    return ("< 0.001" if size < 1 else "99.999") + GAP + "%"


def _points(size: Decimal, compact: bool) -> str:
    text = _without_zeros(_places(size, 1))
    return f"{text}{GAP}{unit_word('points', Decimal(text.replace(',', '')))}"


def _duration(size: Decimal, compact: bool) -> str:
    """32 s · 4 min 32 s · 3 h 12 min; with little room the largest unit only: 4.5 min · 3.2 h."""
    if size < 10 and size != size.to_integral_value():
        return _without_zeros(_places(size, 1)) + GAP + "s"
    whole = int(size.quantize(Decimal(1), ROUND_HALF_UP))
    if whole < 60:
        return f"{whole}{GAP}s"
    unit, length, smaller, smaller_length = ("min", 60, "s", 1) if whole < 3600 else ("h", 3600, "min", 60)
    if compact:
        large = size / length
        short = _shortened(large) if large >= 1000 else _without_zeros(_places(large, 0 if large >= 100 else 1))
        return short + GAP + unit
    # In whole minutes first, so that 59.6 minutes past are an hour and not sixty minutes.
    units = int((size / smaller_length).quantize(Decimal(1), ROUND_HALF_UP))
    large_part, rest = divmod(units, length // smaller_length)
    return f"{large_part:,}{GAP}{unit}" + (f" {rest}{GAP}{smaller}" if rest else "")


def _shortened(size: Decimal) -> str:
    """12.5k, 999k, 1M: never four digits before the letter."""
    for place, (unit, letter) in enumerate(_COMPACT):
        if size < unit:
            continue
        short = size / unit
        text = _without_zeros(_places(short, 0 if short >= 100 else 1))
        if text == "1,000" and place:
            return f"1{_COMPACT[place - 1][1]}"
        return text + letter
    return "1k" if size > 999 else _places(size, 0)


def _places(size: Decimal, places: int) -> str:
    return f"{size.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


_UNITS = {"%": _percent, "seconds": _duration, "points": _points}
