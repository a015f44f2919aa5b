"""The Overview board as a person sees it: figures, charts, table, keyboard, phone, dark, without scripts."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dialboard.measure.answer import answer
from dialboard.measure.library import METRICS
from dialboard.measure.period import named
from dialboard.shapes.money import looks
from dialboard.store.duckdb import DuckStore
from tests.browser.conftest import Live

pytestmark = pytest.mark.chromium

PARTS = ("connections/", "connections/new", "destinations/", "destinations/new", "events/", "credentials/")
# Adds up every movement of what was painted already.
MOVED = """
    window.moved = 0;
    new PerformanceObserver((list) => { for (const one of list.getEntries()) window.moved += one.value; })
        .observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def board(live: Live) -> str:
    return f"/{live.account}/boards/{live.board}/"


def _filled(page: Page) -> Page:
    expect(page.locator(".tile")).to_have_count(12)
    expect(page.locator(".tile.skeleton")).to_have_count(0)
    return page


def test_the_board_shows_the_figures_of_the_metrics(open_page: Any, live: Live, board: str, store: DuckStore) -> None:
    page = _filled(open_page(board))
    for metric in ("calls", "answer_rate", "messages", "spend"):
        series = answer(
            store, METRICS[metric], account=live.account, period=named("past_30_days", "UTC", live.now), now=live.now
        )
        tile = page.locator(".tile.is-number", has_text=re.compile(f"^\\s*{METRICS[metric].title}"))
        expect(tile.locator(".figure")).to_have_text(looks(series.total, series.unit, series.currency))


def test_nothing_moves_when_the_figures_come(open_page: Any, live: Live, board: str) -> None:
    page = open_page(f"/{live.account}/events/")
    page.add_init_script(MOVED)
    page.goto(live.url + board)
    _filled(page)
    expect(page.locator(".plot svg text").first).to_be_visible()
    assert page.evaluate("window.moved") < 0.02


def test_the_chart_is_drawn_from_its_table_and_read_with_the_arrow_keys(open_page: Any, board: str) -> None:
    page = _filled(open_page(board + "?range=last_7_days"))
    tile = page.locator(".tile.is-area").first
    expect(tile.locator(".plot svg text").first).to_be_visible()
    rows = tile.locator("tbody tr")
    expect(rows).to_have_count(7)
    tile.locator(".plot").focus()
    page.keyboard.press("End")
    said = page.locator("#said")
    expect(said).to_contain_text(rows.last.locator("th").text_content() or "no day")
    last = said.text_content() or ""
    page.keyboard.press("ArrowLeft")
    expect(said).not_to_have_text(last)
    expect(tile.locator(".tip")).to_be_visible()


def test_keys_pressed_before_the_chart_is_there_point_at_its_value_afterwards(
    open_page: Any, live: Live, board: str
) -> None:
    page = open_page(f"/{live.account}/events/")
    held: list[Any] = []
    page.route("**/echarts*.js", lambda route: held.append(route))  # the library is on its way until the test says so
    page.goto(live.url + board + "?range=last_7_days")
    tile = _filled(page).locator(".tile.is-area").first
    tile.locator(".plot").focus()
    page.keyboard.press("End")
    expect(page.locator("#said")).not_to_have_text("")
    expect(tile.locator(".tip")).to_have_count(0)
    for route in held:
        route.continue_()
    expect(tile.locator(".tip")).to_be_visible()


def test_a_chart_keeps_its_axis_and_its_parts_when_the_script_draws_it(open_page: Any, live: Live, board: str) -> None:
    still = _filled(open_page(board, java_script_enabled=False))
    drawn = _filled(open_page(board))
    for title in ("Calls over time", "Messages over time", "Spend over time"):
        before = still.locator(".tile", has_text=title).locator(".plot")
        after = drawn.locator(".tile", has_text=title).locator(".plot")
        after.scroll_into_view_if_needed()
        expect(after.locator("svg[data-ticks]")).to_have_count(0)
        assert _up(after) == _up(before)


def test_a_day_alone_between_gaps_is_a_dot(open_page: Any, live: Live, board: str) -> None:
    """The store holds 70 days: of a week that ends with the first of them it has one."""
    first = (live.now - timedelta(days=70)).date()
    page = _filled(open_page(f"{board}?from={first - timedelta(days=6)}&to={first}&compare=no"))
    tile = page.locator(".tile", has_text="Calls over time")
    expect(tile.locator(".plot svg[data-ticks]")).to_have_count(0)
    values = tile.locator("tbody td").evaluate_all("cells => cells.map(cell => cell.dataset.value)")
    assert values == [*[""] * 6, "0"]
    expect(tile.locator('.plot svg path[d*="A"]').first).to_be_visible()


def _up(plot: Any) -> set[str]:
    """The words of the axis that goes up, which have no name of a month in them."""
    return {words for words in plot.locator("text").all_text_contents() if not re.search("[A-Z][a-z]{2}$", words)}


def test_the_table_takes_the_place_of_the_chart_and_gives_it_back(open_page: Any, board: str) -> None:
    page = _filled(open_page(board))
    tile = page.locator(".tile.is-area").first
    switch = tile.locator(".as-table summary")
    switch.focus()
    page.keyboard.press("Enter")
    expect(tile.locator("table")).to_be_visible()
    page.keyboard.press("Enter")
    expect(tile.locator("table")).to_be_hidden()


def test_the_period_is_chosen_with_the_keyboard_and_stands_in_the_address(open_page: Any, board: str) -> None:
    page = _filled(open_page(board))
    page.get_by_label("Period: 30 days to now").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Last 7 days").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**range=last_7_days")
    _filled(page)
    page.get_by_role("link", name="Compared").click()
    page.wait_for_url("**compare=no")
    expect(_filled(page).locator(".tile .chip")).to_have_count(0)


def test_escape_closes_a_menu_and_gives_the_focus_back(open_page: Any, board: str) -> None:
    page = open_page(board)
    page.get_by_label("Period: 30 days to now").click()
    expect(page.get_by_role("link", name="Yesterday")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Yesterday")).to_be_hidden()
    expect(page.get_by_label("Period: 30 days to now")).to_be_focused()


@pytest.mark.parametrize("width", [320, 375, 768, 1440])
def test_nothing_is_wider_than_the_screen(width: int, open_page: Any, live: Live, board: str) -> None:
    page = open_page(board, width=width)
    _filled(page)
    for path in (board, f"/{live.account}/", *(f"/{live.account}/{part}" for part in PARTS)):
        page.goto(live.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_phone_has_its_menu_at_the_bottom(open_page: Any, board: str) -> None:
    page = open_page(board, width=375)
    bar = page.locator("nav.tabs")
    expect(bar).to_be_visible()
    expect(page.locator(".rail")).to_be_hidden()
    bar.get_by_text("More").click()
    bar.get_by_role("link", name="Destinations").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Destinations")


def test_dark_follows_the_system_and_the_switch_overrules_it(open_page: Any, board: str) -> None:
    page = _filled(open_page(board, dark=True))
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(11, 16, 32)"
    page.locator(".rail").get_by_role("button", name="Light", exact=True).click()
    assert page.evaluate(ground) == "rgb(246, 247, 249)"
    page.wait_for_load_state("networkidle")
    page.reload()
    assert page.evaluate(ground) == "rgb(246, 247, 249)"


def test_the_pages_read_without_scripts(open_page: Any, live: Live) -> None:
    page = open_page(f"/{live.account}/", width=375, java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Yesterday: ")
    page.locator("nav.tabs summary").click()
    page.locator("nav.tabs").get_by_role("link", name="Credentials").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Credentials")


def test_a_board_has_its_figures_and_charts_without_scripts(open_page: Any, live: Live, board: str) -> None:
    page = _filled(open_page(board, java_script_enabled=False))
    expect(page.locator(".tile .plot svg").first).to_be_visible()
    page.locator(".menu.down summary").click()
    page.get_by_role("link", name="Last 7 days", exact=True).click()
    expect(_filled(page).locator(".menu.down summary span").first).to_have_text("Last 7 days")
    page.goto(live.url + f"/{live.account}/")
    expect(page.locator(".pinned .tile .figure")).to_have_count(4)


def test_the_keyboard_reaches_the_content_first(open_page: Any, board: str) -> None:
    page = open_page(board)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_motion_stops_where_the_system_asks_for_it(open_page: Any, board: str) -> None:
    page = open_page(board, reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--quick').trim()") == "0ms"
