"""The parameters of the 2011 tracker API, and an event made of them.

Their names are case sensitive. "Required" means present: Twilio sends an empty zip where it knows none, so each may be
empty but gaid, whose form is checked. Whitespace is kept as sent; parameters that are not listed are ignored.
Source: the documentation of the TwolBox Twilio Tracker API of 2011 (twolbox.com/2011-1-1/documentation/twilio-tracker,
stored copy read 2026-11).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from dialboard.collect.fields import Fields
from dialboard.shapes.event import GAID, Event
from dialboard.shapes.ids import new_event_id


class Parameter(Struct, frozen=True):
    name: str
    field: str  # of the event
    limit: int  # characters; far above what Twilio or a browser sends
    required: bool = False


PARAMETERS = (
    Parameter("gaid", "gaid", 64, required=True),
    Parameter("zip", "zip", 64, required=True),
    Parameter("hostname", "hostname", 255, required=True),
    Parameter("path", "path", 2048, required=True),
    Parameter("visitorId", "visitor_id", 256, required=True),
    Parameter("title", "title", 1024),
    Parameter("referrer", "referrer", 4096),
    Parameter("userAgent", "user_agent", 1024),
    Parameter("city", "city", 256),
    Parameter("state", "state", 256),
    Parameter("country", "country", 256),
    Parameter("c.name", "campaign_name", 512, required=True),
    Parameter("c.source", "campaign_source", 512, required=True),
    Parameter("c.medium", "campaign_medium", 512, required=True),
)
# PHP rewrites a dot in a parameter's name to an underscore; when both are sent, the name with the dot counts.
_OTHER_SPELLINGS = {"c_name": "c.name", "c_source": "c.source", "c_medium": "c.medium"}

KEY_LIMIT = 255  # characters of an idempotency key

# The same table without attribute look-ups, for the loop that every request runs.
_ROWS = tuple((one.name, one.field, one.limit, one.required) for one in PARAMETERS)


def put_dots(fields: Fields) -> None:
    """Renames c_name to c.name and so on."""
    for other, name in _OTHER_SPELLINGS.items():
        if other in fields.values and name not in fields.values and name not in fields.faults:
            fields.values[name] = fields.values.pop(other)
        if other in fields.faults and name not in fields.values:
            fields.faults = {**fields.faults, name: fields.faults[other]}


def read_event(fields: Fields, account: str, key: str | None) -> Event | list[str]:
    """The event, or every problem with its parameters, a sentence each that begins with the parameter's name."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    get = fields.values.get
    for name, field, limit, required in _ROWS:
        value = get(name)
        if value is not None and len(value) <= limit:
            values[field] = value
        elif value is not None:
            problems.append(f"{name} is too long: at most {limit} characters.")
        elif required or fields.faults:
            problems += _missing(name, required, fields.faults)
    if "gaid" in values and not GAID.fullmatch(values["gaid"]):
        problems.append("gaid must look like UA-12345-1 or G-ABC123.")
    if key is not None and len(key) > KEY_LIMIT:
        problems.append(f"Idempotency-Key is too long: at most {KEY_LIMIT} characters.")
    if problems:
        return problems
    name = new_event_id()
    return Event(id=name, account=account, key=key or name, received_at=datetime.now(UTC), **values)


def _missing(name: str, required: bool, faults: Mapping[str, str]) -> list[str]:
    if name in faults:
        return [f"{name} {faults[name]}."]
    return [f"{name} is required."] if required else []
