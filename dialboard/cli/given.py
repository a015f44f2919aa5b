"""Options that several commands take, and values read from files."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dialboard.errors import UsageError

LONGEST_SECRET = 4096  # characters

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

LIMIT = click.IntRange(1, 1_000_000_000)  # of a list; a database takes no number of any length


def account_option(*, required: bool = True) -> Decorator:
    return click.option("--account", required=required, metavar="ACCOUNT", help="The account's id or its name.")


def secret(option: str, path: str) -> str:
    """The secret in the file, `-` for standard input. Raises UsageError, which names the option and no content."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text()
    except OSError as error:
        raise UsageError(f"{option} {path}: the file cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{option} {path}: expected a text file with the secret in it.") from error
    text = text.strip()
    if not text:
        raise UsageError(f"{option} {path}: the file is empty; put the secret into it.")
    if len(text) > LONGEST_SECRET or len(text.split()) > 1:
        raise UsageError(f"{option} {path}: expected a file with the secret in it and nothing else.")
    return text
