"""People: who may see an account, and who may change it."""

from django.contrib.auth.models import User
from django.db import transaction

from dialboard.control import names
from dialboard.control.finding import no_such
from dialboard.control.models import Account, Member
from dialboard.control.models.member import Role
from dialboard.control.sign_in import OWNER, owner
from dialboard.errors import NotFound, UsageError


def add(account: Account, name: str, role: str = Role.MEMBER) -> Member:
    """The person's place in the account, with that role from now on. Upper and lower case do not matter.

    A person who is new has no password: a sign-in link lets them in, and they set one. Raises UsageError.
    """
    name = names.checked(name, "person's name")
    with transaction.atomic():
        user = User.objects.filter(username__iexact=name).first() or _make(name)
        member, _made = Member.objects.update_or_create(account=account, user=user, defaults={"role": Role(role)})
    return member


def remove(account: Account, name: str) -> str:
    """Takes the person's place in the account away, at once, and the person with the last of their places. Gives the
    name as it was written. Raises NotFound; UsageError for who installed Dialboard."""
    member = account.members.filter(user__username__iexact=name).select_related("user").first()
    if member is None:
        raise NotFound(no_such("person", name, account.members.values_list("user__username", flat=True)))
    user = member.user
    if user.username == OWNER:
        raise UsageError(f"{OWNER} is who installed Dialboard, and stays in every account.")
    with transaction.atomic():
        member.delete()
        if not user.memberships.exists():
            user.delete()
    return str(user.username)


def _make(name: str) -> User:
    if name.lower() == OWNER:
        return owner()
    user = User(username=name)
    user.set_unusable_password()
    user.save()
    return user
