"""One exchange: what is sent, what came back, and what went wrong in words that hold no address."""

import base64
import re
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import httpx
from msgspec import Struct

from dialboard import __version__
from dialboard.errors import AddressRefused, NoAnswer, Refused
from dialboard.outbound.address import check_url

USER_AGENT = f"Dialboard/{__version__}"
_MAY_CONNECT = "Check that this machine can connect to it: its network, name server, firewall and clock."


class AnswerTooBig(Refused):
    """The answer is larger than we are willing to read."""


class Limits(Struct, frozen=True, kw_only=True):
    """How long and how much one request may take; `total_timeout_s` is for all of it, to the last byte."""

    connect_timeout_s: float = 5.0
    read_timeout_s: float = 15.0  # between two pieces of the answer
    total_timeout_s: float = 60.0
    max_bytes: int = 20_000_000  # of the answer's body, unpacked
    max_connections: int = 20


class Answer(Struct, frozen=True):
    """What came back. Header names are in lower case. `complete` is False when the body was cut at the limit."""

    status: int
    headers: dict[str, str]
    body: bytes
    complete: bool = True

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def retry_after_s(self, now: datetime | None = None) -> float | None:
        """Seconds to wait, from Retry-After in seconds or as a date; None without a usable one."""
        text = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):  # whole seconds by the standard; nobody is hurt by a part of one
            return float(text)
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            return None
        if when.tzinfo is None:  # RFC 5322's "-0000": UTC of an unknown place
            when = when.replace(tzinfo=UTC)
        return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


class Hooks(Struct, frozen=True):
    """For whoever shares a limit between several requests; only `AsyncClient` knows them."""

    # The connection is there, and nothing was sent. What it raises is raised.
    before_sending: Callable[[], Awaitable[None]]
    # Status and headers as soon as they are here, before the body.
    at_head: Callable[[Answer], None]


class Call:
    """One request with what has to be remembered while it runs."""

    def __init__(
        self,
        method: str,
        url: str,
        limits: Limits,
        allow_private: bool,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        basic: tuple[str, str] | None = None,
        cut: bool = False,
        hooks: Hooks | None = None,
    ) -> None:
        self.host = check_url(url, allow_private=allow_private).hostname or ""
        self.limits = limits
        self.cut = cut
        self.hooks = hooks
        self.sent = False
        self.ends_at = time.monotonic() + limits.total_timeout_s
        self.request = _request(method, _with_query(url, query), _headers(headers, basic), body)
        self.request.extensions["timeout"] = {
            "connect": limits.connect_timeout_s,
            "read": limits.read_timeout_s,
            "write": limits.read_timeout_s,
            "pool": limits.total_timeout_s,
        }

    def note(self, step: str, details: Mapping[str, Any]) -> None:
        # Nobody acts on half a request: before its body begins (a GET's is empty) it cannot have had an effect.
        if step == "http11.send_request_body.started":
            self.sent = True

    async def note_async(self, step: str, details: Mapping[str, Any]) -> None:
        self.note(step, details)
        if self.hooks and step == "http11.send_request_headers.started":
            await self.hooks.before_sending()
        if self.hooks and step == "http11.receive_response_headers.complete":
            _, status, _, headers = details["return_value"]
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
            self.hooks.at_head(Answer(status, told, b""))

    def check_time(self) -> None:
        if time.monotonic() > self.ends_at:
            raise httpx.ReadTimeout("the answer took too long")

    def answer(self, response: httpx.Response, pieces: list[bytes]) -> Answer:
        body = b"".join(pieces)
        complete = len(body) <= self.limits.max_bytes
        if not complete and not self.cut:
            raise AnswerTooBig(f"The answer of {self.host} is larger than {self.limits.max_bytes} bytes.")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, body[: self.limits.max_bytes], complete)

    def problem(self, error: Exception) -> NoAnswer:
        """The error in words that hold the host and nothing else of the address."""
        if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
            return NoAnswer(f"{self.host} could not be reached in time. {_MAY_CONNECT}", sent=False)
        if isinstance(error, httpx.ConnectError):
            return NoAnswer(f"{self.host} could not be reached: {_cause(error)}. {_MAY_CONNECT}", sent=False)
        if isinstance(error, httpx.TimeoutException | TimeoutError):
            return NoAnswer(f"{self.host} did not answer in time.", sent=self.sent)
        if isinstance(error, httpx.DecodingError | httpx.RemoteProtocolError):
            return NoAnswer(f"{self.host} sent an answer that is broken off or damaged.", sent=self.sent)
        return NoAnswer(f"The connection to {self.host} broke.", sent=self.sent)


def _request(method: str, url: str, headers: dict[str, str], body: bytes | None) -> httpx.Request:
    try:
        return httpx.Request(method, url, headers=headers, content=body)
    except httpx.InvalidURL:
        pass
    raise AddressRefused("This address holds characters that no web address has.")


def _with_query(url: str, query: Mapping[str, str] | None) -> str:
    url = url.partition("#")[0]
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url


def _headers(headers: Mapping[str, str] | None, basic: tuple[str, str] | None) -> dict[str, str]:
    given = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip", **(headers or {})}
    if basic:
        given["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
    return given


def _cause(error: BaseException) -> str:
    """What stood in the way, in a few words: the errors of libraries below carry it as their cause."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid ({cause.verify_message})"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS here"
        if isinstance(cause, ConnectionRefusedError):
            return "it refused the connection"
        cause = cause.__cause__ or cause.__context__
    return "the name could not be resolved" if "resolved" in str(error) else "the connection failed"
