"""SVG as text: elements, short numbers and the colours. No style attributes and no scripts: pages forbid both."""

import re
from html import escape

# What XML 1.0 does not allow even when escaped. Source: w3.org/TR/xml/#charsets, read 2026-11.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Palette = tuple[str, ...]  # the comparison, six series, what is not held

_PLAIN = ("#8791a5", "#2563eb", "#236112", "#6a2b88", "#a282c6", "#a35278", "#e16a59", "#eef0f4")
_NAMES = ("series-before", *(f"series-{place}" for place in range(1, 7)), "gap")
# A page's own colours, so that a picture follows its theme; where nobody defines them, those of light paper.
PAGE: Palette = tuple(f"var(--{name}, {plain})" for name, plain in zip(_NAMES, _PLAIN, strict=True))
# For mail and for renderers that know no custom properties.
PAPER: Palette = _PLAIN
GAP = 7  # its place in a palette


def drawing(size: tuple[float, float], title: str | None, children: str, **attributes: str | float | None) -> str:
    """An <svg> that scales with its place; with a title it is an image of that name, without one it is decoration."""
    width, height = size
    named = {"role": "img"} if title else {"aria-hidden": "true"}
    inner = (element("title", text(title)) if title else "") + children
    box = f"0 0 {number(width)} {number(height)}"
    return element("svg", inner, xmlns="http://www.w3.org/2000/svg", viewBox=box, **named, **attributes)


def element(tag: str, children: str = "", /, **attributes: str | float | None) -> str:
    """The element; None leaves an attribute out, an underscore in a name is a hyphen (and one at its end nothing).

    `children` are markup already: words go through `text` first.
    """
    written = "".join(f' {_name(name)}="{_value(value)}"' for name, value in attributes.items() if value is not None)
    return f"<{tag}{written}>{children}</{tag}>" if children else f"<{tag}{written}/>"


def text(words: str) -> str:
    """The words as markup, without what no XML may hold."""
    return escape(_NOT_XML.sub("", words))


def number(value: float) -> str:
    """With one place at most: a tenth of a unit is less than a pixel at every size we draw."""
    short = f"{value:.1f}".removesuffix(".0")
    return "0" if short == "-0" else short


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return text(value) if isinstance(value, str) else number(value)
