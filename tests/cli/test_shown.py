from datetime import UTC, datetime, timedelta, timezone

import pytest

from dialboard.cli import shown


def test_a_table_is_aligned_under_its_names():
    assert shown.table(("name", "authId"), [("Alice & Co", "crd_1"), ("Bob", "crd_22")]).splitlines() == [
        "NAME        AUTH ID",
        "Alice & Co  crd_1",
        "Bob         crd_22",
    ]


@pytest.mark.parametrize(
    ("value", "cell"),
    [(None, "-"), (True, "yes"), (False, "no"), (7, "7"), (["a", "b"], "a, b"), ("a\x1b[31mb\n", "a�[31mb�")],
)
def test_a_cell_stays_on_its_line_and_tells_a_terminal_nothing(value, cell):
    assert shown._cell(value) == cell


def test_instants_are_in_utc():
    assert shown.instant(datetime(2026, 11, 2, 9, tzinfo=UTC)) == "2026-11-02T09:00:00Z"
    assert shown.instant(datetime(2026, 11, 2, 9, tzinfo=timezone(timedelta(hours=1)))) == "2026-11-02T08:00:00Z"
    assert shown.instant(None) is None
