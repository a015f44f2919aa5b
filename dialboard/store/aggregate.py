"""What is found out about the rows of a cell: what is selected for it, then how that is read."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from dialboard.errors import StoreError
from dialboard.shapes.question import Aggregation, Question
from dialboard.shapes.resource import Kind
from dialboard.store.statement import Statement
from dialboard.store.table import KEY, Table, read
from dialboard.store.values import to_places

_NUMBERS = (Kind.INTEGER, Kind.NUMBER, Kind.MONEY)


def check_aggregate(question: Question, table: Table) -> None:
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


def _aggregated(question: Question, statement: Statement) -> tuple[str, Kind]:
    name = question.aggregate.field
    assert name is not None  # check_aggregate
    return statement.column(name), statement.table.field(name).kind


def _count(statement: Statement, question: Question) -> list[str]:
    return ["count(*)" if question.aggregate.field is None else f"count({_aggregated(question, statement)[0]})"]


def _sum(statement: Statement, question: Question) -> list[str]:
    return [statement.dialect.total(*_aggregated(question, statement))]


def _avg(statement: Statement, question: Question) -> list[str]:
    column, kind = _aggregated(question, statement)
    return [statement.dialect.total(column, kind), f"count({column})"]


def _extreme(name: str) -> Callable[[Statement, Question], list[str]]:
    return lambda statement, question: [f"{name}({_aggregated(question, statement)[0]})"]


def _latest(statement: Statement, question: Question) -> list[str]:
    column, _ = _aggregated(question, statement)
    key = statement.dialect.quote(KEY)
    return [statement.dialect.latest(column, statement.column(question.time), key)]


def _distinct(statement: Statement, question: Question) -> list[str]:
    return [statement.dialect.distinct(_aggregated(question, statement)[0])]


def _quantile(statement: Statement, question: Question) -> list[str]:
    quantile = float(question.aggregate.quantile or 0)
    return [statement.dialect.quantile(_aggregated(question, statement)[0], quantile)]


AGGREGATES: dict[Aggregation, Callable[[Statement, Question], list[str]]] = {
    Aggregation.COUNT: _count,
    Aggregation.SUM: _sum,
    Aggregation.AVG: _avg,
    Aggregation.MIN: _extreme("min"),
    Aggregation.MAX: _extreme("max"),
    Aggregation.LATEST: _latest,
    Aggregation.DISTINCT: _distinct,
    Aggregation.QUANTILE: _quantile,
}


def reader(question: Question, table: Table) -> Callable[[Sequence[Any]], Any]:
    """Makes the value of the cells that an engine answers with."""
    kind, name = question.aggregate.kind, question.aggregate.field
    if name is None or kind in (Aggregation.COUNT, Aggregation.DISTINCT):
        return lambda cells: int(cells[0])
    of = table.field(name).kind
    if kind is Aggregation.AVG:
        return lambda cells: _mean(of, cells[0], cells[1])
    if kind is Aggregation.QUANTILE:
        return lambda cells: _quantile_value(of, cells[0])
    if kind is Aggregation.SUM:
        return lambda cells: _even(read(of, cells[0]))
    return lambda cells: read(of, cells[0])


def _even(value: Any) -> Any:
    """A computed float in 14 digits: engines add in another order, and 742.8000000000001 helps nobody."""
    return float(f"{value:.14g}") if isinstance(value, float) else value


def _mean(kind: Kind, total: Any, count: int) -> Decimal | float | None:
    if not count:
        return None
    return to_places(total / count) if kind is Kind.MONEY else _even(float(total / count))


def _quantile_value(kind: Kind, cell: float | None) -> Decimal | float | None:
    # A quantile of nothing is null in DuckDB and nan in ClickHouse.
    if cell is None or cell != cell:
        return None
    return to_places(Decimal(repr(cell))) if kind is Kind.MONEY else _even(cell)
