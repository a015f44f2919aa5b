"""Logs are events: a fixed short sentence, then fields (action, role, ids, seconds, counts). Never a payload, a query
string or a secret."""

import logging
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from dialboard.errors import DialboardError, first_line

_ORDINARY = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime", "taskName"}

# httpx logs whole addresses at info, and those of destinations carry their API secret.
_TALKATIVE = ("httpx", "httpcore", "_granian", "granian", "asyncio", "clickhouse_connect", "twilio")

# What a visitor did wrong, such as a Host that is none of ours: no traceback through Django says more about it.
_OF_VISITORS = "django.security"
# What the machine or a server does to us, by the names that every driver uses: the error says all there is to know.
_OF_OUTSIDE = frozenset({"OperationalError", "InterfaceError", "AdminShutdown", "CannotConnectNow", "DiskFull"})
_LONGEST = 1_000  # letters of a sentence or a value; the path that Django's name is the visitor's choice


class EventFormatter(logging.Formatter):
    """`2026-11-02T09:30:00.125Z INFO A process is ready. role=working pid=41`"""

    def __init__(self, **always: object) -> None:
        super().__init__()
        self.always = always

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        given = {name: value for name, value in vars(record).items() if name not in _ORDINARY and _is_plain(value)}
        fields = "".join(f" {name}={_plain(value)}" for name, value in (self.always | given).items())
        return f"{at}Z {record.levelname} {_cut(record.getMessage())}{fields}{self._trace(record)}"

    def _trace(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or record.name.startswith(_OF_VISITORS):
            return ""
        if isinstance(error, DialboardError | OSError) or type(error).__name__ in _OF_OUTSIDE:
            return f" error={_plain(f'{type(error).__name__}: {first_line(error)}')}"
        return f"\n{self.formatException(record.exc_info)}"  # type: ignore[arg-type]


def to_stderr(role: str) -> None:
    """From now on this process logs to stderr, each line with its role."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EventFormatter(role=role))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _is_plain(value: object) -> bool:
    """Django gives its request along, whose repr holds the query string, in which a sender's token may be."""
    return value is None or isinstance(value, str | int | float | Decimal | Path | datetime)


def _plain(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return _cut(text if text and text.isprintable() and " " not in text else repr(text))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text):,} letters)"
