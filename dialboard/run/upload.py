"""The body of a request to a page, read before a thread is taken: a slow visitor holds up none of the few we have."""

import asyncio

from dialboard.run.frames import Receive, Send

LARGEST = 1_000_000  # bytes; the longest of our forms has a few hundred
SLOWEST_S = 20.0


async def read_whole(receive: Receive) -> bytes | int:
    """The body, or the status of its refusal: 413 too large, 408 too slow, 499 when the visitor went away."""
    try:
        async with asyncio.timeout(SLOWEST_S):
            return await _read(receive)
    except TimeoutError:
        return 408


async def refuse(status: int, send: Send) -> None:
    """A sentence for the visitor who is still there."""
    if sentence := _SENTENCES.get(status):
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": sentence.encode()})


_SENTENCES = {
    408: f"Your request did not arrive within {SLOWEST_S:.0f} seconds: send it again.\n",
    413: f"Your request is larger than {LARGEST:,} bytes: no form here takes that much.\n",
}


async def _read(receive: Receive) -> bytes | int:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return 499
        body += message.get("body", b"")
        if len(body) > LARGEST:
            return 413
        if not message.get("more_body"):
            return bytes(body)
