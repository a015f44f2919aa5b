"""A query string or form body as its fields.

Our own parser because it is on the path of every request: urllib's parse_qsl takes three times as long, and it replaces
what it cannot decode, where a sender should hear about it. On well-formed input both agree (the tests compare them).
"""

from collections.abc import Mapping

from msgspec import Struct

# Every escape, in either case of its digits, of an ASCII character but NUL and the two signs that divide the fields.
_ASCII = {
    escape: chr(number)
    for number in range(1, 128)
    for escape in (f"{number:02x}", f"{number:02X}")
    if chr(number) not in "&="
}

NOT_AN_ESCAPE = "has a % that is not followed by two hexadecimal digits; write a percent sign as %25"
NOT_UTF8 = "is not valid UTF-8"
HAS_NUL = "contains a NUL character"


class Fields(Struct):
    """What was sent. `faults`: by name, what is wrong with a value that could not be read; it is not in `values`."""

    values: dict[str, str]
    faults: Mapping[str, str]


class _Fault(Exception):
    """The value cannot be read; the text says why."""


_NO_FAULTS: dict[str, str] = {}


def read_fields(query: bytes, body: bytes = b"") -> Fields:
    """All fields by name. Of a field that comes several times the last counts, as in PHP, and the body counts after the
    query. A name without "=" is an empty field; a + is a space."""
    joined = query + b"&" + body if query and body else query or body
    return _read_plain(joined) or _read_carefully(joined)


def _read_plain(joined: bytes) -> Fields | None:
    """None when something is unusual: a field without "=", an escaped & or =, a character beyond ASCII, a fault.

    The escapes are undone in the whole text at once, before it is divided: that is what makes it quick, and why an
    escaped & or = may not be among them."""
    try:
        text = joined.decode("ascii").replace("+", " ")
        if "%" in text:
            parts = text.split("%")
            parts[1:] = [_ASCII[part[:2]] + part[2:] for part in parts[1:]]
            text = "".join(parts)
        values = dict([pair.split("=", 1) for pair in text.split("&")])
    except (ValueError, KeyError):
        return None
    return None if "\0" in text else Fields(values, _NO_FAULTS)


def _read_carefully(joined: bytes) -> Fields:
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
