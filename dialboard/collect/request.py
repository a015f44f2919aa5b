"""A request as the event it tells, or as the refusal of it. No waiting in here: all of it is computing."""

from collections.abc import Callable

from msgspec import Struct

from dialboard.collect.credentials import find_account
from dialboard.collect.fields import Fields, read_fields
from dialboard.collect.parameters import KEY_LIMIT, put_dots, read_event
from dialboard.collect.plain import plain_event, read_plain
from dialboard.collect.refusal import UNAUTHORIZED, Reason, Refusal
from dialboard.shapes.event import Event, Snapshot


class Request(Struct):
    """One request on its way; each step puts what it finds out."""

    joined: bytes
    key: str | None  # the sender's idempotency key
    snapshot: Snapshot
    fields: Fields | None = None
    account: str = ""
    event: Event | None = None


def read(query: bytes, body: bytes, key: str | None, snapshot: Snapshot) -> Event | Refusal:
    """Both ways tell the same of a request that the first can read. The body counts after the query."""
    joined = query + b"&" + body if query and body else query or body
    values = read_plain(joined)
    if values is None or (key is not None and len(key) > KEY_LIMIT):
        return _read_carefully(Request(joined, key, snapshot))
    account = find_account(snapshot, values.pop("auth_id"), values.pop("auth_token"))
    return UNAUTHORIZED if account is None else plain_event(values, account, key)


def _read_carefully(request: Request) -> Event | Refusal:
    for step in STEPS:
        if refusal := step(request):
            return refusal
    assert request.event is not None
    return request.event


def put_fields(request: Request) -> None:
    request.fields = read_fields(request.joined)
    put_dots(request.fields)


def put_account(request: Request) -> Refusal | None:
    assert request.fields is not None
    get = request.fields.values.get
    account = find_account(request.snapshot, get("authId", ""), get("authToken", ""))
    if account is None:
        return UNAUTHORIZED
    request.account = account
    return None


def put_event(request: Request) -> Refusal | None:
    assert request.fields is not None
    event = read_event(request.fields, request.account, request.key)
    if isinstance(event, list):
        return Refusal(Reason.PARAMETERS, tuple(event))
    request.event = event
    return None


# Credentials before parameters: a stranger learns nothing about what is asked for.
STEPS: tuple[Callable[[Request], Refusal | None], ...] = (put_fields, put_account, put_event)
