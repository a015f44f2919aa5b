"""The JSON that others read: names, dates, numbers."""

import json
from datetime import date
from decimal import Decimal

import pytest
from msgspec import structs

from dialboard.measure.document import document, encode
from dialboard.shapes.question import Grain
from dialboard.shapes.series import Point, Series, Total
from tests.measure.records import at, span

DAY = Series(
    metric="spend",
    title="Spend",
    unit="currency",
    currency="USD",
    favourable="down",
    zone="America/New_York",
    span=span("2026-11-01T04:00", "2026-11-03T05:00"),
    by=Grain.DAY,
    points=[Point(date(2026, 11, 1), {}, Decimal("184.20000000")), Point(date(2026, 11, 2), {}, None)],
    total=Decimal("184.20000000"),
    totals=[],
    gaps=[span("2026-11-02T05:00", "2026-11-03T05:00")],
)


def test_the_document_of_a_series_by_day():
    assert json.loads(encode(document(DAY))) == {
        "metric": "spend",
        "unit": "currency",
        "currency": "USD",
        "zone": "America/New_York",
        "from": "2026-11-01",
        "until": "2026-11-03",
        "by": "day",
        "buckets": [
            {"at": "2026-11-01", "dimensions": {}, "value": 184.2},
            {"at": "2026-11-02", "dimensions": {}, "value": None},
        ],
        "total": 184.2,
        "gaps": [{"from": "2026-11-02T00:00:00-05:00", "until": "2026-11-03T00:00:00-05:00"}],
    }


def test_hours_are_times_with_their_offset():
    hours = structs.replace(
        DAY, by=Grain.HOUR, points=[Point(at("2026-11-01T05:00"), {}, 1), Point(at("2026-11-01T06:00"), {}, 2)]
    )
    assert [one["at"] for one in document(hours)["buckets"]] == [
        "2026-11-01T01:00:00-04:00",
        "2026-11-01T01:00:00-05:00",
    ]


def test_a_split_adds_its_totals():
    by_product = {"category": "sms"}
    split = structs.replace(
        DAY,
        split=("category",),
        points=[Point(date(2026, 11, 1), by_product, Decimal(1))],
        totals=[Total(by_product, Decimal(1))],
    )
    assert document(split)["totals"] == [{"dimensions": {"category": "sms"}, "value": Decimal(1)}]
    assert "totals" not in document(DAY)
    assert document(structs.replace(DAY, split=("category",)))["totals"] == []


def test_a_comparison_is_a_document_of_its_own():
    before = structs.replace(DAY, span=span("2026-10-30T04:00", "2026-10-31T18:30"), total=Decimal(0))
    written = document(structs.replace(DAY, previous=before))
    assert (written["previous"]["from"], written["previous"]["until"]) == ("2026-10-30", "2026-10-31T14:30:00-04:00")
    assert "previous" not in document(DAY)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("184.20000000", "184.2"),
        ("100.00000000", "100"),
        ("5420", "5420"),
        ("1E+3", "1000"),
        ("0.00000000", "0"),
        ("0.00000001", "0.00000001"),
        ("-0.00790000", "-0.0079"),
        ("12345678901.12345678", "12345678901.12345678"),
    ],
)
def test_an_amount_is_a_number_digit_for_digit(amount, text):
    total = encode(document(structs.replace(DAY, total=Decimal(amount))))
    assert f'"total":{text},'.encode() in total
