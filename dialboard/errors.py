"""Every error Dialboard raises on purpose.

    DialboardError
    ├── UsageError            the words of a command, a setting or a form field are off        exit 2
    │   └── BadSetting        one configuration value is off; names it
    ├── NotFound              no such account, metric, connection ...
    ├── AlreadyExists         a name or alias is taken
    ├── Refused               the other side understood us and said no: trying again is useless
    │   ├── BadCredentials    Twilio (or a destination) does not know these credentials
    │   └── OutsideRetention  the asked span is older than what the other side still has
    ├── Transient             trying again later makes sense
    │   ├── TooManyRequests   429; knows how long to wait
    │   └── NoAnswer          not reached, timed out or broken off; knows whether the request had been sent
    ├── CannotListen          the address and port are not to be had
    ├── AddressRefused        outbound will not connect to this address
    ├── StoreError            the metric store could not do it
    │   └── StoreUnreachable  no store process answers
    ├── JournalUnavailable    the event cannot be made durable now (disk full, queue full, database away)
    ├── DataFolderError       the data folder is in use, damaged or not writable
    │   ├── WrittenByNewer    a newer Dialboard wrote the folder or one of its files
    │   └── KeysLost          the keys of stored secrets are away, damaged, or others than they were
    └── SeveralCurrencies     an amount was asked for without splitting by currency

An error's text is the sentence a person reads: what is wrong and the cure. When none is given, the first line of
the class's docstring is that sentence.
"""


def first_line(error: BaseException) -> str:
    """What somebody else's error says, without what a driver adds below it; "" when it says nothing."""
    return next(iter(str(error).strip().splitlines()), "")


class DialboardError(Exception):
    """Something went wrong on purpose."""

    exit_code = 1

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or (self.__doc__ or "").strip().splitlines()[0])

    @property
    def sentence(self) -> str:
        return str(self.args[0])


class UsageError(DialboardError):
    """Those words do not fit this command: see --help."""

    exit_code = 2


class BadSetting(UsageError):
    """A setting has a value that cannot be used."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"{name} is {value!r}: expected {expected}.")
        self.name = name


class NotFound(DialboardError):
    """There is no such thing here."""


class AlreadyExists(DialboardError):
    """That name is taken."""


class Refused(DialboardError):
    """The other side understood the request and refused it; trying again does not help."""


class BadCredentials(Refused):
    """The credentials were not accepted."""


class OutsideRetention(Refused):
    """The asked dates are older than what the other side still keeps."""

    def __init__(self, sentence: str | None = None, *, days: int | None = None) -> None:
        super().__init__(sentence)
        self.days = days  # how far back it does keep them, when it said so


class Transient(DialboardError):
    """The other side could not answer now; trying again later makes sense."""


class TooManyRequests(Transient):
    """The other side asks us to slow down."""

    def __init__(self, sentence: str | None = None, *, retry_after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


class NoAnswer(Transient):
    """The other side did not answer."""

    def __init__(self, sentence: str | None = None, *, sent: bool) -> None:
        super().__init__(sentence)
        self.sent = sent  # True: the whole request may have arrived, so trying again may do it twice


class CannotListen(DialboardError):
    """The address or its port cannot be listened on: choose another."""


class AddressRefused(Refused):
    """This address is private, loopback or not https, and only the operator may allow that."""


class StoreError(DialboardError):
    """The metric store could not answer."""


class StoreUnreachable(StoreError):
    """No process answers for the metric store: start `dialboard serve`, or try again in a moment."""


class JournalUnavailable(DialboardError):
    """The event could not be made durable; nothing was kept and no token was taken. Send it again later."""


class DataFolderError(DialboardError):
    """The data folder cannot be used."""


class WrittenByNewer(DataFolderError):
    """A newer Dialboard wrote this: use that version or a newer one."""


class KeysLost(DataFolderError):
    """The keys of the stored secrets are not those they were encrypted with: bring them back from a backup."""


class SeveralCurrencies(DialboardError):
    """These amounts are in several currencies and cannot be added up: split by currency."""
