"""What a metric store can do, whichever engine holds it. Everything here blocks; call it from a thread."""

from collections.abc import Sequence
from typing import Any, Protocol

from dialboard.shapes.question import Bucket, Filter, Held, Question
from dialboard.shapes.resource import Resource
from dialboard.shapes.row import Batch, Span


class Store(Protocol):
    def prepare(self, resources: Sequence[Resource]) -> None:
        """Makes or widens the table of each resource. Idempotent. A resource must be prepared before it is named."""

    def put(self, batch: Batch) -> None:
        """Upserts the rows by (account, Twilio account, resource, key) and records what is held and absorbed: in one
        transaction on DuckDB; on ClickHouse the rows first. Durable when it returns."""

    def ask(self, question: Question) -> list[Bucket]:
        """One bucket for each cell in which a row was found, in order of time, then dimensions."""

    def held(self, account: str, resource: str, twilio_account: str | None = None) -> list[Held]:
        """The held spans, merged where they touch, in order of time."""

    def currencies(self, question: Question, field: str) -> list[str]:
        """The distinct values of a currency field among the rows the question is about."""

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
        """Typed rows by field name (times aware UTC, money Decimal), newest first."""

    def cursor(self, account: str, name: str) -> int:
        """How far that log was absorbed for the account; 0 at first. account "" is for a log of all accounts."""

    def forget(self, account: str) -> None:
        """Removes all rows, coverage and cursors of the account."""

    def backup(self, path: str) -> None:
        """Writes a consistent copy to a new file (embedded); StoreError where the engine has its own tools."""

    def close(self) -> None: ...
