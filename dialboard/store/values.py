"""A value as a field of that kind has it, or a refusal that names the field."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from dialboard.errors import StoreError
from dialboard.shapes.resource import Field, Kind
from dialboard.shapes.row import Value

PLACES = Decimal("0.00000001")
_LARGEST = 2**63


def as_kind(field: Field, value: Value) -> Value:
    """The value in the field's own type, ready to be compared. Texts are read: "0.0075", "2026-11-01", "true"."""
    if value is None:
        raise StoreError(f"{field.name} cannot be compared with nothing: use `empty` or `not_empty`.")
    try:
        found = _READERS[field.kind](value)
    except (ValueError, InvalidOperation, TypeError):
        found = None
    if found is None:
        raise StoreError(f"{field.name} is {_EXPECTED[field.kind]}: {value!r} cannot be compared with it.")
    return found


def to_places(amount: Decimal) -> Decimal:
    """Rounded to the 8 places of money, half to even."""
    return amount.quantize(PLACES)


def _text(value: Value) -> Value:
    return value if isinstance(value, str) else None


def _number(value: Value) -> int | float | None:
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, str):
        value = int(value) if value.strip().lstrip("+-").isdecimal() else float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if abs(value) >= _LARGEST else value


def _money(value: Value) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    amount = Decimal(str(value))
    return amount if amount.is_finite() and abs(amount) < 10**28 and amount == to_places(amount) else None


def _time(value: Value) -> datetime | None:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.astimezone(UTC) if isinstance(at, datetime) and at.tzinfo else None


def _day(value: Value) -> date | None:
    if isinstance(value, datetime):
        return None
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return day if isinstance(day, date) else None


def _flag(value: Value) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


_READERS: dict[Kind, Callable[[Value], Value]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _number,
    Kind.NUMBER: _number,
    Kind.MONEY: _money,
    Kind.TIME: _time,
    Kind.DAY: _day,
    Kind.FLAG: _flag,
}
_EXPECTED: dict[Kind, str] = {
    Kind.TEXT: "a text",
    Kind.INTEGER: "a whole number",
    Kind.NUMBER: "a number",
    Kind.MONEY: "an amount with at most 8 places",
    Kind.TIME: "a time with its zone",
    Kind.DAY: "a day such as 2026-11-01",
    Kind.FLAG: "true or false",
}
