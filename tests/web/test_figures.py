from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import structs

from dialboard.measure.period import between
from dialboard.shapes.question import Grain
from dialboard.shapes.row import Span
from dialboard.shapes.series import Point, Series, Total

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAYS = [date(2026, 11, day) for day in (21, 22, 23)]


def _asked():
    from dialboard.web.asked import Asked

    return Asked(period=between(DAYS[0], date(2026, 11, 24), "UTC"), compare=True, now=NOW)


def _series(total: float | None = 6, unit: str = "calls", favourable: str = "up", **more) -> Series:
    return Series(
        metric="calls",
        title="Calls",
        unit=unit,
        currency=None,
        favourable=favourable,
        zone="UTC",
        span=Span(datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)),
        by=Grain.DAY,
        points=more.pop("points", [Point(day, {}, place) for place, day in enumerate(DAYS, 1)]),
        total=total,
        totals=more.pop("totals", []),
        gaps=more.pop("gaps", []),
        **more,
    )


@pytest.mark.parametrize(
    ("now", "before", "unit", "favourable", "icon", "text", "tone"),
    [
        (110, 100, "calls", "up", "up", "10.0\N{NO-BREAK SPACE}%", "good"),
        (90, 100, "calls", "up", "down", "10.0\N{NO-BREAK SPACE}%", "bad"),
        (90, 100, "currency", "down", "down", "10.0\N{NO-BREAK SPACE}%", "good"),
        (90, 100, "calls", "neutral", "down", "10.0\N{NO-BREAK SPACE}%", ""),
        (96.2, 95.4, "%", "up", "up", "0.8\N{NO-BREAK SPACE}points", "good"),
        (5, 0, "calls", "up", "up", "from 0", "good"),
        (100, 100, "calls", "up", "level", "no change", ""),
        (5000, 4, "calls", "up", "up", "over 10×", "good"),
    ],
)
def test_a_change_is_said_with_its_direction_and_whether_it_is_good(
    now: float, before: float, unit: str, favourable: str, icon: str, text: str, tone: str
) -> None:
    from dialboard.web import figures

    earlier = structs.replace(
        _series(before, unit, favourable),
        span=Span(datetime(2026, 11, 18, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)),
    )
    chip = figures.chip(_series(now, unit, favourable, previous=earlier), _asked())
    assert chip and (chip.icon, chip.text, chip.tone) == (icon, text, tone)


def _split(values: dict[str, float]) -> Series:
    points = [Point(day, {"status": name}, value) for day in DAYS for name, value in values.items()]
    totals = [Total({"status": name}, value * 3) for name, value in values.items()]
    return _series(sum(values.values()) * 3, points=points, totals=totals)


def test_more_parts_than_colours_are_added_up_as_others_where_they_add_up() -> None:
    from dialboard.web import figures

    series = _split({f"s{number}": 10 - number for number in range(9)})
    assert [column.name for column in figures.columns(series, _asked())][-1] == "4 others"
    assert [cell.value for cell in figures.lines(series)[0].cells] == ["10", "9", "8", "7", "6", "14"]


def test_shares_and_averages_are_never_added_up() -> None:
    from dialboard.measure.library import METRICS
    from dialboard.web import figures

    series = _split({f"s{number}": 10 - number for number in range(9)})
    assert [column.name for column in figures.columns(series, _asked(), adding=False)][-1] == "s5"
    assert len(figures.lines(series, adding=False)[0].cells) == 6
    assert {bar.part for bar in figures.bars(series, adding=False)} == {""}
    adding = {name for name, metric in METRICS.items() if figures.adds_up(metric)}
    assert {"calls", "messages", "spend"} <= adding
    assert not {"answer_rate", "delivery_rate", "average_call_duration", "unique_callers"} & adding


def test_a_bucket_without_a_value_is_empty_for_the_script_and_a_dash_for_people() -> None:
    from dialboard.web import figures

    series = _series(points=[Point(DAYS[0], {}, None), Point(DAYS[1], {}, 0)])
    cells = [line.cells[0] for line in figures.lines(series)]
    assert [(cell.value, cell.text) for cell in cells] == [("", "—"), ("0", "0")]


@pytest.mark.parametrize(
    ("gaps", "total", "says"),
    [
        ([], 6, ""),
        ([(22, 24)], 6, "22–23 Nov 2026 is not here yet; the figures are of the rest."),
        ([(21, 22), (23, 24)], 6, "21 Nov 2026, 23 Nov 2026 are not here yet; the figures are of the rest."),
        ([(21, 24)], None, "Nothing of this period is here yet."),
    ],
)
def test_gaps_are_said_in_days(gaps: list[tuple[int, int]], total: float | None, says: str) -> None:
    from dialboard.web import figures

    spans = [Span(datetime(2026, 11, a, tzinfo=UTC), datetime(2026, 11, b, tzinfo=UTC)) for a, b in gaps]
    assert figures.gaps_in_words(_series(total, gaps=spans), _asked()) == says


def test_what_is_to_come_and_the_last_minutes_are_no_gap() -> None:
    from dialboard.web import figures

    late = Span(datetime(2026, 11, 24, 11, 40, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC))
    assert figures.gaps_in_words(_series(gaps=[late]), _asked()) == ""


def test_what_nobody_can_have_told_yet_is_no_gap_to_wait_for() -> None:
    from dialboard.web import figures

    day = datetime(2026, 11, 22, tzinfo=UTC)
    told = structs.replace(_series(None, gaps=[Span(day - timedelta(days=1), day)]), metric="tracked_events")
    assert figures.gaps_in_words(told, _asked()) == "Tracking began on 22 Nov 2026."


def test_a_period_before_anything_was_tracked_says_no_day_on_which_it_began() -> None:
    from dialboard.web import figures

    series = _series(None)
    told = structs.replace(series, gaps=[series.span], metric="tracked_events")
    assert figures.gaps_in_words(told, _asked()) == "Nothing was tracked yet in this period."


@pytest.mark.parametrize(
    ("from_day", "until_day", "says"),
    [(21, 22, "2 of 3 days are here"), (21, 23, "1 of 3 days is here"), (21, 24, "21–23 Nov 2026 is not here yet")],
)
def test_in_a_small_place_the_days_are_counted(from_day, until_day, says):
    from dialboard.web import figures

    gap = Span(datetime(2026, 11, from_day, tzinfo=UTC), datetime(2026, 11, until_day, tzinfo=UTC))
    assert figures.gaps_in_short(_series(gaps=[gap]), _asked()).startswith(says)
