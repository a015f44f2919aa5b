from datetime import UTC, datetime, timedelta

import pytest

from dialboard.errors import UsageError
from dialboard.shapes.resource import Resource
from dialboard.shapes.row import Span
from dialboard.sync import plan
from dialboard.twilio.resources import RESOURCES

CALLS, MESSAGES, USAGE = RESOURCES["calls"], RESOURCES["messages"], RESOURCES["usage_daily"]
NOW = datetime(2026, 11, 24, 18, 0, 5, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def slices_of(resource: Resource, span: Span, held: list[Span]) -> list[Span]:
    """Where all that is held was read just now."""
    return plan.slices(resource, span, held, plan.settled(resource, held, NOW))


def back(from_: float, until: float = 0) -> Span:
    return Span(days_ago(from_), days_ago(until))


def test_without_a_start_all_that_twilio_has_is_asked_for() -> None:
    assert plan.asked(CALLS, NOW) == back(400)
    assert plan.asked(MESSAGES, NOW).from_ == days_ago(400) + timedelta(minutes=1)


def test_messages_are_clamped_to_what_twilio_keeps_and_calls_are_not() -> None:
    assert plan.asked(MESSAGES, NOW, since=days_ago(900)).from_ > days_ago(400)
    assert plan.asked(CALLS, NOW, since=days_ago(900)).from_ == days_ago(900)


def test_the_end_is_frozen_at_now_in_whole_seconds() -> None:
    span = plan.asked(CALLS, NOW.replace(microsecond=9), until=NOW + timedelta(days=5))
    assert span.until == NOW


def test_nothing_left_to_ask_is_said() -> None:
    with pytest.raises(UsageError, match="Nothing of messages is left"):
        plan.asked(MESSAGES, NOW, since=days_ago(900), until=days_ago(800))


def test_slices_are_newest_first_and_cover_the_span() -> None:
    slices = plan.slices(CALLS, back(90), [], [])
    assert slices[0].until == NOW and slices == sorted(slices, reverse=True)
    assert plan.joined(slices) == [back(90)]
    assert len(slices) >= 8 and all(each.until - each.from_ <= timedelta(days=7) for each in slices)


def test_the_last_days_are_whole_before_older_ones_come() -> None:
    slices = plan.slices(CALLS, back(400), [], [])
    assert slices[:4] == [back(1), back(2, 1), back(3, 2), back(4, 3)]
    for each in slices:
        assert each.until - each.from_ <= max(timedelta(days=1), (NOW - each.until) / 4)
    # It costs few pages more than slices of a week each.
    assert len(slices) < 400 / 7 + 12


def test_a_resumed_run_asks_for_the_rest_of_each_open_slice_and_cuts_what_follows_no_finer() -> None:
    first = plan.slices(CALLS, back(400), [], [])
    read = [Span(each.from_ + (each.until - each.from_) / 3, each.until) for each in first[10:14]]
    held = [*first[:10], *read]
    later = NOW + timedelta(minutes=1)
    again = plan.slices(CALLS, Span(days_ago(400), later), held, [], fresh=held)
    rest = [Span(whole.from_, part.from_) for whole, part in zip(first[10:13], read, strict=False)]
    assert again[:4] == [Span(NOW, later), *rest]
    assert len(again[4:]) <= len(first[13:])


def test_what_is_held_is_not_asked_again_but_the_late_days_are() -> None:
    assert plan.joined(slices_of(CALLS, back(90), [back(90, 1)])) == [back(3)]


def test_what_was_read_while_it_could_still_change_is_asked_again_however_long_ago() -> None:
    held = [back(90, 10)]
    read_ten_days_ago = plan.settled(CALLS, held, days_ago(10))
    assert read_ten_days_ago == [back(90, 13)]
    assert plan.joined(plan.slices(CALLS, back(90), held, read_ten_days_ago)) == [back(13)]
    # Once it was read late enough it is left alone.
    again = plan.joined([*read_ten_days_ago, *plan.settled(CALLS, [back(13)], NOW)])
    assert plan.joined(plan.slices(CALLS, back(90), [back(90)], again)) == [back(3)]


def test_gaps_in_the_past_are_filled() -> None:
    held = [back(90, 60), back(50, 0)]
    assert plan.joined(slices_of(CALLS, back(90), held)) == [back(60, 50), back(3)]


def test_what_an_interrupted_run_has_read_is_not_read_again() -> None:
    later = NOW + timedelta(minutes=1)
    held = fresh = [back(90, 60), back(10, 0)]
    slices = plan.slices(CALLS, Span(days_ago(90), later), held, [], fresh=fresh)
    assert plan.joined(slices) == [back(60, 10), Span(NOW, later)]


def test_a_span_of_the_past_is_left_alone_once_it_is_held() -> None:
    assert slices_of(CALLS, back(90, 30), [back(90)]) == []


def test_a_short_span_is_cut_so_that_several_can_be_open_but_not_below_an_hour() -> None:
    assert len(plan.slices(CALLS, back(3), [], [])) == 12
    assert len(plan.slices(CALLS, back(1 / 24), [], [])) == 1


def test_usage_is_cut_at_midnight_only() -> None:
    slices = slices_of(USAGE, plan.asked(USAGE, NOW, since=days_ago(40)), [back(41, 2)])
    assert all((each.from_.hour, each.from_.minute, each.from_.second) == (0, 0, 0) for each in slices)
    assert slices[0].until == NOW
    assert slices[-1].from_ == days_ago(3).replace(hour=0, minute=0, second=0)


@pytest.mark.parametrize(
    ("spans", "taken", "left"),
    [
        ([back(9, 1)], [], [back(9, 1)]),
        ([back(9, 1)], [back(9, 1)], []),
        ([back(9, 1)], [back(5, 4)], [back(9, 5), back(4, 1)]),
        ([back(9, 1)], [back(20, 8), back(2, 0)], [back(8, 2)]),
        ([back(9, 5), back(6, 1)], [back(7, 3)], [back(9, 7), back(3, 1)]),
    ],
)
def test_time_taken_from_time(spans: list[Span], taken: list[Span], left: list[Span]) -> None:
    assert plan.minus(spans, taken) == left
