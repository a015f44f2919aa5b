"""The colours can be told apart by everybody, and read: whoever changes a shade is told what it costs."""

import itertools
import math
import re
from pathlib import Path

import pytest

from dialboard.web.static_files import FOLDER

TOKENS = (FOLDER / "css" / "tokens.css").read_text()
COLOURS = dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\)", TOKENS))
Linear = tuple[float, float, float]

# Machado, Oliveira, Fernandes: A physiologically-based model for simulation of color vision deficiency (2009).
SIGHT = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def _shade(name: str, looks: str) -> str:
    return COLOURS[name].split(", ")[looks == "dark"]


def _linear(shade: str) -> Linear:
    parts = [int(shade[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def _contrast(one: str, other: str) -> float:
    lights = sorted(sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), _linear(x), strict=True)) for x in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _oklab(rgb: Linear) -> Linear:
    """Björn Ottosson: A perceptual color space for image processing (2020)."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in rgb)
    l = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)  # noqa: E741 - the paper's names
    m = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    s = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    )


def _seen(shade: str, sight: str) -> Linear:
    rgb = _linear(shade)
    red, green, blue = (sum(w * c for w, c in zip(row, rgb, strict=True)) for row in SIGHT[sight])
    return _oklab((red, green, blue))


@pytest.mark.parametrize("looks", ["light", "dark"])
@pytest.mark.parametrize("number", range(1, 7))
def test_every_series_stands_out_from_its_card(number: int, looks: str) -> None:
    assert _contrast(_shade(f"series-{number}", looks), _shade("card", looks)) >= 3


@pytest.mark.parametrize("looks", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHT)
def test_series_can_be_told_apart(sight: str, looks: str) -> None:
    shades = [_shade(f"series-{number}", looks) for number in range(1, 7)]
    nearest = min(100 * math.dist(_seen(a, sight), _seen(b, sight)) for a, b in itertools.combinations(shades, 2))
    assert nearest >= 12


@pytest.mark.parametrize("looks", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *itertools.product(("ink", "ink-2", "ink-3", "accent-strong"), ("paper", "card", "raised")),
        ("ink-2", "sunken"),
        ("good", "good-soft"),
        ("bad", "bad-soft"),
        ("warn", "warn-soft"),
        ("accent-strong", "accent-soft"),
        ("bad", "card"),
        ("warn", "card"),
        ("on-accent", "accent"),
    ],
)
def test_text_can_be_read(text: str, ground: str, looks: str) -> None:
    assert _contrast(_shade(text, looks), _shade(ground, looks)) >= 4.5


@pytest.mark.parametrize("looks", ["light", "dark"])
def test_the_borders_of_fields_and_the_focus_ring_are_seen(looks: str) -> None:
    for name in ("line-strong", "accent"):
        assert _contrast(_shade(name, looks), _shade("card", looks)) >= 3


def test_no_other_file_names_a_colour() -> None:
    for path in Path(FOLDER / "css").glob("*.css"):
        if path.name != "tokens.css":
            named = re.findall(r"#[0-9a-fA-F]{3,8}\b", path.read_text())
            assert named in ([], ["#cfdefe", "#2b4377"]), path.name
