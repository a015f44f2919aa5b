"""Which rows a question is about: its span, and its filters."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from dialboard.errors import StoreError
from dialboard.shapes.question import Filter, Question
from dialboard.shapes.resource import Field, Kind
from dialboard.shapes.row import Span, Value
from dialboard.store.statement import Statement
from dialboard.store.values import as_kind
from dialboard.store.zone import find_zone


def conditions(statement: Statement, question: Question) -> list[str]:
    inside = within(statement, question.time, question.span, question.zone)
    return [*inside, *(condition(statement, each) for each in question.where)]


def within(statement: Statement, time: str, span: Span, zone: str) -> list[str]:
    check_span(span)
    column = statement.column(time)
    begin: Value = span.from_
    end: Value = span.until
    kind = statement.table.field(time).kind
    if kind not in (Kind.TIME, Kind.DAY):
        raise StoreError(f"{time} is not a time: ask by a field of the kind time or day.")
    if kind is Kind.DAY:
        begin, end = _first_day(span.from_, zone), _first_day(span.until, zone)
    return [f"{column} >= {statement.bind(begin)}", f"{column} < {statement.bind(end)}"]


def _first_day(at: datetime, zone: str) -> date:
    """The first day in the zone that begins at that instant or after it."""
    local = at.astimezone(find_zone(zone)).replace(tzinfo=None)
    return local.date() if local.time() == datetime.min.time() else local.date() + timedelta(days=1)


def condition(statement: Statement, each: Filter) -> str:
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


_Condition = Callable[[Statement, Field, str, list[str]], str]


def _compare(sign: str) -> _Condition:
    return lambda statement, field, column, bound: f"{column} {sign} {bound[0]}"


def _one_of(statement: Statement, field: Field, column: str, bound: list[str]) -> str:
    return f"{column} IN ({', '.join(bound)})" if bound else "1 = 0"


def _none_of(statement: Statement, field: Field, column: str, bound: list[str]) -> str:
    return f"({column} IS NULL OR {column} NOT IN ({', '.join(bound)}))" if bound else "1 = 1"


def _empty(statement: Statement, field: Field, column: str, bound: list[str]) -> str:
    return f"({column} IS NULL OR {column} = '')" if field.kind is Kind.TEXT else f"{column} IS NULL"


def _not_empty(statement: Statement, field: Field, column: str, bound: list[str]) -> str:
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


def check_span(span: Span) -> None:
    if span.from_.tzinfo is None or span.until.tzinfo is None:
        raise StoreError("A span needs times with their zone.")
