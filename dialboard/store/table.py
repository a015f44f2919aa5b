"""A resource as a table: its columns, and its rows in their order."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from dialboard.errors import StoreError
from dialboard.shapes.resource import Field, Kind, Resource
from dialboard.shapes.row import Batch, Row, Value
from dialboard.store.values import to_places

# Our own columns begin with an underscore, which the name of a field may not.
ACCOUNT, TWILIO_ACCOUNT, KEY, CREATED, RECORD, VERSION = (
    "_account",
    "_twilio_account",
    "_key",
    "_created",
    "_record",
    "_version",
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LONG_NAME = re.compile(r"[a-z][a-z0-9_/-]{0,120}")
_MONEY_LIMIT = 10**10
_OWN_BEFORE = 4  # our own columns before the fields


class Table:
    """`columns`: the names in the order of the tuples that `tuples` gives."""

    def __init__(self, resource: Resource) -> None:
        _check(resource)
        self.resource = resource
        self.name = "rows_" + resource.name.replace("/", "__").replace("-", "_")
        self.fields = {field.name: field for field in resource.fields}
        self.columns = [ACCOUNT, TWILIO_ACCOUNT, KEY, CREATED, *self.fields, RECORD, VERSION]
        self._created = self.field(resource.created)
        self._money = [(place, field) for place, field in enumerate(resource.fields) if field.kind is Kind.MONEY]
        self._times = [(place, field) for place, field in enumerate(resource.fields) if field.kind is Kind.TIME]

    def field(self, name: str) -> Field:
        """The field of that name; StoreError names the ones there are."""
        try:
            return self.fields[name]
        except KeyError:
            known = ", ".join(sorted(self.fields))
            raise StoreError(f"{self.resource.name} has no field {name!r}. It has: {known}.") from None

    def tuples(self, batch: Batch, version: int, *, zoned: bool) -> list[tuple[Any, ...]]:
        """The rows as the columns want them; of several with one key only the last.

        Times are in UTC, aware when `zoned`: ClickHouse's client takes a naive one for local time, and DuckDB's takes
        an aware one for another type. StoreError names the field whose value is not of its kind.
        """
        last = {row.key: row for row in batch.rows}
        as_time = _utc if zoned else _naive
        found = [self._tuple(batch, row, version, as_time) for row in last.values()]
        for field, column in zip(self.fields.values(), list(zip(*found, strict=True))[_OWN_BEFORE:], strict=False):
            check_column(field, column)
        return found

    def _tuple(
        self, batch: Batch, row: Row, version: int, as_time: Callable[[Field, Any], datetime]
    ) -> tuple[Any, ...]:
        if not row.values.keys() <= self.fields.keys():
            self.field(next(iter(row.values.keys() - self.fields.keys())))
        get = row.values.get
        values: list[Any] = [get(name) for name in self.fields]
        for place, field in self._times:
            if (value := values[place]) is not None:
                values[place] = as_time(field, value)
        for place, field in self._money:
            if (value := values[place]) is not None:
                values[place] = _amount(field, value)
        created = as_time(self._created, self._created_at(row))
        return (batch.account, batch.twilio_account, row.key, created, *values, row.record.decode(), version)

    def _created_at(self, row: Row) -> Value:
        value = row.values.get(self._created.name)
        if value is None:
            raise StoreError(f"{self.resource.name} {row.key} has no {self._created.name}, by which it is kept.")
        if self._created.kind is Kind.DAY and isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        return value


def _check(resource: Resource) -> None:
    names = [field.name for field in resource.fields]
    if not _LONG_NAME.fullmatch(resource.name):
        raise StoreError(f"{resource.name!r} cannot name a resource: use a-z, 0-9, _, - and /.")
    for name in names:
        if not _NAME.fullmatch(name):
            raise StoreError(f"{resource.name}: {name!r} cannot name a field: use a-z, 0-9 and _, a letter first.")
    if len(set(names)) < len(names):
        raise StoreError(f"{resource.name} names a field twice.")
    for name in (resource.time, resource.created):
        if name not in names or resource.field(name).kind not in (Kind.TIME, Kind.DAY):
            raise StoreError(f"{resource.name}: {name!r} is not a field of the kind time or day.")


def _utc(field: Field, value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise StoreError(f"{field.name} is {value!r}: expected a time with its zone.")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _naive(field: Field, value: Any) -> datetime:
    return _utc(field, value).replace(tzinfo=None)


def _amount(field: Field, value: Any) -> Decimal:
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value) >= _MONEY_LIMIT:
        raise StoreError(f"{field.name} is {value!r}: expected a Decimal below {_MONEY_LIMIT:,}.")
    return to_places(value)


_TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.INTEGER: (int,),
    Kind.NUMBER: (float, int),
    Kind.MONEY: (Decimal,),
    Kind.TIME: (datetime,),
    Kind.DAY: (date,),
    Kind.FLAG: (bool,),
}


def check_column(field: Field, column: Sequence[Any]) -> None:
    """StoreError names the field and a value that is not of its kind: the engines would each make something else of it.

    A look at the column's few types costs a fiftieth of a look at each value.
    """
    wrong = set(map(type, column)) - {type(None), *_TYPES[field.kind]}
    if wrong:
        value = next(each for each in column if type(each) in wrong)
        raise StoreError(f"{field.name} is {value!r}: expected the kind {field.kind.value}.")
    check = _RANGES.get(field.kind)
    if check and not check(column):
        raise StoreError(f"{field.name} has a value that is out of range for the kind {field.kind.value}.")


def _fits_integer(column: Sequence[Any]) -> bool:
    values = [value for value in column if value is not None]
    return not values or (min(values) >= -(2**63) and max(values) < 2**63)


def _fits_number(column: Sequence[Any]) -> bool:
    return all(value is None or isfinite(value) for value in column)


_RANGES: dict[Kind, Callable[[Sequence[Any]], bool]] = {Kind.INTEGER: _fits_integer, Kind.NUMBER: _fits_number}


def typed(fields: Iterable[Field], cells: Iterable[Any]) -> dict[str, Any]:
    """One stored row by field name: times aware in UTC, money with 8 places."""
    return {field.name: read(field.kind, cell) for field, cell in zip(fields, cells, strict=True)}


def read(kind: Kind, cell: Any) -> Any:
    """A stored value as the rest of the program has it; None stays None."""
    if cell is None:
        return None
    if kind is Kind.TIME and cell.tzinfo is None:
        return cell.replace(tzinfo=UTC)
    if kind is Kind.MONEY:
        return to_places(cell)
    return cell
