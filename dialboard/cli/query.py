"""dialboard query: a metric over a period."""

from datetime import UTC, datetime
from typing import Any

import click

from dialboard.cli import asked, shown
from dialboard.cli.given import account_option
from dialboard.shapes.question import Grain


@click.command()
@click.argument("metric")
@account_option()
@click.option("--range", "range_", metavar="RANGE", help="last_30_days (the default; ends yesterday), this_month ...")
@click.option("--from", "from_", metavar="DAY", help="The first day: 2026-11-01.")
@click.option("--until", metavar="DAY", help="The first day that is not asked about any more.")
@click.option("--by", metavar="GRAIN", help="hour, day, week, month, quarter or year; one value without it.")
@click.option("--split", multiple=True, metavar="DIMENSION", help="One value for each; may be given several times.")
@click.option("--zone", metavar="ZONE", help="Where days begin; the account's own without it.")
def query(
    metric: str,
    account: str,
    range_: str | None,
    from_: str | None,
    until: str | None,
    by: str | None,
    split: tuple[str, ...],
    zone: str | None,
) -> None:
    """Ask a metric over a period: its buckets, its total, and the gaps of which nothing is held."""
    from dialboard.measure.document import document, encode

    grain = _grain(by)
    config = asked.prepared()
    from dialboard.cli.store import opened
    from dialboard.control import finding
    from dialboard.measure.answer import answer
    from dialboard.measure.library import find
    from dialboard.measure.period import chosen
    from dialboard.run.current import make_current
    from dialboard.shapes.tracker import EVENTS

    found = find(metric)
    owner = finding.account(account)
    now = datetime.now(UTC)
    period = chosen(range_, from_, until, owner.zone if zone is None else zone, now)
    with opened(config) as store:
        if any(measure.resource == EVENTS.name for measure in (found.measure, found.over) if measure):
            make_current(config, store, owner.id, period.span.until)
        series = answer(store, found, account=owner.id, period=period, by=grain, split=split, now=now)
    written = document(series)
    if note := _other_days(metric, written["zone"], zone, owner.zone):
        click.echo(note, err=True)
    click.echo(encode(written).decode() if asked.wants_json() else _text(written, split))


def _grain(by: str | None) -> Grain | None:
    if by is None:
        return None
    try:
        return Grain(by)
    except ValueError:
        raise click.UsageError(f"--by {by!r}: expected {', '.join(Grain)}.") from None


def _other_days(metric: str, used: str, asked_for: str | None, own: str) -> str:
    """That the days are not those that were asked for; "" when they are. A script that named no zone reads `zone`."""
    if used == (asked_for or own) or (asked.wants_json() and not asked_for):
        return ""
    whose = "of --zone" if asked_for else "of the account's zone"
    return f"The days of {metric} are {used} days, as Twilio counts them, not those {whose} ({asked_for or own})."


def _text(written: dict[str, Any], split: tuple[str, ...]) -> str:
    """A line a bucket, or a line a combination without --by; then the total and what is missing."""
    timed = written["by"] is not None
    columns = [*(["at"] if timed else []), *split, "value"]
    rows = written["buckets"] if timed or not split else written["totals"]
    lines = [
        (
            *([row["at"]] if timed else []),
            *(_plain(row["dimensions"].get(name)) for name in split),
            _plain(row["value"]),
        )
        for row in rows
    ]
    unit = written["currency"] or ("" if written["unit"] == "currency" else written["unit"])
    foot = f"{written['metric']} from {written['from']} until {written['until']} ({written['zone']}):"
    parts = [
        *([shown.table(columns, lines), ""] if timed or split else []),
        f"{foot} {_plain(written['total'])} {unit}".rstrip(),
        *(f"not held: {gap['from']} until {gap['until']}" for gap in written["gaps"]),
    ]
    return "\n".join(parts)


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
