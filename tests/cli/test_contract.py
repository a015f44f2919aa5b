"""The command line as others call it: words, exit codes, and what is on stdout and stderr."""

import json
import re
import subprocess
import sys

import pytest

from dialboard import __version__
from dialboard.cli.root import COMMANDS
from tests.cli.run import dialboard, environment, ok, refused, run_all

AC, SK = "AC" + "a" * 32, "SK" + "b" * 32


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with the accounts of Alice and Charlie."""
    path = tmp_path_factory.mktemp("cli") / "data"
    for name in ("Alice & Co", "Charlie"):
        ok("account", "create", name, data=path)
    return path


def test_the_version_comes_without_loading_anything_heavy():
    code = "import sys; from dialboard.cli import run; run(['--version']); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"dialboard {__version__}\n")
    heavy = {"django", "duckdb", "asyncpg", "psycopg", "httpx", "cryptography", "granian", "clickhouse_connect"}
    assert not heavy & set(done.stdout.split())


def test_an_installation_on_files_loads_no_driver_of_a_server(data):
    code = "import sys; from dialboard.cli import run; run(['account', 'list', '--json']); print(*sorted(sys.modules))"
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment(DIALBOARD_DATA=str(data)))
    assert "dialboard.journal.sqlite" in done.stdout.split()
    assert not {"asyncpg", "psycopg", "clickhouse_connect", "duckdb", "httpx"} & set(done.stdout.split())


def test_an_account_is_made_with_a_pair_for_the_tracker(data):
    made = ok("account", "create", "Bob", "--tokens", "5", "--zone", "Europe/Berlin", data=data)
    assert re.fullmatch(r"acc_\w{16}", made["account"]) and re.fullmatch(r"crd_\w{16}", made["authId"])
    assert len(made["authToken"]) == 64
    (bob,) = [one for one in ok("account", "list", data=data)["accounts"] if one["name"] == "Bob"]
    assert (bob["id"], bob["zone"], bob["tokens"], bob["unmetered"]) == (made["account"], "Europe/Berlin", 5, False)


def test_both_options_may_stand_anywhere(data):
    folder = ["--data", str(data)]
    orders = [
        [*folder, "--json", "account", "list"],
        ["account", *folder, "list", "--json"],
        ["--json", "account", "list", *folder],
        ["account", "--json", "list", *folder],
    ]
    documents = [json.loads(dialboard(*words).out) for words in orders]
    assert documents == [documents[0]] * 4 and documents[0]["accounts"]
    assert ok("account", "list", DIALBOARD_DATA=str(data)) == documents[0]


def test_the_last_folder_that_is_named_counts(data, tmp_path):
    assert ok("--data", str(tmp_path / "other"), "account", "list", data=data)["accounts"]
    assert not (tmp_path / "other").exists()


LISTS = {
    ("account", "list"): "accounts",
    ("credential", "list", "--account", "alice & co"): "credentials",
    ("person", "list", "--account", "Alice & Co"): "people",
    ("destination", "list", "--account", "Alice & Co"): "destinations",
    ("connection", "list", "--account", "Alice & Co"): "connections",
    ("board", "list", "--account", "Alice & Co"): "boards",
    ("events", "list", "--account", "Alice & Co"): "events",
    ("deliveries", "list", "--account", "Alice & Co", "--state", "dead"): "deliveries",
    ("metric", "list"): "metrics",
    ("resource", "list"): "resources",
}

BAD = [
    (2, ("acount",), "Did you mean account"),
    (2, ("account", "lst"), "lst"),
    (2, ("account", "create"), "NAME"),
    (2, ("account", "create", ""), "name is empty"),
    (2, ("account", "create", "X", "--tokens", "many"), "--tokens"),
    (2, ("account", "create", "X", "--tokens", "-1"), "--tokens"),
    (2, ("account", "create", "X", "--tokens", "1", "--unmetered"), "--unmetered"),
    (2, ("account", "create", "X", "--zone", "Mars"), "zone 'Mars'"),
    (1, ("account", "create", "ALICE & CO"), "already"),
    (2, ("account", "grant", "Charlie"), "--tokens"),
    (1, ("account", "grant", "Charly", "--tokens", "1"), "'Charlie'"),
    (2, ("account", "list", "--color"), "--color"),
    (2, ("account", "list", "--data", ""), "--data"),
    (2, ("credential", "create", "--account", "Charlie"), "--name"),
    (2, ("person", "add", "", "--account", "Charlie"), "person's name is empty"),
    (2, ("person", "add", "Bob", "--account", "Charlie", "--role", "king"), "--role"),
    (1, ("person", "remove", "Mallory", "--account", "Charlie"), "no person 'Mallory': there is 'owner'"),
    (2, ("person", "remove", "owner", "--account", "Charlie"), "stays in every account"),
    (1, ("credential", "revoke", "crd_0000000000000000"), "no credential"),
    (2, ("destination", "add", "--kind", "webhook", "--account", "Charlie"), "google-analytics"),
    (2, ("destination", "add", "--account", "Charlie", "--kind", "google-analytics"), "(?i)measurement"),
    (2, ("destination", "add", "--account", "Charlie", "--kind", "google-analytics", "--alias", " "), "--alias"),
    (2, ("destination", "add", "--account", "Charlie", "--kind", "google-analytics", "--endpoint", ""), "--endpoint"),
    (
        2,
        ("destination", "add", "--account", "Charlie", "--kind", "google-analytics", "--api-secret-file", "/no"),
        "--api-secret-file /no",
    ),
    (1, ("destination", "remove", "dst_0000000000000000"), "no destination"),
    (2, ("connection", "add", "--account", "Charlie", "--account-sid", AC, "--key-sid", SK), "--key-secret-file"),
    (1, ("connection", "remove", "con_0000000000000000"), "no connection"),
    (1, ("query", "cals", "--account", "Charlie"), "Did you mean calls"),
    (1, ("query", "calls", "--account", "Nobody"), "no account 'Nobody'"),
    (2, ("query", "calls"), "--account"),
    (2, ("query", "calls", "--account", "Charlie", "--by", "decade"), "--by 'decade'"),
    (2, ("query", "calls", "--account", "Charlie", "--range", "last_moon"), "--range 'last_moon'"),
    (2, ("query", "calls", "--account", "Charlie", "--from", "2026-11-01"), "--until"),
    (2, ("query", "calls", "--account", "Charlie", "--from", "yesterday", "--until", "2026-11-01"), "--from"),
    (2, ("query", "calls", "--account", "Charlie", "--from", "2026-11-02", "--until", "2026-11-01"), "--until"),
    (2, ("query", "calls", "--account", "Charlie", "--zone", "Mars"), "--zone 'Mars'"),
    (2, ("query", "calls", "--account", "Charlie", "--zone", ""), "--zone ''"),
    (2, ("query", "calls", "--account", "Charlie", "--range", ""), "--range ''"),
    (2, ("query", "calls", "--account", "Charlie", "--from", "", "--until", ""), "--from ''"),
    (2, ("query", "calls", "--account", "Charl\udcff"), "Charl.udcff' is not UTF-8"),
    (2, ("events", "list", "--account", "Charlie", "--limit", "0"), "--limit"),
    (2, ("events", "list", "--account", "Charlie", "--limit", "99999999999999999999"), "--limit"),
    (2, ("deliveries", "list", "--account", "Charlie", "--limit", "99999999999999999999"), "--limit"),
    (2, ("deliveries", "list", "--account", "Charlie", "--state", "lost"), "--state 'lost'"),
    (1, ("deliveries", "list", "--account", "Charlie", "--destination", ""), "no destination ''"),
    (2, ("deliveries", "replay", "--account", "Charlie"), "--destination"),
    (1, ("board", "list", "--account", "Nobody"), "no account"),
    (2, ("send-sample", "--account", "Charlie", "--auth-id", "crd_x"), "--auth-token-file"),
    (1, ("sign-in-link", "--person", "mallory"), "no person 'mallory'"),
    (2, ("backup",), "FILE"),
    (2, ("backup", "/x.tar", "--with-keys", "/x.tar"), "--with-keys"),
    (1, ("restore", "/no/such/file.tar"), "not empty"),
    (2, ("restore",), "FILE"),
]


@pytest.fixture(scope="module")
def answers(data):
    """What each command of BAD and LISTS answered: exit code, stdout, stderr."""
    commands = [words for _, words, _ in BAD] + [(*words, *more) for words in LISTS for more in ((), ("--json",))]
    return dict(zip(commands, run_all(commands, data), strict=True))


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_a_list_is_one_document_under_its_plural_or_lines_for_people(answers, words):
    code, out, err = answers[(*words, "--json")]
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert list(document) == [LISTS[words]]
    assert all("name" in item for item in document[LISTS[words]])
    code, out, err = answers[words]
    assert (code, err) == (0, "") and out.strip() and not out.startswith("{")


@pytest.mark.parametrize(("code", "words", "says"), BAD, ids=[" ".join(words)[:60] for _, words, _ in BAD])
def test_words_that_do_not_fit_are_named_in_one_sentence(answers, code, words, says):
    answered, out, err = answers[words]
    assert (answered, out) == (code, "") and len(err.splitlines()) == 1 and re.search(says, err), err


@pytest.mark.parametrize(
    ("name", "value"),
    [("DIALBOARD_PORT", "http"), ("DIALBOARD_DEBUG", "x"), ("DIALBOARD_CONTROL_URL", "mysql://d:pw@x")],
)
def test_a_bad_setting_is_a_usage_error_that_names_the_variable(data, name, value):
    sentence = refused(2, "account", "list", data=data, **{name: value})
    assert name in sentence and "pw" not in sentence


def test_a_database_that_is_away_is_one_sentence(tmp_path):
    away = "postgresql://dialboard:hunter2@127.0.0.1:1/control"
    assert "hunter2" not in refused(1, "account", "list", data=tmp_path, DIALBOARD_CONTROL_URL=away)


def test_a_noun_alone_shows_its_commands_and_is_a_usage_error():
    done = dialboard("account")
    assert done.code == 2 and done.out == "" and "create" in done.err


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in {"serve", "sandbox"}])
def test_every_command_has_help_and_both_options(command, capfd):
    from dialboard.cli import run

    assert run([command, "--help"]) == 0
    out = capfd.readouterr().out
    assert "--data" in out and "--json" in out


def test_a_reader_who_has_had_enough_is_no_error_for_anybody(data):
    command = f"{sys.executable} -m dialboard metric list --data {data} | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stderr == "" and done.stdout.startswith("NAME")


def test_a_metric_whose_days_are_always_utc_days_says_so_on_stderr(data):
    ask = ("query", "spend", "--account", "Charlie")
    told = "The days of spend are UTC days, as Twilio counts them, not those of --zone (Asia/Tokyo).\n"
    by_zone = dialboard(*ask, "--zone", "Asia/Tokyo", "--json", data=data)
    assert (by_zone.code, by_zone.err, by_zone.json["zone"]) == (0, told, "UTC")
    for_people = dialboard(*ask, "--zone", "Asia/Tokyo", data=data)
    assert for_people.err == told and "(UTC)" in for_people.out
    assert dialboard(*ask, "--zone", "UTC", data=data).err == ""
    assert dialboard("query", "calls", "--account", "Charlie", "--zone", "Asia/Tokyo", data=data).err == ""


def test_the_accounts_own_zone_is_spoken_of_to_people_and_left_to_scripts(data):
    ok("account", "create", "Tokyo", "--zone", "Asia/Tokyo", data=data)
    assert "the account's zone (Asia/Tokyo)" in dialboard("query", "spend", "--account", "Tokyo", data=data).err
    assert ok("query", "spend", "--account", "Tokyo", data=data)["zone"] == "UTC"


@pytest.mark.parametrize("what", ["metric", "resource"])
def test_a_list_of_what_is_built_in_prepares_the_folder_too(tmp_path, what):
    ok(what, "list", data=tmp_path / "data")
    assert (tmp_path / "data" / "version.json").exists()
