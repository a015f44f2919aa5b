"""Why a request was not kept. The list is closed; each refusal is counted and told to the sender."""

from enum import StrEnum

from msgspec import Struct


class Reason(StrEnum):
    NOT_FOUND = "not_found"  # no such path here
    METHOD = "method"  # neither GET nor POST
    BODY_TYPE = "body_type"  # a body that is not a form
    BODY_TOO_LARGE = "body_too_large"
    BODY_TOO_SLOW = "body_too_slow"
    GONE = "gone"  # the sender hung up before its body was here
    CREDENTIALS = "credentials"  # absent, wrong or revoked
    PARAMETERS = "parameters"
    NO_TOKENS = "no_tokens"
    UNAVAILABLE = "unavailable"  # disk full, queue full, database away
    FAILED = "failed"  # our bug


STATUS = {
    Reason.NOT_FOUND: 404,
    Reason.METHOD: 405,
    Reason.BODY_TYPE: 400,
    Reason.BODY_TOO_LARGE: 400,
    Reason.BODY_TOO_SLOW: 408,
    Reason.GONE: 400,
    Reason.CREDENTIALS: 401,
    Reason.PARAMETERS: 400,
    Reason.NO_TOKENS: 402,
    Reason.UNAVAILABLE: 503,
    Reason.FAILED: 500,
}


class Refusal(Struct, frozen=True):
    """`errors`: a sentence each, which names what is wrong and the cure."""

    reason: Reason
    errors: tuple[str, ...]

    @property
    def status(self) -> int:
        return STATUS[self.reason]


UNAUTHORIZED = Refusal(
    Reason.CREDENTIALS, ("authId and authToken are not those of a credential in use. Check both, and their case.",)
)
PAYMENT_REQUIRED = Refusal(Reason.NO_TOKENS, ("No tokens are left on this account. Add some, then send it again.",))
WRONG_METHOD = Refusal(Reason.METHOD, ("Use GET with a query string or POST with a form.",))
NOT_FOUND = Refusal(Reason.NOT_FOUND, ("The tracker is at /2011-1-1/twilio-tracker.",))
FAILED = Refusal(Reason.FAILED, ("Dialboard failed; nothing was kept and no token was taken. Its log says more.",))
