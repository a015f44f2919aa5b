"""dialboard send-sample: plays a sender, to see the way work before any code does."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import click
import msgspec

from dialboard.cli import asked, given, running, shown
from dialboard.cli.given import account_option
from dialboard.config import Config
from dialboard.errors import DialboardError

IN_FORCE_S = 5.0  # a credential is in force within a second; a busy machine may take longer
TRY_EVERY_S = 0.2


@click.command("send-sample")
@account_option()
@click.option("--gaid", metavar="GAID", help="UA-12345-1 or G-XXXX; the alias of the first destination without it.")
@click.option("--auth-id", metavar="ID", help="A credential of yours; one is made for this once without it.")
@click.option("--auth-token-file", metavar="FILE", help="A file with its authToken; - reads standard input.")
@click.option("--url", metavar="URL", help="The server; the address of the settings without it.")
def send_sample(
    account: str, gaid: str | None, auth_id: str | None, auth_token_file: str | None, url: str | None
) -> None:
    """Send one event to the running server, as a Twilio handler would, and show its answer. It costs one token."""
    if bool(auth_id) != bool(auth_token_file):
        raise click.UsageError("--auth-id and --auth-token-file go together.")
    auth_token = given.secret("--auth-token-file", auth_token_file) if auth_token_file else ""
    config = asked.prepared()
    from dialboard.control import finding

    owner = finding.account(account)
    sent = _parameters(gaid or _alias(owner))
    if auth_id:
        answer = _send(config, url, sent | {"authId": auth_id, "authToken": auth_token}, patience_s=0)
    else:
        with _borrowed_credential(owner) as pair:
            answer = _send(config, url, sent | pair, patience_s=IN_FORCE_S)
    if answer.get("statusCode") != 200:
        raise DialboardError(_refused(answer))
    document = {"account": owner.id, "gaid": sent["gaid"], "visitorId": sent["visitorId"], "answer": answer}
    shown.show(document, f"OK: the event of {sent['visitorId']} is kept; `dialboard events list` shows it.")


def _parameters(gaid: str) -> dict[str, str]:
    """A call as Twilio describes one, from a number that is reserved for fiction."""
    return {
        "gaid": gaid,
        "visitorId": "CA" + secrets.token_hex(16),
        "hostname": "sample.example",
        "path": "/voice/welcome",
        "title": "Welcome",
        "zip": "94105",
        "city": "San Francisco",
        "state": "CA",
        "country": "US",
        "userAgent": "TwilioProxy/1.1",
        "c.name": "+14155550100",
        "c.source": "Twilio",
        "c.medium": "Phone",
    }


def _alias(account: Any) -> str:
    for destination in account.destinations.filter(enabled=True):
        if named := destination.alias or destination.settings.get("measurement_id"):
            return str(named)
    return "UA-00000-1"


@contextmanager
def _borrowed_credential(account: Any) -> Iterator[dict[str, str]]:
    from dialboard.control import credentials

    credential, auth_token = credentials.create(account, f"send-sample {secrets.token_hex(4)}")
    try:
        yield {"authId": credential.id, "authToken": auth_token}
    finally:
        credentials.forget(credential)


def _send(config: Config, url: str | None, parameters: dict[str, str], patience_s: float) -> dict[str, Any]:
    """The answer of the tracker. A fresh credential is refused until the server has heard of it: then again."""
    from dialboard.errors import NoAnswer
    from dialboard.outbound.http import Client

    address = f"{(url or running.address(config)).rstrip('/')}/2011-1-1/twilio-tracker"
    body = urlencode(parameters).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    until = time.monotonic() + patience_s
    with Client(allow_private=True) as client:
        while True:
            try:
                answered = client.post(address, body, headers=headers)
            except NoAnswer as error:
                where = "--url" if url else "DIALBOARD_PORT"
                raise DialboardError(
                    f"No server answers at {address}: start one with `dialboard serve`, or see to {where}."
                ) from error
            if answered.status not in {401, 402} or time.monotonic() >= until:
                return _decoded(answered.status, answered.body)
            time.sleep(TRY_EVERY_S)


def _decoded(status: int, body: bytes) -> dict[str, Any]:
    try:
        answer = msgspec.json.decode(body)
    except msgspec.DecodeError:
        answer = None
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return {
            "statusCode": status,
            "errors": ["that is no answer of the tracker: is it Dialboard that answers there?"],
        }
    return answer


def _refused(answer: dict[str, Any]) -> str:
    problems = "; ".join(map(str, answer.get("errors") or ["no reason given"]))
    cure = (
        " Give the account tokens: dialboard account grant ACCOUNT --tokens N." if answer["statusCode"] == 402 else ""
    )
    return f"The server refused the event ({answer['statusCode']}): {problems}{cure}"
