"""Connections: a Twilio account's SID with an API key, checked before it is kept."""

from django.utils import timezone

from dialboard.control import active_config, names, secrets
from dialboard.control.models import Account, Connection
from dialboard.errors import TooManyRequests
from dialboard.sync.pace import Pause
from dialboard.twilio.account import TwilioAccount
from dialboard.twilio.client import Client


def described(account_sid: str, key_sid: str, key_secret: str, base_url: str | None = None) -> TwilioAccount:
    """The Twilio account as it was pasted, without the blanks around it. Raises UsageError, which names the value that
    is off; nothing is sent."""
    return TwilioAccount(account_sid.strip(), key_sid.strip(), key_secret.strip(), base_url=base_url)


def check(twilio: TwilioAccount) -> None:
    """Asks Twilio whether it accepts the key, unless it wants no request just now; blocks for some seconds at the most.

    Raises BadCredentials, Refused or Transient, with the cure; TooManyRequests when it was not asked, or wants no
    more just now.
    """
    pause = Pause(active_config().data.run, twilio.account_sid)
    if (left_s := pause.left_s()) > 0:
        raise TooManyRequests(f"Twilio wants no request for another {left_s:.0f} s.", retry_after_s=left_s)
    try:
        Client(twilio).check()
    except TooManyRequests as error:
        pause.note(error.retry_after_s or 0)
        raise


def add(account: Account, twilio: TwilioAccount, *, name: str | None = None, keep_bodies: bool = False) -> Connection:
    """The connection. Whoever calls has let `check` try the key. Raises UsageError, AlreadyExists."""
    name = names.checked(name or _own_name(account))
    with names.change(f"{account.name} has a connection {name!r} already: take another name."):
        return Connection.objects.create(
            account=account,
            name=name,
            account_sid=twilio.account_sid,
            key_sid=twilio.key_sid,
            secret_encrypted=secrets.encrypt(twilio.key_secret),
            base_url=twilio.base_url,
            keep_bodies=keep_bodies,
            checked_at=timezone.now(),
        )


def twilio_account(connection: Connection) -> TwilioAccount:
    """What our client of Twilio needs, the secret in the clear. Raises DataFolderError when its key is not here."""
    secret = secrets.decrypt(connection.secret_encrypted)
    return TwilioAccount(connection.account_sid, connection.key_sid, secret, base_url=connection.base_url)


def note_problem(connection: Connection, sentence: str) -> None:
    """What went wrong last, for the page; "" when Twilio accepted the key just now."""
    changes = {"problem": sentence} if sentence else {"problem": "", "checked_at": timezone.now()}
    Connection.objects.filter(pk=connection.pk).update(**changes)


def remove(connection: Connection) -> None:
    """Its rows stay: they may be older than what Twilio still has."""
    Connection.objects.filter(pk=connection.pk).delete()


def _own_name(account: Account) -> str:
    """The account's name, with a number behind it from the second connection on."""
    taken = {name.lower() for name in account.connections.values_list("name", flat=True)}
    base = account.name[: names.LONGEST - 5]
    numbered = (f"{base} {number}" for number in range(2, len(taken) + 3))
    return next(name for name in (base, *numbered) if name.lower() not in taken)
