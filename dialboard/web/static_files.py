"""Scripts, styles and the typeface: hashed addresses and compressed copies, without a step for anybody to run."""

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]
from whitenoise.responders import StaticFile  # type: ignore[import-untyped]

from dialboard.control import active_config

FOLDER = Path(__file__).parent / "static"
_COMPRESSIBLE = {".js", ".css", ".svg", ".txt"}


@cache
def digest() -> str:
    """Twelve hex digits that change when any of the files does."""
    found = hashlib.sha256()
    for path in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        found.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise with the compressed copies in the data folder's cache: an installed package may not be writable."""

    def get_static_file(self, path: str, url: str, stat_cache: dict[str, Any] | None = None) -> StaticFile:
        headers = Headers([])
        self.add_mime_headers(headers, path, url)
        self.add_cache_headers(headers, path, url)
        # A font, script or style of ours is of no use to another site.
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["X-Content-Type-Options"] = "nosniff"
        smaller = _compressed(Path(path))
        return StaticFile(path, headers.items(), encodings={"gzip": str(smaller)} if smaller else None)


def _compressed(path: Path) -> Path | None:
    """The gzip copy, made once a version; None when it would not help or the cache cannot be written."""
    if path.suffix not in _COMPRESSIBLE:
        return None
    content = path.read_bytes()
    name = hashlib.sha256(content).hexdigest()[:24] + ".gz"
    copy = active_config().data.path / "cache" / "static" / name
    if copy.is_file():
        return copy
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        half = copy.with_suffix(".part")
        half.write_bytes(gzip.compress(content, 9, mtime=0))
        half.replace(copy)  # another process may make the same copy at the same time
    except OSError:
        return None
    return copy
