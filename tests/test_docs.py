"""The manual keeps up with the code: what can be set, called, sent to or asked for is named in docs/reference."""

import dataclasses
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import packages_distributions
from pathlib import Path

import click
import grimp
import pytest
from packaging.requirements import Requirement

from dialboard.cli.root import root
from dialboard.collect.body import BODY_LIMIT
from dialboard.collect.parameters import KEY_LIMIT, PARAMETERS
from dialboard.collect.refusal import STATUS, Reason
from dialboard.config import Config, DataFolder
from dialboard.control import keys
from dialboard.deliver.to import KINDS
from dialboard.measure import document
from dialboard.measure.library import METRICS
from dialboard.measure.period import NAMES
from dialboard.shapes import delivery
from dialboard.shapes.question import Grain
from dialboard.shapes.row import Span
from dialboard.shapes.series import Point, Series
from dialboard.twilio.resources import RESOURCES

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [*DOCS.rglob("*.md"), DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md"]
NOT_FROM_THE_ENVIRONMENT: set[str] = set()


def commands(group: click.Group, words: tuple[str, ...] = ()) -> list[str]:
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found += commands(command, (*words, name))
        elif not command.hidden:
            found.append(" ".join((*words, name)))
    return found


@pytest.mark.parametrize("command", commands(root))
def test_every_command_is_in_the_reference(command):
    text = (DOCS / "reference" / "commands.md").read_text()
    assert f"`dialboard {command}" in text, f"docs/reference/commands.md lacks `dialboard {command}`"


def options(words: str) -> set[str]:
    """All that may be written behind that command."""
    command: click.Command = root
    for word in words.split():
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    names = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return {name for name in names if name.startswith("--")} | {"--help"}


@pytest.mark.parametrize("command", commands(root))
def test_every_option_of_a_command_is_in_its_heading(command):
    text = (DOCS / "reference" / "commands.md").read_text()
    heading = next((line for line in text.splitlines() if line.startswith(f"### `dialboard {command}")), "")
    assert heading, f"docs/reference/commands.md lacks the heading of `dialboard {command}`"
    named = set(re.findall(r"--[a-z-]+", heading)) | {"--data", "--json", "--help"}
    assert named == options(command) | {"--data", "--json"}


def printed_commands() -> Iterator[tuple[str, str]]:
    """Every line of the manual that calls dialboard, as it stands in a block of code."""
    for page in PAGES:
        for block in re.findall(r"^ *```\n(.*?)```", page.read_text(), re.MULTILINE | re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                if found := re.search(r"(?:^|[ /])dialboard ((?:--|[a-z-]+( |$)).*)", line):
                    yield page.name, found[1]


@pytest.mark.parametrize(("page", "line"), sorted(set(printed_commands())))
def test_every_command_that_the_manual_prints_is_one(page, line):
    words = shlex.split(line)
    names = [name for name in commands(root) if words[: len(name.split())] == name.split()]
    if line == "--help" or (page == "run-behind-a-proxy.md" and not names):  # the container's own name
        return
    assert names, f"{page}: dialboard {line}"
    unknown = {word for word in words if word.startswith("--")} - options(names[0])
    assert not unknown, f"{page}: dialboard {line} has no {unknown}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_setting_is_named_that_is_not_there(page):
    named = set(re.findall(r"DIALBOARD_[A-Z_]+[A-Z]", page.read_text()))
    known = {f"DIALBOARD_{field.name.upper()}" for field in dataclasses.fields(Config)}
    assert named <= known | {f"{name}_FILE" for name in known}


@pytest.mark.parametrize(
    "setting", sorted({field.name for field in dataclasses.fields(Config)} - NOT_FROM_THE_ENVIRONMENT)
)
def test_every_setting_is_in_the_reference(setting):
    text = (DOCS / "reference" / "settings.md").read_text()
    assert f"`DIALBOARD_{setting.upper()}`" in text, f"docs/reference/settings.md lacks DIALBOARD_{setting.upper()}"


def test_the_defaults_of_settings_are_those_of_the_program():
    lines = (DOCS / "reference" / "settings.md").read_text().splitlines()
    config = Config.from_environ({})
    for name in ("host", "port", "store_memory"):
        (line,) = [line for line in lines if line.startswith(f"| `DIALBOARD_{name.upper()}`")]
        assert f"`{getattr(config, name)}`" in line.rpartition("| ")[2] or f"| `{getattr(config, name)}`" in line


def test_every_file_of_the_data_folder_is_in_the_reference():
    text = (DOCS / "reference" / "data-folder.md").read_text()
    folder = DataFolder(Path("/data"))
    files = [
        folder.events,
        folder.deliveries,
        folder.control,
        folder.rows,
        folder.rows_socket,
        folder.pages_socket,
        folder.version,
    ]
    names = [file.name for file in files] + [f"keys/{name}" for name in keys.ALL]
    assert [name for name in names if f"`{name}`" not in text] == []


@pytest.mark.parametrize("word", [*delivery.State, *delivery.Reason])
def test_every_word_about_a_delivery_is_explained(word):
    assert f"| `{word}` |" in (DOCS / "reference" / "commands.md").read_text()


@pytest.mark.parametrize("code", (0, 1, 2))
def test_every_exit_code_is_explained(code):
    assert f"| {code} | " in (DOCS / "reference" / "commands.md").read_text()


@pytest.mark.parametrize("name", [*NAMES, *Grain])
def test_every_range_and_grain_can_be_looked_up(name):
    assert f"`{name}`" in (DOCS / "reference" / "commands.md").read_text()


@pytest.mark.parametrize("resource", sorted(RESOURCES))
def test_every_resource_is_in_the_reference(resource):
    assert f"| `{resource}` |" in (DOCS / "reference" / "commands.md").read_text()


def test_every_key_of_the_query_document_is_explained():
    at = datetime(2026, 11, 24, tzinfo=UTC)
    series = Series(
        metric="calls", title="Calls", unit="calls", currency=None, favourable="up", zone="UTC", span=Span(at, at),
        by=Grain.HOUR, split=("country",), points=[Point(at, {"country": "US"}, 1)], total=1, totals=[], gaps=[],
    )  # fmt: skip
    written = document.document(series)
    text = (DOCS / "reference" / "commands.md").read_text()
    explained = {key for line in text.splitlines() if line.startswith("| `") for key in re.findall(r"`(\w+)`", line)}
    assert set(written) | set(written["buckets"][0]) <= explained


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.name)
def test_every_parameter_of_the_tracker_is_explained_with_its_limit(parameter):
    text = (DOCS / "reference" / "tracker.md").read_text()
    limits = " ".join(text.split("**Limits**")[1].split("\n\n")[0].split())
    (group,) = [group for group in limits.split(";") if f"`{parameter.name}`" in group]
    assert re.findall(r"(?<= )[\d,]+$", group.split(". ")[0].rstrip("."))[0].replace(",", "") == str(parameter.limit)
    (line,) = [line for line in text.splitlines() if re.match(rf"\|.*`{re.escape(parameter.name)}`.*\|", line)]
    assert ("| required |" if parameter.required else "| optional |") in line


def test_every_answer_of_the_tracker_is_explained():
    text = (DOCS / "reference" / "tracker.md").read_text()
    codes = {STATUS[reason] for reason in Reason if reason not in (Reason.NOT_FOUND, Reason.GONE)} | {200}
    assert {code for code in codes if f"| {code} | " not in text} == set()
    assert f"{BODY_LIMIT // 1024} KiB" in text and f"at most {KEY_LIMIT} characters" in text


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_every_shipped_metric_is_in_the_reference(metric):
    text = (DOCS / "reference" / "metrics.md").read_text()
    assert f"`{metric}`" in text, f"docs/reference/metrics.md lacks {metric}"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_destination_has_its_page(kind):
    assert (DOCS / "reference" / "destinations" / f"{kind}.md").exists(), (
        f"docs/reference/destinations/{kind}.md is missing"
    )


def test_every_dependency_has_a_reason():
    project = (DOCS.parent / "pyproject.toml").read_text().split("dependencies = [")[1].split("]\n")[0]
    names = re.findall(r'"([a-z0-9-]+)', project)
    text = (DOCS / "why" / "dependencies.md").read_text()
    missing = [name for name in names if f"| {name} |" not in text]
    assert len(names) > 10 and not missing, f"docs/why/dependencies.md lacks {missing}"


def project() -> dict[str, list[str]]:
    """What pyproject.toml asks for, by the file that pins it."""
    table = tomllib.loads((DOCS.parent / "pyproject.toml").read_text())
    own = table["project"]["dependencies"]
    return {"requirements.lock": own, "requirements-dev.lock": own + table["dependency-groups"]["dev"]}


@pytest.mark.parametrize(("lock", "wanted"), [(lock, one) for lock, some in project().items() for one in some])
def test_every_dependency_is_pinned(lock, wanted):
    asked = Requirement(wanted)
    found = re.search(rf"^{re.escape(asked.name)}==([^ ;]+)", (DOCS.parent / lock).read_text(), re.MULTILINE)
    assert found and found[1] in asked.specifier, f"{lock} lacks {wanted}: make lock"


def test_no_package_is_imported_that_is_not_asked_for():
    """One that came with another would be gone as soon as that one does without it."""
    modules = grimp.build_graph("dialboard", include_external_packages=True, cache_dir=None).modules
    outside = {name.partition(".")[0] for name in modules} - {"dialboard", *sys.stdlib_module_names}
    outside -= {"httpcore"}  # the half of httpx that connects; httpx is nothing without it
    known = packages_distributions()
    named = {Requirement(one).name for one in project()["requirements.lock"]}
    unnamed = {name for name in outside if not named & {one.lower() for one in known.get(name, [])}}
    assert not unnamed, f"pyproject.toml lacks the packages of {unnamed}"


def test_the_first_heading_of_the_changelog_is_the_version():
    from dialboard import __version__

    heading = re.search(r"^## (\S+)", (DOCS.parent / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heading is not None and heading[1] == __version__


def links() -> list[tuple[Path, str]]:
    return [(page, target) for page in PAGES for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())]


@pytest.mark.parametrize(("page", "target"), links(), ids=lambda value: str(value).rsplit("/", 1)[-1])
def test_every_link_of_the_manual_leads_somewhere(page, target):
    assert (page.parent / target).exists(), f"{page.name} links to {target}"
