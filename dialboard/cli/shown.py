"""What a command prints: one JSON document, or lines for people."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from dialboard.cli.asked import wants_json


def show(document: dict[str, Any], text: str) -> None:
    """The document with --json, else the text."""
    click.echo(msgspec.json.encode(document).decode() if wants_json() else text)


def show_list(plural: str, items: Sequence[dict[str, Any]], columns: Sequence[str], nothing: str) -> None:
    """{PLURAL: [...]} with --json, else a table of those keys; `nothing` is said when the list is empty."""
    lines = (tuple(_cell(item.get(column)) for column in columns) for item in items)
    show({plural: list(items)}, table(columns, lines) if items else nothing)


def table(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Aligned columns under their names."""
    cells = [tuple(_spaced(column).upper() for column in columns), *map(tuple, lines)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in padded)


def instant(at: datetime | None) -> str | None:
    """2026-11-24T13:00:00Z; None for None."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _spaced(name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    # A line of a table stays a line, whatever a sender put into a title, and a terminal is told nothing by it.
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in str(value))
