"""Records as they came -> typed rows, a page at a time.

A field that cannot be read becomes None and is counted in the report; a record without its key is refused with the
reason. Neither stops the page.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypedDict

import msgspec

from dialboard.extract import derive
from dialboard.extract.read import READERS, Unreadable
from dialboard.shapes.event import Event
from dialboard.shapes.resource import Kind, Resource
from dialboard.shapes.row import Row, Value
from dialboard.shapes.tracker import EVENTS

Record = dict[str, Any]
Reader = Callable[[Any], Value]

# What people wrote to each other. It is not kept unless the owner asks for it.
_BODIES = ("body",)
_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])
# Made at run time from the resource, so the checker cannot follow it.
_typed_dict: Any = TypedDict
_TEXT = READERS[Kind.TEXT, "plain"]


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

    decode: Callable[[bytes], Record]  # only what is needed, the links of a record are half of it
    key: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]  # (field, source): as they are
    told: tuple[tuple[str, str, Reader], ...]  # (field, source, reader)
    derived: tuple[tuple[str, Callable[[Record], Value]], ...]


@cache
def _form(resource: Resource) -> _Form:
    told = [field for field in resource.fields if field.source is not None]
    plain = [field for field in told if (field.kind, field.reading) == (Kind.TEXT, "plain")]
    needed = {*resource.key, *derive.SOURCES, *(field.source or "" for field in told)}
    shape = _typed_dict("shape", dict.fromkeys(sorted(needed), Any), total=False)
    return _Form(
        decode=msgspec.json.Decoder(shape).decode,
        key=resource.key,
        texts=tuple((field.name, field.source or "") for field in plain),
        told=tuple((f.name, f.source or "", READERS[f.kind, f.reading]) for f in told if f not in plain),
        derived=tuple((f.name, derive.BY_NAME[f.name]) for f in resource.fields if f.source is None),
    )


def _row(form: _Form, record: bytes | Mapping[str, Any], keep_bodies: bool, report: Report) -> Row | None:
    """None when the record is refused."""
    raw = record if isinstance(record, bytes) else msgspec.json.encode(record)
    try:
        told = form.decode(raw)
    except msgspec.ValidationError:
        report.refused["is not a JSON object"] += 1
        return None
    except msgspec.DecodeError:
        report.refused["is not JSON"] += 1
        return None
    key = _key(form, told, report)
    return None if key is None else Row(key, _values(form, told, report), _kept(raw, told, keep_bodies))


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
    for name, source in form.texts:
        value = get(source)
        # Twilio writes "" as well as null where there is nothing.
        values[name] = value or None if value.__class__ is str else _read(name, value, _TEXT, report)
    for name, source, read in form.told:
        values[name] = _read(name, get(source), read, report)
    for name, work_out in form.derived:
        values[name] = work_out(told)
    return values


def _read(name: str, value: Any, read: Reader, report: Report) -> Value:
    """None for nothing, and for what cannot be read."""
    if value is None or value == "":
        return None
    try:
        return read(value)
    except Unreadable:
        report.unread[name] += 1
        return None


def _kept(raw: bytes, told: Record, keep_bodies: bool) -> bytes:
    """The whole record as it came, less the bodies that the owner does not want kept."""
    if keep_bodies or not any(name in told for name in _BODIES):
        return raw
    parts = _PARTS.decode(raw)
    return msgspec.json.encode({name: part for name, part in parts.items() if name not in _BODIES})
