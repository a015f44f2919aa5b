"""Static files: kept for ever under a hashed address, compressed, and light enough."""

import gzip
import re

import pytest

from dialboard.web.static_files import FOLDER, digest
from tests.web.conftest import People


def test_an_address_is_kept_for_ever_and_smaller_on_the_wire(people: People) -> None:
    answer = people.nobody.get(f"/static/{digest()}/css/base.css", headers={"Accept-Encoding": "gzip"})
    assert "immutable" in answer["Cache-Control"]
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(b"".join(answer.streaming_content)) == (FOLDER / "css" / "base.css").read_bytes()


def test_without_compression_it_is_the_file_itself(people: People) -> None:
    answer = people.nobody.get(f"/static/{digest()}/vendor/inter-latin.woff2")
    assert "Content-Encoding" not in answer
    assert answer["Content-Type"] == "font/woff2"
    assert b"".join(answer.streaming_content)[:4] == b"wOF2"


@pytest.mark.parametrize("address", ["/static/000000000000/css/base.css", "/static/../settings.py", "/static/"])
def test_nothing_else_is_served(address: str, people: People) -> None:
    assert people.nobody.get(address).status_code == 404


def test_the_scripts_of_a_list_page_are_light() -> None:
    scripts = [FOLDER / "vendor" / "htmx.js", FOLDER / "js" / "page.js"]
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in scripts) < 40 * 1024


def test_every_file_of_others_has_its_licence() -> None:
    licences = (FOLDER / "vendor" / "LICENSES.txt").read_text()
    for path in (FOLDER / "vendor").iterdir():
        if path.suffix != ".txt":
            assert f"{path.name} " in licences
            assert re.search(rf"{re.escape(path.name)} +{path.stat().st_size} ", licences)


def test_every_file_a_page_names_is_there() -> None:
    templates = FOLDER.parent / "templates"
    for page in templates.rglob("*.html"):
        for name in re.findall(r'{% static "([^"]+)" %}', page.read_text()):
            assert (FOLDER / name).is_file(), f"{page.name} names {name}"
