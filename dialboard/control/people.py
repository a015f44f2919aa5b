"""People: who may see an account, and who may change it."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from dialboard.control import names
from dialboard.control.finding import no_such
from dialboard.control.models import Account, Member
from dialboard.control.models.member import Role
from dialboard.control.sign_in import OWNER, join, owner
from dialboard.errors import NotFound, UsageError


def add(account: Account, name: str, role: str | None = None) -> Member:
    """The person's place in the account, with that role from now on. Without one a new person is a member and the
    others stay what they are. Upper and lower case do not matter.

    A person who is new has no password: a sign-in link lets them in, and they set one. Raises UsageError.
    """
    name = names.checked(name, "person's name")
    if role == Role.MEMBER and name.casefold() == OWNER:
        raise UsageError(f"{OWNER} is who installed Dialboard, and stays the owner of every account.")
    with transaction.atomic():
        user = _named(User.objects.all(), name) or _make(name)
        member = join(account, user, role or (Role.OWNER if user.username == OWNER else Role.MEMBER))
        if role and member.role != role:
            member.role = Role(role)
            member.save(update_fields=["role"])
    return member


def remove(account: Account, name: str) -> str:
    """Takes the person's place in the account away, at once, and the person with the last of their places. Gives the
    name as it was written. Raises NotFound; UsageError for who installed Dialboard."""
    inside = User.objects.filter(memberships__account=account)
    user = _named(inside, name)
    if user is None:
        raise NotFound(no_such("person", name, inside.values_list("username", flat=True)))
    if user.username == OWNER:
        raise UsageError(f"{OWNER} is who installed Dialboard, and stays in every account.")
    with transaction.atomic():
        account.members.filter(user=user).delete()
        if not user.memberships.exists():
            user.delete()
    return str(user.username)


def _named(users: QuerySet[User], name: str) -> User | None:
    """Compared here and not by SQLite, for which É and é are two letters."""
    return next((user for user in users if user.username.casefold() == name.casefold()), None)


def _make(name: str) -> User:
    if name.casefold() == OWNER:
        return owner()
    user = User(username=name)
    user.set_unusable_password()
    user.save()
    return user
