"""What a first start makes: the owner's account, a link that signs in, and the sample when it is wanted.

`python -m dialboard.run.welcome link sample` in a process of its own, which ends: the supervisor that starts it stays
as long as Dialboard serves, and would keep Django in memory all the time.
"""

import json
import subprocess
import sys
import threading

from dialboard.config import Config
from dialboard.run.program import program
from dialboard.run.supervisor import environment

FIRST_ACCOUNT = "My account"
LINK, SAMPLE, JSON = "link", "sample", "json"


def begin(config: Config, *wishes: str) -> None:
    """Starts it for a server that is ready, and returns at once."""
    words = [*program("dialboard.run.welcome"), *wishes]
    threading.Thread(target=subprocess.run, args=(words,), kwargs={"env": environment(config)}, daemon=True).start()


def main(*wishes: str) -> None:
    from dialboard.control.folder import prepare

    config = Config.from_environ()
    prepare(config)
    if SAMPLE in wishes:
        order_sample()
    link = make_link() if LINK in wishes else None
    if JSON in wishes:
        sys.stdout.write(json.dumps({"url": config.url, "link": link}) + "\n")
    elif link:
        sys.stdout.write(f"\nSign in, once, with {link}\n\n")  # to be found among the lines of the log


def make_link() -> str:
    """An address that signs the owner in once. Makes an account when there is none but the sample."""
    from dialboard.control import accounts, sign_in
    from dialboard.control.models import Account

    if not Account.objects.filter(is_sample=False).exists():
        # Unmetered: who runs Dialboard for himself has nobody to buy tokens from.
        account, _, _ = accounts.create(FIRST_ACCOUNT, tokens=None)
        sign_in.join(account, sign_in.owner())
    return sign_in.make_link()


def order_sample() -> None:
    """Orders sample data for the owner; nothing when it is there already."""
    from dialboard.control import orders, sign_in
    from dialboard.control.models import Account

    if not Account.objects.filter(is_sample=True).exists():
        orders.give("sample_add", None, {"user": sign_in.owner().pk})


if __name__ == "__main__":
    main(*sys.argv[1:])
