"""Charts with axes: well-formed, without style and script, with gaps where nothing is held."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialboard.draw.plot import Axes, Curve, bars, line
from dialboard.draw.svg import PAGE, PAPER

SVG = "{http://www.w3.org/2000/svg}"


def axes(count: int, **more) -> Axes:
    return Axes([f"{day + 1} Nov" for day in range(count)], lambda value: f"{value:.12g}", **more)


def all_of(drawn: str, tag: str, **attributes: str) -> list[ElementTree.Element]:
    found = ElementTree.fromstring(drawn).iter(SVG + tag)
    return [one for one in found if all(one.get(name) == value for name, value in attributes.items())]


def words(drawn: str) -> list[str]:
    return [one.text or "" for one in all_of(drawn, "text")]


def strokes(drawn: str, colour: int = 1) -> list[str]:
    return [one.get("d") or "" for one in all_of(drawn, "path", stroke=PAGE[colour])]


def test_the_axes_say_values_and_times():
    drawn = line([Curve("Calls", [0, 100, 300])], axes(3))
    assert words(drawn) == ["0", "100", "200", "300", "1 Nov", "2 Nov", "3 Nov"]


def test_a_long_time_names_its_first_and_last_bucket_and_a_few_between():
    drawn = line([Curve("Calls", list(range(365)))], axes(365))
    named = [word for word in words(drawn) if word.endswith("Nov")]
    assert (named[0], named[-1], len(named)) == ("1 Nov", "365 Nov", 6)


def test_a_line_breaks_at_a_gap_and_the_gap_is_tinted():
    drawn = line([Curve("Calls", [1, 2, None, 3, 4])], axes(5))
    assert len(strokes(drawn)) == 2
    (gap,) = all_of(drawn, "rect", **{"class": "gap"})
    assert float(gap.get("width", "0")) == pytest.approx((632 - 12 - 6.4) / 5, abs=0.1)


def test_a_value_alone_between_gaps_is_a_dot():
    drawn = line([Curve("Calls", [None, 2, None])], axes(3))
    (dot,) = all_of(drawn, "path", **{"class": "dot"})
    assert (dot.get("stroke-linecap"), dot.get("stroke-width")) == ("round", "5")


def test_what_one_of_two_lines_holds_is_no_gap():
    drawn = line([Curve("Now", [1, None]), Curve("Before", [1, 2], 0)], axes(2))
    assert not all_of(drawn, "rect")


def test_the_comparison_is_dashed_and_lies_below():
    drawn = line([Curve("Now", [1, 2]), Curve("Before", [2, 1], 0)], axes(2))
    (before,) = all_of(drawn, "path", stroke=PAGE[0])
    assert before.get("stroke-dasharray") == "4 4"
    assert drawn.index(strokes(drawn, 0)[0]) < drawn.index(strokes(drawn, 1)[0])


def test_a_filled_line_stands_on_nought():
    drawn = line([Curve("Share", [95, 96])], axes(2, unit="%"), filled=True)
    assert words(drawn)[0] == "0"
    (area,) = all_of(drawn, "path", fill=PAGE[1])
    assert area.get("d", "").endswith("Z")


def test_bars_are_stacked_from_nought():
    drawn = bars([Curve("A", [10]), Curve("B", [30], 2)], axes(1))
    (first,), (second,) = all_of(drawn, "rect", fill=PAGE[1]), all_of(drawn, "rect", fill=PAGE[2])
    assert float(second.get("y", "")) + float(second.get("height", "")) == pytest.approx(
        float(first.get("y", "")), abs=0.1
    )
    assert float(first.get("y", "")) + float(first.get("height", "")) == pytest.approx(216)


def test_what_is_below_nought_hangs_from_it():
    drawn = bars([Curve("A", [-10, 10])], axes(2))
    down, up = all_of(drawn, "rect", fill=PAGE[1])
    assert float(down.get("y", "")) == pytest.approx(float(up.get("y", "")) + float(up.get("height", "")), abs=0.1)


@pytest.mark.parametrize("draw", [line, bars])
@pytest.mark.parametrize("values", [[], [None, None]])
def test_nothing_is_said_with_a_dash(draw, values):
    assert words(draw([Curve("Calls", values)], axes(len(values)))) == ["—"]
    assert words(draw([], axes(0))) == ["—"]


@pytest.mark.parametrize("draw", [line, bars])
def test_words_are_escaped(draw):
    hostile = Axes(["<script>alert(1)</script>"], lambda value: f"{value:g} <b>")
    drawn = draw([Curve("A", [1])], hostile, title='"><img src=x>')
    assert "<script" not in drawn and "<img" not in drawn and "<b>" not in drawn
    assert "<script>alert(1)</script>" in words(drawn)


def test_mail_gets_plain_colours():
    drawn = line([Curve("Calls", [1, 2])], axes(2), palette=PAPER)
    assert "var(" not in drawn and PAPER[1] in drawn


VALUES = st.lists(st.none() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | st.just(float("nan")), max_size=40)


@given(VALUES, VALUES, st.sampled_from([line, bars]), st.sampled_from(["%", "seconds", "calls"]))
def test_every_picture_is_well_formed_and_stays_in_its_frame(first, second, draw, unit):
    count = max(len(first), len(second))
    row = [[*values, *[None] * (count - len(values))] for values in (first, second)]
    drawn = draw([Curve("A", row[0]), Curve("B", row[1], 2)], axes(count, unit=unit), title="Calls")
    ElementTree.fromstring(drawn)
    assert not re.search(r"style=|<script|<style|\son\w+=|nan|inf", drawn)
    for rect in all_of(drawn, "rect"):
        top, height = float(rect.get("y", "")), float(rect.get("height", ""))
        assert top >= 9.9 and height >= 0 and top + height <= 216.2
