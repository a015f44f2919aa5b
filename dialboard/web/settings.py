"""Django's settings, all of them from the one Config of this process; there is nothing here for a user to edit."""

import secrets
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF

from dialboard.config import Config
from dialboard.control import active_config
from dialboard.web.static_files import digest

config = active_config()


def _session_key(config: Config) -> str:
    """The key that signs sessions and sign-in links; a passing one for tools that look at the settings without a data
    folder."""
    try:
        return (config.data.keys / "session.key").read_text().strip()
    except OSError:
        return secrets.token_urlsafe(48)


def _hosts(config: Config) -> list[str]:
    """The names we answer to. Any name only where the operator listens on every address and gave no public URL."""
    if config.public_url:
        return [urlsplit(config.public_url).hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]
    if config.host in {"0.0.0.0", "::"}:
        return ["*"]
    return [config.host, "localhost", "127.0.0.1", "[::1]"]


# Seconds. A machine that vanishes says nothing: by itself the kernel waits two hours before it asks after it.
_PATIENCE = {"connect_timeout": 10, "keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3}


def _database(config: Config) -> dict[str, Any]:
    if config.control_url is None:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": config.data.control,
            # Opening SQLite again for each page costs 1.7 ms against 0.3.
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 20,  # seconds to wait for another writer
                "transaction_mode": "IMMEDIATE",  # a read that turns into a write would fail at once instead of waiting
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
            },
        }
    url = urlsplit(config.control_url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        # sslmode, sslrootcert, options ...: what stands behind the question mark is for the driver
        "OPTIONS": _PATIENCE | dict(parse_qsl(url.query)),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


DEBUG = config.debug
SECRET_KEY = _session_key(config)
ALLOWED_HOSTS = _hosts(config)
ROOT_URLCONF = "dialboard.web.urls"
DATABASES = {"default": _database(config)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LOGGING_CONFIG = None  # the process decides where logs go

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "dialboard.control",
    "dialboard.web.apps.WebConfig",
]

MIDDLEWARE = [
    "dialboard.web.static_files.StaticFiles",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "dialboard.web.middleware.Headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dialboard.web.middleware.Sentences",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dialboard.web.context.shell",
            ],
            "builtins": ["dialboard.web.templatetags.words"],
        },
    }
]

# Every file's address carries the hash of all of them, so a page never meets yesterday's script and each may be kept
# for ever; and nobody has to collect anything.
STATIC_URL = f"/static/{digest()}/"
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = "^/static/"
WHITENOISE_ALLOW_ALL_ORIGINS = False

LOGIN_URL = "sign-in"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "sesame.backends.ModelBackend"]
# Signing in changes last_login, and a link carries the last_login it was made for: it works once.
SESAME_ONE_TIME = True
SESAME_MAX_AGE = 24 * 60 * 60  # seconds
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

_https = config.url.startswith("https://")
SESSION_COOKIE_NAME = "dialboard_session"
SESSION_COOKIE_AGE = 30 * 24 * 60 * 60  # seconds
SESSION_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "dialboard_csrf"
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = True  # the page carries the token for its scripts
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "dialboard.web.pages.errors.form_too_old"
# A proxy that ends TLS talks http to us: the browser's Origin is the public one.
CSRF_TRUSTED_ORIGINS = [config.url] if config.public_url else []
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# The tracker's 2011 path answers on plain http and never passes here, so pages may insist on https where they have it.
SECURE_HSTS_SECONDS = 30 * 24 * 60 * 60 if _https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SILENCED_SYSTEM_CHECKS: list[str] = []
