from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from dialboard.config import BadValue, Config, DataFolder
from dialboard.store import socket_path


def test_without_a_setting_everything_is_beside_you():
    config = Config.from_environ({})
    assert config.data.path == Path("dialboard-data").absolute()
    assert config.url == "http://127.0.0.1:8000"
    assert config.journal == str(config.data.events) and config.outcomes == str(config.data.deliveries)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost", "http://localhost:80"),
        ("::1", "http://[::1]:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
    ],
)
def test_without_a_public_address_it_is_one_that_works_on_this_machine(host, url):
    assert Config.from_environ({"DIALBOARD_HOST": host, "DIALBOARD_PORT": "80"}).url == url


class Watched(Mapping[str, str]):
    """An empty environment that knows what it was asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize("setting", [field.name for field in fields(Config)])
def test_every_setting_comes_from_the_environment(setting):
    environ = Watched()
    Config.from_environ(environ)
    assert f"DIALBOARD_{setting.upper()}" in environ.asked, f"Config.from_environ does not read {setting}"


def test_every_setting_is_read():
    config = Config.from_environ(
        {
            "DIALBOARD_DATA": "/srv/d",
            "DIALBOARD_HOST": "0.0.0.0",
            "DIALBOARD_PORT": "80",
            "DIALBOARD_PUBLIC_URL": "https://d.example.com/",
            "DIALBOARD_TRUSTED_PROXIES": "10.0.0.1, 10.1.0.0/16",
            "DIALBOARD_JOURNAL_URL": "postgresql://db/journal",
            "DIALBOARD_STORE_URL": "clickhouse://rows/dialboard",
            "DIALBOARD_DEBUG": "yes",
        }
    )
    assert (config.data.path, config.host, config.port) == (Path("/srv/d"), "0.0.0.0", 80)
    assert config.url == "https://d.example.com" and config.trusted_proxies == ("10.0.0.1", "10.1.0.0/16")
    assert config.journal == "postgresql://db/journal" and config.store == "clickhouse://rows/dialboard"
    assert config.debug


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("DEBUG", "maybe"),
        ("STORE_MEMORY", "lots"),
        ("DELIVERIES_DAYS", "29"),
        ("DELIVERIES_DAYS", "-1"),
        ("DELIVERIES_DAYS", "for ever"),
        ("STORE_MEMORY", "2.5GB"),
        ("STORE_MEMORY", "0GB"),
        ("PUBLIC_URL", "d.example.com"),
        ("CONTROL_URL", "mysql://db/control"),
        ("STORE_URL", "postgresql://db/rows"),
        ("STORE_URL_FILE", "/nowhere/at/all"),
    ],
)
def test_a_bad_value_names_its_variable(name, value):
    with pytest.raises(BadValue, match=f"DIALBOARD_{name} is .*expected "):
        Config.from_environ({f"DIALBOARD_{name}": value})


def test_a_secret_may_come_from_a_file(tmp_path):
    (tmp_path / "url").write_text("postgresql://d:pw@db/journal\n")
    config = Config.from_environ({"DIALBOARD_JOURNAL_URL_FILE": str(tmp_path / "url")})
    assert config.journal_url == "postgresql://d:pw@db/journal"


def test_no_password_is_in_a_repr_or_a_refusal():
    config = Config.from_environ({"DIALBOARD_JOURNAL_URL": "postgresql://d:hunter2@db/journal"})
    with pytest.raises(BadValue) as refused:
        Config.from_environ({"DIALBOARD_STORE_URL": "mysql://d:hunter2@db/rows"})
    assert "hunter2" not in repr(config) + str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "dialboard:hunter2@db/rows",
        "mysql://dialboard:hunter2@db/rows",
        "postgresql://dialboard:hunter2/@db/rows",
        "postgresql://dialboard:2/hunter2@db/rows",
        "postgresql://dialboard:hunter2%@db/rows",
        "postgresql://dialboard:hunter2?@db/rows",
        "postgresql://dialboard:hunter2#@db/rows",
        "postgresql://dialboard:@hunter2/@db/rows",
        "postgresql://dialboard:hunter2@db:many/rows",
        "postgresql://dialboard:hunter2@db",
        "postgresql://db/?password=hunter2",
        "hunter2",
    ],
)
def test_an_address_that_no_driver_can_take_apart_is_refused_without_its_password(url):
    with pytest.raises(BadValue, match=r"DIALBOARD_JOURNAL_URL is .*expected .*postgresql://") as refused:
        Config.from_environ({"DIALBOARD_JOURNAL_URL": url})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///rows",
        "postgresql:///rows?host=/run/postgresql",
        "postgres://dialboard:a%2Fb%40c@[::1]:5432/rows?sslmode=verify-full",
    ],
)
def test_addresses_that_drivers_understand_are_taken(url):
    assert Config.from_environ({"DIALBOARD_JOURNAL_URL": url}).journal == url


@pytest.mark.parametrize("length", [5, 90, 200])
def test_the_store_is_where_the_storing_process_listens(length, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    folder = Path("/srv") / ("d" * length)
    assert Config(data=DataFolder(folder)).store == str(socket_path(folder))


def test_none_changes_nothing():
    config = Config.from_environ({})
    assert config.with_(port=None, host="::1") == Config.from_environ({"DIALBOARD_HOST": "::1"})
