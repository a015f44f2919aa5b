"""What follows from a record alone: a function for each field without a source, by the field's name."""

from collections.abc import Callable, Mapping
from typing import Any

from dialboard.extract.country import country_of
from dialboard.shapes.row import Value
from dialboard.shapes.times import read_time

Record = Mapping[str, Any]

# Twilio's own words for opting out, in and asking, in capitals or not.
# Source: help.twilio.com/articles/223134027 (opt-out keywords), read 2026-11.
_KEYWORDS = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"), "STOP"),
    **dict.fromkeys(("START", "YES", "UNSTOP"), "START"),
    **dict.fromkeys(("HELP", "INFO"), "HELP"),
}
# trunking-originating is a call that comes in from the telephone network to a SIP trunk.
_INCOMING = ("inbound", "trunking-originating")
_CHANNELS = ("whatsapp", "messenger", "rcs", "client", "sip")


def _address(value: Any) -> str | None:
    """The number without its channel's prefix; None for nothing."""
    if not isinstance(value, str) or not value:
        return None
    prefix, colon, rest = value.partition(":")
    return rest if colon and prefix in _CHANNELS else value


def _is_incoming(record: Record) -> bool:
    return record.get("direction") in _INCOMING


def direction_class(record: Record) -> Value:
    """inbound, outbound, or None without a direction."""
    direction = record.get("direction")
    if not isinstance(direction, str) or not direction:
        return None
    return "inbound" if direction in _INCOMING else "outbound"


def our_number(record: Record) -> Value:
    return _address(record.get("to" if _is_incoming(record) else "from"))


def other_party(record: Record) -> Value:
    return _address(record.get("from" if _is_incoming(record) else "to"))


def country(record: Record) -> Value:
    """ISO 3166 letters of the other party's number; None for names, short codes and hidden numbers."""
    address = record.get("from" if _is_incoming(record) else "to")
    number = _address(address)
    return country_of(number) if number and number[0] == "+" else None


def channel(record: Record) -> Value:
    """By the prefix of the other party's address, else phone for calls and sms or mms for messages."""
    address = record.get("from" if _is_incoming(record) else "to")
    prefix = address.partition(":")[0] if isinstance(address, str) else ""
    if prefix in _CHANNELS:
        return prefix
    if "num_media" not in record and "num_segments" not in record:
        return "phone"
    return "mms" if record.get("num_media") not in (None, "", "0", 0) else "sms"


def body_length(record: Record) -> Value:
    """Characters; None when the text was redacted or never given."""
    body = record.get("body")
    return len(body) if isinstance(body, str) and body else None


def keyword(record: Record) -> Value:
    """STOP, START, HELP or none; None for what we sent ourselves."""
    if not _is_incoming(record):
        return None
    body = record.get("body")
    return _KEYWORDS.get(body.strip().strip(".!").upper(), "none") if isinstance(body, str) else None


def seconds_to_send(record: Record) -> Value:
    created, sent = record.get("date_created"), record.get("date_sent")
    if not isinstance(created, str) or not isinstance(sent, str):
        return None
    from_, until = read_time(created), read_time(sent)
    return (until - from_).total_seconds() if from_ and until else None


def channel_of_event(record: Record) -> str | None:
    """phone or sms by the visitor's SID, else by the campaign's medium; None when neither tells."""
    visitor, medium = str(record.get("visitor_id") or ""), str(record.get("campaign_medium") or "").lower()
    if visitor.startswith("CA") or medium in {"phone", "call", "voice"}:
        return "phone"
    return "sms" if visitor.startswith(("SM", "MM")) or medium in {"sms", "mms", "text"} else None


# What the functions look at.
SOURCES = ("from", "to", "direction", "num_media", "num_segments", "body", "date_created", "date_sent")

BY_NAME: dict[str, Callable[[Record], Value]] = {
    "direction_class": direction_class,
    "our_number": our_number,
    "other_party": other_party,
    "country": country,
    "channel": channel,
    "body_length": body_length,
    "keyword": keyword,
    "seconds_to_send": seconds_to_send,
}
