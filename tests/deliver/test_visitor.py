import re
from datetime import timedelta

import pytest

from dialboard.deliver.visitor import client_id, session_id
from tests.deliver.cast import NOON

SID = "CA0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("visitor", [SID, "+16125550100", "alice@example.com", "", "0.5", "ä" * 500, "1.2.3"])
def test_a_visitor_becomes_two_positive_numbers(visitor):
    assert re.fullmatch(r"[1-9]\d{0,9}\.1\d{9}", client_id(visitor, "key"))


def test_the_same_visitor_has_the_same_id_whenever_and_wherever_it_is_made():
    assert client_id(SID, "key") == client_id(SID, "key") == "551365228.1690114642"


def test_another_visitor_and_another_account_have_other_ids():
    assert len({client_id(SID, "key"), client_id(SID[:-1] + "0", "key"), client_id(SID, "other key")}) == 3


@pytest.mark.parametrize(
    ("visitor", "client"),
    [
        ("1999999999.1000000000", "1999999999.1000000000"),
        ("GA1.1.2125550199.1700000000", "2125550199.1700000000"),
        ("1234567890.1700000000", "1234567890.1700000000"),
        ("GA1.2.1234567890.1700000000", "1234567890.1700000000"),
        ("GA1.1-2.1234567890.1700000000", "1234567890.1700000000"),
    ],
)
def test_a_client_id_and_a_cookie_pass_through(visitor, client):
    assert client_id(visitor, "key") == client


@pytest.mark.parametrize(
    "visitor",
    [
        "612.5550100",
        "1612.5550100",
        "44.2079460958",
        "44.1612555019",
        "6125550199.1",
        "6125550199.1700000000",
        "16125550199.1612555",
    ],
)
@pytest.mark.parametrize("cookie", ["", "GA1.1.", "GA1.1-2."])
def test_a_telephone_number_written_with_a_dot_does_not_pass_through(visitor, cookie):
    assert client_id(cookie + visitor, "key") not in {cookie + visitor, visitor}


def test_what_may_be_a_number_of_new_york_passes_through_in_a_whole_cookie_only():
    assert client_id("2125550199.1700000000", "key") != "2125550199.1700000000"


def test_a_call_is_one_session_even_over_midnight():
    late = NOON + timedelta(hours=20)
    assert session_id(SID, "key", NOON) == session_id(SID, "key", late)
    assert re.fullmatch(r"1\d{9}", session_id(SID, "key", NOON))


def test_a_visitor_who_comes_back_has_a_session_a_day():
    days = [NOON, NOON + timedelta(hours=2), NOON + timedelta(days=1)]
    first, again, tomorrow = (session_id("123.456", "key", at) for at in days)
    assert first == again != tomorrow


def test_the_session_does_not_give_away_the_client():
    assert session_id(SID, "key", NOON) not in client_id(SID, "key")
