from datetime import UTC, datetime, timedelta

from dialboard.shapes.row import Batch, Span
from dialboard.store.duckdb import DuckStore
from tests.web import world
from tests.web.conftest import People

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
TODAY = NOW.replace(hour=0)


def _sentence(people: People) -> str:
    from dialboard.web.standing import sentence

    return sentence(people.account, NOW)


def test_yesterday_and_the_month_in_one_sentence(people: People, store: DuckStore) -> None:
    world.fill_store(store, people.account.pk, NOW, days=40)
    said = _sentence(people)
    assert said.startswith("Yesterday: ")
    assert " calls, " in said.replace("\N{NO-BREAK SPACE}", " ") and " answered, " in said
    assert "spent this month, on course for $" in said and said.endswith(".")


def test_half_a_day_is_no_day(people: People, store: DuckStore) -> None:
    held = Span(TODAY - timedelta(hours=5), NOW)
    store.put(Batch(account=people.account.pk, twilio_account=world.TWILIO, resource="calls", rows=[], held=held))
    assert _sentence(people) == ""


def test_nothing_held_says_nothing(people: People) -> None:
    assert _sentence(people) == ""


def test_a_day_without_calls_is_said_and_has_no_rate(people: People, store: DuckStore) -> None:
    held = Span(TODAY - timedelta(days=2), NOW)
    store.put(Batch(account=people.account.pk, twilio_account=world.TWILIO, resource="calls", rows=[], held=held))
    assert _sentence(people).replace("\N{NO-BREAK SPACE}", " ") == "Yesterday: 0 calls."


def test_the_spend_of_a_part_of_the_month_is_called_so(people: People, store: DuckStore) -> None:
    world.fill_store(store, people.account.pk, NOW, days=10)
    assert _sentence(people).endswith(" spent on the days of this month that are here.")
