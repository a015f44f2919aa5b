"""The few places in which DuckDB's SQL and ClickHouse's differ. All else is written once, in question.py.

Times are compared and cut as whole microseconds since 1970, so neither engine's zone or rounding rules matter.
"""

from abc import ABC, abstractmethod
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar

from dialboard.shapes.question import Grain
from dialboard.shapes.resource import Kind
from dialboard.shapes.row import Value


class Dialect(ABC):
    types: ClassVar[dict[Kind, str]]

    def type_of(self, kind: Kind, dimension: bool) -> str:
        """The type of the column that holds a field of that kind; every field may be null."""
        return self.types[kind]

    @abstractmethod
    def quote(self, identifier: str) -> str: ...

    @abstractmethod
    def placeholder(self, number: int, value: Value) -> str:
        """Stands for the bound value of that number, counted from 1."""

    @abstractmethod
    def bound(self, value: Value) -> object:
        """The value as the driver takes it."""

    @abstractmethod
    def table(self, name: str) -> str:
        """The table in a FROM, each record once."""

    @abstractmethod
    def micros(self, column: str) -> str:
        """A time as whole microseconds since 1970."""

    @abstractmethod
    def day_number(self, column: str) -> str:
        """A day as whole days since 1970."""

    @abstractmethod
    def divide(self, dividend: str, divisor: int) -> str:
        """The whole quotient."""

    @abstractmethod
    def first_day(self, grain: Grain, day_number: str) -> str:
        """The first day of the month, quarter or year in which that day falls."""

    @abstractmethod
    def total(self, column: str, kind: Kind) -> str:
        """The sum, exact for integers and money."""

    @abstractmethod
    def distinct(self, column: str) -> str:
        """How many different values, exactly; nulls are none."""

    @abstractmethod
    def quantile(self, column: str, quantile: float) -> str:
        """Exact, with linear interpolation, as a float."""

    @abstractmethod
    def latest(self, column: str, time: str, key: str) -> str:
        """The value (null too) of the row with the newest time; of several the one with the greatest key."""

    @abstractmethod
    def starts(self, column: str, prefix: str) -> str: ...


class DuckDialect(Dialect):
    types: ClassVar[dict[Kind, str]] = {
        Kind.TEXT: "VARCHAR",
        Kind.INTEGER: "BIGINT",
        Kind.NUMBER: "DOUBLE",
        Kind.MONEY: "DECIMAL(18, 8)",
        Kind.TIME: "TIMESTAMP",
        Kind.DAY: "DATE",
        Kind.FLAG: "BOOLEAN",
    }

    def quote(self, identifier: str) -> str:
        return '"' + identifier.replace('"', '""') + '"'

    def placeholder(self, number: int, value: Value) -> str:
        return f"${number}"

    def bound(self, value: Value) -> object:
        # TIMESTAMP without a zone, always UTC: with a zone every comparison goes through ICU.
        return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value

    def table(self, name: str) -> str:
        return self.quote(name)

    def micros(self, column: str) -> str:
        return f"epoch_us({column})"

    def day_number(self, column: str) -> str:
        return f"({column} - DATE '1970-01-01')"

    def divide(self, dividend: str, divisor: int) -> str:
        return f"({dividend}) // {divisor}"

    def first_day(self, grain: Grain, day_number: str) -> str:
        return f"CAST(date_trunc('{grain.value}', DATE '1970-01-01' + CAST({day_number} AS INTEGER)) AS DATE)"

    def total(self, column: str, kind: Kind) -> str:
        return f"sum({column})"

    def distinct(self, column: str) -> str:
        return f"count(DISTINCT {column})"

    def quantile(self, column: str, quantile: float) -> str:
        return f"quantile_cont(CAST({column} AS DOUBLE), {quantile!r})"

    def latest(self, column: str, time: str, key: str) -> str:
        return f"arg_max_null({column}, row({time}, {key}))"

    def starts(self, column: str, prefix: str) -> str:
        return f"starts_with({column}, {prefix})"


class ClickHouseDialect(Dialect):
    types: ClassVar[dict[Kind, str]] = {
        Kind.TEXT: "Nullable(String)",
        Kind.INTEGER: "Nullable(Int64)",
        Kind.NUMBER: "Nullable(Float64)",
        Kind.MONEY: "Nullable(Decimal(18, 8))",
        Kind.TIME: "Nullable(DateTime64(6, 'UTC'))",
        Kind.DAY: "Nullable(Date32)",
        Kind.FLAG: "Nullable(Bool)",
    }

    def type_of(self, kind: Kind, dimension: bool) -> str:
        if kind is Kind.TEXT and dimension:
            return "LowCardinality(Nullable(String))"
        return self.types[kind]

    def quote(self, identifier: str) -> str:
        return "`" + identifier.replace("\\", "\\\\").replace("`", "\\`") + "`"

    def placeholder(self, number: int, value: Value) -> str:
        return f"{{p{number}:{_clickhouse_type(value)}}}"

    def bound(self, value: Value) -> object:
        if isinstance(value, datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        if isinstance(value, Decimal):
            return f"{value:f}"
        return value

    def table(self, name: str) -> str:
        return f"{self.quote(name)} FINAL"

    def micros(self, column: str) -> str:
        return f"toUnixTimestamp64Micro({column})"

    def day_number(self, column: str) -> str:
        return f"toInt32({column})"

    def divide(self, dividend: str, divisor: int) -> str:
        return f"intDiv({dividend}, {divisor})"

    def first_day(self, grain: Grain, day_number: str) -> str:
        return f"toStartOf{grain.value.title()}(addDays(toDate32('1970-01-01'), {day_number}))"

    def total(self, column: str, kind: Kind) -> str:
        # Int64 wraps around silently.
        return f"sum(toInt128({column}))" if kind is Kind.INTEGER else f"sum({column})"

    def distinct(self, column: str) -> str:
        return f"uniqExact({column})"

    def quantile(self, column: str, quantile: float) -> str:
        # Plain quantile() is approximate; this one equals DuckDB's and PostgreSQL's.
        return f"quantileExactInclusive({quantile!r})(toFloat64({column}))"

    def latest(self, column: str, time: str, key: str) -> str:
        # In a tuple, since argMax passes over rows whose argument is null.
        return f"tupleElement(argMax(tuple({column}), tuple({time}, {key})), 1)"

    def starts(self, column: str, prefix: str) -> str:
        return f"startsWith({column}, {prefix})"


_TYPES: list[tuple[type, str]] = [
    (bool, "Bool"),  # before int and datetime before date: each is also the other
    (int, "Int64"),
    (float, "Float64"),
    (Decimal, "Decimal(38, 8)"),
    (datetime, "DateTime64(6, 'UTC')"),
    (date, "Date32"),
    (str, "String"),
]


def _clickhouse_type(value: Value) -> str:
    return next(name for kind, name in _TYPES if isinstance(value, kind))
