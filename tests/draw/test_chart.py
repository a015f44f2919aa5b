"""Pictures of values: well-formed, small, allowed by the strictest content policy, honest about holes."""

import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialboard.draw.chart import sparkline

SVG = "{http://www.w3.org/2000/svg}"
VALUES = st.lists(st.none() | st.floats(-1e12, 1e12) | st.decimals(-1000, 1000, places=8), max_size=40)


def parts(picture: str, name: str) -> list[ElementTree.Element]:
    return [part for part in ElementTree.fromstring(picture).iter() if part.get("class") == name]


def test_a_line_goes_from_edge_to_edge_and_stands_on_nought():
    (curve,) = parts(sparkline([0, 5, 10], width=100, height=24), "curve")
    assert curve.get("d") == "M0 22L50 12L100 2"
    (area,) = parts(sparkline([0, 5, 10], width=100, height=24), "curve-area")
    assert area.get("d") == "M0 22L50 12L100 2L100 24L0 24Z"


def test_a_line_is_interrupted_where_nothing_is_known():
    picture = sparkline([4, 2, None, None, 1, 3], width=100, height=24)
    (curve,) = parts(picture, "curve")
    assert (curve.get("d") or "").count("M") == 2
    assert len(parts(picture, "curve-area")) == 2


def test_a_single_value_between_holes_is_a_dot():
    (curve,) = parts(sparkline([None, 5, None], width=100, height=24), "curve")
    assert curve.get("d") == "M50 2h0"


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([7], "M50 2h0"),
        ([0, 0], "M0 22L100 22"),
        ([7, 7], "M0 2L100 2"),
        ([-10, 10], "M0 22L100 2"),
        ([-10, 0], "M0 22L100 2"),
        ([Decimal("0.5"), Decimal("1")], "M0 12L100 2"),
    ],
)
def test_lines_of_few_values(values, line):
    (curve,) = parts(sparkline(values, width=100, height=24), "curve")
    assert curve.get("d") == line


@pytest.mark.parametrize("values", [[], [None], [None, None]])
def test_of_nothing_there_is_no_line(values):
    assert parts(sparkline(values), "curve") == []


def test_a_title_is_told_to_those_who_do_not_see_it_and_cannot_break_out():
    title = 'Calls "> <script>alert(1)</script> & more'
    picture = sparkline([1, 2], title)
    root = ElementTree.fromstring(picture)
    assert (root.get("role"), root.get("aria-label"), root.findtext(f"{SVG}title")) == ("img", title, title)
    assert "<script" not in picture
    assert ElementTree.fromstring(sparkline([1, 2])).get("aria-hidden") == "true"


@given(values=VALUES)
def test_every_picture_is_well_formed_without_style_or_script_and_stays_in_its_box(values):
    picture = sparkline(values, "Calls", 100, 24)
    root = ElementTree.fromstring(picture)
    assert not re.search(r"style=|<style|<script|\bon\w+=|e[+-]\d|nan|inf", picture)
    for path in root.iter(f"{SVG}path"):
        for x, y in re.findall(r"[ML](\S+?) (-?[\d.]+)", path.get("d", "")):
            assert 0 <= float(x) <= 100.01 and 0 <= float(y) <= 24.01


def test_ninety_days_are_small():
    assert len(sparkline([day * 7 % 31 for day in range(90)])) < 3_000
