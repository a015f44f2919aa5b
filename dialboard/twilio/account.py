"""Which Twilio account, with which key."""

import re

from msgspec import Struct

from dialboard.errors import UsageError

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_KEY = re.compile(r"SK[0-9a-fA-F]{32}")


class TwilioAccount(Struct, frozen=True):
    """A Twilio account and an API key that reads it. Raises UsageError, which says what to paste instead.

    `base_url` stands for all of Twilio's hosts (the sandbox, tests); only the operator may set it.
    """

    account_sid: str
    key_sid: str
    key_secret: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.account_sid):
            raise UsageError(_wrong("Account SID", "AC", self.account_sid))
        if not _KEY.fullmatch(self.key_sid):
            raise UsageError(_wrong("API Key SID", "SK", self.key_sid))
        if not self.key_secret or any(not " " < sign <= "~" for sign in self.key_secret):
            raise UsageError(
                "The API Key Secret is empty or holds blanks or line breaks: copy it again. Twilio shows it once, when "
                "the key is made; if it is lost, make a new key."
            )
        if self.base_url is not None and not self.base_url.startswith(("http://", "https://")):
            raise UsageError("The base URL must begin with https:// (or http:// for a sandbox).")

    def __repr__(self) -> str:
        return f"TwilioAccount({self.account_sid}, {self.key_sid})"


def _wrong(name: str, prefix: str, given: str) -> str:
    """The sentence for a SID of another shape; it never repeats what may be a secret pasted into the wrong field."""
    start = f"The {name} must be {prefix} followed by 32 letters a to f and digits"
    if given[:2] in {"AC", "SK", "PN", "MG"} and given[:2] != prefix:
        return f"{start}; this one begins with {given[:2]}."
    where = "on its first page" if prefix == "AC" else "under Account > API keys & tokens"
    return f"{start} ({len(given)} characters were given): copy it from the Twilio Console, {where}."
