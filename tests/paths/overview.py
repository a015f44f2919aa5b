"""The Overview board as it has to look, worked out from the raw records, and as Chromium shows it.

What is written here about looks (titles, names of parts, how a figure is written) is on purpose written a second time.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from playwright.sync_api import Page, expect

from tests.paths.figures import FIGURES, Figure, Records, parts
from tests.paths.running import PATIENCE_S


class Tile(NamedTuple):
    title: str
    metric: str
    is_chart: bool = False
    split: str = ""


TILES = (
    Tile("Calls", "calls"),
    Tile("Answer rate", "answer_rate"),
    Tile("Messages", "messages"),
    Tile("Spend", "spend"),
    Tile("Calls over time", "calls", is_chart=True),
    Tile("How calls ended", "calls", split="status"),
    Tile("Messages over time", "messages", is_chart=True, split="direction_class"),
    Tile("Why messages did not arrive", "messages_failed", split="error_code"),
    Tile("Spend over time", "spend", is_chart=True),
    Tile("Spend by product", "spend_by_category", split="category"),
    Tile("Tracked events over time", "tracked_events", is_chart=True),
    Tile("Tracked events by campaign", "tracked_events", split="campaign_name"),
)
NAMES = {
    "30003": "30003 Unreachable handset",
    "30005": "30005 Unknown handset",
    "30006": "30006 Landline or unreachable carrier",
    "30007": "30007 Filtered by the carrier",
    "30008": "30008 Unknown error",
    "sms": "SMS",
    "mms": "MMS",
    "channels": "WhatsApp and other channels",
    "phonenumbers": "Phone numbers",
    "recordingstorage": "Storage of recordings",
}


class Shown(NamedTuple):
    """The words of a tile. `figure` is that of a number, or the one in the head of a chart or a breakdown."""

    figure: str
    columns: list[str]  # of a chart
    rows: dict[str, list[str]]  # of a chart by day, of a breakdown by part


def expected(tile: Tile, days: Mapping[date, Records]) -> Shown:
    """From the records of each day. A stretch without any record is one in which nothing was tracked yet: the played
    Twilio has some of everything every day."""
    _, work_out = FIGURES[tile.metric]
    write = _WRITE.get(tile.metric, count)
    records = [record for some in days.values() for record in some]
    if not records:
        return Shown(write(None), [], {})
    figure = write(work_out(records))
    if not tile.is_chart:
        return Shown(figure, [], breakdown(tile, records, write) if tile.split else {})
    if not tile.split:
        rows = {f"{day}": [write(work_out(some) if some else None)] for day, some in days.items()}
        return Shown(figure, [_TITLES[tile.metric]], rows)
    columns = list(parts(tile.metric, tile.split, records))
    by_day = {day: parts(tile.metric, tile.split, some) for day, some in days.items()}
    rows = {f"{day}": [write(found.get(part, 0)) for part in columns] for day, found in by_day.items()}
    return Shown(figure, [name(part) for part in columns], rows)


def breakdown(tile: Tile, records: Records, write: Callable[[Figure], str]) -> dict[str, list[str]]:
    """Each part with its share of the whole: of all spend, not of the products' only."""
    _, of_whole = FIGURES["spend" if tile.metric == "spend_by_category" else tile.metric]
    whole = float(of_whole(records) or 0)
    found = parts(tile.metric, tile.split, records)
    return {name(part): [write(figure), percent(float(figure) / whole * 100)] for part, figure in found.items()}


def name(part: str) -> str:
    return NAMES.get(part, part.replace("-", " ").capitalize())


def count(figure: Figure) -> str:
    return "—" if figure is None else f"{figure:,}"


def percent(figure: Figure) -> str:
    """With one place, or with as many as it needs not to look like nothing or all."""
    for places in (1, 2, 3):
        text = rounded(figure, places)
        if Decimal(text) not in (0, 100):
            return f"{text}\N{NO-BREAK SPACE}%"
    return f"{rounded(figure, 0)}\N{NO-BREAK SPACE}%"


def dollars(figure: Figure) -> str:
    """With two places; below ten cents with four."""
    return "—" if figure is None else f"${rounded(figure, 4 if 0 < figure < Decimal('0.1') else 2)}"


def rounded(figure: Figure, places: int) -> str:
    return f"{Decimal(str(figure)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,}"


_WRITE = {"answer_rate": percent, "spend": dollars, "spend_by_category": dollars}
_TITLES = {"calls": "Calls", "spend": "Spend", "tracked_events": "Tracked events"}


def sign_in(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Overview", exact=True).first).to_be_visible(timeout=PATIENCE_S * 1000)


def open_overview(page: Page, first: date, last: date) -> dict[str, Shown]:
    """What the board shows of those days, both included, by the titles of its tiles, once it has its figures."""
    address = page.get_by_role("link", name="Overview", exact=True).first.evaluate("link => link.href")
    page.goto(f"{address}?from={first}&to={last}&compare=no")
    expect(page.locator(".tile").first).to_be_visible(timeout=PATIENCE_S * 1000)
    expect(page.locator(".tile.skeleton")).to_have_count(0, timeout=PATIENCE_S * 1000)
    found: list[Any] = page.locator(".tile").evaluate_all(_READ)
    return {title: Shown(figure, columns, dict(rows)) for title, figure, columns, rows in found}


# The table of a chart is folded away, so that it has a text but shows none.
_READ = """
    tiles => tiles.map(tile => [
        tile.querySelector("h2").innerText,
        tile.querySelector(".figure, .head-figure").innerText,
        [...tile.querySelectorAll(".as-table thead .number")].map(head => head.textContent),
        [...tile.querySelectorAll("tbody tr")].map(row => row.dataset.at
            ? [row.dataset.at, [...row.cells].slice(1).map(cell => cell.textContent)]
            : [row.cells[0].innerText, [...row.cells].slice(1).map(cell => cell.innerText)]),
    ])
"""
