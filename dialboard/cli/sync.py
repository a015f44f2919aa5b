"""dialboard sync: what Twilio knows, brought here."""

import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING

import click

from dialboard.cli import asked, shown
from dialboard.cli.connection import find
from dialboard.cli.given import account_option
from dialboard.shapes.resource import Resource

if TYPE_CHECKING:  # brings an HTTP client with it, which --help has no need of
    from dialboard.sync.pull import Progress

LINE_EVERY_S = 5.0  # between two plain lines
BAR = 30  # characters


@click.command()
@click.option("--connection", required=True, metavar="CONNECTION", help="Its id or its unique name.")
@click.option("--resource", "names", multiple=True, metavar="NAME", help="calls, messages ...; every one without it.")
@click.option("--since", metavar="DATE", help="The first day, in the account's zone; all Twilio still has without it.")
@click.option("--until", metavar="DATE", help="The first day that is not wanted any more; up to now without it.")
@account_option(required=False)
def sync(connection: str, account: str | None, names: tuple[str, ...], since: str | None, until: str | None) -> None:
    """Bring a connection's records here, newest first. Returns when the range is held and can be queried.

    It may be stopped at any time: the next one goes on where it was.
    """
    config = asked.prepared()
    resources = _resources(names)
    found = find(connection, account)
    zone = found.account.zone
    begin, end = _midnight("--since", since, zone), _midnight("--until", until, zone)
    if begin and end and begin >= end:
        raise click.UsageError(f"--until {until} is not after --since {since}.")
    from dialboard.cli.store import opened
    from dialboard.run import syncing

    told = _Told(resources, quiet=asked.wants_json())
    with opened(config):
        pulled = syncing.sync(config, found, resources, (begin, end), told.progress)
    told.end()
    items = [{"name": name, "rows": one.rows, "pages": one.pages} for name, one in pulled.items()]
    text = "\n".join(f"{item['name']}: {item['rows']:,} records in {item['pages']:,} pages" for item in items)
    shown.show({"connection": found.id, "resources": items}, text)


def _resources(names: tuple[str, ...]) -> list[Resource]:
    from dialboard.control.finding import no_such
    from dialboard.errors import NotFound
    from dialboard.twilio.resources import RESOURCES

    for name in names:
        if name not in RESOURCES:
            raise NotFound(no_such("resource", name, RESOURCES))
    return [resource for name, resource in RESOURCES.items() if not names or name in names]


def _midnight(option: str, text: str | None, zone: str) -> datetime | None:
    """When that day begins in the zone."""
    from dialboard.measure.period import day, midnight

    return None if text is None else midnight(day(option, text), zone)


class _Told:
    """How far it is: a bar on a terminal, a line now and then elsewhere, nothing with --json. Resources are read side
    by side, so both are of all of them."""

    def __init__(self, resources: list[Resource], *, quiet: bool) -> None:
        self._quiet = quiet
        self._on_terminal = sys.stderr.isatty()
        self._next_line_s = time.monotonic() + LINE_EVERY_S
        self._far = {resource.name: (0.0, 0) for resource in resources}

    def progress(self, resource: Resource, progress: "Progress") -> None:
        self._far[resource.name] = (progress.share, progress.rows)
        if self._quiet:
            return
        if self._on_terminal:
            sys.stderr.write("\r" + self.bar())
            sys.stderr.flush()
        elif time.monotonic() >= self._next_line_s:
            self._next_line_s = time.monotonic() + LINE_EVERY_S
            click.echo(self.line())

    def bar(self) -> str:
        share = sum(share for share, _ in self._far.values()) / len(self._far)
        full = round(BAR * share)
        records = sum(rows for _, rows in self._far.values())
        return f"[{'#' * full}{'-' * (BAR - full)}] {share:4.0%}  {records:,} records "

    def line(self) -> str:
        return ", ".join(f"{name} {share:.0%} ({rows:,} records)" for name, (share, rows) in self._far.items())

    def end(self) -> None:
        if self._on_terminal and not self._quiet:
            sys.stderr.write("\r" + " " * len(self.bar()) + "\r")
