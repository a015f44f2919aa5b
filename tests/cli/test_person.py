"""dialboard person: Bob is let in, sees, may not change, and is taken out again, over the whole server."""

from tests.cli.run import ok
from tests.paths.browsing import Browser
from tests.paths.running import Server


def test_bob_is_let_in_as_a_member_and_taken_out_again(tmp_path):
    data = tmp_path / "data"
    account = ok("account", "create", "Alice & Co", data=data)["account"]
    with Server(data, "--port", "0").start() as server:
        made = ok("person", "add", "Bob", "--account", "alice & co", data=data)
        assert (made["name"], made["role"]) == ("Bob", "member") and made["link"].startswith(server.url)
        with Browser(server, made["link"]) as bob:
            assert bob.get(f"/{account}/connections/").status_code == 200
            assert bob.get(f"/{account}/connections/new").status_code == 403
            people = {one["name"]: one for one in ok("person", "list", "--account", account, data=data)["people"]}
            assert people["Bob"]["role"] == "member" and people["Bob"]["lastSignIn"]
            ok("person", "add", "bob", "--account", account, "--role", "owner", data=data)
            assert bob.get(f"/{account}/connections/new").status_code == 200
            assert ok("person", "remove", "bob", "--account", account, data=data) == {"person": "Bob"}
            assert bob.get(f"/{account}/connections/").url.path == "/sign-in"
