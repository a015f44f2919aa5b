"""A series as a still picture."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from dialboard.draw.picture import picture, when
from dialboard.draw.svg import PAGE
from dialboard.shapes.question import Grain
from dialboard.shapes.row import Span
from dialboard.shapes.series import Point, Series, Total

SVG = "{http://www.w3.org/2000/svg}"
FIRST = date(2026, 11, 1)


def series(*values, unit="calls", currency=None) -> Series:
    points = [Point(FIRST + timedelta(days=place), {}, value) for place, value in enumerate(values)]
    span = Span(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=len(values)))
    return Series(
        metric="calls", title="Calls", unit=unit, currency=currency, favourable="up", zone="UTC", span=span,
        by=Grain.DAY, points=points, total=None, totals=[], gaps=[],
    )  # fmt: skip


def split(**parts: list) -> Series:
    """By status, one list of values for each."""
    points = [
        Point(FIRST + timedelta(days=place), {"status": status}, value)
        for status, values in parts.items()
        for place, value in enumerate(values)
    ]
    totals = [Total({"status": status}, sum(values)) for status, values in parts.items()]
    return structs.replace(series(1, 2), points=points, totals=totals, split=("status",))


def words(drawn: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(drawn).iter(f"{SVG}text")]


def colours(drawn: str, tag: str, attribute: str) -> set[int]:
    return {
        PAGE.index(colour)
        for one in ElementTree.fromstring(drawn).iter(SVG + tag)
        if (colour := one.get(attribute)) in PAGE
    }


def test_values_look_like_their_unit_and_days_like_days():
    drawn = picture(series(Decimal("0.01"), Decimal("0.03"), unit="currency", currency="USD"))
    assert words(drawn) == ["$0", "$0.0100", "$0.0200", "$0.0300", "1 Nov", "2 Nov"] or words(drawn)[0].startswith("$0")
    assert words(drawn)[-2:] == ["1 Nov", "2 Nov"]


def test_counts_are_whole_and_short():
    assert words(picture(series(0, 12_480)))[:3] == ["0", "5k", "10k"]
    assert words(picture(series(0, 1)))[:2] == ["0", "1"]


def test_the_period_before_is_drawn_under_a_line_and_not_among_bars():
    compared = structs.replace(series(1, 2), previous=series(2, 3, 4))
    assert colours(picture(compared), "path", "stroke") == {0, 1}
    assert colours(picture(compared, "bar"), "rect", "fill") == {1}


def test_of_a_period_before_that_is_not_held_there_is_no_line():
    compared = structs.replace(series(1, 2), previous=series(None, None))
    assert colours(picture(compared), "path", "stroke") == {1}


def test_an_area_is_a_filled_line():
    assert colours(picture(series(1, 2), "area"), "path", "fill") == {1}


def test_the_period_before_is_beside_an_area_and_not_on_top_of_it():
    compared = structs.replace(series(1, 2), previous=series(3, 4))
    drawn = picture(compared, "area", adding=True)
    assert colours(drawn, "path", "fill") == {1} and not colours(drawn, "rect", "fill") & {0, 1}
    assert words(drawn) == words(picture(compared, "area"))


def test_parts_that_may_be_added_are_stacked_and_others_are_lines():
    parts = split(completed=[5, 6], busy=[1, 2])
    assert colours(picture(parts, "bar", adding=True), "rect", "fill") == {1, 2}
    assert colours(picture(parts, "bar"), "path", "stroke") == {1, 2}
    assert colours(picture(parts, "area", adding=True), "rect", "fill") == {1, 2}


def test_the_sixth_of_a_stack_is_all_the_rest_together():
    parts = split(**{f"s{place}": [10 - place, 0] for place in range(8)})
    drawn = picture(parts, "bar", adding=True)
    assert colours(drawn, "rect", "fill") == {1, 2, 3, 4, 5, 6}
    bars = [one for one in ElementTree.fromstring(drawn).iter(f"{SVG}rect") if one.get("fill") == PAGE[6]]
    first = [one for one in ElementTree.fromstring(drawn).iter(f"{SVG}rect") if one.get("fill") == PAGE[1]]
    ratio = float(bars[0].get("height", "")) / float(first[0].get("height", ""))
    assert ratio == pytest.approx((5 + 4 + 3) / 10, abs=0.02)


@pytest.mark.parametrize("kind", ["line", "area", "bar"])
def test_a_series_of_which_nothing_is_held_is_a_dash(kind):
    assert words(picture(series(None, None), kind)) == ["—"]
    assert words(picture(structs.replace(split(), points=[]), kind, adding=True)) == ["—"]


def test_the_title_is_the_callers():
    assert ElementTree.fromstring(picture(series(1), title="Calls & more"))[0].text == "Calls & more"
    assert ElementTree.fromstring(picture(series(1))).get("aria-hidden") == "true"


@pytest.mark.parametrize(
    ("at", "by", "label"),
    [
        (date(2026, 11, 3), Grain.DAY, "3 Nov"),
        (date(2026, 11, 2), Grain.WEEK, "2 Nov"),
        (date(2026, 10, 1), Grain.MONTH, "Oct 2026"),
        (date(2026, 10, 1), Grain.QUARTER, "Oct 2026"),
        (date(2026, 1, 1), Grain.YEAR, "2026"),
        (datetime(2026, 11, 3, 14, tzinfo=ZoneInfo("Europe/Berlin")), Grain.HOUR, "14:00"),
        (datetime(2026, 11, 3, 0, tzinfo=ZoneInfo("Europe/Berlin")), Grain.HOUR, "3 Nov"),
    ],
)
def test_buckets_are_named_in_few_letters(at, by, label):
    assert when(at, by) == label
