"""Records as they came -> typed rows, a page at a time.

A field that cannot be read becomes None and is counted in the report; a record without its key is refused with the
reason. Neither stops the page.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec

from dialboard.extract import derive
from dialboard.extract.read import READERS, Unreadable
from dialboard.shapes.event import Event
from dialboard.shapes.resource import Field, Resource
from dialboard.shapes.row import Row, Value
from dialboard.shapes.tracker import EVENTS

Record = dict[str, Any]
Reader = Callable[[Any], Value]

# What people wrote to each other. It is not kept unless the owner asks for it.
_BODIES = ("body",)


@dataclass
class Report:
    """What could not be read: `refused` counts records by reason, `unread` values by field name."""

    refused: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)


def rows(
    resource: Resource,
    records: Sequence[bytes | Mapping[str, Any]],
    keep_bodies: bool = False,
    report: Report | None = None,
) -> list[Row]:
    """One row for each record that has its key, in the same order. Records are JSON objects, as text or decoded."""
    form = _form(resource)
    report = Report() if report is None else report
    made = (_row(form, record, keep_bodies, report) for record in records)
    return [row for row in made if row is not None]


def event_row(sequence: int, event: Event) -> Row:
    """The tracker event at that number of the journal as a row of EVENTS. Its key is the event's id."""
    record = {**msgspec.structs.asdict(event), "sequence": sequence}
    del record["account"]
    values: dict[str, Value] = {name: record[name] for name in _told() if name in record}
    values["channel"] = derive.channel_of_event(record)
    return Row(event.id, values, msgspec.json.encode(record))


@cache
def _told() -> tuple[str, ...]:
    return tuple(field.name for field in EVENTS.fields if field.source)


@dataclass(frozen=True)
class _Form:
    """How the records of one resource are read, worked out once."""

    name: str
    key: tuple[str, ...]
    bodies: tuple[str, ...]
    told: tuple[tuple[str, str, Reader], ...]  # (field, source, reader)
    derived: tuple[tuple[str, Callable[[Record], Value]], ...]


@cache
def _form(resource: Resource) -> _Form:
    told = tuple((f.name, f.source, _reader(f)) for f in resource.fields if f.source is not None)
    derived = tuple((f.name, derive.BY_NAME[f.name]) for f in resource.fields if f.source is None)
    return _Form(resource.name, resource.key, _BODIES, told, derived)


def _reader(field: Field) -> Reader:
    return READERS[field.kind, field.reading]


def _row(form: _Form, record: bytes | Mapping[str, Any], keep_bodies: bool, report: Report) -> Row | None:
    """None when the record is refused."""
    raw = record if isinstance(record, bytes) else msgspec.json.encode(record)
    try:
        told = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        report.refused["is not JSON"] += 1
        return None
    if not isinstance(told, dict):
        report.refused["is not a JSON object"] += 1
        return None
    key = _key(form, told, report)
    return None if key is None else Row(key, _values(form, told, report), _kept(form, raw, told, keep_bodies))


def _key(form: _Form, told: Record, report: Report) -> str | None:
    parts = [told.get(name) for name in form.key]
    for name, part in zip(form.key, parts, strict=True):
        if not part or not isinstance(part, str):
            report.refused[f"has no {name}"] += 1
            return None
    return "/".join(parts)  # type: ignore[arg-type]


def _values(form: _Form, told: Record, report: Report) -> dict[str, Value]:
    get = told.get
    values: dict[str, Value] = {}
    for name, source, read in form.told:
        value = get(source)
        # Twilio writes "" as well as null where there is nothing.
        if value is None or value == "":
            values[name] = None
            continue
        try:
            values[name] = read(value)
        except Unreadable:
            values[name] = None
            report.unread[name] += 1
    for name, work_out in form.derived:
        values[name] = work_out(told)
    return values


def _kept(form: _Form, raw: bytes, told: Record, keep_bodies: bool) -> bytes:
    """The whole record as it came, less the bodies that the owner does not want kept."""
    if keep_bodies or not any(name in told for name in form.bodies):
        return raw
    return msgspec.json.encode({name: value for name, value in told.items() if name not in form.bodies})
