"""The usual request, read in one go: fields, limits and all.

A query string that holds nothing unusual becomes JSON by replacing four signs (an escape %2B is \\u002B there), and
msgspec reads that into a struct which knows every parameter and its limit, in a third of the time of the careful way.
Whatever is unusual or wrong makes it bad JSON or a bad struct; then the careful way finds out what is the matter.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from dialboard.collect.parameters import PARAMETERS, Parameter
from dialboard.shapes.event import GAID, Event
from dialboard.shapes.ids import new_event_id

# Escapes that mean something else in JSON: those of bytes beyond ASCII, which are UTF-8 here, and NUL.
_find_other_escape = re.compile(rb"%(?:[89A-Fa-f]|00)").search


def _field(parameter: Parameter) -> tuple[str, Any] | tuple[str, Any, None]:
    text = Annotated[str, msgspec.Meta(max_length=parameter.limit)]
    return (parameter.field, text) if parameter.required else (parameter.field, text | None, None)


_CREDENTIAL = {"auth_id": "authId", "auth_token": "authToken"}

_Plain = msgspec.defstruct(
    "_Plain",
    [*[(field, str, "") for field in _CREDENTIAL], *map(_field, PARAMETERS)],
    rename=_CREDENTIAL | {one.field: one.name for one in PARAMETERS},
    kw_only=True,
    gc=False,
)
_decode = msgspec.json.Decoder(_Plain).decode


def read_plain(joined: bytes) -> dict[str, Any] | None:
    """The fields of an event, and auth_id and auth_token; None when the request has to be read the careful way."""
    if not joined.isascii() or b'"' in joined or b"\\" in joined or _find_other_escape(joined):
        return None
    text = joined.replace(b"+", b" ").replace(b"%", b"\\u00").replace(b"=", b'":"').replace(b"&", b'","')
    try:
        values = msgspec.structs.asdict(_decode(b'{"' + text + b'"}'))
    except msgspec.DecodeError:
        return None
    return values if GAID.fullmatch(values["gaid"]) else None


def plain_event(values: dict[str, Any], account: str, key: str | None) -> Event:
    """The event of what `read_plain` gave, without its credential."""
    name = new_event_id()
    return Event(id=name, account=account, key=key or name, received_at=datetime.now(UTC), **values)
