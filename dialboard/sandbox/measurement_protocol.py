"""What Google's validation server finds wrong with a request, in its codes.

Strict where the documents name a limit, silent where they do not. Source: developers.google.com/analytics/devguides/
collection/protocol/ga4 (reference, sending-events, validating-events, changelog of 2026-02-17), read 2026-11.
"""

import re
import time
from collections.abc import Iterator
from typing import Any

import msgspec

BODY_BYTES = 130_000  # smaller than this
EVENTS = 25
PARAMETERS = 25
BACKDATING_S = 72 * 3600

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_CLIENT_ID = re.compile(r"[1-9]\d*\.[1-9]\d*|GA1\.\d\.[1-9]\d*\.[1-9]\d*")
_SESSION_ID = re.compile(r"\d+|GS\d\.\d\..+")
_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LENGTHS = {"page_location": 1000, "page_referrer": 420, "page_title": 300}
_OTHER_LENGTH = 100

_TOP = {
    "client_id", "user_id", "timestamp_micros", "user_properties", "user_data", "consent", "non_personalized_ads",
    "user_location", "ip_override", "device", "user_agent", "validation_behavior", "events",
}  # fmt: skip
_LOCATION = {"city", "region_id", "country_id", "subcontinent_id", "continent_id"}

RESERVED_EVENTS = frozenset(
    """ad_activeview ad_click ad_exposure ad_query ad_reward adunit_exposure app_clear_data app_exception app_install
    app_remove app_store_refund app_update app_upgrade dynamic_link_app_open dynamic_link_app_update
    dynamic_link_first_open error firebase_campaign firebase_in_app_message_action firebase_in_app_message_dismiss
    firebase_in_app_message_impression first_open first_visit notification_dismiss notification_foreground
    notification_open notification_receive notification_send os_update session_start user_engagement""".split()
)
_RESERVED_PREFIXES = ("_", "firebase_", "ga_", "google_", "gtag.")

Message = dict[str, str]


def problems(query: dict[str, str], body: bytes) -> list[Message]:
    """One message for each thing that is wrong; empty when nothing is. Neither the secret nor the measurement id is
    checked against anything, as at Google: a wrong secret passes here and arrives nowhere."""
    if len(body) >= BODY_BYTES:
        return [_message("", "The body has to be smaller than 130 kB.", "EXCEEDED_MAX_ENTITIES")]
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [_message("", "The body is not JSON.", "VALUE_INVALID")]
    if not isinstance(document, dict):
        return [_message("", "The body is not an object.", "VALUE_INVALID")]
    return [*_query(query), *_top(document), *_when(document, ""), *_location(document), *_events(document)]


def _message(path: str, description: str, code: str) -> Message:
    return {"fieldPath": path, "description": description, "validationCode": code}


def _query(query: dict[str, str]) -> Iterator[Message]:
    if not query.get("api_secret"):
        yield _message("api_secret", "An API secret is required.", "VALUE_REQUIRED")
    if not query.get("measurement_id") and not query.get("firebase_app_id"):
        yield _message("measurement_id", "A measurement id is required.", "VALUE_REQUIRED")


def _top(document: dict[str, Any]) -> Iterator[Message]:
    for name in sorted(document.keys() - _TOP):
        yield _message(name, f"{name} is not a field of the protocol.", "NAME_INVALID")
    client_id = document.get("client_id")
    if not client_id:
        yield _message("client_id", "client_id is required.", "VALUE_REQUIRED")
    elif not isinstance(client_id, str) or not _CLIENT_ID.fullmatch(client_id):
        yield _message("client_id", "client_id has to be two positive numbers joined by a period.", "VALUE_INVALID")
    user_id = document.get("user_id")
    if user_id is not None and (not isinstance(user_id, str) or not 0 < len(user_id) <= 256):
        yield _message("user_id", "user_id has up to 256 characters.", "VALUE_OUT_OF_BOUNDS")
    if not isinstance(document.get("user_agent", ""), str):
        yield _message("user_agent", "user_agent is a text.", "VALUE_INVALID")


def _when(document: dict[str, Any], path: str) -> Iterator[Message]:
    if "timestamp_micros" not in document:
        return
    micros, name = document["timestamp_micros"], f"{path}timestamp_micros"
    if isinstance(micros, str) and micros.isdecimal():
        micros = int(micros)
    if not isinstance(micros, int) or isinstance(micros, bool):
        yield _message(name, "timestamp_micros is a number of microseconds.", "VALUE_INVALID")
    elif not time.time() - BACKDATING_S <= micros / 1e6 <= time.time() + 60:
        yield _message(name, "timestamp_micros is more than 72 hours ago or ahead.", "VALUE_OUT_OF_BOUNDS")


def _location(document: dict[str, Any]) -> Iterator[Message]:
    location = document.get("user_location", {})
    if not isinstance(location, dict):
        yield _message("user_location", "user_location is an object.", "VALUE_INVALID")
        return
    for name, value in location.items():
        path = f"user_location.{name}"
        if name not in _LOCATION:
            yield _message(path, f"{name} is not a part of a location.", "NAME_INVALID")
        elif not isinstance(value, str) or not value:
            yield _message(path, f"{name} is a text.", "VALUE_INVALID")
        elif name == "region_id" and not _REGION.fullmatch(value):
            yield _message(path, "region_id has the form of ISO 3166-2, like US-MN.", "VALUE_INVALID")
        elif name == "country_id" and not _COUNTRY.fullmatch(value):
            yield _message(path, "country_id has the form of ISO 3166-1 alpha-2, like US.", "VALUE_INVALID")


def _events(document: dict[str, Any]) -> Iterator[Message]:
    events = document.get("events")
    if not isinstance(events, list) or not events:
        yield _message("events", "events is required and has at least one item.", "VALUE_REQUIRED")
        return
    if len(events) > EVENTS:
        yield _message("events", f"A request has at most {EVENTS} events.", "EXCEEDED_MAX_ENTITIES")
    for number, event in enumerate(events[:EVENTS]):
        yield from _event(event, f"events[{number}]")


def _event(event: Any, path: str) -> Iterator[Message]:
    if not isinstance(event, dict):
        yield _message(path, "An event is an object.", "VALUE_INVALID")
        return
    yield from _event_name(event.get("name"), f"{path}.name")
    yield from _when(event, f"{path}.")
    params = event.get("params", {})
    if not isinstance(params, dict):
        yield _message(f"{path}.params", "params is an object.", "VALUE_INVALID")
        return
    if len(params) > PARAMETERS:
        yield _message(f"{path}.params", f"An event has at most {PARAMETERS} parameters.", "EXCEEDED_MAX_ENTITIES")
    for name, value in params.items():
        yield from _parameter(name, value, f"{path}.params.{name}")
    if "value" in params and "currency" not in params:
        yield _message(f"{path}.params.currency", "currency is required beside value.", "VALUE_REQUIRED")


def _event_name(name: Any, path: str) -> Iterator[Message]:
    if not name:
        yield _message(path, "An event has a name.", "VALUE_REQUIRED")
    elif not isinstance(name, str) or (not _NAME.fullmatch(name)):
        yield _message(path, "A name has up to 40 letters, digits and underscores, a letter first.", "NAME_INVALID")
    elif name in RESERVED_EVENTS or name.startswith(_RESERVED_PREFIXES):
        yield _message(path, f"{name} is a reserved event name.", "NAME_RESERVED")


def _parameter(name: str, value: Any, path: str) -> Iterator[Message]:
    if name == "firebase_conversion" or name.startswith(_RESERVED_PREFIXES):
        yield _message(path, f"{name} is a reserved parameter name.", "NAME_RESERVED")
    elif not _NAME.fullmatch(name):
        yield _message(path, "A name has up to 40 letters, digits and underscores, a letter first.", "NAME_INVALID")
    if value is None or (isinstance(value, list | dict) and name != "items"):
        yield _message(path, f"{name} has to be a text, a number or true: events are flat.", "VALUE_INVALID")
    elif name == "session_id" and not _SESSION_ID.fullmatch(str(value)):
        yield _message(path, "session_id is a positive number.", "VALUE_INVALID")
    elif name == "engagement_time_msec" and (not str(value).isdecimal() or isinstance(value, bool)):
        yield _message(path, "engagement_time_msec is a number of milliseconds.", "VALUE_INVALID")
    elif isinstance(value, str) and len(value) > (limit := _LENGTHS.get(name, _OTHER_LENGTH)) and name != "session_id":
        yield _message(path, f"{name} has up to {limit} characters.", "VALUE_OUT_OF_BOUNDS")
