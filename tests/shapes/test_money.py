"""How values look with their units. A ~ stands for the no-break space."""

from decimal import Decimal

import pytest

from dialboard.shapes.money import looks, round_money, unit_word


@pytest.mark.parametrize(
    ("value", "unit", "currency", "text"),
    [
        (None, "calls", None, "—"),
        (None, "currency", "USD", "—"),
        (0, "calls", None, "0"),
        (12480, "calls", None, "12,480"),
        (-3, "calls", None, "−3"),
        (1234567, "messages", None, "1,234,567"),
        (2.375, "messages", None, "2.38"),
        (2.5, "messages", None, "2.5"),
        (23.96, "messages", None, "24"),
        (1234.5, "messages", None, "1,235"),
        (96.2, "%", None, "96.2~%"),
        (96, "%", None, "96.0~%"),
        (100, "%", None, "100~%"),
        (0, "%", None, "0~%"),
        (99.97, "%", None, "99.97~%"),
        (99.9999, "%", None, "99.999~%"),
        (0.04, "%", None, "0.04~%"),
        (0.0001, "%", None, "< 0.001~%"),
        (96.25, "%", None, "96.3~%"),
        (-12.34, "%", None, "−12.3~%"),
        (1250, "%", None, "1,250~%"),
        (0.8, "points", None, "0.8~points"),
        (1, "points", None, "1~point"),
        (0, "seconds", None, "0~s"),
        (4.56, "seconds", None, "4.6~s"),
        (32, "seconds", None, "32~s"),
        (59.6, "seconds", None, "1~min"),
        (272, "seconds", None, "4~min 32~s"),
        (240, "seconds", None, "4~min"),
        (3599.6, "seconds", None, "1~h"),
        (3600, "seconds", None, "1~h"),
        (7199, "seconds", None, "2~h"),
        (11520, "seconds", None, "3~h 12~min"),
        (4_443_000, "seconds", None, "1,234~h 10~min"),
        (-272, "seconds", None, "−4~min 32~s"),
        (Decimal("184.2"), "currency", "USD", "$184.20"),
        (Decimal("-3.2"), "currency", "USD", "−$3.20"),
        (Decimal(5420), "currency", "EUR", "€5,420.00"),
        (Decimal("5420.005"), "currency", "CHF", "5,420.01~CHF"),
        (Decimal("0.0079"), "currency", "USD", "$0.0079"),
        (Decimal("0.5"), "currency", "USD", "$0.50"),
        (Decimal(0), "currency", "USD", "$0.00"),
        (Decimal("0.00000001"), "currency", "USD", "$0.0000"),
        (Decimal("-0.00000001"), "currency", "USD", "$0.0000"),
        (Decimal(1500), "currency", "JPY", "¥1,500"),
        (Decimal("1.2345"), "currency", "KWD", "1.235~KWD"),
        (Decimal("1.5"), "currency", None, "1.50"),
        (0, "currency", None, "0.00"),
    ],
)
def test_a_value_looks_as_people_write_it(value, unit, currency, text):
    assert looks(value, unit, currency) == text.replace("~", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (999, "calls", "999"),
        (1000, "calls", "1k"),
        (12480, "calls", "12.5k"),
        (124_800, "calls", "125k"),
        (999_600, "calls", "1M"),
        (1_250_000, "calls", "1.3M"),
        (3_400_000_000, "calls", "3.4B"),
        (999.6, "calls", "999.6"),
        (5420, "currency", "$5.4k"),
        (542, "currency", "$542.00"),
        (272, "seconds", "4.5~min"),
        (11520, "seconds", "3.2~h"),
        (4_443_000, "seconds", "1.2k~h"),
        (96.2, "%", "96.2~%"),
    ],
)
def test_where_there_is_little_room_it_is_short(value, unit, text):
    assert looks(value, unit, "USD", compact=True) == text.replace("~", "\N{NO-BREAK SPACE}")


def test_the_code_of_a_currency_can_be_asked_for():
    assert looks(Decimal(5420), "currency", "USD", code=True) == "5,420.00\N{NO-BREAK SPACE}USD"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12480, "calls", "12,480~calls"),
        (1, "calls", "1~call"),
        (0, "messages", "0~messages"),
        (1, "people", "1~person"),
        (-1, "calls", "−1~calls"),
        (96.2, "%", "96.2~%"),
        (None, "calls", "—"),
    ],
)
def test_a_count_can_be_named(value, unit, text):
    assert looks(value, unit, named=True) == text.replace("~", "\N{NO-BREAK SPACE}")


def test_what_is_above_nought_can_have_its_sign():
    assert [looks(value, "calls", signed=True) for value in (3, 0, -3)] == ["+3", "0", "−3"]


@pytest.mark.parametrize(
    ("value", "word"), [(1, "call"), (2, "calls"), (0, "calls"), (1.5, "calls"), (Decimal(1), "call")]
)
def test_the_word_of_a_unit_follows_the_number(value, word):
    assert unit_word("calls", value) == word


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("1.000000005", "1.00000001"),
        ("-1.000000005", "-1.00000001"),
        ("2", "2.00000000"),
        ("0.0000000049", "0.00000000"),
    ],
)
def test_money_has_eight_places_and_halves_go_away_from_nought(amount, rounded):
    assert f"{round_money(Decimal(amount)):f}" == rounded
