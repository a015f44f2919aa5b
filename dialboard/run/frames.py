"""What serving and showing say to each other over their socket: a length, then a value as msgpack.

A visitor's request goes one way in one frame, the messages of ASGI's answer come the other way in one frame each.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Struct

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]  # of ASGI

_HEAD = 4  # bytes of the length


class Asked(Struct, array_like=True):
    """A request to a page, with its body as a whole; the names are those of ASGI's scope."""

    http_version: str
    method: str
    scheme: str
    path: str
    raw_path: bytes
    query_string: bytes
    root_path: str
    headers: list[tuple[bytes, bytes]]
    client: tuple[str, int | str] | None  # granian gives the port as text
    server: tuple[str, int | str | None] | None
    body: bytes


class Said(Struct, array_like=True):
    """A part of the answer's body, with the status and the headers of the whole. `more`: others follow."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    more: bool


_asked = msgspec.msgpack.Decoder(Asked)
_said = msgspec.msgpack.Decoder(Said)


def write(writer: asyncio.StreamWriter, value: Asked | Said) -> None:
    frame = msgspec.msgpack.encode(value)
    writer.write(len(frame).to_bytes(_HEAD, "big") + frame)


async def read_asked(reader: asyncio.StreamReader) -> Asked | None:
    """None when the other side has nothing more to ask."""
    try:
        return _asked.decode(await _read(reader))
    except asyncio.IncompleteReadError:
        return None


async def read_said(reader: asyncio.StreamReader) -> Said:
    """Raises IncompleteReadError when the other side is gone."""
    return _said.decode(await _read(reader))


async def _read(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(_HEAD), "big")
    return await reader.readexactly(length)


def asked_of(scope: dict[str, Any], body: bytes) -> Asked:
    return Asked(
        http_version=scope["http_version"],
        method=scope["method"],
        scheme=scope["scheme"],
        path=scope["path"],
        raw_path=scope.get("raw_path") or b"",
        query_string=scope["query_string"],
        root_path=scope.get("root_path") or "",
        headers=list(scope["headers"]),
        client=scope.get("client"),
        server=scope.get("server"),
        body=body,
    )


def scope_of(asked: Asked) -> dict[str, Any]:
    scope = msgspec.structs.asdict(asked)
    del scope["body"]
    return {"type": "http", "asgi": {"version": "3.0"}, **scope}
