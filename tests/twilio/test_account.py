import pytest

from dialboard.errors import UsageError
from dialboard.twilio.account import TwilioAccount

AC, SK = "AC" + "1" * 32, "SK" + "2" * 32


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ((SK, SK, "s"), "Account SID must be AC .* begins with SK"),
        (("AC123", SK, "s"), r"Account SID must be AC .* \(5 characters were given\)"),
        ((AC, AC, "s"), "API Key SID must be SK .* begins with AC"),
        ((AC, "hunter2", "s"), "API Key SID must be SK .* API keys"),
        ((AC, SK, ""), "Secret is empty"),
        ((AC, SK, "two words"), "Secret is empty or holds blanks"),
        ((AC, SK, "s", "ftp://x"), "base URL must begin with https"),
    ],
)
def test_what_cannot_be_right_is_refused_with_the_cure(given: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence) as error:
        TwilioAccount(*given)
    assert "hunter2" not in error.value.sentence


def test_the_secret_is_not_in_the_repr() -> None:
    assert "hunter2" not in repr(TwilioAccount(AC, SK, "hunter2"))
