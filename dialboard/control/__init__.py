"""What people decided: the Django app with the models, and the one door to Django for everything else."""

import os

from dialboard.config import Config

_active: Config | None = None


def setup(config: Config) -> None:
    """Starts Django on this configuration. The first call counts; a process has one configuration.

    Raises RuntimeError when another configuration is in force already.
    """
    global _active
    if _active is not None:
        if _active != config:
            raise RuntimeError("Django runs on another configuration already in this process")
        return
    _active = config
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dialboard.web.settings")
    # Here and not above: half a second of imports that most commands do not need.
    from dialboard.control.start import start

    start()


def active_config() -> Config:
    """The configuration that `setup` was given, or else the environment's (tools that import the settings)."""
    return _active or Config.from_environ()
