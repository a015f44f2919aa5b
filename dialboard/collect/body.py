"""A form body, read to its end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from dialboard.collect.refusal import Reason, Refusal

BODY_LIMIT = 65_536  # bytes; all parameters at their longest, escaped, and then some
BODY_TIMEOUT_S = 15

Receive = Callable[[], Awaitable[dict[str, Any]]]

_FORM = b"application/x-www-form-urlencoded"

TOO_LARGE = Refusal(Reason.BODY_TOO_LARGE, (f"The body is too large: at most {BODY_LIMIT} bytes.",))
TOO_SLOW = Refusal(Reason.BODY_TOO_SLOW, (f"The body did not arrive within {BODY_TIMEOUT_S} seconds.",))
NOT_A_FORM = Refusal(
    Reason.BODY_TYPE,
    (
        "The body is not read (multipart/form-data and JSON are not): send it as application/x-www-form-urlencoded,"
        " or send a query string and no body.",
    ),
)
GONE = Refusal(Reason.GONE, ("The request ended before its body was complete.",))


async def read_body(
    header_lines: Iterable[tuple[bytes, bytes]], receive: Receive, timeout_s: float = BODY_TIMEOUT_S
) -> bytes | Refusal:
    """The whole body, b"" when there is none. Without a Content-Type it is taken for a form, as it is from curl."""
    headers = dict(header_lines)
    if not _fits(headers.get(b"content-length", b"0")):
        return TOO_LARGE
    try:
        async with asyncio.timeout(timeout_s):
            body = await _read_chunks(receive)
    except TimeoutError:
        return TOO_SLOW
    if isinstance(body, bytes) and body and not _is_form(headers.get(b"content-type", _FORM)):
        return NOT_A_FORM
    return body


async def _read_chunks(receive: Receive) -> bytes | Refusal:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return GONE
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            return TOO_LARGE
        if not message.get("more_body", False):
            return body


def _fits(content_length: bytes) -> bool:
    return not content_length.isdigit() or int(content_length) <= BODY_LIMIT


def _is_form(content_type: bytes) -> bool:
    return content_type.partition(b";")[0].strip().lower() == _FORM
