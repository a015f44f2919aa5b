"""dialboard metric: the questions that have a name."""

import click

from dialboard.cli import asked, shown


@click.group()
def metric() -> None:
    """Metrics: the questions that have a name."""


@metric.command("list")
def list_() -> None:
    """Every metric, with its unit and what it may be split by."""
    from dialboard.measure.library import METRICS

    asked.prepared()  # as every command does, so that a folder of a newer program is refused here too
    items = [
        {
            "name": one.name,
            "title": one.title,
            "about": one.about,
            "unit": one.unit,
            "favourable": one.favourable,
            "resource": one.measure.resource,
            "dimensions": list(one.dimensions),
        }
        for one in METRICS.values()
    ]
    shown.show_list("metrics", items, ("name", "unit", "about"), "There is no metric.")
