"""Addresses of servers that are wrong: the sentence names the setting and the cure, and holds no password."""

from pathlib import Path

import pytest

from tests.cli.run import dialboard, ok, refused
from tests.servers.clickhouse import ClickHouse
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.postgres

PASSWORD = "hunter2"
POSTGRES = ("CONTROL_URL", "JOURNAL_URL", "DELIVERIES_URL")


@pytest.fixture(scope="module")
def guarded(postgres_server: PostgresServer) -> PostgresServer:
    postgres_server.guard("guarded", "another")
    return postgres_server


def failed_check(data: Path, **settings: str) -> str:
    """What `dialboard check` says of what is off."""
    done = dialboard("check", data=data, **settings)
    assert done.code == 1 and "Traceback" not in done.err + done.out
    return done.out + done.err


WRONG_PASSWORD = (f"guarded:{PASSWORD}@{{host}}/postgres", "password authentication failed")
NO_DATABASE = (f"postgres:{PASSWORD}@{{host}}/nowhere", '"nowhere" does not exist')
NO_HOST = (f"postgres:{PASSWORD}@nowhere.invalid/postgres", "nowhere.invalid")


@pytest.mark.parametrize(
    ("name", "address", "reason"),
    [
        ("CONTROL_URL", *WRONG_PASSWORD),
        ("CONTROL_URL", *NO_HOST),
        ("JOURNAL_URL", *WRONG_PASSWORD),
        ("JOURNAL_URL", *NO_DATABASE),
        ("DELIVERIES_URL", *NO_DATABASE),
        ("DELIVERIES_URL", *NO_HOST),
    ],
)
def test_a_postgresql_that_does_not_let_us_in_is_named(
    guarded: PostgresServer, tmp_path: Path, name: str, address: str, reason: str
) -> None:
    setting = {f"DIALBOARD_{name}": f"postgresql://{address.format(host=f'127.0.0.1:{guarded.port}')}"}
    sentence = refused(1, "account", "list", data=tmp_path / "data", **setting)
    assert f"DIALBOARD_{name}" in sentence and reason in sentence
    assert PASSWORD not in sentence


@pytest.mark.parametrize("name", ["CONTROL_URL", "JOURNAL_URL"])
def test_serve_and_check_end_with_the_sentence_when_a_postgresql_is_away(tmp_path: Path, name: str) -> None:
    setting = {f"DIALBOARD_{name}": f"postgresql://postgres:{PASSWORD}@127.0.0.1:1/postgres"}
    done = dialboard("serve", "--port", "0", data=tmp_path / "data", **setting)
    assert done.code == 1 and "Traceback" not in done.err
    for said in (done.err, failed_check(tmp_path / "data", **setting)):
        assert f"DIALBOARD_{name}" in said and "Connection refused" in said and PASSWORD not in said


def test_a_postgresql_that_went_away_later_is_named(own_postgres: PostgresServer, tmp_path: Path) -> None:
    database = own_postgres.new_database()
    settings = {f"DIALBOARD_{name}": database for name in POSTGRES}
    ok("account", "create", "alice", data=tmp_path / "data", **settings)
    own_postgres.stop()
    said = failed_check(tmp_path / "data", **settings)
    assert all(f"DIALBOARD_{name}" in said for name in POSTGRES), said
    assert "DIALBOARD_CONTROL_URL" in refused(1, "account", "list", data=tmp_path / "data", **settings)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Alice's account."""
    data = tmp_path_factory.mktemp("settings") / "data"
    ok("account", "create", "alice", data=data)
    return data


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("clickhouse://tester:{password}@{host}/rows", "'tester'"),
        ("clickhouse://tester:{password}@127.0.0.1:1/rows", "Connection refused"),
        ("clickhouses://tester:{password}@{host}/rows", "SSL"),
    ],
)
@pytest.mark.clickhouse
def test_a_clickhouse_that_does_not_let_us_in_is_named(
    clickhouse_server: ClickHouse, prepared: Path, address: str, reason: str
) -> None:
    url = address.format(password=PASSWORD, host=f"127.0.0.1:{clickhouse_server.port}")
    setting = {"DIALBOARD_STORE_URL": url}
    sentence = refused(1, "query", "calls", "--account", "alice", data=prepared, **setting)
    assert "DIALBOARD_STORE_URL" in sentence and reason in sentence
    assert PASSWORD not in sentence
    said = failed_check(prepared, **setting)
    assert "DIALBOARD_STORE_URL" in said and PASSWORD not in said


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("STORE_URL", f"tester:{PASSWORD}@rows:8123/rows"),
        ("STORE_URL", f"postgresql://tester:{PASSWORD}@rows/rows"),
        ("CONTROL_URL", f"mysql://tester:{PASSWORD}@db/control"),
        ("JOURNAL_URL", f"postgresql://tester:{PASSWORD}/@db/journal"),
        ("DELIVERIES_URL", f"postgresql://tester:{PASSWORD}@db"),
    ],
)
def test_an_address_of_a_wrong_form_is_a_usage_error(tmp_path: Path, name: str, url: str) -> None:
    sentence = refused(2, "account", "list", data=tmp_path / "data", **{f"DIALBOARD_{name}": url})
    assert f"DIALBOARD_{name}" in sentence and PASSWORD not in sentence
