from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

import dialboard.twilio.resources as room
from dialboard.extract import derive
from dialboard.extract.typed import Report, rows
from dialboard.shapes.resource import Resource
from dialboard.twilio.resources import RESOURCES

SAMPLES = Path(room.__file__).parent


def sample(resource: Resource) -> list[dict[str, Any]]:
    path = SAMPLES / f"{resource.name}.json"
    assert path.exists(), f"{resource.name} needs a sample answer in {path}"
    found = msgspec.json.decode(path.read_bytes())[resource.records]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("file", sorted(file.stem for file in SAMPLES.glob("*.py") if file.stem != "__init__"))
def test_a_file_has_its_line_in_the_table_and_its_sample(file: str) -> None:
    defined = [one for one in vars(import_module(f"{room.__name__}.{file}")).values() if isinstance(one, Resource)]
    assert [one.name for one in defined] == [file], f"{file}.py holds one Resource, of the name {file!r}"
    assert RESOURCES.get(file) is defined[0], f"RESOURCES in dialboard/twilio/resources/__init__.py lacks {file}"
    assert (SAMPLES / f"{file}.json").exists(), f"dialboard/twilio/resources/{file}.json is missing"


@pytest.mark.parametrize("name", RESOURCES)
def test_every_field_is_in_the_sample_or_is_derived(name: str) -> None:
    resource = RESOURCES[name]
    for field in resource.fields:
        if field.source is None:
            assert field.name in derive.BY_NAME, f"{name}.{field.name} has no function in extract/derive.py"
        else:
            assert field.source in sample(resource)[0], f"{name}.{field.name}: no {field.source} in the sample"


@pytest.mark.parametrize("name", RESOURCES)
def test_the_sample_reads_without_a_loss(name: str) -> None:
    resource, report = RESOURCES[name], Report()
    read = rows(resource, sample(resource), report=report)
    assert len(read) == len(sample(resource)) and not report.refused and not report.unread
    assert all(row.values[resource.created] is not None for row in read)


@pytest.mark.parametrize("name", RESOURCES)
def test_each_resource_is_whole(name: str) -> None:
    resource = RESOURCES[name]
    names = [field.name for field in resource.fields]
    assert len(names) == len(set(names))
    assert resource.time in names and resource.created in names
    assert "read 20" in resource.docs and resource.docs.startswith("https://")
    assert all(field.meaning for field in resource.fields)
