"""How the verbs of a store travel over a socket: a length, then msgpack.

msgspec cannot tell a decimal, a day and a text apart in one field, so the values of filters and answers carry a mark;
the values of rows need none, since their resource says what each is.
"""

import socket
import struct
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.msgpack import Ext

from dialboard import errors
from dialboard.errors import DialboardError, StoreError
from dialboard.shapes.question import Aggregate, Bucket, Filter, Grain, Held, Question
from dialboard.shapes.resource import Kind, Resource
from dialboard.shapes.row import Batch, Row, Span

LONGEST = 1 << 30  # bytes of one message
_LENGTH = struct.Struct(">I")
_DECIMAL, _DAY, _LARGE = 1, 2, 3

_LIMIT = 1 << 63


class Prepare(Struct, tag=True):
    resources: list[Resource]


class Put(Struct, tag=True):
    account: str
    twilio_account: str
    resource: str
    rows: Raw  # a list of Row, read once the resource is known
    held: Span | None
    cursor: tuple[str, int] | None


class WireFilter(Struct):
    field: str
    operator: str
    values: list[Any]


class WireQuestion(Struct):
    account: str
    resource: str
    aggregate: Aggregate
    time: str
    span: Span
    zone: str
    by: Grain | None
    split: tuple[str, ...]
    where: list[WireFilter]
    twilio_account: str | None


class Ask(Struct, tag=True):
    question: WireQuestion


class AskHeld(Struct, tag=True):
    account: str
    resource: str
    twilio_account: str | None


class AskCurrencies(Struct, tag=True):
    question: WireQuestion
    field: str


class AskRows(Struct, tag=True):
    account: str
    resource: str
    time: str
    span: Span
    where: list[WireFilter]
    limit: int
    offset: int


class AskCursor(Struct, tag=True):
    account: str
    name: str


class Forget(Struct, tag=True):
    account: str


class Backup(Struct, tag=True):
    path: str


Request = Prepare | Put | Ask | AskHeld | AskCurrencies | AskRows | AskCursor | Forget | Backup


class Done(Struct, tag=True):
    value: Any


class Failed(Struct, tag=True):
    """`error`: the name of a class of errors.py."""

    error: str
    sentence: str


def send(connection: socket.socket, message: Struct) -> None:
    try:
        body = msgspec.msgpack.encode(message)
    except (TypeError, OverflowError, ValueError) as error:
        raise StoreError(f"The metric store cannot be told this: {error}") from error
    if len(body) > LONGEST:
        raise StoreError(f"A message of {len(body):,} bytes is too long for the metric store: send fewer rows at once.")
    connection.sendall(_LENGTH.pack(len(body)) + body)


def receive(connection: socket.socket) -> bytearray | None:
    """The next message; None when the other side has closed."""
    head = _read(connection, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > LONGEST:
        raise ConnectionError("that is not a message of the metric store")
    return _read(connection, length)


def _read(connection: socket.socket, length: int) -> bytearray | None:
    body, done = bytearray(length), 0
    view = memoryview(body)
    while done < length:
        count = connection.recv_into(view[done:])
        if not count:
            return None
        done += count
    return body


def _extension(code: int, data: memoryview) -> Any:
    text = bytes(data).decode()
    if code == _DECIMAL:
        return Decimal(text)
    if code == _DAY:
        return date.fromisoformat(text)
    if code == _LARGE:
        return int(text)
    raise ValueError(f"unknown mark {code}")


_requests: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Request, ext_hook=_extension)
_answers: msgspec.msgpack.Decoder[Done | Failed] = msgspec.msgpack.Decoder(Done | Failed, ext_hook=_extension)


def read_request(body: bytes | bytearray) -> Request:
    found: Request = _requests.decode(body)
    return found


def read_answer(body: bytes | bytearray) -> Any:
    """The value; raises the error that the other side met, as the same class."""
    answer = _answers.decode(body)
    if isinstance(answer, Done):
        return answer.value
    kind = getattr(errors, answer.error, StoreError)
    raise kind(answer.sentence)


def failed(error: DialboardError) -> Failed:
    return Failed(type(error).__name__, error.sentence)


def marked(value: Any) -> Any:
    """The value with its decimals, days and sums beyond 64 bits marked; times need no mark."""
    if isinstance(value, Decimal):
        return Ext(_DECIMAL, str(value).encode())
    if isinstance(value, date) and not isinstance(value, datetime):
        return Ext(_DAY, value.isoformat().encode())
    if isinstance(value, int) and abs(value) >= _LIMIT:
        return Ext(_LARGE, str(value).encode())
    if isinstance(value, Mapping):
        return {name: marked(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [marked(each) for each in value]
    return value


# Shapes


def put_of(batch: Batch) -> Put:
    rows = Raw(msgspec.msgpack.encode(batch.rows))
    return Put(batch.account, batch.twilio_account, batch.resource, rows, batch.held, batch.cursor)


def batch_of(put: Put, resource: Resource) -> Batch:
    """StoreError names the field whose value is not of its kind."""
    decoder, names = _rows_decoder(resource)
    try:
        found = decoder.decode(put.rows)
    except msgspec.ValidationError as error:
        raise StoreError(f"A row of {resource.name} cannot be kept: {error}") from error
    rows = [
        Row(row.key, dict(zip(names, msgspec.structs.astuple(row.values), strict=True)), row.record) for row in found
    ]
    return Batch(
        account=put.account,
        twilio_account=put.twilio_account,
        resource=put.resource,
        rows=rows,
        held=put.held,
        cursor=put.cursor,
    )


@lru_cache(maxsize=1024)
def _rows_decoder(resource: Resource) -> tuple[msgspec.msgpack.Decoder[Any], tuple[str, ...]]:
    """A decoder made for this resource: it reads 1,000 rows in 2 ms, where a loop over their values takes 20."""
    names = tuple(field.name for field in resource.fields)
    renamed = {f"f{place}": name for place, name in enumerate(names)}  # a field may be called "from"
    fields = [(f"f{place}", _TYPES[field.kind] | None, None) for place, field in enumerate(resource.fields)]
    values = msgspec.defstruct("Values", fields, rename=renamed, forbid_unknown_fields=True)
    row = msgspec.defstruct("Row", [("key", str), ("values", values), ("record", bytes)])
    return msgspec.msgpack.Decoder(list[row]), names  # type: ignore[valid-type]


_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.NUMBER: float,
    Kind.MONEY: Decimal,
    Kind.TIME: datetime,
    Kind.DAY: date,
    Kind.FLAG: bool,
}


def wire_filters(where: Sequence[Filter]) -> list[WireFilter]:
    return [WireFilter(each.field, each.operator, marked(each.values)) for each in where]


def filters_of(where: Sequence[WireFilter]) -> tuple[Filter, ...]:
    # The store itself refuses an operator that it does not know.
    return tuple(Filter(each.field, each.operator, tuple(each.values)) for each in where)  # type: ignore[arg-type]


def wire_question(question: Question) -> WireQuestion:
    return WireQuestion(**{**msgspec.structs.asdict(question), "where": wire_filters(question.where)})


def question_of(wire: WireQuestion) -> Question:
    return Question(**{**msgspec.structs.asdict(wire), "where": filters_of(wire.where)})


def wire_buckets(buckets: Sequence[Bucket]) -> list[Any]:
    return [[marked(each.at), list(each.dimensions), marked(each.value)] for each in buckets]


def buckets_of(lines: Sequence[Any]) -> list[Bucket]:
    return [Bucket(at, tuple(dimensions), value) for at, dimensions, value in lines]


def wire_held(held: Sequence[Held]) -> list[Any]:
    return [[each.twilio_account, each.span.from_, each.span.until] for each in held]


def held_of(lines: Sequence[Any]) -> list[Held]:
    return [Held(twilio_account, Span(from_, until)) for twilio_account, from_, until in lines]
