"""One value of a foreign record, typed by the kind and reading of its field. Nothing (null, "") never comes here."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from dialboard.shapes.resource import Kind, Reading
from dialboard.shapes.row import Value
from dialboard.shapes.times import read_time

_PLACES = Decimal("0.00000001")
_MOST = Decimal(10) ** 15  # what a column of 8 places still holds
_WIDEST = 2**63


class Unreadable(ValueError):
    """The value is not what its field's kind says."""


def _text(value: Any) -> Value:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | dict | list):
        raise Unreadable
    return str(value)


def _upper(value: Any) -> Value:
    return str(_text(value)).upper()


def _integer(value: Any) -> Value:
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = _whole(value)
    if not -_WIDEST <= number < _WIDEST:
        raise Unreadable
    return number


def _whole(value: Any) -> int:
    """`"12.0"` is a whole number, `"12.5"` is none."""
    number = _number(value)
    if not number.is_integer():
        raise Unreadable
    return int(number)


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable from None
    if number - number != 0:  # infinite, or not a number
        raise Unreadable
    return number


# A few hundred prices make up nearly all of a page.
@lru_cache(maxsize=65536)
def _decimal(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise Unreadable from None
    if not amount.is_finite() or abs(amount) >= _MOST:
        raise Unreadable
    return amount.quantize(_PLACES)


def _money(value: Any) -> Value:
    if isinstance(value, bool | dict | list):
        raise Unreadable
    return _decimal(value if isinstance(value, str) else repr(value))


def _cost(value: Any) -> Value:
    amount = _money(value)
    assert isinstance(amount, Decimal)
    # 0 - x and not -x: a free call costs 0, never -0.
    return 0 - amount


def _time(value: Any) -> Value:
    at = read_time(value) if isinstance(value, str) else None
    if at is None:
        raise Unreadable
    return at


def _day(value: Any) -> Value:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unreadable from None


def _flag(value: Any) -> Value:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise Unreadable


READERS: dict[tuple[Kind, Reading], Callable[[Any], Value]] = {
    (Kind.TEXT, "plain"): _text,
    (Kind.TEXT, "upper"): _upper,
    (Kind.INTEGER, "plain"): _integer,
    (Kind.NUMBER, "plain"): _number,
    (Kind.MONEY, "plain"): _money,
    (Kind.MONEY, "negated"): _cost,
    (Kind.TIME, "plain"): _time,
    (Kind.DAY, "plain"): _day,
    (Kind.FLAG, "plain"): _flag,
}
