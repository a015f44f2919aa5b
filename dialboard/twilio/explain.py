"""What an answer other than 200 means, as the error a person can act on.

Source: twilio.com/docs/api/errors and twilio.com/docs/iam/api-keys, read 2026-11.
"""

import re
from typing import Any

import msgspec

from dialboard.errors import BadCredentials, DialboardError, OutsideRetention, Refused, TooManyRequests, Transient
from dialboard.outbound.http import Answer

_RETENTION = re.compile(r"retention window of (\d+) days")
_CREDENTIALS = (
    "Twilio does not accept these credentials for {account_sid}: the secret may be wrong or cut off, the key may "
    "belong to another account or region, or it was deleted. Make a Standard API key in the Twilio Console of this "
    "account and paste its SID and secret."
)


def explain(answer: Answer, account_sid: str) -> DialboardError:
    """The error that the answer stands for; never raised here."""
    code, message = _said(answer)
    words = f" Twilio says: {message}" if message else ""
    asked = f" (request {request})" if (request := answer.headers.get("twilio-request-id")) else ""
    status = answer.status
    if status == 429:
        return TooManyRequests(
            f"Twilio asks for fewer requests at once.{words}{asked}", retry_after_s=answer.retry_after_s()
        )
    if status >= 500 or status == 408:
        return Transient(f"Twilio had a problem of its own ({status}).{words}{asked}")
    if code == 20004 and (days := _RETENTION.search(message)):
        return OutsideRetention(f"Twilio keeps these records for {days[1]} days only.", days=int(days[1]))
    if code == 70051:
        return Refused(f"This restricted API key lacks a permission: allow it in the Twilio Console.{words}{asked}")
    if status == 401:
        return BadCredentials(_CREDENTIALS.format(account_sid=account_sid) + asked)
    if status == 403:
        return Refused(f"Twilio does not allow this for the account or the key.{words}{asked}")
    if status == 404:
        return Refused(
            f"Twilio knows no {account_sid} here, or not this list: check the Account SID and its region.{asked}"
        )
    return Refused(f"Twilio refused the request ({status}, code {code or 'none'}).{words}{asked}")


def is_about_page_size(answer: Answer) -> bool:
    """A 400 that names the page size, or the 500 of a list that takes too long at this size."""
    code, message = _said(answer)
    if answer.status == 400:
        return "pagesize" in message.lower().replace(" ", "")
    return answer.status == 500 and code == 20500


def _said(answer: Answer) -> tuple[int | None, str]:
    """Code and message of Twilio's own form or of RFC 9457; nothing of a proxy's page."""
    try:
        body: Any = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return None, ""
    if not isinstance(body, dict):
        return None, ""
    code = body.get("code")
    message = body.get("message") or body.get("detail") or body.get("title")
    return code if isinstance(code, int) else None, str(message)[:300] if message else ""
