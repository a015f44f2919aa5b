"""The demo process: plays Twilio and Google for the sample account, and the handler that tells the tracker of calls.

It runs while the note in the data folder says so. The world is the same after a restart: it follows from the seed and
the time at which the sample was added.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from dialboard.config import Config
from dialboard.errors import DialboardError, Transient
from dialboard.outbound.http import Client
from dialboard.run import sample_note
from dialboard.run.child import Child, started
from dialboard.run.stop import Stop
from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox
from dialboard.sandbox.serve import running
from dialboard.sandbox.story import Story
from dialboard.sandbox.twilio import TwilioSandbox

SEED = 2011
CALLS, MESSAGES, DAYS = 6_000, 14_000, 90
GAID, MEASUREMENT_ID = "UA-20110-1", "G-SAMPLE2011"
GOOGLE_KEEPS = 2_000  # requests the played Google remembers
# At the start the last hours are told at once, so that no page is empty; then one after the other, as a day goes by
# faster than a clock.
CATCH_UP = timedelta(hours=20)
NEXT_EVENT_S = 4.0
REFUSED_WAIT_S = 0.3  # a fresh credential is in force within a second


def run(config: Config) -> None:
    """Returns when the process has to end."""
    from dialboard.control.folder import prepare

    with started("demo", config) as child:
        prepare(config)
        note = sample_note.read(config.data)
        if note is None:
            return
        sample_note.say_played(config.data, False)
        story = Story(SEED, note.began, calls=CALLS, messages=MESSAGES, days=DAYS)
        with _played(story, note.account) as auth:
            sample_note.say_played(config.data, True)
            child.says("ready")
            _tell(child, story, auth)


@contextmanager
def _played(story: Story, account: str) -> Iterator[dict[str, str]]:
    """Twilio and Google are played, and the account knows their addresses. Gives what a sender needs."""
    twilio = TwilioSandbox(story)
    with ExitStack() as stack:
        twilio_url = stack.enter_context(running(twilio))
        google_url = stack.enter_context(running(GoogleAnalyticsSandbox(keep=GOOGLE_KEEPS)))
        yield _introduce(account, twilio, twilio_url, google_url)


def _introduce(account_id: str, twilio: TwilioSandbox, twilio_url: str, google_url: str) -> dict[str, str]:
    """The account's connection and destination lead to those addresses, which are others after each start."""
    from dialboard.control import connections, credentials
    from dialboard.control.models import Account

    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise DialboardError("The sample account was removed; its note is left over.")
    _point_destination(account, f"{google_url}/mp/collect")
    if not account.connections.update(base_url=twilio_url):
        described = connections.described(twilio.account_sid, twilio.key_sid, twilio.key_secret, twilio_url)
        connections.add(account, described, name="Sample Twilio account")
    for old in account.credentials.filter(revoked_at=None):
        credentials.revoke(old)
    credential, auth_token = credentials.create(account, f"sample handler, started {datetime.now(UTC):%F %T}")
    return {"authId": credential.pk, "authToken": auth_token}


def _point_destination(account: Any, endpoint: str) -> None:
    from dialboard.control import destinations, publish

    settings = {"measurement_id": MEASUREMENT_ID, "endpoint": endpoint}
    if account.destinations.update(settings=settings):
        publish.bump()
        return
    destinations.add(
        account, "google-analytics", name="Sample property", alias=GAID, settings=settings, secret="sample",
        operator_address=True,
    )  # fmt: skip


def _tell(child: Child, story: Story, auth: dict[str, str]) -> None:
    """The handler of the sample account: a burst, then an event every few seconds, until the process has to end."""
    address = f"{child.config.local_url}/2011-1-1/twilio-tracker"
    with Client(allow_private=True) as client:
        burst = story.tracker_requests(story.now - CATCH_UP, story.now, GAID)
        for request in burst:
            if not _send(client, address, request | auth, child.stop):
                return
        for request in _goes_on(story):
            if child.stop.wait(NEXT_EVENT_S) or not _send(client, address, request | auth, child.stop):
                return


def _goes_on(story: Story) -> Iterator[dict[str, str]]:
    """The days before the burst, one after the other, the newest first."""
    end = story.now - CATCH_UP
    for day in range(story.days - 1):
        yield from story.tracker_requests(end - timedelta(days=day + 1), end - timedelta(days=day), GAID)


def _send(client: Client, address: str, parameters: dict[str, str], stop: Stop) -> bool:
    """False when the process has to end. Serving may be away for a moment, and has to hear of the credential."""
    body = urlencode(parameters).encode()
    # After a restart everything is told again, and kept once.
    headers = {"content-type": "application/x-www-form-urlencoded", "idempotency-key": parameters["visitorId"]}
    while not stop.is_set():
        try:
            answer = client.post(address, body, headers=headers)
            if answer.status not in (401, 503):
                return True
        except Transient:
            pass
        stop.wait(REFUSED_WAIT_S)
    return False
