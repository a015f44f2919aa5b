"""In which bucket of time a row falls, and what the bucket is called."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dialboard.shapes.question import Grain, Question
from dialboard.shapes.resource import Kind
from dialboard.store.statement import Statement
from dialboard.store.zone import EPOCH, SECOND_US, Piece, pieces

HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US

_EPOCH_DAY = date(1970, 1, 1)


def bucket(statement: Statement, question: Question) -> list[str]:
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


def _local_day(statement: Statement, question: Question) -> str:
    """The day in the zone, counted since 1970. A field of the kind day is that day in every zone."""
    column = statement.column(question.time)
    if statement.table.field(question.time).kind is Kind.DAY:
        return statement.dialect.day_number(column)
    micros = statement.dialect.micros(column)
    offset = _by_time(statement, micros, [(piece.start_us, piece.offset_us) for piece in _pieces(question)])
    return statement.dialect.divide(f"{micros} + {offset}", DAY_US)


def _hour(statement: Statement, question: Question) -> str:
    """The instant at which the clock's hour began; a shift of the clock inside an hour begins another bucket."""
    micros = statement.dialect.micros(statement.column(question.time))
    offset = _by_time(statement, micros, [(piece.start_us, piece.offset_us) for piece in _pieces(question)])
    start = _by_time(statement, micros, [(piece.start_us, piece.start_us) for piece in _pieces(question)])
    began = f"{statement.dialect.divide(f'{micros} + {offset}', HOUR_US)} * {HOUR_US} - {offset}"
    return f"greatest({began}, {start})"


def _pieces(question: Question) -> list[Piece]:
    return pieces(question.zone, question.span)


def _by_time(statement: Statement, micros: str, steps: list[tuple[int, int]]) -> str:
    """The second number of the step in which an instant falls; each step begins at its first."""
    values = [statement.bind(value) for _, value in steps]
    ends = [statement.bind(start) for start, _ in steps[1:]]
    if not ends:
        return values[0]
    whens = [f"WHEN {micros} < {end} THEN {value}" for end, value in zip(ends, values, strict=False)]
    return f"CASE {' '.join(whens)} ELSE {values[-1]} END"


def _instant(cell: Any) -> datetime:
    return EPOCH.astimezone(UTC) + timedelta(microseconds=int(cell))


def _day_of(cell: Any) -> date:
    return _EPOCH_DAY + timedelta(days=int(cell))


AT: dict[Grain | None, Callable[[Any], date | datetime | None]] = {
    None: lambda cell: None,
    Grain.HOUR: _instant,
    Grain.DAY: _day_of,
    Grain.WEEK: _day_of,
    Grain.MONTH: lambda cell: cell,
    Grain.QUARTER: lambda cell: cell,
    Grain.YEAR: lambda cell: cell,
}
