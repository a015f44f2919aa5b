"""dialboard resource: the lists that are synced or kept."""

import click

from dialboard.cli import asked, shown


@click.group()
def resource() -> None:
    """Resources: the lists that are synced from Twilio, and the tracker's events."""


@resource.command("list")
def list_() -> None:
    """Every resource, with its fields and how long Twilio keeps it."""
    from dialboard.run.known import every_resource

    asked.prepared()  # as every command does, so that a folder of a newer program is refused here too
    items = [
        {
            "name": one.name,
            "title": one.title,
            "path": one.path,
            "retentionDays": one.retention_days,
            "docs": one.docs,
            "fields": [{"name": field.name, "kind": field.kind, "meaning": field.meaning} for field in one.fields],
        }
        for one in every_resource()
    ]
    shown.show_list("resources", items, ("name", "title", "path", "retentionDays"), "There is no resource.")
