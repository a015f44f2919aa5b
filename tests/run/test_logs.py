"""Logs: one line an event, with fields; never a payload, a query string or a secret."""

import logging
import sqlite3
import subprocess
import sys
from typing import Any

import pytest

from dialboard.errors import StoreUnreachable
from dialboard.run.logs import EventFormatter


def line(message: str, error: BaseException | None = None, name: str = "dialboard", **fields: Any) -> str:
    told = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.INFO, __file__, 1, message, (), told)
    record.created = 1_793_611_800.125
    vars(record).update(fields)
    return EventFormatter(role="working").format(record)


def test_a_line_is_a_time_a_level_a_sentence_and_fields() -> None:
    expected = "2026-11-02T09:30:00.125Z INFO A process is ready. role=working action=ready pid=41"
    assert line("A process is ready.", action="ready", pid=41) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.23456, "1.235"),
        ("two words", "'two words'"),
        ("", "''"),
        (None, "None"),
        ("a\nb", "'a\\nb'"),
        ("a\rb", "'a\\rb'"),
        ("a\x1b[31mb", "'a\\x1b[31mb'"),
        ("dst_1", "dst_1"),
    ],
)
def test_a_value_stays_in_its_line(value: Any, text: str) -> None:
    assert line("Done.", x=value).endswith(f" x={text}")


def test_a_field_says_more_than_what_is_always_said() -> None:
    assert line("A process was started.", role="serving").endswith("started. role=serving")


def test_a_traceback_follows_in_lines_of_its_own() -> None:
    try:
        raise ValueError("no")
    except ValueError as error:
        first, *others = line("It failed.", error).splitlines()
    assert first.endswith("It failed. role=working")
    assert others[0].startswith("Traceback") and others[-1] == "ValueError: no"


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        sqlite3.OperationalError("database or disk is full\nwhatever else"),
        StoreUnreachable("No process answers."),
    ],
)
def test_what_the_machine_or_a_server_does_is_one_line(error: Exception) -> None:
    told = line("It failed.", error)
    assert "\n" not in told and f" error='{type(error).__name__}: {str(error).splitlines()[0]}'" in told


def test_what_a_visitor_did_wrong_has_no_traceback() -> None:
    told = line("Invalid HTTP_HOST header.", ValueError("no"), name="django.security.DisallowedHost")
    assert told.endswith("Invalid HTTP_HOST header. role=working")


def test_a_long_path_is_cut() -> None:
    told = line("Not Found: /" + 20_000 * "a", path=20_000 * "b")
    assert len(told) < 2_200 and told.count("aaa... (20,012 letters)") == told.count("bbb... (20,000 letters)") == 1


def test_talkative_packages_do_not_tell_addresses() -> None:
    """httpx logs whole addresses at info: those of destinations carry their secret."""
    program = (
        "import logging; from dialboard.run import logs; logs.to_stderr('delivering');"
        "logging.getLogger('httpx').info('POST https://x/?api_secret=s3cret');"
        "logging.getLogger('httpcore.http11').info('s3cret');"
        "logging.getLogger('dialboard').info('Heard.')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert "s3cret" not in done.stderr and done.stderr.endswith("INFO Heard. role=delivering\n")
