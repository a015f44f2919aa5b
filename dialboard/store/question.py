"""A question becomes SQL: composed here once for both engines, over the few words in which they differ.

Every value is a bound parameter. Every identifier comes from a prepared resource; a name that is not there is refused.
"""

from collections.abc import Sequence
from typing import Any

from dialboard.errors import StoreError
from dialboard.shapes.question import Bucket, Filter, Grain, Question
from dialboard.shapes.resource import Kind
from dialboard.shapes.row import Span
from dialboard.store.aggregate import AGGREGATES, check_aggregate, reader
from dialboard.store.bucket import AT, bucket
from dialboard.store.condition import check_span, condition, conditions, within
from dialboard.store.dialect import Dialect
from dialboard.store.statement import Composed, Statement
from dialboard.store.table import KEY, Table
from dialboard.store.zone import find_zone

MOST_CELLS = 200_000  # an answer above this is a mistake in the question, and would fill the reader's memory

_DIMENSIONS = (Kind.TEXT, Kind.INTEGER, Kind.FLAG, Kind.DAY)


def compose(question: Question, table: Table, dialect: Dialect) -> Composed:
    """One line for each cell: its bucket (when there is `by`), its dimensions, then what the aggregate needs."""
    _check(question, table)
    statement = Statement(table, dialect)
    groups = [*bucket(statement, question), *(statement.column(name) for name in question.split)]
    cells = AGGREGATES[question.aggregate.kind](statement, question)
    source = statement.source(question.account, question.twilio_account, conditions(statement, question))
    group = f"GROUP BY {', '.join(str(place + 1) for place in range(len(groups)))} " if groups else ""
    sql = f"SELECT {', '.join([*groups, *cells])} {source} {group}HAVING count(*) > 0 LIMIT {MOST_CELLS + 1}"
    return statement.done(sql)


def answer(question: Question, table: Table, lines: Sequence[Sequence[Any]]) -> list[Bucket]:
    """The lines of a composed question as buckets, in order of time, then dimensions (nothing first)."""
    if len(lines) > MOST_CELLS:
        raise StoreError(f"The answer has more than {MOST_CELLS:,} cells: take longer buckets or a smaller split.")
    cells = 1 if question.by else 0
    splits = cells + len(question.split)
    at, value = AT[question.by], reader(question, table)
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
    statement = Statement(table, dialect)
    fields = ", ".join(statement.column(name) for name in table.fields)
    wanted = [*within(statement, time, span, "UTC"), *(condition(statement, each) for each in where)]
    source = statement.source(account, None, wanted)
    order = f"ORDER BY {statement.column(time)} DESC, {dialect.quote(KEY)} DESC"
    return statement.done(
        f"SELECT {fields} {source} {order} LIMIT {statement.bind(limit)} OFFSET {statement.bind(offset)}"
    )


def compose_currencies(question: Question, field: str, table: Table, dialect: Dialect) -> Composed:
    """The currencies of the rows that have an amount: a call without a price brings none."""
    _check(question, table)
    statement = Statement(table, dialect)
    column = statement.column(field)
    wanted = [*conditions(statement, question), condition(statement, Filter(field, "not_empty"))]
    if question.aggregate.field:
        wanted.append(f"{statement.column(question.aggregate.field)} IS NOT NULL")
    source = statement.source(question.account, question.twilio_account, wanted)
    return statement.done(f"SELECT DISTINCT {column} {source} LIMIT {MOST_CELLS}")


# What a question may ask


def _check(question: Question, table: Table) -> None:
    time = table.field(question.time)
    if question.by is Grain.HOUR and time.kind is Kind.DAY:
        raise StoreError(f"{time.name} has no hours: ask by day or longer.")
    for name in question.split:
        if table.field(name).kind not in _DIMENSIONS:
            raise StoreError(f"{name} cannot split an answer: only texts, whole numbers, flags and days can.")
    check_span(question.span)
    check_aggregate(question, table)
    find_zone(question.zone)


def _dimension(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _order(bucket: Bucket) -> tuple[Any, ...]:
    at = (bucket.at,) if bucket.at is not None else ()
    return (*at, *((value is not None, value or "") for value in bucket.dimensions))
