"""What the sender hears: {"status", "statusCode", "errors"}, with the same code as HTTP status."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from dialboard.collect.refusal import Reason, Refusal

RETRY_AFTER_S = 5

Send = Callable[[dict[str, Any]], Awaitable[None]]

_HEADERS_OF = {
    Reason.METHOD: [(b"allow", b"GET, POST")],
    Reason.UNAVAILABLE: [(b"retry-after", str(RETRY_AFTER_S).encode())],
}


class Answer:
    """Two ASGI messages, made once and sent as often as needed."""

    def __init__(self, status: int, content: dict[str, object], headers: list[tuple[bytes, bytes]]) -> None:
        body = msgspec.json.encode(content)
        self.start = {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                *headers,
            ],
        }
        self.body = {"type": "http.response.body", "body": body}

    async def send(self, send: Send, *, with_body: bool = True) -> None:
        await send(self.start)
        await send(self.body if with_body else {"type": "http.response.body", "body": b""})


OK = Answer(200, {"status": "OK", "statusCode": 200, "errors": []}, [])
HEALTHY = Answer(200, {"status": "OK"}, [])
UNHEALTHY = Answer(503, {"status": "ERROR"}, _HEADERS_OF[Reason.UNAVAILABLE])


def refuse(refusal: Refusal) -> Answer:
    content = {"status": "ERROR", "statusCode": refusal.status, "errors": refusal.errors}
    return Answer(refusal.status, content, _HEADERS_OF.get(refusal.reason, []))
