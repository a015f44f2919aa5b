"""A statement that is being written: its dialect and the values bound so far."""

from collections.abc import Sequence
from typing import NamedTuple

from dialboard.shapes.row import Value
from dialboard.store.dialect import Dialect
from dialboard.store.table import ACCOUNT, TWILIO_ACCOUNT, Table


class Composed(NamedTuple):
    sql: str
    parameters: list[Value]


class Statement:
    """Hands out placeholders for values and quoted columns of one table."""

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
