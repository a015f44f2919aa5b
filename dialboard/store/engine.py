"""What both engines share: a verb that only reads is composed once, and asked in the engine's own words."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from dialboard.errors import StoreError
from dialboard.shapes.question import Bucket, Filter, Question
from dialboard.shapes.resource import Field, Resource
from dialboard.shapes.row import Span
from dialboard.store.dialect import Dialect
from dialboard.store.question import answer, compose, compose_currencies, compose_rows
from dialboard.store.statement import Composed
from dialboard.store.table import Table, typed


class Engine(ABC):
    dialect: Dialect

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}

    @abstractmethod
    def _fetch(self, composed: Composed) -> Sequence[Sequence[Any]]:
        """All lines of the answer."""

    def ask(self, question: Question) -> list[Bucket]:
        table = self._table(question.resource)
        return answer(question, table, self._fetch(compose(question, table, self.dialect)))

    def currencies(self, question: Question, field: str) -> list[str]:
        table = self._table(question.resource)
        return sorted(line[0] for line in self._fetch(compose_currencies(question, field, table, self.dialect)))

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
        table = self._table(resource)
        composed = compose_rows(
            table, self.dialect, account, time=time, span=span, where=where, limit=limit, offset=offset
        )
        return [typed(table.resource.fields, line) for line in self._fetch(composed)]

    def resource(self, name: str) -> Resource:
        """The resource as it was last prepared; StoreError when it was not."""
        return self._table(name).resource

    def _table(self, resource: str) -> Table:
        try:
            return self._tables[resource]
        except KeyError:
            known = ", ".join(sorted(self._tables)) or "none"
            raise StoreError(f"No resource {resource!r} was prepared here. There are: {known}.") from None

    def _add_tables(self, tables: Iterable[Table]) -> None:
        # A new dictionary, since other threads look into the old one.
        self._tables = self._tables | {table.resource.name: table for table in tables}

    def _load_tables(self, definitions: Iterable[str]) -> None:
        """The resources as they were last prepared, by whichever process."""
        self._add_tables(Table(msgspec.json.decode(text, type=Resource)) for text in definitions)


def check_type(table: Table, field: Field, present: str, allowed: Iterable[str]) -> None:
    """StoreError when the column was made for another kind of field."""
    if present.replace(" ", "") not in {name.replace(" ", "") for name in allowed}:
        raise StoreError(
            f"{table.resource.name}.{field.name} is kept as {present} and cannot become {field.kind.value}: "
            "give the new field another name."
        )
