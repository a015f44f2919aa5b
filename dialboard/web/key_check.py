"""Whether Twilio accepts an API key, asked while a person waits for the page."""

import asyncio

from dialboard.errors import Transient
from dialboard.outbound.http import AsyncClient, Limits
from dialboard.twilio.account import TwilioAccount
from dialboard.twilio.client import Client

LONGEST_S = 20.0  # a person waits, and a thread of the pages with them
LIMITS = Limits(connect_timeout_s=5, read_timeout_s=10, total_timeout_s=15)


def check_key(twilio: TwilioAccount) -> None:
    """Returns when the key reads the account. Raises BadCredentials, Refused or Transient, each with its cure."""
    asyncio.run(_check(twilio))


async def _check(twilio: TwilioAccount) -> None:
    async with AsyncClient(limits=LIMITS) as http:
        try:
            async with asyncio.timeout(LONGEST_S):
                await Client(twilio, http).check()
        except TimeoutError as error:
            raise Transient("It did not answer in time.") from error
