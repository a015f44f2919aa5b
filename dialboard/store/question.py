"""A question becomes SQL: composed here once for both engines, over the few words in which they differ.

Every value is a bound parameter. Every identifier comes from a prepared resource; a name that is not there is refused.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from dialboard.errors import StoreError
from dialboard.shapes.question import Aggregation, Bucket, Filter, Grain, Question
from dialboard.shapes.resource import Field, Kind
from dialboard.shapes.row import Span, Value
from dialboard.store.dialect import Dialect
from dialboard.store.table import ACCOUNT, KEY, TWILIO_ACCOUNT, Table, read
from dialboard.store.values import as_kind, to_places
from dialboard.store.zone import EPOCH, SECOND_US, Piece, find_zone, pieces

HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US
MOST_CELLS = 200_000  # an answer above this is a mistake in the question, and would fill the reader's memory

_EPOCH_DAY = date(1970, 1, 1)
_NUMBERS = (Kind.INTEGER, Kind.NUMBER, Kind.MONEY)
_DIMENSIONS = (Kind.TEXT, Kind.INTEGER, Kind.FLAG, Kind.DAY)


class Composed(NamedTuple):
    sql: str
    parameters: list[Value]


class _Statement:
    """A statement that is being written: its dialect and the values bound so far."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self.table = table
        self.dialect = dialect
        self.parameters: list[Value] = []

    def bind(self, value: Value) -> str:
        self.parameters.append(value)
        return self.dialect.placeholder(len(self.parameters), value)

    def column(self, name: str) -> str:
        return self.dialect.quote(self.table.field(name).name)

    def source(self, account: str, twilio_account: str | None, conditions: Sequence[str]) -> str:
        """FROM and WHERE. The only way to a table's rows, and it always names the account."""
        where = [f"{self.dialect.quote(ACCOUNT)} = {self.bind(account)}"]
        if twilio_account is not None:
            where.append(f"{self.dialect.quote(TWILIO_ACCOUNT)} = {self.bind(twilio_account)}")
        return f"FROM {self.dialect.table(self.table.name)} WHERE {' AND '.join([*where, *conditions])}"

    def done(self, sql: str) -> Composed:
        return Composed(sql, self.parameters)


def compose(question: Question, table: Table, dialect: Dialect) -> Composed:
    """One line for each cell: its bucket (when there is `by`), its dimensions, then what the aggregate needs."""
    _check(question, table)
    statement = _Statement(table, dialect)
    groups = [*_bucket(statement, question), *(statement.column(name) for name in question.split)]
    cells = _AGGREGATES[question.aggregate.kind](statement, question)
    source = statement.source(question.account, question.twilio_account, _conditions(statement, question))
    group = f"GROUP BY {', '.join(str(place + 1) for place in range(len(groups)))} " if groups else ""
    sql = f"SELECT {', '.join([*groups, *cells])} {source} {group}HAVING count(*) > 0 LIMIT {MOST_CELLS + 1}"
    return statement.done(sql)


def answer(question: Question, table: Table, lines: Sequence[Sequence[Any]]) -> list[Bucket]:
    """The lines of a composed question as buckets, in order of time, then dimensions (nothing first)."""
    if len(lines) > MOST_CELLS:
        raise StoreError(f"The answer has more than {MOST_CELLS:,} cells: take longer buckets or a smaller split.")
    cells = 1 if question.by else 0
    splits = cells + len(question.split)
    at, value = _AT[question.by], _reader(question, table)
    found = [Bucket(at(line[0]), tuple(map(_dimension, line[cells:splits])), value(line[splits:])) for line in lines]
    return sorted(found, key=_order)


def compose_rows(
    table: Table,
    dialect: Dialect,
    account: str,
    *,
    time: str,
    span: Span,
    where: Sequence[Filter],
    limit: int,
    offset: int,
) -> Composed:
    """The fields of the rows, newest first; equal times by key."""
    statement = _Statement(table, dialect)
    fields = ", ".join(statement.column(name) for name in table.fields)
    conditions = [*_within(statement, time, span, "UTC"), *(_condition(statement, each) for each in where)]
    source = statement.source(account, None, conditions)
    order = f"ORDER BY {statement.column(time)} DESC, {dialect.quote(KEY)} DESC"
    return statement.done(
        f"SELECT {fields} {source} {order} LIMIT {statement.bind(limit)} OFFSET {statement.bind(offset)}"
    )


def compose_currencies(question: Question, field: str, table: Table, dialect: Dialect) -> Composed:
    """The currencies of the rows that have an amount: a call without a price brings none."""
    _check(question, table)
    statement = _Statement(table, dialect)
    column = statement.column(field)
    conditions = [*_conditions(statement, question), _condition(statement, Filter(field, "not_empty"))]
    if question.aggregate.field:
        conditions.append(f"{statement.column(question.aggregate.field)} IS NOT NULL")
    source = statement.source(question.account, question.twilio_account, conditions)
    return statement.done(f"SELECT DISTINCT {column} {source} LIMIT {MOST_CELLS}")


# What a question may ask


def _check(question: Question, table: Table) -> None:
    time = table.field(question.time)
    if time.kind not in (Kind.TIME, Kind.DAY):
        raise StoreError(f"{time.name} is not a time: ask by a field of the kind time or day.")
    if question.by is Grain.HOUR and time.kind is Kind.DAY:
        raise StoreError(f"{time.name} has no hours: ask by day or longer.")
    for name in question.split:
        if table.field(name).kind not in _DIMENSIONS:
            raise StoreError(f"{name} cannot split an answer: only texts, whole numbers, flags and days can.")
    _check_span(question.span)
    _check_aggregate(question, table)
    find_zone(question.zone)


def _check_span(span: Span) -> None:
    if span.from_.tzinfo is None or span.until.tzinfo is None:
        raise StoreError("A span needs times with their zone.")


def _check_aggregate(question: Question, table: Table) -> None:
    kind, name, quantile = question.aggregate.kind, question.aggregate.field, question.aggregate.quantile
    if kind is Aggregation.COUNT and name is None:
        return
    if name is None:
        raise StoreError(f"{kind.value} needs a field.")
    field = table.field(name)
    if kind in (Aggregation.SUM, Aggregation.AVG, Aggregation.QUANTILE) and field.kind not in _NUMBERS:
        raise StoreError(f"{kind.value} needs numbers, and {name} is of the kind {field.kind.value}.")
    if kind in (Aggregation.MIN, Aggregation.MAX) and field.kind is Kind.FLAG:
        raise StoreError(f"{name} is true or false and has no {kind.value}.")
    if kind is Aggregation.QUANTILE and (quantile is None or not 0 <= quantile <= 1):
        raise StoreError(f"A quantile is between 0 and 1, not {quantile!r}.")


# Buckets


def _bucket(statement: _Statement, question: Question) -> list[str]:
    if question.by is None:
        return []
    if question.by is Grain.HOUR:
        return [_hour(statement, question)]
    day = _local_day(statement, question)
    if question.by is Grain.DAY:
        return [day]
    if question.by is Grain.WEEK:  # the first of January 1970 was a Thursday
        return [f"{statement.dialect.divide(f'{day} + 3', 7)} * 7 - 3"]
    return [statement.dialect.first_day(question.by, day)]


def _local_day(statement: _Statement, question: Question) -> str:
    """The day in the zone, counted since 1970. A field of the kind day is that day in every zone."""
    column = statement.column(question.time)
    if statement.table.field(question.time).kind is Kind.DAY:
        return statement.dialect.day_number(column)
    micros = statement.dialect.micros(column)
    offset = _by_time(statement, micros, [(piece.start_us, piece.offset_us) for piece in _pieces(question)])
    return statement.dialect.divide(f"{micros} + {offset}", DAY_US)


def _hour(statement: _Statement, question: Question) -> str:
    """The instant at which the clock's hour began; a shift of the clock inside an hour begins another bucket."""
    micros = statement.dialect.micros(statement.column(question.time))
    offset = _by_time(statement, micros, [(piece.start_us, piece.offset_us) for piece in _pieces(question)])
    start = _by_time(statement, micros, [(piece.start_us, piece.start_us) for piece in _pieces(question)])
    began = f"{statement.dialect.divide(f'{micros} + {offset}', HOUR_US)} * {HOUR_US} - {offset}"
    return f"greatest({began}, {start})"


def _pieces(question: Question) -> list[Piece]:
    return pieces(question.zone, question.span)


def _by_time(statement: _Statement, micros: str, steps: list[tuple[int, int]]) -> str:
    """The second number of the step in which an instant falls; each step begins at its first."""
    values = [statement.bind(value) for _, value in steps]
    ends = [statement.bind(start) for start, _ in steps[1:]]
    if not ends:
        return values[0]
    whens = [f"WHEN {micros} < {end} THEN {value}" for end, value in zip(ends, values, strict=False)]
    return f"CASE {' '.join(whens)} ELSE {values[-1]} END"


# Conditions


def _conditions(statement: _Statement, question: Question) -> list[str]:
    within = _within(statement, question.time, question.span, question.zone)
    return [*within, *(_condition(statement, each) for each in question.where)]


def _within(statement: _Statement, time: str, span: Span, zone: str) -> list[str]:
    _check_span(span)
    column = statement.column(time)
    begin: Value = span.from_
    end: Value = span.until
    if statement.table.field(time).kind is Kind.DAY:
        begin, end = _first_day(span.from_, zone), _first_day(span.until, zone)
    return [f"{column} >= {statement.bind(begin)}", f"{column} < {statement.bind(end)}"]


def _first_day(at: datetime, zone: str) -> date:
    """The first day in the zone that begins at that instant or after it."""
    local = at.astimezone(find_zone(zone)).replace(tzinfo=None)
    return local.date() if local.time() == datetime.min.time() else local.date() + timedelta(days=1)


def _condition(statement: _Statement, each: Filter) -> str:
    field, column = statement.table.field(each.field), statement.column(each.field)
    _check_filter(each, field)
    bound = [statement.bind(as_kind(field, value)) for value in each.values]
    return _CONDITIONS[each.operator](statement, field, column, bound)


def _check_filter(each: Filter, field: Field) -> None:
    if each.operator not in _CONDITIONS:
        raise StoreError(f"There is no operator {each.operator!r}. There are: {', '.join(_CONDITIONS)}.")
    wanted = {"empty": 0, "not_empty": 0, "in": None, "not_in": None}.get(each.operator, 1)
    if wanted is not None and len(each.values) != wanted:
        raise StoreError(f"{field.name} {each.operator} takes {wanted} values, not {len(each.values)}.")
    if each.operator == "starts" and field.kind is not Kind.TEXT:
        raise StoreError(f"{field.name} is not a text: only a text starts with something.")


_Condition = Callable[[_Statement, Field, str, list[str]], str]


def _compare(sign: str) -> _Condition:
    return lambda statement, field, column, bound: f"{column} {sign} {bound[0]}"


def _one_of(statement: _Statement, field: Field, column: str, bound: list[str]) -> str:
    return f"{column} IN ({', '.join(bound)})" if bound else "1 = 0"


def _none_of(statement: _Statement, field: Field, column: str, bound: list[str]) -> str:
    return f"({column} IS NULL OR {column} NOT IN ({', '.join(bound)}))" if bound else "1 = 1"


def _empty(statement: _Statement, field: Field, column: str, bound: list[str]) -> str:
    return f"({column} IS NULL OR {column} = '')" if field.kind is Kind.TEXT else f"{column} IS NULL"


def _not_empty(statement: _Statement, field: Field, column: str, bound: list[str]) -> str:
    return f"NOT {_empty(statement, field, column, bound)}"


_CONDITIONS: dict[str, _Condition] = {
    "is": _compare("="),
    "is_not": _none_of,
    "in": _one_of,
    "not_in": _none_of,
    "less": _compare("<"),
    "at_most": _compare("<="),
    "more": _compare(">"),
    "at_least": _compare(">="),
    "empty": _empty,
    "not_empty": _not_empty,
    "starts": lambda statement, field, column, bound: statement.dialect.starts(column, bound[0]),
}


# Aggregates: what is selected, then how it is read


def _aggregated(question: Question, statement: _Statement) -> tuple[str, Kind]:
    name = question.aggregate.field
    assert name is not None  # _check_aggregate
    return statement.column(name), statement.table.field(name).kind


def _count(statement: _Statement, question: Question) -> list[str]:
    return ["count(*)" if question.aggregate.field is None else f"count({_aggregated(question, statement)[0]})"]


def _sum(statement: _Statement, question: Question) -> list[str]:
    return [statement.dialect.total(*_aggregated(question, statement))]


def _avg(statement: _Statement, question: Question) -> list[str]:
    column, kind = _aggregated(question, statement)
    return [statement.dialect.total(column, kind), f"count({column})"]


def _extreme(name: str) -> Callable[[_Statement, Question], list[str]]:
    return lambda statement, question: [f"{name}({_aggregated(question, statement)[0]})"]


def _latest(statement: _Statement, question: Question) -> list[str]:
    column, _ = _aggregated(question, statement)
    key = statement.dialect.quote(KEY)
    return [statement.dialect.latest(column, statement.column(question.time), key)]


def _distinct(statement: _Statement, question: Question) -> list[str]:
    return [statement.dialect.distinct(_aggregated(question, statement)[0])]


def _quantile(statement: _Statement, question: Question) -> list[str]:
    quantile = float(question.aggregate.quantile or 0)
    return [statement.dialect.quantile(_aggregated(question, statement)[0], quantile)]


_AGGREGATES: dict[Aggregation, Callable[[_Statement, Question], list[str]]] = {
    Aggregation.COUNT: _count,
    Aggregation.SUM: _sum,
    Aggregation.AVG: _avg,
    Aggregation.MIN: _extreme("min"),
    Aggregation.MAX: _extreme("max"),
    Aggregation.LATEST: _latest,
    Aggregation.DISTINCT: _distinct,
    Aggregation.QUANTILE: _quantile,
}


def _reader(question: Question, table: Table) -> Callable[[Sequence[Any]], Any]:
    kind, name = question.aggregate.kind, question.aggregate.field
    if name is None or kind in (Aggregation.COUNT, Aggregation.DISTINCT):
        return lambda cells: int(cells[0])
    of = table.field(name).kind
    if kind is Aggregation.AVG:
        return lambda cells: _mean(of, cells[0], cells[1])
    if kind is Aggregation.QUANTILE:
        return lambda cells: _quantile_value(of, cells[0])
    return lambda cells: read(of, cells[0])


def _mean(kind: Kind, total: Any, count: int) -> Decimal | float | None:
    if not count:
        return None
    return to_places(total / count) if kind is Kind.MONEY else float(total / count)


def _quantile_value(kind: Kind, cell: float | None) -> Decimal | float | None:
    # A quantile of nothing is null in DuckDB and nan in ClickHouse.
    if cell is None or cell != cell:
        return None
    return to_places(Decimal(repr(cell))) if kind is Kind.MONEY else cell


def _instant(cell: Any) -> datetime:
    return EPOCH.astimezone(UTC) + timedelta(microseconds=int(cell))


def _day_of(cell: Any) -> date:
    return _EPOCH_DAY + timedelta(days=int(cell))


_AT: dict[Grain | None, Callable[[Any], date | datetime | None]] = {
    None: lambda cell: None,
    Grain.HOUR: _instant,
    Grain.DAY: _day_of,
    Grain.WEEK: _day_of,
    Grain.MONTH: lambda cell: cell,
    Grain.QUARTER: lambda cell: cell,
    Grain.YEAR: lambda cell: cell,
}


def _dimension(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _order(bucket: Bucket) -> tuple[Any, ...]:
    at = (bucket.at,) if bucket.at is not None else ()
    return (*at, *((value is not None, value or "") for value in bucket.dimensions))
