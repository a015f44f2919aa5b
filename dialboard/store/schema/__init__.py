"""The fixed statements of both engines: a file for each version of the layout, applied in order.

A statement ends where a line ends with a semicolon.
"""

from importlib.resources import files


def statements(engine: str, version: int) -> list[str]:
    """The statements that bring a store from the version before to this one; [] when there is nothing to do."""
    file = files(__package__).joinpath(engine, f"{version:04}.sql")
    return [text for part in file.read_text().split(";\n") if (text := part.strip())]
