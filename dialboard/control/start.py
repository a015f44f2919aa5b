"""Starting Django."""

import django


def start() -> None:
    """Loads the settings, which ask `active_config`, and the models."""
    django.setup()
