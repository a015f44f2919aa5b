"""What serving and showing say to each other arrives as it was said."""

import asyncio
from typing import Any

from dialboard.run import frames

SCOPE: dict[str, Any] = {
    "type": "http", "http_version": "1.1", "method": "POST", "scheme": "https", "path": "/caf\u00e9/",
    "raw_path": b"/caf%C3%A9/", "query_string": b"a=\xff&b=%26", "root_path": "", "server": ("127.0.0.1", "8000"),
    "client": ("2001:db8::9", "4711"), "headers": [(b"host", b"localhost"), (b"cookie", b"\xe9=\x00")],
}  # fmt: skip


class Pipe:
    """A writer whose bytes a reader has, in pieces as small as they come."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def reader(self, upto: int | None = None) -> asyncio.StreamReader:
        found = asyncio.StreamReader()
        for byte in self.written[:upto]:
            found.feed_data(bytes([byte]))
        found.feed_eof()
        return found


def test_a_request_arrives_with_every_byte_of_it() -> None:
    async def story() -> None:
        pipe = Pipe()
        frames.write(pipe, frames.asked_of(SCOPE, b"\x00body"))  # type: ignore[arg-type]
        asked = await frames.read_asked(pipe.reader())
        assert asked and asked.body == b"\x00body"
        found = frames.scope_of(asked)
        assert {name: found[name] for name in SCOPE} == SCOPE

    asyncio.run(story())


def test_a_scope_without_what_is_optional_is_one_too() -> None:
    bare = {name: value for name, value in SCOPE.items() if name not in ("raw_path", "root_path", "server", "client")}
    asked = frames.asked_of(bare, b"")
    assert (asked.client, asked.server, asked.raw_path, asked.root_path) == (None, None, b"", "")


def test_nothing_more_to_ask_is_none_also_in_the_middle_of_a_frame() -> None:
    async def story() -> None:
        pipe = Pipe()
        frames.write(pipe, frames.asked_of(SCOPE, b"body"))  # type: ignore[arg-type]
        for upto in (0, 3, 4, len(pipe.written) - 1):
            assert await frames.read_asked(pipe.reader(upto)) is None

    asyncio.run(story())
