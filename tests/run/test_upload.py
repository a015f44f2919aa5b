"""The body of a request to a page: read whole, or refused with a sentence."""

import asyncio
from typing import Any

import pytest

from dialboard.run import upload

GOES, WAITS = "the visitor goes away", "the visitor sends nothing more"


def read(*pieces: Any) -> bytes | int:
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        piece = left.pop(0)
        if piece is WAITS:
            await asyncio.Event().wait()
        if piece is GOES:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    return asyncio.run(upload.read_whole(receive))


def refused(status: int) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(upload.refuse(status, send))
    return sent


def test_a_form_that_arrives_in_pieces_is_read_whole() -> None:
    assert read(b"name=al", b"", b"ice&passw", b"ord=wrong") == b"name=alice&password=wrong"


def test_a_visitor_who_goes_away_in_the_middle_of_a_form_is_told_nothing() -> None:
    assert read(b"name=", GOES) == 499
    assert refused(499) == []


def test_a_form_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "SLOWEST_S", 0.05)
    assert read(b"name=", WAITS) == 408
    begin, body = refused(408)
    assert begin["status"] == 408 and b"send it again" in body["body"]


def test_a_form_larger_than_any_of_ours_is_refused() -> None:
    assert len(read(b"a" * upload.LARGEST)) == upload.LARGEST  # type: ignore[arg-type]
    assert read(*[b"a" * 300_000] * 4) == 413
    begin, body = refused(413)
    assert begin["status"] == 413 and b"1,000,000 bytes" in body["body"]
