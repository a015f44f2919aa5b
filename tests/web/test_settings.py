"""What Django is told of the settings."""

from pathlib import Path
from typing import Any

from dialboard.config import Config, DataFolder


def database_of(url: str) -> dict[str, Any]:
    # Here and not above: the settings are read once, of the configuration that is in force by then.
    from dialboard.web.settings import _database

    return _database(Config(data=DataFolder(Path("data")), control_url=url))


def test_the_address_of_the_control_database_reaches_the_driver_whole():
    url = "postgresql://dial%40board:a%2Fb@db.example.com:5433/con%20trol?sslmode=verify-full&sslrootcert=/etc/ca.pem"
    found = database_of(url)
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("dial@board", "a/b", "con trol")
    assert (found["HOST"], found["PORT"]) == ("db.example.com", "5433")
    assert found["OPTIONS"]["sslmode"] == "verify-full" and found["OPTIONS"]["sslrootcert"] == "/etc/ca.pem"


def test_a_control_database_that_does_not_answer_or_vanishes_is_given_up_after_a_while():
    options = database_of("postgresql://db/control?connect_timeout=3")["OPTIONS"]
    assert options["connect_timeout"] == "3"
    assert options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"] < 60
