"""Settings, once, at the edge: read from the environment (and the words of a command), checked, then frozen.

A secret may come from a file: DIALBOARD_X_FILE instead of DIALBOARD_X.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit


class BadValue(ValueError):
    """A setting has a value that cannot be used: its name, the value and what was expected. The command line makes
    errors.BadSetting of it; this file, like errors, stands below everything and imports nothing of ours."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(name, value, expected)

    def __str__(self) -> str:
        name, value, expected = self.args
        return f"{name} is {value!r}: expected {expected}."


@dataclass(frozen=True)
class DataFolder:
    """Where everything lives on the embedded stores."""

    path: Path

    @property
    def events(self) -> Path:
        return self.path / "events.db"

    @property
    def deliveries(self) -> Path:
        return self.path / "deliveries.db"

    @property
    def rows(self) -> Path:
        return self.path / "rows.duckdb"

    @property
    def run(self) -> Path:
        """Locks, and notes of running processes."""
        return self.path / "run"

    @property
    def rows_socket(self) -> Path:
        """Where the storing process answers: `store.socket_path` says the same (a test compares them), for the store
        reads no configuration."""
        return self._socket("rows.sock")

    @property
    def pages_socket(self) -> Path:
        """Where the showing process answers what serving passes on to it."""
        return self._socket("pages.sock")

    def _socket(self, name: str) -> Path:
        """In the folder, or where its address is short enough: one of more than 107 bytes is too long for a socket."""
        path = self.path.resolve() / name
        if len(os.fsencode(path)) <= 107:
            return path
        private = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"dialboard-{os.getuid()}"
        return private / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:24]}.sock"

    @property
    def control(self) -> Path:
        return self.path / "control.db"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def version(self) -> Path:
        return self.path / "version.json"


@dataclass(frozen=True)
class Config:
    """Every setting, with its meaning, unit and default. Secrets are not in the repr."""

    data: DataFolder
    host: str = "127.0.0.1"  # the address to listen on
    port: int = 8000
    public_url: str | None = None  # how the world reaches us; None: http://host:port
    trusted_proxies: tuple[str, ...] = ()  # addresses or networks whose X-Forwarded-* headers are believed
    control_url: str | None = field(default=None, repr=False)  # postgresql://...; None: control.db in the data folder
    journal_url: str | None = field(default=None, repr=False)  # postgresql://...; None: events.db
    deliveries_url: str | None = field(default=None, repr=False)  # postgresql://...; None: deliveries.db
    store_url: str | None = field(default=None, repr=False)  # clickhouse://...; None: rows.duckdb
    store_memory: str = "1GB"  # the most memory the embedded store takes
    deliveries_days: int = 400  # how long the record of what is delivered or dead is kept; 0: for ever
    debug: bool = False

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "Config":
        """Raises BadValue, which names the variable and what was expected."""
        read = _Reader(os.environ if environ is None else environ)
        return cls(
            data=DataFolder(Path(read.text("DATA") or "dialboard-data").absolute()),
            host=read.text("HOST") or "127.0.0.1",
            port=read.port("PORT", 8000),
            public_url=read.url("PUBLIC_URL", ("http", "https")),
            trusted_proxies=tuple((read.text("TRUSTED_PROXIES") or "").replace(",", " ").split()),
            control_url=read.server("CONTROL_URL", ("postgresql", "postgres")),
            journal_url=read.server("JOURNAL_URL", ("postgresql", "postgres")),
            deliveries_url=read.server("DELIVERIES_URL", ("postgresql", "postgres")),
            store_url=read.server("STORE_URL", ("clickhouse", "clickhouses")),
            store_memory=read.size("STORE_MEMORY") or "1GB",
            deliveries_days=read.days("DELIVERIES_DAYS", 400, least=30),
            debug=read.flag("DEBUG"),
        )

    def with_(self, **changes: object) -> "Config":
        """The same with some settings replaced; None changes nothing."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]

    @property
    def journal(self) -> str:
        """Where the journal is: a path, or a postgresql:// address."""
        return self.journal_url or str(self.data.events)

    @property
    def outcomes(self) -> str:
        """Where deliveries and cursors are: a path, or a postgresql:// address."""
        return self.deliveries_url or str(self.data.deliveries)

    @property
    def store(self) -> str:
        """Where the metric store answers: the storing process's socket, or a clickhouse:// address."""
        return self.store_url or str(self.data.rows_socket)

    @property
    def url(self) -> str:
        """How the world reaches us, without a slash at the end."""
        return (self.public_url or self.local_url).rstrip("/")

    @property
    def local_url(self) -> str:
        """How this machine itself reaches us."""
        return address_of({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host), self.port)


def address_of(host: str, port: int) -> str:
    """The address of a server of this machine, without a slash at the end; an IPv6 address needs brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def text(self, name: str) -> str | None:
        """The variable, or the content of the file that NAME_FILE names; None when neither is set or it is empty."""
        if path := self.environ.get(f"DIALBOARD_{name}_FILE"):
            try:
                return Path(path).read_text().strip() or None
            except OSError as error:
                raise BadValue(f"DIALBOARD_{name}_FILE", path, f"a readable file ({error.strerror})") from error
        return self.environ.get(f"DIALBOARD_{name}") or None

    def port(self, name: str, default: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not text.isdecimal() or int(text) > 65535:
            raise BadValue(f"DIALBOARD_{name}", text, "a port number from 0 to 65535")
        return int(text)

    def size(self, name: str) -> str | None:
        """As the store writes sizes. Checked here, or its process would be started over and over in vain."""
        text = self.text(name)
        if text is not None and not re.fullmatch(r"[1-9][0-9]{0,8} ?[KMGT]i?B", text, re.IGNORECASE):
            raise BadValue(f"DIALBOARD_{name}", text, "a size such as 512MB or 2GB")
        return text

    def days(self, name: str, default: int, least: int) -> int:
        """A number of days, or 0 for no end."""
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) < 6) or 0 < int(text) < least:
            raise BadValue(f"DIALBOARD_{name}", text, f"a whole number of days from {least} to 99999, or 0 for ever")
        return int(text)

    def flag(self, name: str) -> bool:
        text = (self.text(name) or "0").lower()
        if text not in {"0", "1", "true", "false", "yes", "no"}:
            raise BadValue(f"DIALBOARD_{name}", text, "yes or no")
        return text in {"1", "true", "yes"}

    def url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        text = self.text(name)
        if text is not None and not text.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise BadValue(f"DIALBOARD_{name}", text, f"an address that begins with {schemes[0]}://")
        return text

    def server(self, name: str, schemes: tuple[str, ...]) -> str | None:
        """The address of a database, which a driver can take apart; its refusals show no user and no password."""
        text = self.text(name)
        expected = text and _server_trouble(text, schemes)
        if text and expected:
            raise BadValue(f"DIALBOARD_{name}", _without_password(text), expected)
        return text


def _server_trouble(url: str, schemes: tuple[str, ...]) -> str | None:
    """What was expected instead; None when it is an address that a driver can take apart."""
    if not url.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        return f"an address that begins with {schemes[0]}://"
    try:
        parts = urlsplit(url)
        is_whole = parts.port != 0 and "@" not in parts.path + parts.query + parts.fragment
    except ValueError:  # a port that is no number, which is what a slash in a password looks like
        is_whole = False
    if not is_whole or re.search("%(?![0-9A-Fa-f]{2})", url):
        return f"{_FORM.format(schemes[0])}, with / : @ ? # % in a password written as %2F %3A %40 %3F %23 %25"
    if schemes[0] == "postgresql" and not parts.path.strip("/"):
        return f"a database behind the last slash, {_FORM.format(schemes[0])}"
    return None


_FORM = "{}://user:password@host:port/database"


def _without_password(url: str) -> str:
    """What follows the last @ at the most: before it, and where there is none, anything may be a password."""
    scheme, _, rest = url.partition("://")
    shown = f"...@{rest.rpartition('@')[2]}" if "@" in rest else "..."
    return f"{scheme}://{shown}" if rest else "..."
