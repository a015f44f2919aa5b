"""The owner of the installation, and links that sign in once."""

from django.contrib.auth.models import User
from sesame.utils import get_query_string  # type: ignore[import-untyped]

from dialboard.control import active_config
from dialboard.control.models import Account, Member
from dialboard.control.models.member import Role
from dialboard.errors import NotFound

OWNER = "owner"


def owner() -> User:
    """Who installed Dialboard: an owner of every account that was made on the command line. Made on first use."""
    user, made = User.objects.get_or_create(username=OWNER)
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def join(account: Account, user: User, role: str = Role.OWNER) -> Member:
    """The person's place in the account; the one there is when there is one."""
    member, _made = Member.objects.get_or_create(account=account, user=user, defaults={"role": Role(role)})
    return member


def make_link(user: User | None = None, base: str | None = None) -> str:
    """An address that signs the person (the owner, when none is given) in once, within SESAME_MAX_AGE seconds. `base`
    is where the server answers, when that is not what the settings say."""
    return f"{base or active_config().url}/sign-in/link{get_query_string(user or owner())}"


def person(name: str) -> User:
    """Raises NotFound, which lists who there is."""
    from dialboard.control.finding import no_such

    if name == OWNER:
        return owner()
    user = User.objects.filter(username=name).first()
    if user is None:
        raise NotFound(no_such("person", name, User.objects.values_list("username", flat=True)))
    return user
