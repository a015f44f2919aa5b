"""Every page has its address, its template and a test of what it shows."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from django.urls import get_resolver

import dialboard.web as room

WEB = Path(room.__file__).parent
PAGES = sorted(file.stem for file in WEB.glob("pages/*.py") if file.stem not in ("__init__", "errors"))
TEMPLATES = sorted(file.relative_to(WEB / "templates").as_posix() for file in WEB.glob("templates/**/*.html"))
# These ask for every route there is, and so say nothing of what one shows.
WALKS = ("test_access.py", "test_pages_are_clean.py", "test_urls.py")


def ways(page: str) -> list[tuple[str, str]]:
    """The name and the address of each route that leads to that file."""
    found = defaultdict(list)
    for pattern in get_resolver().url_patterns:
        found[pattern.callback.__module__].append((str(pattern.name), f"/{pattern.pattern}"))
    return found[f"dialboard.web.pages.{page}"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_an_address(page: str) -> None:
    assert ways(page), f"no line of dialboard/web/urls.py leads to pages/{page}.py"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_a_test_of_what_it_shows(page: str) -> None:
    tests = [file.read_text() for file in Path(__file__).parent.glob("test_*.py") if file.name not in WALKS]
    words = [f'"{word}"' for way in ways(page) for word in way]
    assert any(word in text for word in words for text in tests), f"no test in tests/web asks for one of {words}"


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_used(template: str) -> None:
    sources = [file.read_text() for kind in ("py", "html") for file in WEB.rglob(f"*.{kind}")]
    assert any(f'"{template}"' in text for text in sources), f"nothing uses templates/{template}"


def test_a_template_that_a_page_names_is_there() -> None:
    named = {name for file in WEB.glob("pages/*.py") for name in re.findall(r'"([\w/]+\.html)"', file.read_text())}
    assert named and not named - set(TEMPLATES), f"dialboard/web/templates lacks {named - set(TEMPLATES)}"
