"""SVG as text."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialboard.draw.svg import PAGE, PAPER, drawing, element, number, text

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("value", "short"),
    [(0, "0"), (-0.01, "0"), (3, "3"), (3.04, "3"), (3.06, "3.1"), (-2.5, "-2.5"), (1234.56, "1234.6")],
)
def test_numbers_are_short(value, short):
    assert number(value) == short


def test_an_attribute_is_named_as_svg_names_it_and_none_leaves_it_out():
    assert element("path", class_="a", stroke_width=2, fill=None) == '<path class="a" stroke-width="2"/>'


def test_a_drawing_with_a_title_is_an_image_of_that_name():
    root = ElementTree.fromstring(drawing((10, 5), "Calls <b> & more", ""))
    assert (root.get("role"), root.get("aria-hidden"), root.get("viewBox")) == ("img", None, "0 0 10 5")
    assert root[0].tag == f"{SVG}title" and root[0].text == "Calls <b> & more"


@pytest.mark.parametrize("title", [None, ""])
def test_a_drawing_without_a_title_is_hidden_from_screen_readers(title):
    root = ElementTree.fromstring(drawing((10, 5), title, ""))
    assert (root.get("role"), root.get("aria-hidden"), list(root)) == (None, "true", [])


@given(st.text())
def test_any_words_are_well_formed_in_text_and_in_an_attribute(words):
    root = ElementTree.fromstring(element("text", text(words), name=words))
    assert root.tag == "text" and not list(root)


def test_the_palettes_have_the_same_places():
    assert len(PAGE) == len(PAPER) == 8
    assert all(plain in page for page, plain in zip(PAGE, PAPER, strict=True))
