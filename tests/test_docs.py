"""The manual keeps up with the code: what can be set, called, sent to or asked for is named in docs/reference."""

import dataclasses
import re
from pathlib import Path

import click
import pytest

from dialboard.cli.root import root
from dialboard.config import Config
from dialboard.deliver.to import KINDS
from dialboard.measure.library import METRICS

DOCS = Path(__file__).parents[1] / "docs"
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


@pytest.mark.parametrize(
    "setting", sorted({field.name for field in dataclasses.fields(Config)} - NOT_FROM_THE_ENVIRONMENT)
)
def test_every_setting_is_in_the_reference(setting):
    text = (DOCS / "reference" / "settings.md").read_text()
    assert f"`DIALBOARD_{setting.upper()}`" in text, f"docs/reference/settings.md lacks DIALBOARD_{setting.upper()}"


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


def test_the_first_heading_of_the_changelog_is_the_version():
    from dialboard import __version__

    heading = re.search(r"^## (\S+)", (DOCS.parent / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heading is not None and heading[1] == __version__


def links() -> list[tuple[Path, str]]:
    pages = [*DOCS.rglob("*.md"), DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md"]
    return [(page, target) for page in pages for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())]


@pytest.mark.parametrize(("page", "target"), links(), ids=lambda value: str(value).rsplit("/", 1)[-1])
def test_every_link_of_the_manual_leads_somewhere(page, target):
    assert (page.parent / target).exists(), f"{page.name} links to {target}"
