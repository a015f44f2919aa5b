"""A metric store in plain Python: what the engines are held to, written without looking at them."""

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dialboard.errors import StoreError
from dialboard.shapes.question import Aggregate, Aggregation, Bucket, Filter, Grain, Held, Question
from dialboard.shapes.resource import Kind, Resource
from dialboard.shapes.row import Batch, Span


class MemoryStore:
    def __init__(self, resources: Sequence[Resource] = ()) -> None:
        self.resources: dict[str, Resource] = {}
        self.kept: dict[tuple[str, str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
        self.spans: list[tuple[str, str, Held]] = []
        self.cursors: dict[tuple[str, str], int] = {}
        self.prepare(resources)

    def prepare(self, resources: Sequence[Resource]) -> None:
        self.resources |= {resource.name: resource for resource in resources}

    def put(self, batch: Batch) -> None:
        table = self.kept[batch.account, batch.twilio_account, batch.resource]
        table |= {row.key: row.values for row in batch.rows}
        if batch.held:
            self.spans.append((batch.account, batch.resource, Held(batch.twilio_account, batch.held)))
        if batch.cursor:
            self.cursors[batch.account, batch.cursor[0]] = batch.cursor[1]

    def ask(self, question: Question) -> list[Bucket]:
        cells: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for row in self._asked(question):
            at = bucket_of(row[question.time], question.by, question.zone)
            cells[at, tuple(row.get(field) for field in question.split)].append(row)
        found = [
            Bucket(at, dimensions, aggregated(rows, question.aggregate, question.time))
            for (at, dimensions), rows in cells.items()
        ]
        return sorted(found, key=lambda cell: (str(cell.at), [text or "" for text in cell.dimensions]))

    def held(self, account: str, resource: str, twilio_account: str | None = None) -> list[Held]:
        return sorted(
            (
                held
                for owner, name, held in self.spans
                if (owner, name) == (account, resource) and twilio_account in (None, held.twilio_account)
            ),
            key=lambda held: held.span,
        )

    def currencies(self, question: Question, field: str) -> list[str]:
        amount = question.aggregate.field
        rows = [row for row in self._asked(question) if amount is None or row.get(amount) is not None]
        return sorted({row[field] for row in rows if row.get(field)})

    def rows(
        self,
        account: str,
        resource: str,
        *,
        time: str,
        span: Span,
        where: Sequence[Filter] = (),
        limit: int = 100,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        found = [
            row
            for row in self._of(account, resource, None)
            if row.get(time) is not None and span.from_ <= row[time] < span.until and passes(row, where)
        ]
        return sorted(found, key=lambda row: row[time], reverse=True)[offset : offset + limit]

    def cursor(self, account: str, name: str) -> int:
        return self.cursors.get((account, name), 0)

    def forget(self, account: str) -> None:
        self.kept = defaultdict(dict, {key: rows for key, rows in self.kept.items() if key[0] != account})
        self.spans = [one for one in self.spans if one[0] != account]
        self.cursors = {key: number for key, number in self.cursors.items() if key[0] != account}

    def backup(self, path: str) -> None:
        raise StoreError("There is nothing to copy in memory.")

    def close(self) -> None: ...

    def _of(self, account: str, resource: str, twilio_account: str | None) -> list[dict[str, Any]]:
        if resource not in self.resources:
            raise StoreError(f"{resource} was not prepared.")
        return [
            row
            for (owner, holder, name), rows in self.kept.items()
            if (owner, name) == (account, resource) and twilio_account in (None, holder)
            for row in rows.values()
        ]

    def _asked(self, question: Question) -> list[dict[str, Any]]:
        rows = self._of(question.account, question.resource, question.twilio_account)
        is_day = self.resources[question.resource].field(question.time).kind is Kind.DAY
        return [
            row
            for row in rows
            if row.get(question.time) is not None
            and question.span.from_
            <= instant(row[question.time], question.zone if is_day else "UTC")
            < question.span.until
            and passes(row, question.where)
        ]


def instant(at: date | datetime, zone: str) -> datetime:
    return at if isinstance(at, datetime) else datetime.combine(at, time(), ZoneInfo(zone)).astimezone(UTC)


def bucket_of(at: date | datetime, by: Grain | None, zone: str) -> date | datetime | None:
    if by is None:
        return None
    if by is Grain.HOUR:
        return hour_of(at, zone)
    day = at.astimezone(ZoneInfo(zone)).date() if isinstance(at, datetime) else at
    return {
        Grain.DAY: day,
        Grain.WEEK: day - timedelta(days=day.isoweekday() - 1),
        Grain.MONTH: day.replace(day=1),
        Grain.QUARTER: day.replace(month=(day.month + 2) // 3 * 3 - 2, day=1),
        Grain.YEAR: day.replace(month=1, day=1),
    }[by]


def hour_of(at: datetime, zone: str) -> datetime:
    """Minute by minute back to the o'clock or to the turn of the clock, whichever is nearer."""
    here = at.replace(second=0, microsecond=0)
    while True:
        local, before = here.astimezone(ZoneInfo(zone)), (here - timedelta(minutes=1)).astimezone(ZoneInfo(zone))
        if local.minute == 0 or local.utcoffset() != before.utcoffset():
            return here.astimezone(UTC)
        here -= timedelta(minutes=1)


def passes(row: dict[str, Any], where: Sequence[Filter]) -> bool:
    return all(_passes(row.get(one.field), one) for one in where)


def _passes(value: Any, one: Filter) -> bool:
    if one.operator in ("empty", "not_empty"):
        return (value in (None, "")) == (one.operator == "empty")
    if value is None:
        return one.operator in ("is_not", "not_in")
    first = one.values[0] if one.values else None
    return {
        "is": lambda: value == first,
        "is_not": lambda: value != first,
        "in": lambda: value in one.values,
        "not_in": lambda: value not in one.values,
        "less": lambda: value < first,
        "at_most": lambda: value <= first,
        "more": lambda: value > first,
        "at_least": lambda: value >= first,
        "starts": lambda: value.startswith(first),
    }[one.operator]()


def aggregated(rows: list[dict[str, Any]], aggregate: Aggregate, time: str) -> Any:
    if aggregate.field is None:
        return len(rows)
    values = [row[aggregate.field] for row in rows if row.get(aggregate.field) is not None]
    if aggregate.kind is Aggregation.COUNT:
        return len(values)
    if aggregate.kind is Aggregation.DISTINCT:
        return len(set(values))
    if aggregate.kind is Aggregation.LATEST:
        return max(rows, key=lambda row: row[time]).get(aggregate.field)
    return (
        {
            Aggregation.SUM: lambda: sum(values),
            Aggregation.AVG: lambda: sum(values) / len(values),
            Aggregation.MIN: lambda: min(values),
            Aggregation.MAX: lambda: max(values),
            Aggregation.QUANTILE: lambda: quantile(values, aggregate.quantile or 0.0),
        }[aggregate.kind]()
        if values
        else None
    )


def quantile(values: Sequence[float | Decimal], share: float) -> float:
    ordered = sorted(float(value) for value in values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
