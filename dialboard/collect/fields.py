"""A query string or form body as its fields.

Our own parser because urllib's parse_qsl takes twice as long and replaces what it cannot decode, where a sender should
hear about it. On well-formed input both agree (the tests compare them). The usual request is read by plain.py.
"""

from collections.abc import Mapping

from msgspec import Struct

NOT_AN_ESCAPE = "has a % that is not followed by two hexadecimal digits; write a percent sign as %25"
NOT_UTF8 = "is not valid UTF-8"
HAS_NUL = "contains a NUL character"


class Fields(Struct):
    """What was sent. `faults`: by name, what is wrong with a value that could not be read; it is not in `values`."""

    values: dict[str, str]
    faults: Mapping[str, str]


class _Fault(Exception):
    """The value cannot be read; the text says why."""


def read_fields(joined: bytes) -> Fields:
    """All fields by name. Of a field that comes several times the last counts, as in PHP. A name without "=" is an
    empty field; a + is a space."""
    values: dict[str, str] = {}
    faults: dict[str, str] = {}
    for pair in joined.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            _put(values, faults, name, value)
    return Fields(values, faults)


def _put(values: dict[str, str], faults: dict[str, str], raw_name: bytes, value: bytes) -> None:
    try:
        name = _decode(raw_name)
    except _Fault:
        return  # no parameter of ours has such a name, and others are ignored
    values.pop(name, None)
    faults.pop(name, None)
    try:
        values[name] = _decode(value)
    except _Fault as fault:
        faults[name] = str(fault)


def _decode(value: bytes) -> str:
    value = value.replace(b"+", b" ")
    if b"%" in value:
        head, *parts = value.split(b"%")
        value = head + b"".join([_byte(part[:2]) + part[2:] for part in parts])
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise _Fault(NOT_UTF8) from error
    if "\0" in text:
        raise _Fault(HAS_NUL)
    return text


def _byte(digits: bytes) -> bytes:
    # bytes.fromhex alone would take a space for nothing.
    if len(digits) != 2 or not digits.isalnum():
        raise _Fault(NOT_AN_ESCAPE)
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError as error:
        raise _Fault(NOT_AN_ESCAPE) from error
