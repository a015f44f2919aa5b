from datetime import UTC, datetime, timedelta

from dialboard.shapes.row import Span

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def _strip(*held: tuple[datetime, datetime]):
    from dialboard.web.coverage import strip

    return strip([Span(*one) for one in held], NOW, days=5)


def _day(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_days_are_full_in_part_or_a_gap() -> None:
    found = _strip((_day(20), _day(21)), (_day(22, 6), _day(23)), (_day(24), NOW))
    assert [one.state for one in found.days] == ["full", "gap", "part", "gap", "full"]
    assert (
        found.sentence == "2 of the last 5 days are here in full; Twilio was asked for what it has since 20 Nov 2026."
    )


def test_a_day_held_in_two_pieces_is_full() -> None:
    assert _strip((_day(20), _day(20, 9)), (_day(20, 9), _day(21))).days[0].state == "full"


def test_today_is_full_although_the_newest_minutes_are_on_their_way() -> None:
    assert _strip((_day(24), NOW - timedelta(minutes=10))).days[-1].state == "full"
    assert _strip((_day(24), NOW - timedelta(hours=2))).days[-1].state == "part"


def test_nothing_held_is_said() -> None:
    assert _strip().sentence == "Nothing is here yet."
    assert (
        _strip((_day(1), NOW)).sentence
        == "All of the last 5 days is here; Twilio was asked for what it has since 1 Nov 2026."
    )
