"""dialboard serve: its words, what it refuses, and the link that signs the owner in."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.cli.run import dialboard, ok, refused, run_all, started
from tests.paths.running import Server, serving, wait_for
from tests.run.served import Begun


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("serve") / "data", "--port", "0", "--sign-in-link") as started:
        yield started


def test_help_names_every_option() -> None:
    text = dialboard("serve", "--help").out
    for option in ("--host", "--port", "--public-url", "--trusted-proxies", "--demo", "--sign-in-link", "--role"):
        assert option in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--port", "70000"), "--port"),
        (("--port", "http"), "--port"),
        (("--port", "-1"), "--port"),
        (("--host", "no such host"), "--host"),
        (("--host", "203.0.113.1"), "--host"),
        (("--public-url", "dialboard.example.com"), "--public-url"),
        (("--public-url", "ftp://dialboard.example.com"), "--public-url"),
        (("--public-url", "https://"), "--public-url"),
        (("--public-url", "http://ho st"), "--public-url"),
        (("--public-url", "https://dialboard.example.com/here"), "without a path"),
        (("--trusted-proxies", "proxy.example.com"), "--trusted-proxies"),
        (("--trusted-proxies", "10.0.0.0/8,10.0.0.0/99"), "10.0.0.0/99"),
        (("--role", "cooking"), "--role"),
        (("--role", "working", "--demo"), "--demo"),
        (("--role", "working", "--sign-in-link"), "--sign-in-link"),
        (("--rolle", "working"), "--rolle"),
        (("now",), "now"),
    ],
)
def test_what_is_off_is_named(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    port = () if "--port" in words else ("--port", "0")
    (done,) = run_all([("serve", *words, *port)], tmp_path / "data")
    assert (done.code, done.out) == (2, "") and says in done.err
    assert len(done.err.splitlines()) == 1 and "Traceback" not in done.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DIALBOARD_PORT", "many"),
        ("DIALBOARD_PUBLIC_URL", "dialboard.example.com"),
        ("DIALBOARD_TRUSTED_PROXIES", "proxy.example.com"),
    ],
)
def test_a_setting_that_is_off_is_named(tmp_path: Path, name: str, value: str) -> None:
    sentence = refused(2, "serve", data=tmp_path / "data", **{"DIALBOARD_PORT": "0", name: value})
    assert name in sentence and value in sentence


def test_a_port_in_use_is_said_with_the_cure(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = refused(1, "serve", "--port", str(port), data=tmp_path / "data")
    assert (
        sentence == f"Port {port} of 127.0.0.1 is in use by another program: stop it, or choose another with --port.\n"
    )


def test_a_second_server_on_the_folder_is_refused_and_told_about_the_first(server: Server) -> None:
    sentence = refused(1, "serve", "--port", "0", data=server.data)
    assert f"serves {server.data} already" in sentence
    assert f"process {server.process.pid} at {server.url}" in sentence
    assert httpx.get(f"{server.url}/healthz").status_code == 200


def test_a_role_beside_the_server_that_has_it_is_refused(server: Server) -> None:
    assert "This data folder has a serving process already" in refused(
        1, "serve", "--role", "serving", data=server.data
    )


@pytest.mark.parametrize("role", ["serving", "showing", "storing", "delivering", "working"])
def test_a_role_runs_alone_until_it_is_told_to_stop(tmp_path: Path, role: str) -> None:
    """working waits for a storing process, as it does when it is started first."""
    with Begun(tmp_path / "data", "--role", role, "--port", "0") as begun:
        wait_for(lambda: f"role={role} action=ready" in begun.log or role == "working", f"{role} is ready")
        if role == "working":
            wait_for((tmp_path / "data" / "version.json").exists, "working has prepared the folder")
        begun.process.send_signal(signal.SIGTERM)
        assert begun.process.wait(10) == 0, begun.log
    assert "Traceback" not in begun.log and "panicked" not in begun.log


def test_demo_alone_ends_where_there_is_no_sample(tmp_path: Path) -> None:
    assert dialboard("serve", "--role", "demo", data=tmp_path / "data").code == 0


def test_the_roles_on_their_own_are_a_server(tmp_path: Path) -> None:
    roles = ("serving", "showing", "storing", "working")
    with ExitStack() as stack:
        begun = [stack.enter_context(Begun(tmp_path / "data", "--role", role, "--port", "0")) for role in roles]
        for role in roles:
            wait_for(lambda role=role: f"role={role} action=ready" in begun[0].log, f"{role} is ready")
        for one in begun:
            one.process.terminate()
        assert [one.process.wait(10) for one in begun] == [0] * len(roles), begun[0].log


def test_the_sign_in_link_works_once_and_asks_first(server: Server) -> None:
    link = wait_for(lambda: re.search(r"^Sign in, once, with (\S+)$", server.log, re.MULTILINE), "the link")[1]
    assert link.startswith(f"{server.url}/sign-in/link?")
    assert signs_in(link)
    with httpx.Client() as again:
        assert again.get(link).status_code == 410
    assert [one["name"] for one in ok("account", "list", data=server.data)["accounts"]] == ["My account"]


def test_with_json_the_address_and_the_link_are_one_document(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "dialboard", "serve", "--port", "0", "--sign-in-link", "--json"]
    with started([*words, "--data", str(tmp_path / "data")], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        document = json.loads(process.stdout.readline())
        assert document["link"].startswith(f"{document['url']}/sign-in/link?")
        assert httpx.get(f"{document['url']}/healthz").status_code == 200
        process.terminate()
        assert (process.stdout.read(), process.wait(10)) == ("", 0)


def test_what_lies_in_the_folder_where_it_is_started_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "dialboard").mkdir()  # as beside a clone
    for module in ("httpx", "msgspec", "duckdb"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('not ours')")
    command = Path(sys.executable).parent / "dialboard"
    words = [str(command), "serve", "--port", "0", "--sign-in-link", "--json", "--data", str(tmp_path / "data")]
    with started(words, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout
        document = json.loads(process.stdout.readline())
        assert httpx.get(f"{document['url']}/healthz").status_code == 200


def test_the_command_for_a_link_knows_the_port_of_the_server(server: Server) -> None:
    assert signs_in(ok("sign-in-link", data=server.data)["link"])


def signs_in(link: str) -> bool:
    """Opens the link, agrees, and looks at the first page."""
    with httpx.Client(follow_redirects=True, timeout=20) as browser:
        page = browser.get(link)
        assert page.status_code == 200
        hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|sesame)" value="([^"]+)"', page.text))
        home = browser.post(link.partition("?")[0], data=hidden, headers={"origin": link.partition("/sign-in")[0]})
        return home.status_code == 200 and "My account" in home.text


def test_ctrl_c_says_nothing_but_the_log(tmp_path: Path) -> None:
    with Server(tmp_path / "data").start() as server:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(15) == 0
