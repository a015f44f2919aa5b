"""Every file of `deliver/to` is a destination with all that belongs to one."""

from pathlib import Path

import pytest

import dialboard.deliver.to as room
from dialboard.deliver.to import KINDS

ROOT = Path(__file__).parents[2]
FILES = sorted(file.stem for file in Path(room.__file__).parent.glob("*.py") if file.stem != "__init__")


@pytest.mark.parametrize("file", FILES)
def test_a_file_has_its_line_in_the_table(file: str) -> None:
    listed = {type(kind).__module__ for kind in KINDS.values()}
    assert f"{room.__name__}.{file}" in listed, f"KINDS in dialboard/deliver/to/__init__.py lacks the kind of {file}.py"


@pytest.mark.parametrize("file", FILES)
def test_a_file_has_its_test(file: str) -> None:
    assert (ROOT / f"tests/deliver/to/test_{file}.py").exists(), f"tests/deliver/to/test_{file}.py is missing"


@pytest.mark.parametrize("file", FILES)
def test_a_file_has_its_page_in_the_manual(file: str) -> None:
    page = f"docs/reference/destinations/{file.replace('_', '-')}.md"
    assert (ROOT / page).exists(), f"{page} is missing"


def test_a_kind_is_called_like_its_file() -> None:
    assert {type(kind).__module__.rpartition(".")[2].replace("_", "-") for kind in KINDS.values()} == set(KINDS)
